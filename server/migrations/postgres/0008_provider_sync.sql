-- Accounts at systems that have events. `config` is JSON without secrets, `credentials` is JSON, sealed where the server has keys.
-- `budget_us` is when every call that was made will have come back, in epoch microseconds.
-- `failures` and `shut_until` are the circuit breaker; `discovery_at` is when all events are listed next.
CREATE TABLE provider_accounts (
    account_id     TEXT   NOT NULL PRIMARY KEY,
    name           TEXT   NOT NULL,
    config         TEXT   NOT NULL,
    credentials    TEXT   NOT NULL,
    enabled        BIGINT NOT NULL,
    time_zone      TEXT   NOT NULL,
    calls_per_hour BIGINT NOT NULL,
    budget_us      BIGINT NOT NULL,
    failures       BIGINT NOT NULL,
    shut_until     BIGINT,
    discovery_at   BIGINT NOT NULL,
    validators     TEXT   NOT NULL,
    error_code     TEXT,
    error          TEXT,
    created_at     BIGINT NOT NULL,
    updated_at     BIGINT NOT NULL,
    updated_by     TEXT   NOT NULL
);

-- What an account has told of each of its events. `told` is the document as it was told last: where the event here differs from it,
-- somebody has changed it here. `missing_since` is when it was not listed for the first time.
-- `cursor`, `sweep_since`, `sweep_began` and `sweep_newest` are those of a sweep through the participants that is under way; its
-- watermark is written with its last page.
CREATE TABLE provider_events (
    account_id    TEXT   NOT NULL,
    event_key     TEXT   NOT NULL,
    event_id      TEXT   NOT NULL UNIQUE,
    told          TEXT   NOT NULL,
    start_at      BIGINT,
    known_at      BIGINT NOT NULL,
    missing_since BIGINT,
    synced_at     BIGINT,
    watermark     BIGINT,
    in_sweep      BIGINT NOT NULL,
    cursor        TEXT,
    sweep_since   BIGINT,
    sweep_began   BIGINT,
    sweep_newest  BIGINT,
    calls         BIGINT NOT NULL,
    participants  BIGINT NOT NULL,
    error_code    TEXT,
    error         TEXT,
    updated_at    BIGINT NOT NULL,
    PRIMARY KEY (account_id, event_key)
);

-- Who takes part: keys and nothing else.
CREATE TABLE provider_participants (
    account_id      TEXT   NOT NULL,
    event_key       TEXT   NOT NULL,
    participant_key TEXT   NOT NULL,
    modified_at     BIGINT NOT NULL,
    removed         BIGINT NOT NULL,
    PRIMARY KEY (account_id, event_key, participant_key)
);

-- Every sync: a discovery of the whole account, or a sweep through the changes of one event.
CREATE TABLE provider_syncs (
    sync_id    TEXT   NOT NULL PRIMARY KEY,
    account_id TEXT   NOT NULL,
    event_key  TEXT,
    kind       TEXT   NOT NULL,
    epoch      BIGINT NOT NULL,
    began_at   BIGINT NOT NULL,
    ended_at   BIGINT NOT NULL,
    seen       BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    changed    BIGINT NOT NULL,
    removed    BIGINT NOT NULL,
    refused    BIGINT NOT NULL,
    error_code TEXT,
    error      TEXT
);

CREATE INDEX provider_syncs_in_order ON provider_syncs (account_id, began_at, sync_id);
