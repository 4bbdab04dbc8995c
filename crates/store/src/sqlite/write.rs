//! One unit of work on the database.

use common::Secret;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Params, Transaction, TransactionBehavior, params};
use uuid::{ContextV7, Uuid};

use super::fault::fault;
use super::read::{AUTHORITY_KEY, IDENTITY_KEY, REQUEST_KEY};
use super::{Session, Sqlite};
use crate::change::{Change, Step};
use crate::error::{Error, Record, Result};
use crate::frame;
use crate::row::{Authority, AuthorityRequest, BatchRow, Identity, Issued, Revocation, RevocationList};
use crate::seal::Place;
use crate::sql;

const DOING: &str = "writing";
const MAX_NAME: usize = 255;

/// A change on its way. Dropped before its commit, it leaves nothing.
struct Unit<'a> {
    store: &'a Sqlite,
    transaction: Transaction<'a>,
    ids: &'a ContextV7,
    now: Timestamp,
}

impl Sqlite {
    pub(super) fn write(&self, change: Change) -> Result<()> {
        if change.steps.is_empty() {
            return Ok(());
        }
        let mut session = self.session();
        let Session { connection, ids } = &mut *session;
        // Immediate: the turn to write is waited for here, and nowhere later.
        let transaction = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(fault(&self.location, DOING))?;
        let unit = Unit { store: self, transaction, ids, now: self.clock.now() };
        let what: Vec<String> = change.steps.into_iter().map(|step| unit.take(step)).collect::<Result<_>>()?;
        unit.commit(&change.reason, &what.join("; "))
    }
}

