//! Rows of the database to rows of the contract.

use std::fmt::Display;

use common::Secret;
use jiff::Timestamp;
use rusqlite::{Params, Row};

use super::Sqlite;
use super::fault::fault;
use super::write::number;
use crate::error::{Error, Record, Result};
use crate::frame;
use crate::row::{Authority, AuthorityRequest, BatchRow, HistoryEntry, Identity, Issued, Revocation, RevocationList};
use crate::seal::{Place, Unsealable};
use crate::sql;

/// The column of an authority's sealed key.
pub(super) const AUTHORITY_KEY: &str = "authority.sealed_key";
/// The column of an identity's sealed key.
pub(super) const IDENTITY_KEY: &str = "identity.sealed_key";
/// The column of the sealed key of an authority that waits for its certificate.
pub(super) const REQUEST_KEY: &str = "authority_request.sealed_key";

struct AuthorityRow {
    id: String,
    name: String,
    chain: Vec<u8>,
    sealed_key: Option<Vec<u8>>,
    created: i64,
}

/// An identity with one of its names: there is one such row for each.
struct IdentityRow {
    id: String,
    name: String,
    chain: Vec<u8>,
    sealed_key: Option<Vec<u8>>,
    not_before: i64,
    not_after: i64,
    created: i64,
    authority: Option<String>,
    one_of_its_names: Option<String>,
}

struct IssuedRow {
    authority: String,
    serial: Vec<u8>,
    subject: String,
    not_before: i64,
    not_after: i64,
    der: Vec<u8>,
}

struct HistoryRow {
    sequence: i64,
    at: i64,
    who: String,
    reason: String,
    what: String,
}

impl Sqlite {
    pub(super) fn read_authority(&self, name: &str) -> Result<Option<Authority>> {
        self.rows(sql::AUTHORITY, [name], authority_row)?.pop().map(|row| self.authority_of(row)).transpose()
    }

    pub(super) fn read_authorities(&self) -> Result<Vec<Authority>> {
        self.rows(sql::AUTHORITIES, [], authority_row)?.into_iter().map(|row| self.authority_of(row)).collect()
    }

    pub(super) fn read_identity(&self, name: &str) -> Result<Option<Identity>> {
        Ok(self.identities_of(self.rows(sql::IDENTITY, [name], identity_row)?)?.pop())
    }

    pub(super) fn read_identities(&self) -> Result<Vec<Identity>> {
        self.identities_of(self.rows(sql::IDENTITIES, [], identity_row)?)
    }

    pub(super) fn read_issued(&self, authority: &str) -> Result<Vec<Issued>> {
        self.rows(sql::ISSUED, [authority], issued_row)?.into_iter().map(|row| self.issued_of(row)).collect()
    }

    pub(super) fn read_issued_with_serial(&self, serial: &[u8]) -> Result<Vec<Issued>> {
        let rows = self.rows(sql::ISSUED_WITH_SERIAL, [number(serial)], issued_row)?;
        rows.into_iter().map(|row| self.issued_of(row)).collect()
    }

    pub(super) fn read_revocations(&self, authority: &str) -> Result<Vec<Revocation>> {
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let mut rows: Vec<(Vec<u8>, i64, i64)> = self.rows(sql::REVOKED, [authority], row)?;
        rows.sort_unstable();
        let what = format!("a revocation by `{authority}`");
        let no_reason = |_| self.damaged(format_args!("{what} has a reason that is none"));
        let revocation = |(serial, since, reason): (Vec<u8>, i64, i64)| {
            Ok(Revocation {
                authority: authority.to_owned(),
                serial,
                since: self.time(since, &what)?,
                reason: u8::try_from(reason).map_err(no_reason)?,
            })
        };
        rows.into_iter().map(revocation).collect()
    }

