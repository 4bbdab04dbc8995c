//! The schema: numbered migrations, applied in order, each in a store once and never edited.
//!
//! A store records the digest of each text that made it. It says which schema it has, and the lowest one
//! that a program must know to use it, so that an addition need not lock older programs out.

use aws_lc_rs::digest::{self, SHA256};
use common::Clock;
use data_encoding::HEXLOWER;
use rusqlite::{Connection, OptionalExtension, Transaction, TransactionBehavior, params};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::location::Location;
use crate::seal::{Place, StoreKey, Unsealable};
use crate::sql;
use crate::sqlite::fault::fault;

/// One step from a schema to the next.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Migration {
    version: i64,
    name: &'static str,
    /// The lowest schema version that a program must know to use a store that has this one.
    min_reader: i64,
    text: &'static str,
}

/// All of them, in order.
pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "initial", min_reader: 1, text: include_str!("../migrations/0001_initial.sql") },
    Migration {
        version: 2,
        name: "revocation and batches",
        min_reader: 1,
        text: include_str!("../migrations/0002_revocation_and_batches.sql"),
    },
];

impl Migration {
    fn sha256(&self) -> String {
        HEXLOWER.encode(digest::digest(&SHA256, self.text.as_bytes()).as_ref())
    }
}

/// What is in a database.
#[derive(Debug)]
pub(crate) enum Found {
    /// Nothing yet.
    Empty,
    /// Another program's tables.
    Foreign,
    /// A store.
    Schema(Schema),
}

/// What a store says of itself.
#[derive(Debug)]
pub(crate) struct Schema {
    version: i64,
    min_reader: i64,
    id: String,
    key_check: Vec<u8>,
    /// The number and digest of each migration that made it.
    applied: Vec<(i64, String)>,
}

const KEY_CHECK: &[u8] = b"latchkey";

fn key_check_place(store: &str) -> Place<'_> {
    Place { column: "store.key_check", row: store }
}

/// Looks at what is in the database, in one moment.
pub(crate) fn find(connection: &mut Connection, location: &Location) -> Result<Found> {
    connection.transaction().and_then(|moment| find_in(&moment)).map_err(fault(location, "reading the schema"))
}

fn find_in(transaction: &Transaction<'_>) -> rusqlite::Result<Found> {
    let tables: Vec<String> = transaction
        .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")?
        .query_map([], |row| row.get(0))?
        .collect::<rusqlite::Result<_>>()?;
    if tables.is_empty() {
        return Ok(Found::Empty);
    }
    if !["store", "migration"].iter().all(|own| tables.iter().any(|table| table == own)) {
        return Ok(Found::Foreign);
    }
    let applied = transaction
        .prepare(sql::MIGRATIONS)?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let schema = transaction
        .query_row(sql::STORE, [], |row| {
            Ok(Schema {
                version: row.get(0)?,
                min_reader: row.get(1)?,
                id: row.get(2)?,
                key_check: row.get(3)?,
                applied,
            })
        })
        .optional()?;
    Ok(schema.map_or(Found::Foreign, Found::Schema))
}

impl Schema {
    /// Checks that a program with these migrations and this key may use the store.
    pub(crate) fn check(&self, migrations: &[Migration], key: &StoreKey, location: &Location) -> Result<()> {
        let known = migrations.last().map_or(0, |last| last.version);
        if self.min_reader > known {
            let (found, needs) = (self.version, self.min_reader);
            return Err(Error::NewerSchema { store: location.clone(), found, needs, known });
        }
        for migration in migrations.iter().take_while(|migration| migration.version <= self.version) {
            let recorded = self.applied.iter().find(|(version, _)| *version == migration.version);
            if recorded.is_none_or(|(_, sha256)| *sha256 != migration.sha256()) {
                return Err(Error::AlteredSchema { store: location.clone(), version: migration.version });
            }
        }
        match key.open(key_check_place(&self.id), &self.key_check) {
            Ok(check) if check.expose() == KEY_CHECK => Ok(()),
            Err(Unsealable::OtherKey) => Err(Error::WrongKey { path: location.key() }),
            _ => Err(Error::Damaged {
                store: location.clone(),
                what: "the record of its key does not open".to_owned(),
                source: None,
            }),
        }
    }

