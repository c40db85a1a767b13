-- Every trigger of every event. A mutation writes its triggers in its own transaction; who settles one changes `pending` to
-- something else, once: correctness rests on that, whoever leads.
-- States: pending; fired, expired, superseded, skipped (settled); passed (lay in the past when it was made known).
-- `generation` counts how often a backfill has made a settled trigger pending again. `present` is 0 for a settled one that its
-- event does not have any more.
CREATE TABLE triggers (
    event_id   TEXT    NOT NULL,
    kind       INTEGER NOT NULL,
    due_at     INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    settled_at INTEGER,
    generation INTEGER NOT NULL DEFAULT 0,
    present    INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (event_id, kind, due_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX triggers_in_order ON triggers (due_at, kind, event_id);
CREATE INDEX triggers_pending ON triggers (due_at, kind, event_id) WHERE state = 'pending';

-- An occurrence is settled once a generation.
CREATE TABLE settled (
    id                INTEGER NOT NULL PRIMARY KEY,
    event_id          TEXT    NOT NULL,
    trigger_id        TEXT,
    generation        INTEGER NOT NULL DEFAULT 0,
    kind              TEXT    NOT NULL,
    cause             TEXT    NOT NULL,
    superseded        INTEGER NOT NULL,
    scheduled_at      INTEGER NOT NULL,
    executed_at       INTEGER NOT NULL,
    revision          INTEGER,
    status_before     TEXT,
    sub_status_before TEXT,
    status_after      TEXT,
    sub_status_after  TEXT,
    epoch             INTEGER,
    UNIQUE (trigger_id, generation)
) STRICT;

INSERT INTO settled (id, event_id, trigger_id, kind, cause, superseded, scheduled_at, executed_at, revision,
                     status_before, sub_status_before, status_after, sub_status_after)
SELECT id, event_id, trigger_id, kind, cause, superseded, scheduled_at, executed_at, revision,
       status_before, sub_status_before, status_after, sub_status_after
FROM history;

DROP TABLE history;
ALTER TABLE settled RENAME TO history;
CREATE INDEX history_by_event ON history (event_id, id);

-- The right to act. `epoch` rises with every holder and is checked by whatever the holder writes; `beat` shows that it is alive.
CREATE TABLE scheduler_lease (
    id       INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    epoch    INTEGER NOT NULL,
    holder   TEXT    NOT NULL,
    beat     INTEGER NOT NULL,
    released INTEGER NOT NULL,
    alive_at INTEGER
) STRICT;

INSERT INTO scheduler_lease (id, epoch, holder, beat, released, alive_at) VALUES (1, 0, '', 0, 1, NULL);

-- How long nobody acted, and since when somebody does again.
CREATE TABLE downtimes (
    id          INTEGER NOT NULL PRIMARY KEY,
    since       INTEGER NOT NULL,
    until       INTEGER NOT NULL,
    missed      INTEGER NOT NULL
) STRICT;

-- What became of triggers, counted.
CREATE TABLE trigger_counts (
    cause TEXT    NOT NULL PRIMARY KEY,
    n     INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Orders for whoever acts: pause, resume, backfill, and the catch-up window. Carried out in their order; what one does is written in
-- the transaction that marks it done.
CREATE TABLE scheduler_orders (
    id         INTEGER NOT NULL PRIMARY KEY,
    given_at   INTEGER NOT NULL,
    given_by   TEXT    NOT NULL,
    body       TEXT    NOT NULL,
    done_at    INTEGER,
    outcome    TEXT
) STRICT;

CREATE INDEX orders_to_do ON scheduler_orders (id) WHERE done_at IS NULL;

-- The standing orders.
CREATE TABLE scheduler_control (
    id                 INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    paused_since       INTEGER,
    pause_reason       TEXT,
    max_downtime_hours INTEGER
) STRICT;

INSERT INTO scheduler_control (id) VALUES (1);
