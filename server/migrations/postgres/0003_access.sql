-- Who may sign in. `name_key` is the name in lower case: two names that differ only by case are one.
CREATE TABLE users (
    id                  TEXT    NOT NULL PRIMARY KEY,
    name                TEXT    NOT NULL,
    name_key            TEXT    NOT NULL UNIQUE,
    role                TEXT    NOT NULL,
    password_hash       TEXT    NOT NULL,
    disabled            BIGINT  NOT NULL,
    created_at          BIGINT  NOT NULL,
    updated_at          BIGINT  NOT NULL,
    password_changed_at BIGINT  NOT NULL
);

-- Who is signed in. Only the SHA-256 of the cookie's value is kept; `expires_at` is when it ends however busy it is.
CREATE TABLE sessions (
    id           TEXT    NOT NULL PRIMARY KEY,
    token_hash   TEXT    NOT NULL UNIQUE,
    user_id      TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    last_seen_at BIGINT  NOT NULL,
    expires_at   BIGINT  NOT NULL,
    address      TEXT    NOT NULL,
    user_agent   TEXT    NOT NULL
);

CREATE INDEX sessions_by_user ON sessions (user_id);

-- Keys of services. Only the SHA-256 of a key is kept; `scopes` are separated by a space.
CREATE TABLE api_keys (
    id           TEXT    NOT NULL PRIMARY KEY,
    service      TEXT    NOT NULL,
    token_hash   TEXT    NOT NULL UNIQUE,
    hint         TEXT    NOT NULL,
    scopes       TEXT    NOT NULL,
    created_at   BIGINT  NOT NULL,
    created_by   TEXT    NOT NULL,
    expires_at   BIGINT  NOT NULL,
    revoked_at   BIGINT,
    last_used_at BIGINT
);

CREATE INDEX api_keys_by_service ON api_keys (service);

-- Who did, or tried, what. `unrecorded` counts the refusals before this one that were not written.
CREATE TABLE audit (
    id           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at           BIGINT  NOT NULL,
    actor_kind   TEXT    NOT NULL,
    actor_id     TEXT,
    actor_name   TEXT,
    address      TEXT    NOT NULL,
    user_agent   TEXT    NOT NULL,
    method       TEXT    NOT NULL,
    route        TEXT    NOT NULL,
    target_id    TEXT,
    outcome      TEXT    NOT NULL,
    status       BIGINT,
    problem_code TEXT,
    request_id   TEXT    NOT NULL,
    unrecorded   BIGINT  NOT NULL
);

CREATE INDEX audit_by_actor ON audit (actor_id, id);
CREATE INDEX audit_by_target ON audit (target_id, id);

-- Who created the event, for those who may change only their own. Null for events from before, and from imports.
ALTER TABLE events ADD COLUMN created_by TEXT;
