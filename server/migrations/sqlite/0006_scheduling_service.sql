-- What other back ends have asked for: one row for each call that schedules something, once or repeatedly.
-- States: active; finished (nothing of it waits any more); cancelled.
-- `identity` stands for service, type, entity and time, so that the same thing is scheduled once; null once it is cancelled.
-- A recurrence is planned up to `planned_until`, and planned on at `refill_at`; null when it is over.
CREATE TABLE service_events (
    event_id           TEXT    NOT NULL PRIMARY KEY,
    service            TEXT    NOT NULL,
    type               TEXT    NOT NULL,
    entity_id          TEXT    NOT NULL,
    state              TEXT    NOT NULL,
    identity           TEXT    UNIQUE,
    idempotency_key    TEXT,
    request_hash       TEXT    NOT NULL,
    scheduled_time     TEXT    NOT NULL,
    scheduled_at       INTEGER NOT NULL,
    resource_timezone  TEXT,
    user_timezone      TEXT,
    execution_timezone TEXT,
    disambiguation     TEXT    NOT NULL,
    payload            TEXT    NOT NULL,
    recurrence         TEXT,
    missed             TEXT    NOT NULL,
    max_retries        INTEGER NOT NULL,
    retry_delay_ms     INTEGER NOT NULL,
    timeout_ms         INTEGER NOT NULL,
    reminder           TEXT,
    planned_until      INTEGER,
    refill_at          INTEGER,
    created_at         INTEGER NOT NULL,
    updated_at         INTEGER NOT NULL,
    created_by         TEXT    NOT NULL,
    UNIQUE (service, idempotency_key)
) STRICT, WITHOUT ROWID;

CREATE INDEX service_events_by_entity ON service_events (service, entity_id);
CREATE INDEX service_events_active ON service_events (service, event_id) WHERE state = 'active';
CREATE INDEX service_events_to_refill ON service_events (refill_at) WHERE refill_at IS NOT NULL;

-- Each time at which something is handed over. `wake_at` is when something is to be done about it: it is due, another attempt begins,
-- or an attempt has not been acknowledged. Null once it is settled. Who changes a row names the state and attempt that it has read.
CREATE TABLE service_occurrences (
    occurrence_id    TEXT    NOT NULL PRIMARY KEY,
    event_id         TEXT    NOT NULL,
    service          TEXT    NOT NULL,
    due_at           INTEGER NOT NULL,
    state            TEXT    NOT NULL,
    reason           TEXT,
    attempt          INTEGER NOT NULL,
    attempts_allowed INTEGER NOT NULL,
    wake_at          INTEGER,
    updated_at       INTEGER NOT NULL,
    UNIQUE (event_id, due_at)
) STRICT, WITHOUT ROWID;

CREATE INDEX service_occurrences_to_wake ON service_occurrences (wake_at, occurrence_id) WHERE wake_at IS NOT NULL;
CREATE INDEX service_occurrences_in_order ON service_occurrences (service, due_at, occurrence_id);
CREATE INDEX service_occurrences_failed ON service_occurrences (service, updated_at) WHERE state = 'failed';

-- Every attempt, with the epoch of the lease in whose name it began.
CREATE TABLE service_attempts (
    occurrence_id TEXT    NOT NULL,
    attempt       INTEGER NOT NULL,
    event_id      TEXT    NOT NULL,
    delivery      TEXT    NOT NULL,
    begun_at      INTEGER NOT NULL,
    deadline_at   INTEGER NOT NULL,
    ended_at      INTEGER,
    outcome       TEXT,
    detail        TEXT,
    epoch         INTEGER NOT NULL,
    PRIMARY KEY (occurrence_id, attempt)
) STRICT, WITHOUT ROWID;

CREATE INDEX service_attempts_by_event ON service_attempts (event_id, begun_at);

-- What a service fetches for itself: attempts that have begun and are not over. Written by the holder of the lease alone, one transaction
-- after the other, so that no number becomes visible before a smaller one.
CREATE TABLE service_outbox (
    seq           INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    service       TEXT    NOT NULL,
    occurrence_id TEXT    NOT NULL,
    event_id      TEXT    NOT NULL,
    attempt       INTEGER NOT NULL,
    handed_at     INTEGER NOT NULL
) STRICT;

CREATE INDEX service_outbox_by_service ON service_outbox (service, seq);
CREATE INDEX service_outbox_by_occurrence ON service_outbox (occurrence_id);

-- Every change of every state, written in the transaction that makes it. `epoch` is that of the lease, where the scheduler made it.
CREATE TABLE service_history (
    id            INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at            INTEGER NOT NULL,
    service       TEXT    NOT NULL,
    event_id      TEXT    NOT NULL,
    occurrence_id TEXT,
    action        TEXT    NOT NULL,
    state_before  TEXT,
    state_after   TEXT,
    attempt       INTEGER,
    reason        TEXT,
    actor         TEXT    NOT NULL,
    epoch         INTEGER
) STRICT;

CREATE INDEX service_history_by_event ON service_history (event_id, id);
CREATE INDEX service_history_by_time ON service_history (at);

-- How each service wants to be told. Without a row it fetches from the outbox. `secret` is sealed where payloads are.
CREATE TABLE service_deliveries (
    service    TEXT    NOT NULL PRIMARY KEY,
    kind       TEXT    NOT NULL,
    url        TEXT,
    secret     TEXT,
    task       TEXT,
    queue      TEXT,
    updated_at INTEGER NOT NULL,
    updated_by TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
