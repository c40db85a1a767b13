-- Facts about the database itself: the feed's epoch, and how the demo set was shifted.
CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- One row. `seq` numbers the changes without gaps: it is raised last in every writing transaction.
-- A cursor below `retention_floor` may have missed a removed tombstone and is answered with 410.
CREATE TABLE feed_counter (
    id              BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    seq             BIGINT NOT NULL,
    retention_floor BIGINT NOT NULL
);

INSERT INTO feed_counter (id, seq, retention_floor) VALUES (1, 0, 0);

-- The latest state of every event, deleted ones included: a tombstone is a row with `deleted_at`.
-- `seq` is null only inside the transaction that writes the row.
CREATE TABLE events (
    event_id   TEXT    NOT NULL PRIMARY KEY,
    revision   BIGINT NOT NULL,
    seq        BIGINT UNIQUE,
    document   TEXT    NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT,
    -- What the scheduler last found; answers compute the status afresh.
    status     TEXT,
    sub_status TEXT,
    status_at  BIGINT
);

CREATE INDEX tombstones_by_time ON events (deleted_at) WHERE deleted_at IS NOT NULL;

-- What the scheduler did: one row for each trigger that fired and each status that changed.
-- `trigger_id` is null for a change that no trigger made, such as an edit.
CREATE TABLE history (
    id                BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    event_id          TEXT    NOT NULL,
    trigger_id        TEXT    UNIQUE,
    kind              TEXT    NOT NULL,
    cause             TEXT    NOT NULL,
    superseded        BIGINT NOT NULL,
    scheduled_at      BIGINT NOT NULL,
    executed_at       BIGINT NOT NULL,
    revision          BIGINT,
    status_before     TEXT,
    sub_status_before TEXT,
    status_after      TEXT,
    sub_status_after  TEXT
);

CREATE INDEX history_by_event ON history (event_id, id);
