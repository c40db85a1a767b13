-- What lists filter and sort by: one row for each event that exists, derived from its document in the transaction that writes it.
-- `meta` holds by what rules (`event_index_basis`); under other rules every row is derived anew when the server starts.
CREATE TABLE event_index (
    event_id              TEXT    NOT NULL PRIMARY KEY,
    updated_at            INTEGER NOT NULL,
    -- Without case and accents.
    name_key              TEXT    NOT NULL,
    venue_key             TEXT    NOT NULL,
    search_text           TEXT    NOT NULL,
    approval              TEXT    NOT NULL,
    published             INTEGER NOT NULL,
    quarantined           INTEGER NOT NULL,
    registration_start_at INTEGER,
    registration_end_at   INTEGER,
    start_at              INTEGER,
    end_at                INTEGER,
    certificate_start_at  INTEGER,
    certificate_end_at    INTEGER,
    -- The number of the phase that time does not change: a draft's, a closed gate's, or -1 in quarantine.
    fixed_phase           INTEGER,
    -- From when on the phase has at least this number; phases follow each other in the order of their numbers.
    phase_2_from          INTEGER NOT NULL,
    phase_3_from          INTEGER NOT NULL,
    phase_4_from          INTEGER NOT NULL,
    phase_5_from          INTEGER NOT NULL,
    phase_6_from          INTEGER NOT NULL,
    phase_7_from          INTEGER NOT NULL,
    phase_8_from          INTEGER NOT NULL,
    -- When triggers are due, in order of time.
    due_1                 INTEGER,
    due_2                 INTEGER,
    due_3                 INTEGER,
    due_4                 INTEGER,
    due_5                 INTEGER,
    due_6                 INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX event_index_by_start ON event_index (start_at, event_id);
CREATE INDEX event_index_by_change ON event_index (updated_at, event_id);

-- Answers to requests with an `Idempotency-Key`, until they expire.
CREATE TABLE idempotency_keys (
    key          TEXT    NOT NULL PRIMARY KEY,
    request_hash TEXT    NOT NULL,
    answer       TEXT    NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- What became of bulk imports. The counts are written in the transactions that they count.
CREATE TABLE imports (
    import_id  TEXT    NOT NULL PRIMARY KEY,
    started_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    report     TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX imports_by_start ON imports (started_at);
