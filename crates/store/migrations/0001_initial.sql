-- Never edited once released: a store records the digest of the text that made it.
-- Ids are UUIDv7 text made by the program, times are seconds since 1970, secrets are sealed.

-- One row. Every later schema keeps this table and its columns, so that an older program can say that it
-- is too old.
CREATE TABLE store (
    one BIGINT PRIMARY KEY CHECK (one = 1),
    id TEXT NOT NULL,
    schema_version BIGINT NOT NULL,
    min_reader BIGINT NOT NULL,
    key_check BYTEA NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE migration (
    version BIGINT PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    applied BIGINT NOT NULL
);

CREATE TABLE authority (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    chain BYTEA NOT NULL,
    sealed_key BYTEA,
    created BIGINT NOT NULL
);

CREATE TABLE identity (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    authority_id TEXT REFERENCES authority (id),
    chain BYTEA NOT NULL,
    sealed_key BYTEA,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    created BIGINT NOT NULL
);

CREATE TABLE identity_name (
    identity_id TEXT NOT NULL REFERENCES identity (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (identity_id, place)
);

-- A serial is an authority's for ever: rows are added and never removed.
CREATE TABLE issued (
    id TEXT PRIMARY KEY,
    authority_id TEXT NOT NULL REFERENCES authority (id),
    serial BYTEA NOT NULL,
    subject TEXT NOT NULL,
    not_before BIGINT NOT NULL,
    not_after BIGINT NOT NULL,
    der BYTEA NOT NULL,
    recorded BIGINT NOT NULL,
    UNIQUE (authority_id, serial)
);

CREATE TABLE history (
    sequence BIGINT PRIMARY KEY,
    happened BIGINT NOT NULL,
    who TEXT NOT NULL,
    reason TEXT NOT NULL,
    what TEXT NOT NULL
);
