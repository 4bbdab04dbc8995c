//! Rows of the database to rows of the contract.

use std::fmt::Display;

use common::Secret;
use jiff::Timestamp;
use rusqlite::{Params, Row};

use super::Sqlite;
use super::fault::fault;
use crate::error::{Error, Record, Result};
use crate::frame;
use crate::row::{Authority, HistoryEntry, Identity, Issued};
use crate::seal::{Place, Unsealable};
use crate::sql;

/// The column of an authority's sealed key.
pub(super) const AUTHORITY_KEY: &str = "authority.sealed_key";
/// The column of an identity's sealed key.
pub(super) const IDENTITY_KEY: &str = "identity.sealed_key";

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
    Ok(IssuedRow {
        authority: row.get(0)?,
        serial: row.get(1)?,
        subject: row.get(2)?,
        not_before: row.get(3)?,
        not_after: row.get(4)?,
        der: row.get(5)?,
    })
}

fn history_row(row: &Row<'_>) -> rusqlite::Result<HistoryRow> {
    Ok(HistoryRow { sequence: row.get(0)?, at: row.get(1)?, who: row.get(2)?, reason: row.get(3)?, what: row.get(4)? })
}