    /// Whether some of these migrations have not been applied yet.
    pub(crate) fn is_older_than(&self, migrations: &[Migration]) -> bool {
        migrations.iter().any(|migration| migration.version > self.version)
    }
}

/// Applies what has not been applied yet, all of it or nothing. Of several at once, one does the work.
pub(crate) fn run(
    connection: &mut Connection,
    migrations: &[Migration],
    key: &StoreKey,
    location: &Location,
    clock: &dyn Clock,
) -> Result<()> {
    let failed = || fault(location, "bringing the schema up to date");
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed())?;
    // Another may have done it while this one waited for its turn.
    let version = match find_in(&transaction).map_err(failed())? {
        Found::Empty => 0,
        Found::Foreign => return Err(Error::NotADatabase { path: location.database(), source: None }),
        Found::Schema(schema) => {
            schema.check(migrations, key, location)?;
            schema.version
        }
    };
    let now = clock.now().as_second();
    for migration in migrations.iter().filter(|migration| migration.version > version) {
        transaction.execute_batch(migration.text).map_err(failed())?;
        if migration.version == 1 {
            let id = Uuid::now_v7().to_string();
            let key_check = key.seal(key_check_place(&id), KEY_CHECK).map_err(|_| Error::Sealing)?;
            transaction.execute(sql::INSERT_STORE, params![id, key_check, now]).map_err(failed())?;
        }
        transaction
            .execute(sql::INSERT_MIGRATION, params![migration.version, migration.name, migration.sha256(), now])
            .map_err(failed())?;
        transaction.execute(sql::UPDATE_STORE, params![migration.version, migration.min_reader]).map_err(failed())?;
    }
    transaction.commit().map_err(failed())
}

#[cfg(test)]
mod tests {
    use common::SystemClock;

    use super::*;

    const NEXT: Migration =
        Migration { version: 3, name: "next", min_reader: 1, text: "CREATE TABLE next (x BIGINT);" };

    fn key() -> StoreKey {
        StoreKey::new(&[7; StoreKey::LEN]).unwrap()
    }

    fn location() -> Location {
        Location::directory("/nowhere")
    }

    fn migrate(connection: &mut Connection, migrations: &[Migration]) -> Result<()> {
        run(connection, migrations, &key(), &location(), &SystemClock)
    }

    fn schema(connection: &mut Connection) -> Schema {
        match find(connection, &location()).unwrap() {
            Found::Schema(schema) => schema,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn migrations_are_numbered_without_gaps() {
        let versions: Vec<i64> = MIGRATIONS.iter().map(|migration| migration.version).collect();
        assert_eq!(versions, (1..).take(MIGRATIONS.len()).collect::<Vec<_>>());
    }

    #[test]
    fn an_older_store_is_brought_up_to_date_once() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, MIGRATIONS).unwrap();
        let both = [MIGRATIONS, &[NEXT]].concat();
        assert!(schema(&mut connection).is_older_than(&both));
        migrate(&mut connection, &both).unwrap();
        migrate(&mut connection, &both).unwrap();
        let schema = schema(&mut connection);
        assert!(!schema.is_older_than(&both));
        schema.check(&both, &key(), &location()).unwrap();
        schema.check(MIGRATIONS, &key(), &location()).unwrap();
    }

    #[test]
    fn a_migration_that_fails_leaves_nothing_of_itself() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, MIGRATIONS).unwrap();
        let broken = Migration { text: "CREATE TABLE next (x BIGINT); CREATE TABLE store (x BIGINT);", ..NEXT };
        assert!(migrate(&mut connection, &[MIGRATIONS, &[broken]].concat()).is_err());
        migrate(&mut connection, &[MIGRATIONS, &[NEXT]].concat()).unwrap();
    }

    #[test]
    fn a_migration_that_was_edited_is_refused() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection, &[MIGRATIONS, &[NEXT]].concat()).unwrap();
        let edited = Migration { text: "CREATE TABLE next (y BIGINT);", ..NEXT };
        let error = schema(&mut connection).check(&[MIGRATIONS, &[edited]].concat(), &key(), &location()).unwrap_err();
        assert!(matches!(error, Error::AlteredSchema { version: 3, .. }), "{error}");
    }
}