    pub(super) fn read_revocation_list(&self, authority: &str) -> Result<Option<RevocationList>> {
        let row = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?));
        let rows: Vec<(String, i64, i64, i64, Vec<u8>)> = self.rows(sql::CRL, [authority], row)?;
        let list = rows.into_iter().next().map(|(authority, number, this_update, next_update, der)| {
            let what = format!("the revocation list of `{authority}`");
            Ok(RevocationList {
                this_update: self.time(this_update, &what)?,
                next_update: self.time(next_update, &what)?,
                authority,
                number,
                der,
            })
        });
        list.transpose()
    }

    pub(super) fn read_batch(&self, job: &str) -> Result<Vec<BatchRow>> {
        let row = |row: &Row<'_>| Ok((row.get(0)?, issued_row_at(row, 1)?));
        let rows: Vec<(String, IssuedRow)> = self.rows(sql::BATCH, [job], row)?;
        let batch_row =
            |(line, row)| Ok(BatchRow { job: job.to_owned(), line, issued: self.issued_of(row)?, identity: None });
        rows.into_iter().map(batch_row).collect()
    }

    pub(super) fn read_authority_request(&self, name: &str) -> Result<Option<AuthorityRequest>> {
        let rows = self.rows(sql::AUTHORITY_REQUEST, [name], authority_row)?;
        let request = rows.into_iter().next().map(|AuthorityRow { id, name, chain: der, sealed_key, created }| {
            let what = format!("request of the authority `{name}`");
            Ok(AuthorityRequest {
                key: self.unseal(Place { column: REQUEST_KEY, row: &id }, sealed_key, &what)?,
                created: self.time(created, &what)?,
                name,
                der,
            })
        });
        request.transpose()
    }

    pub(super) fn read_history(&self) -> Result<Vec<HistoryEntry>> {
        self.rows(sql::HISTORY, [], history_row)?.into_iter().map(|row| self.entry_of(row)).collect()
    }

    pub(super) fn read_version(&self) -> Result<i64> {
        Ok(self.rows(sql::VERSION, [], |row| row.get(0))?.pop().unwrap_or_default())
    }

    /// The rows of one statement, and so of one moment.
    fn rows<T>(&self, sql: &str, params: impl Params, row: fn(&Row<'_>) -> rusqlite::Result<T>) -> Result<Vec<T>> {
        let session = self.session();
        let read = || -> rusqlite::Result<Vec<T>> {
            session.connection.prepare_cached(sql)?.query_map(params, row)?.collect()
        };
        read().map_err(fault(&self.location, "reading"))
    }

    fn authority_of(&self, row: AuthorityRow) -> Result<Authority> {
        let what = format!("{} `{}`", Record::Authority, row.name);
        Ok(Authority {
            chain: self.chain(&row.chain, &what)?,
            key: self.unseal(Place { column: AUTHORITY_KEY, row: &row.id }, row.sealed_key, &what)?,
            created: self.time(row.created, &what)?,
            name: row.name,
        })
    }

    /// Puts the rows of each identity together; they follow one another.
    fn identities_of(&self, rows: Vec<IdentityRow>) -> Result<Vec<Identity>> {
        let mut identities: Vec<Identity> = Vec::new();
        for row in rows {
            let name = row.one_of_its_names.clone();
            if identities.last().is_none_or(|last| last.name != row.name) {
                identities.push(self.identity_of(row)?);
            }
            if let Some(identity) = identities.last_mut() {
                identity.names.extend(name);
            }
        }
        Ok(identities)
    }

    fn identity_of(&self, row: IdentityRow) -> Result<Identity> {
        let what = format!("{} `{}`", Record::Identity, row.name);
        Ok(Identity {
            names: Vec::new(),
            chain: self.chain(&row.chain, &what)?,
            key: self.unseal(Place { column: IDENTITY_KEY, row: &row.id }, row.sealed_key, &what)?,
            authority: row.authority,
            not_before: self.time(row.not_before, &what)?,
            not_after: self.time(row.not_after, &what)?,
            created: self.time(row.created, &what)?,
            name: row.name,
        })
    }

    fn issued_of(&self, row: IssuedRow) -> Result<Issued> {
        let what = format!("a certificate issued by `{}`", row.authority);
        Ok(Issued {
            not_before: self.time(row.not_before, &what)?,
            not_after: self.time(row.not_after, &what)?,
            authority: row.authority,
            serial: row.serial,
            subject: row.subject,
            der: row.der,
        })
    }

    fn entry_of(&self, row: HistoryRow) -> Result<HistoryEntry> {
        let at = self.time(row.at, "the history")?;
        Ok(HistoryEntry { sequence: row.sequence, at, who: row.who, reason: row.reason, what: row.what })
    }

    fn chain(&self, framed: &[u8], what: &str) -> Result<Vec<Vec<u8>>> {
        frame::split(framed).ok_or_else(|| self.damaged(format_args!("the chain of the {what} is cut short")))
    }

    fn time(&self, seconds: i64, what: &str) -> Result<Timestamp> {
        Timestamp::from_second(seconds).map_err(|_| self.damaged(format_args!("{what} has a time that is none")))
    }

    fn unseal(&self, place: Place<'_>, sealed: Option<Vec<u8>>, what: &str) -> Result<Option<Secret>> {
        let Some(sealed) = sealed else { return Ok(None) };
        match self.key.open(place, &sealed) {
            Ok(secret) => Ok(Some(secret)),
            Err(Unsealable::OtherKey) => Err(Error::WrongKey { path: self.location.key() }),
            Err(Unsealable::Damaged) => Err(self.damaged(format_args!("the sealed key of the {what} does not open"))),
        }
    }

    fn damaged(&self, what: impl Display) -> Error {
        Error::Damaged { store: self.location.clone(), what: what.to_string(), source: None }
    }
}

fn authority_row(row: &Row<'_>) -> rusqlite::Result<AuthorityRow> {
    Ok(AuthorityRow {
        id: row.get(0)?,
        name: row.get(1)?,
        chain: row.get(2)?,
        sealed_key: row.get(3)?,
        created: row.get(4)?,
    })
}

fn identity_row(row: &Row<'_>) -> rusqlite::Result<IdentityRow> {
    Ok(IdentityRow {
        id: row.get(0)?,
        name: row.get(1)?,
        chain: row.get(2)?,
        sealed_key: row.get(3)?,
        not_before: row.get(4)?,
        not_after: row.get(5)?,
        created: row.get(6)?,
        authority: row.get(7)?,
        one_of_its_names: row.get(8)?,
    })
}

fn issued_row(row: &Row<'_>) -> rusqlite::Result<IssuedRow> {
    issued_row_at(row, 0)
}

/// The same, in the columns from `first` on.
fn issued_row_at(row: &Row<'_>, first: usize) -> rusqlite::Result<IssuedRow> {
    Ok(IssuedRow {
        authority: row.get(first)?,
        serial: row.get(first + 1)?,
        subject: row.get(first + 2)?,
        not_before: row.get(first + 3)?,
        not_after: row.get(first + 4)?,
        der: row.get(first + 5)?,
    })
}

fn history_row(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    Ok(HistoryRow { sequence: row.get(0)?, at: row.get(1)?, who: row.get(2)?, reason: row.get(3)?, what: row.get(4)? })
}
