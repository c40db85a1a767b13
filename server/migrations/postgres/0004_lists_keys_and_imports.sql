-- What lists filter and sort by: one row for each event that exists, derived from its document in the transaction that writes it.
-- `meta` holds by what rules (`event_index_basis`); under other rules every row is derived anew when the server starts.
CREATE TABLE event_index (
    event_id              TEXT    COLLATE "C" NOT NULL PRIMARY KEY,
    updated_at            BIGINT  NOT NULL,
    -- Without case and accents.
    name_key              TEXT    COLLATE "C" NOT NULL,
    venue_key             TEXT    COLLATE "C" NOT NULL,
    search_text           TEXT    NOT NULL,
    approval              TEXT    NOT NULL,
    published             BIGINT  NOT NULL,
    quarantined           BIGINT  NOT NULL,
    registration_start_at BIGINT,
    registration_end_at   BIGINT,
    start_at              BIGINT,
    end_at                BIGINT,
    certificate_start_at  BIGINT,
    certificate_end_at    BIGINT,
    -- The number of the phase that time does not change: a draft's, a closed gate's, or -1 in quarantine.
    fixed_phase           BIGINT,
    -- From when on the phase has at least this number; phases follow each other in the order of their numbers.
    phase_2_from          BIGINT  NOT NULL,
    phase_3_from          BIGINT  NOT NULL,
    phase_4_from          BIGINT  NOT NULL,
    phase_5_from          BIGINT  NOT NULL,
    phase_6_from          BIGINT  NOT NULL,
    phase_7_from          BIGINT  NOT NULL,
    phase_8_from          BIGINT  NOT NULL,
    -- When triggers are due, in order of time.
    due_1                 BIGINT,
    due_2                 BIGINT,
    due_3                 BIGINT,
    due_4                 BIGINT,
    due_5                 BIGINT,
    due_6                 BIGINT
);

CREATE INDEX event_index_by_start ON event_index (start_at, event_id);
CREATE INDEX event_index_by_change ON event_index (updated_at, event_id);

-- Answers to requests with an `Idempotency-Key`, until they expire.
CREATE TABLE idempotency_keys (
    key          TEXT    NOT NULL PRIMARY KEY,
    request_hash TEXT    NOT NULL,
    answer       TEXT    NOT NULL,
    expires_at   BIGINT  NOT NULL
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- What became of bulk imports. The counts are written in the transactions that they count.
CREATE TABLE imports (
    import_id  TEXT    NOT NULL PRIMARY KEY,
    started_at BIGINT  NOT NULL,
    updated_at BIGINT  NOT NULL,
    state      TEXT    NOT NULL,
    report     TEXT    NOT NULL
);

CREATE INDEX imports_by_start ON imports (started_at);
