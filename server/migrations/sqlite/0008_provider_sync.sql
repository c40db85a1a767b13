-- Accounts at systems that have events. `config` is JSON without secrets, `credentials` is JSON, sealed where the server has keys.
-- `budget_us` is when every call that was made will have come back, in epoch microseconds.
-- `failures` and `shut_until` are the circuit breaker; `discovery_at` is when all events are listed next.
CREATE TABLE provider_accounts (
    account_id     TEXT    NOT NULL PRIMARY KEY,
    name           TEXT    NOT NULL,
    config         TEXT    NOT NULL,
    credentials    TEXT    NOT NULL,
    enabled        INTEGER NOT NULL,
    time_zone      TEXT    NOT NULL,
    calls_per_hour INTEGER NOT NULL,
    budget_us      INTEGER NOT NULL,
    failures       INTEGER NOT NULL,
    shut_until     INTEGER,
    discovery_at   INTEGER NOT NULL,
    validators     TEXT    NOT NULL,
    error_code     TEXT,
    error          TEXT,
    created_at     INTEGER NOT NULL,
    updated_at     INTEGER NOT NULL,
    updated_by     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- What an account has told of each of its events. `told` is the document as it was told last: where the event here differs from it,
-- somebody has changed it here. `missing_since` is when it was not listed for the first time.
-- `cursor`, `sweep_since`, `sweep_began` and `sweep_newest` are those of a sweep through the participants that is under way; its
-- watermark is written with its last page.
CREATE TABLE provider_events (
    account_id    TEXT    NOT NULL,
    event_key     TEXT    NOT NULL,
    event_id      TEXT    NOT NULL UNIQUE,
    told          TEXT    NOT NULL,
    start_at      INTEGER,
    known_at      INTEGER NOT NULL,
    missing_since INTEGER,
    synced_at     INTEGER,
    watermark     INTEGER,
    in_sweep      INTEGER NOT NULL,
    cursor        TEXT,
    sweep_since   INTEGER,
    sweep_began   INTEGER,
    sweep_newest  INTEGER,
    calls         INTEGER NOT NULL,
    participants  INTEGER NOT NULL,
    error_code    TEXT,
    error         TEXT,
    updated_at    INTEGER NOT NULL,
    PRIMARY KEY (account_id, event_key)
) STRICT, WITHOUT ROWID;

-- Who takes part: keys and nothing else.
CREATE TABLE provider_participants (
    account_id      TEXT    NOT NULL,
    event_key       TEXT    NOT NULL,
    participant_key TEXT    NOT NULL,
    modified_at     INTEGER NOT NULL,
    removed         INTEGER NOT NULL,
    PRIMARY KEY (account_id, event_key, participant_key)
) STRICT, WITHOUT ROWID;

-- Every sync: a discovery of the whole account, or a sweep through the changes of one event.
CREATE TABLE provider_syncs (
    sync_id    TEXT    NOT NULL PRIMARY KEY,
    account_id TEXT    NOT NULL,
    event_key  TEXT,
    kind       TEXT    NOT NULL,
    epoch      INTEGER NOT NULL,
    began_at   INTEGER NOT NULL,
    ended_at   INTEGER NOT NULL,
    seen       INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    changed    INTEGER NOT NULL,
    removed    INTEGER NOT NULL,
    refused    INTEGER NOT NULL,
    error_code TEXT,
    error      TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX provider_syncs_in_order ON provider_syncs (account_id, began_at, sync_id);
