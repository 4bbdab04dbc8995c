//! The statements, one text for every engine: `$1..$n` in ascending order of first use, no sequences, no
//! extensions, conflicts told by `ON CONFLICT … RETURNING` rather than by an engine's error codes.

pub(crate) const STORE: &str = "SELECT schema_version, min_reader, id, key_check FROM store";

pub(crate) const MIGRATIONS: &str = "SELECT version, sha256 FROM migration ORDER BY version";

pub(crate) const INSERT_STORE: &str = "
    INSERT INTO store (one, id, schema_version, min_reader, key_check, created)
    VALUES (1, $1, 0, 0, $2, $3)";

pub(crate) const UPDATE_STORE: &str = "UPDATE store SET schema_version = $1, min_reader = $2";

pub(crate) const INSERT_MIGRATION: &str = "
    INSERT INTO migration (version, name, sha256, applied) VALUES ($1, $2, $3, $4)";

pub(crate) const AUTHORITIES: &str = "
    SELECT id, name, chain, sealed_key, created FROM authority ORDER BY name";

pub(crate) const AUTHORITY: &str = "
    SELECT id, name, chain, sealed_key, created FROM authority WHERE name = $1";

pub(crate) const AUTHORITY_ID: &str = "SELECT id FROM authority WHERE name = $1";

pub(crate) const INSERT_AUTHORITY: &str = "
    INSERT INTO authority (id, name, chain, sealed_key, created)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (name) DO NOTHING RETURNING id";

pub(crate) const REPLACE_AUTHORITY: &str = "
    UPDATE authority SET chain = $1 WHERE name = $2 AND chain = $3 RETURNING id";

// One row per name of an identity, and at least one: a single statement sees a single moment.
pub(crate) const IDENTITIES: &str = "
    SELECT i.id, i.name, i.chain, i.sealed_key, i.not_before, i.not_after, i.created, a.name, n.name
    FROM identity i
    LEFT JOIN authority a ON a.id = i.authority_id
    LEFT JOIN identity_name n ON n.identity_id = i.id
    ORDER BY i.name, n.place";

pub(crate) const IDENTITY: &str = "
    SELECT i.id, i.name, i.chain, i.sealed_key, i.not_before, i.not_after, i.created, a.name, n.name
    FROM identity i
    LEFT JOIN authority a ON a.id = i.authority_id
    LEFT JOIN identity_name n ON n.identity_id = i.id
    WHERE i.name = $1
    ORDER BY n.place";

pub(crate) const INSERT_IDENTITY: &str = "
    INSERT INTO identity (id, name, authority_id, chain, sealed_key, not_before, not_after, created)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (name) DO NOTHING RETURNING id";

pub(crate) const INSERT_IDENTITY_NAME: &str = "
    INSERT INTO identity_name (identity_id, place, name) VALUES ($1, $2, $3)";

pub(crate) const DELETE_IDENTITY: &str = "
    DELETE FROM identity WHERE name = $1 AND chain = $2 RETURNING id";

pub(crate) const ISSUED: &str = "
    SELECT a.name, i.serial, i.subject, i.not_before, i.not_after, i.der
    FROM issued i
    JOIN authority a ON a.id = i.authority_id
    WHERE a.name = $1
    ORDER BY i.id";

pub(crate) const INSERT_ISSUED: &str = "
    INSERT INTO issued (id, authority_id, serial, subject, not_before, not_after, der, recorded)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
    ON CONFLICT (authority_id, serial) DO NOTHING RETURNING id";

pub(crate) const HISTORY: &str = "
    SELECT sequence, happened, who, reason, what FROM history ORDER BY sequence";

pub(crate) const VERSION: &str = "
    SELECT COALESCE(MAX(sequence), 0) FROM history";

pub(crate) const INSERT_HISTORY: &str = "
    INSERT INTO history (sequence, happened, who, reason, what)
    VALUES ((SELECT COALESCE(MAX(sequence), 0) + 1 FROM history), $1, $2, $3, $4)";

pub(crate) const ISSUED_WITH_SERIAL: &str = "
    SELECT a.name, i.serial, i.subject, i.not_before, i.not_after, i.der
    FROM issued i
    JOIN authority a ON a.id = i.authority_id
    WHERE i.serial = $1
    ORDER BY i.id";

pub(crate) const IS_ISSUED: &str = "
    SELECT id FROM issued WHERE authority_id = $1 AND serial = $2";

// Kept from the index, whose order is not that of the rows: a hundred thousand of them would be sought one by one, which
// takes three times as long as to read all and sort them.
pub(crate) const REVOKED: &str = "
    SELECT serial, since, reason
    FROM revoked
    WHERE authority_id || '' = (SELECT id FROM authority WHERE name = $1)";

// What is on hold (reason 6, RFC 5280 section 5.3.1) may become final; nothing else changes.
pub(crate) const INSERT_REVOKED: &str = "
    INSERT INTO revoked (authority_id, serial, since, reason, recorded)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (authority_id, serial)
    DO UPDATE SET since = excluded.since, reason = excluded.reason, recorded = excluded.recorded
    WHERE revoked.reason = 6 AND excluded.reason <> 6
    RETURNING authority_id";

pub(crate) const CRL: &str = "
    SELECT a.name, c.number, c.this_update, c.next_update, c.der
    FROM crl c
    JOIN authority a ON a.id = c.authority_id
    WHERE a.name = $1";

pub(crate) const INSERT_CRL: &str = "
    INSERT INTO crl (authority_id, number, this_update, next_update, der)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (authority_id)
    DO UPDATE SET number = excluded.number, this_update = excluded.this_update,
        next_update = excluded.next_update, der = excluded.der
    WHERE crl.number < excluded.number
    RETURNING authority_id";

pub(crate) const BATCH: &str = "
    SELECT b.line, a.name, i.serial, i.subject, i.not_before, i.not_after, i.der
    FROM batch b
    JOIN authority a ON a.id = b.authority_id
    JOIN issued i ON i.authority_id = b.authority_id AND i.serial = b.serial
    WHERE b.job = $1
    ORDER BY b.line";

pub(crate) const INSERT_BATCH: &str = "
    INSERT INTO batch (job, line, authority_id, serial)
    VALUES ($1, $2, $3, $4)
    ON CONFLICT (job, line) DO NOTHING RETURNING line";

pub(crate) const AUTHORITY_REQUEST: &str = "
    SELECT id, name, der, sealed_key, created FROM authority_request WHERE name = $1";

pub(crate) const INSERT_AUTHORITY_REQUEST: &str = "
    INSERT INTO authority_request (id, name, der, sealed_key, created)
    VALUES ($1, $2, $3, $4, $5)
    ON CONFLICT (name) DO NOTHING RETURNING id";

pub(crate) const DELETE_AUTHORITY_REQUEST: &str = "
    DELETE FROM authority_request WHERE name = $1 RETURNING id";