impl Unit<'_> {
    /// Takes one step, and says what it did.
    fn take(&self, step: Step) -> Result<String> {
        match step {
            Step::InsertAuthority(authority) => self.insert_authority(&authority),
            Step::ReplaceAuthority { name, old_chain, new_chain } => {
                self.replace_authority(&name, &old_chain, &new_chain)
            }
            Step::InsertIdentity(identity) => {
                self.insert_identity(&identity)?;
                Ok(format!("identity `{}` added", identity.name))
            }
            Step::ReplaceIdentity { old_chain, new } => self.replace_identity(&old_chain, &new),
            Step::RecordIssued(issued) => {
                let authority = self.authority_id(&issued.authority)?;
                self.record_issued(&authority, &issued)?;
                let serial = HEXLOWER.encode(number(&issued.serial));
                Ok(format!("serial {serial} issued by `{}`", issued.authority))
            }
            Step::RecordBatch(rows) => self.record_batch(&rows),
            Step::Revoke(revocation) => self.revoke(&revocation),
            Step::RecordList(list) => self.record_list(&list),
            Step::InsertAuthorityRequest(request) => self.insert_authority_request(&request),
            Step::RemoveAuthorityRequest(name) => self.remove_authority_request(&name),
        }
    }

    fn commit(self, reason: &str, what: &str) -> Result<()> {
        let who = format!("uid {}", rustix::process::geteuid().as_raw());
        self.execute(sql::INSERT_HISTORY, params![self.now.as_second(), who, reason, what])?;
        self.transaction.commit().map_err(fault(&self.store.location, DOING))
    }

    fn insert_authority(&self, authority: &Authority) -> Result<String> {
        let name = checked(Record::Authority, &authority.name)?;
        let id = self.new_id();
        let sealed_key = self.seal(Place { column: AUTHORITY_KEY, row: &id }, authority.key.as_ref())?;
        let (chain, created) = (frame::join(&authority.chain), authority.created.as_second());
        self.id(sql::INSERT_AUTHORITY, params![id, name, chain, sealed_key, created])?
            .ok_or_else(|| self.exists(Record::Authority, name))?;
        Ok(format!("authority `{name}` added"))
    }

    fn replace_authority(&self, name: &str, old_chain: &[Vec<u8>], new_chain: &[Vec<u8>]) -> Result<String> {
        self.id(sql::REPLACE_AUTHORITY, params![frame::join(new_chain), name, frame::join(old_chain)])?.ok_or_else(
            || Error::Changed { store: self.store.location.clone(), record: Record::Authority, name: name.to_owned() },
        )?;
        Ok(format!("certificate of the authority `{name}` replaced"))
    }

    fn insert_identity(&self, identity: &Identity) -> Result<()> {
        let name = checked(Record::Identity, &identity.name)?;
        let id = self.new_id();
        let authority = identity.authority.as_deref().map(|authority| self.authority_id(authority)).transpose()?;
        let sealed_key = self.seal(Place { column: IDENTITY_KEY, row: &id }, identity.key.as_ref())?;
        let chain = frame::join(&identity.chain);
        let (not_before, not_after) = (identity.not_before.as_second(), identity.not_after.as_second());
        let created = identity.created.as_second();
        self.id(sql::INSERT_IDENTITY, params![id, name, authority, chain, sealed_key, not_before, not_after, created])?
            .ok_or_else(|| self.exists(Record::Identity, name))?;
        for (place, name) in (0_i64..).zip(&identity.names) {
            self.execute(sql::INSERT_IDENTITY_NAME, params![id, place, name])?;
        }
        Ok(())
    }

    fn replace_identity(&self, old_chain: &[Vec<u8>], new: &Identity) -> Result<String> {
        let name = &new.name;
        // By its chain: whoever replaced it first gave it another.
        self.id(sql::DELETE_IDENTITY, params![name, frame::join(old_chain)])?.ok_or_else(|| Error::Changed {
            store: self.store.location.clone(),
            record: Record::Identity,
            name: name.clone(),
        })?;
        self.insert_identity(new)?;
        Ok(format!("identity `{name}` replaced"))
    }

    fn record_issued(&self, authority_id: &str, issued: &Issued) -> Result<()> {
        let serial = number(&issued.serial);
        let (not_before, not_after) = (issued.not_before.as_second(), issued.not_after.as_second());
        let recorded = self.now.as_second();
        self.id(
            sql::INSERT_ISSUED,
            params![self.new_id(), authority_id, serial, issued.subject, not_before, not_after, issued.der, recorded],
        )?
        .ok_or_else(|| Error::SerialUsed {
            store: self.store.location.clone(),
            authority: issued.authority.clone(),
            serial: HEXLOWER.encode(serial),
        })?;
        Ok(())
    }

    fn record_batch(&self, rows: &[BatchRow]) -> Result<String> {
        // One look for thousands of rows, which are all of one authority.
        let mut known: Option<(&str, String)> = None;
        for row in rows {
            let authority = match known.take() {
                Some((name, id)) if name == row.issued.authority => id,
                _ => self.authority_id(&row.issued.authority)?,
            };
            let serial = number(&row.issued.serial);
            let line: Option<String> = self.id(sql::INSERT_BATCH, params![row.job, row.line, authority, serial])?;
            line.ok_or_else(|| Error::RowDone {
                store: self.store.location.clone(),
                job: row.job.clone(),
                line: row.line.clone(),
            })?;
            self.record_issued(&authority, &row.issued)?;
            if let Some(identity) = &row.identity {
                self.insert_identity(identity)?;
            }
            known = Some((&row.issued.authority, authority));
        }
        let authority = known.map(|(name, _)| name).unwrap_or_default();
        Ok(format!("{} certificates of a batch issued by `{authority}`", rows.len()))
    }

    fn revoke(&self, revocation: &Revocation) -> Result<String> {
        let Revocation { authority, since, reason, .. } = revocation;
        let authority_id = self.authority_id(authority)?;
        let serial = number(&revocation.serial);
        let (store, shown) = (self.store.location.clone(), HEXLOWER.encode(serial));
        if self.id(sql::IS_ISSUED, params![authority_id, serial])?.is_none() {
            return Err(Error::NotIssued { store, authority: authority.clone(), serial: shown });
        }
        let values = params![authority_id, serial, since.as_second(), i64::from(*reason), self.now.as_second()];
        match self.id(sql::INSERT_REVOKED, values)? {
            Some(_) => Ok(format!("serial {shown} of `{authority}` revoked")),
            None => Err(Error::AlreadyRevoked { store, authority: authority.clone(), serial: shown }),
        }
    }

    fn record_list(&self, list: &RevocationList) -> Result<String> {
        let name = &list.authority;
        let (this_update, next_update) = (list.this_update.as_second(), list.next_update.as_second());
        let values = params![self.authority_id(name)?, list.number, this_update, next_update, list.der];
        self.id(sql::INSERT_CRL, values)?.ok_or_else(|| Error::Changed {
            store: self.store.location.clone(),
            record: Record::RevocationList,
            name: name.clone(),
        })?;
        Ok(format!("revocation list {} of `{name}` kept", list.number))
    }

    fn insert_authority_request(&self, request: &AuthorityRequest) -> Result<String> {
        let name = checked(Record::AuthorityRequest, &request.name)?;
        if self.id(sql::AUTHORITY_ID, [name])?.is_some() {
            return Err(self.exists(Record::Authority, name));
        }
        let id = self.new_id();
        let sealed_key = self.seal(Place { column: REQUEST_KEY, row: &id }, request.key.as_ref())?;
        let values = params![id, name, request.der, sealed_key, request.created.as_second()];
        self.id(sql::INSERT_AUTHORITY_REQUEST, values)?.ok_or_else(|| self.exists(Record::AuthorityRequest, name))?;
        Ok(format!("request of the authority `{name}` added"))
    }

    fn remove_authority_request(&self, name: &str) -> Result<String> {
        self.id(sql::DELETE_AUTHORITY_REQUEST, [name])?.ok_or_else(|| Error::Unknown {
            store: self.store.location.clone(),
            record: Record::AuthorityRequest,
            name: name.to_owned(),
        })?;
        Ok(format!("request of the authority `{name}` answered"))
    }

    fn authority_id(&self, name: &str) -> Result<String> {
        self.id(sql::AUTHORITY_ID, [name])?.ok_or_else(|| Error::Unknown {
            store: self.store.location.clone(),
            record: Record::Authority,
            name: name.to_owned(),
        })
    }

    /// The id that a statement returns, if it found or made a row.
    fn id(&self, sql: &str, params: impl Params) -> Result<Option<String>> {
        self.transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.query_row(params, |row| row.get(0)).optional())
            .map_err(fault(&self.store.location, DOING))
    }

    fn execute(&self, sql: &str, params: impl Params) -> Result<()> {
        self.transaction
            .prepare_cached(sql)
            .and_then(|mut statement| statement.execute(params))
            .map_err(fault(&self.store.location, DOING))?;
        Ok(())
    }

    fn seal(&self, place: Place<'_>, secret: Option<&Secret>) -> Result<Option<Vec<u8>>> {
        secret.map(|secret| self.store.key.seal(place, secret.expose())).transpose().map_err(|_| Error::Sealing)
    }

    fn new_id(&self) -> String {
        // A clock before 1970 gives ids of 1970: they order rows, and say nothing else.
        let seconds = u64::try_from(self.now.as_second()).unwrap_or(0);
        let nanoseconds = u32::try_from(self.now.subsec_nanosecond()).unwrap_or(0);
        Uuid::new_v7(uuid::Timestamp::from_unix(self.ids, seconds, nanoseconds)).to_string()
    }

    fn exists(&self, record: Record, name: &str) -> Error {
        Error::Exists { store: self.store.location.clone(), record, name: name.to_owned() }
    }
}

fn checked(record: Record, name: &str) -> Result<&str> {
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(Error::Name { record, name: name.to_owned() });
    }
    Ok(name)
}

/// A serial without the leading zero bytes that do not change its value.
pub(super) fn number(serial: &[u8]) -> &[u8] {
    let leading = serial.iter().take_while(|byte| **byte == 0).count();
    &serial[leading.min(serial.len().saturating_sub(1))..]
}
