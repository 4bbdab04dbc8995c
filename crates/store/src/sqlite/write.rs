//! One unit of work on the database.

use common::Secret;
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use rusqlite::{OptionalExtension, Params, Transaction, TransactionBehavior, params};
use uuid::{ContextV7, Uuid};

use super::fault::fault;
use super::read::{AUTHORITY_KEY, IDENTITY_KEY};
use super::{Session, Sqlite};
use crate::change::{Change, Step};
use crate::error::{Error, Record, Result};
use crate::frame;
use crate::row::{Authority, Identity, Issued};
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
            Step::InsertIdentity(identity) => {
                self.insert_identity(&identity)?;
                Ok(format!("identity `{}` added", identity.name))
            }
            Step::ReplaceIdentity { old_chain, new } => self.replace_identity(&old_chain, &new),
            Step::RecordIssued(issued) => self.record_issued(&issued),
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

    fn record_issued(&self, issued: &Issued) -> Result<String> {
        let authority = &issued.authority;
        let authority_id = self.authority_id(authority)?;
        let serial = number(&issued.serial);
        let (not_before, not_after) = (issued.not_before.as_second(), issued.not_after.as_second());
        let recorded = self.now.as_second();
        self.id(
            sql::INSERT_ISSUED,
            params![self.new_id(), authority_id, serial, issued.subject, not_before, not_after, issued.der, recorded],
        )?
        .ok_or_else(|| Error::SerialUsed {
            store: self.store.location.clone(),
            authority: authority.clone(),
            serial: HEXLOWER.encode(serial),
        })?;
        Ok(format!("serial {} issued by `{authority}`", HEXLOWER.encode(serial)))
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
fn number(serial: &[u8]) -> &[u8] {
    let leading = serial.iter().take_while(|byte| **byte == 0).count();
    &serial[leading.min(serial.len().saturating_sub(1))..]
}
