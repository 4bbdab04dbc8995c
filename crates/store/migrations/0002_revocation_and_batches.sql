-- What an authority takes back, the lists that say so, and the rows of a batch that are done.

-- A revocation is for ever, but for one on hold, which may become final.
CREATE TABLE revoked (
    authority_id TEXT NOT NULL REFERENCES authority (id),
    serial BYTEA NOT NULL,
    since BIGINT NOT NULL,
    reason BIGINT NOT NULL,
    recorded BIGINT NOT NULL,
    PRIMARY KEY (authority_id, serial)
);

-- The newest list of an authority alone: its number never falls.
CREATE TABLE crl (
    authority_id TEXT PRIMARY KEY REFERENCES authority (id),
    number BIGINT NOT NULL,
    this_update BIGINT NOT NULL,
    next_update BIGINT NOT NULL,
    der BYTEA NOT NULL
);

-- A row of a job is done once: the certificate and this line are committed together.
CREATE TABLE batch (
    job TEXT NOT NULL,
    line TEXT NOT NULL,
    authority_id TEXT NOT NULL REFERENCES authority (id),
    serial BYTEA NOT NULL,
    PRIMARY KEY (job, line)
);

CREATE INDEX issued_by_serial ON issued (serial);

-- A key that waits for a certificate which is signed elsewhere.
CREATE TABLE authority_request (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    der BYTEA NOT NULL,
    sealed_key BYTEA,
    created BIGINT NOT NULL
);
