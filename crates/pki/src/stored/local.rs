//! TLS on localhost without being asked anything: the CA `local` and its `localhost`, made on first use.

use std::net::{Ipv4Addr, Ipv6Addr};

use common::Clock;
use jiff::Timestamp;
use store::{Change, Store};

use super::StoredError;
use super::authority::{authority_row, issuer_of};
use super::identity::{LeafPlan, issue_leaf};
use crate::authority::{Issuer, Plan, Serial};
use crate::certificate::{IssueError, Profile, Validity};
use crate::key::{Algorithm, PrivateKey};
use crate::request::{Spec, Subject, SubjectAltName};

/// The CA that is made on first use.
pub const LOCAL_AUTHORITY: &str = "local";
/// The identity that a server has when it is told of none.
pub const LOCAL_IDENTITY: &str = "localhost";

const LEAF_DAYS: u32 = 90;
/// How often another process may get there first before something is amiss.
const ATTEMPTS: usize = 5;

/// The identity for localhost, and what had to be done for it.
#[derive(Debug)]
pub struct Local {
    /// The identity as it stands in the store.
    pub identity: store::Identity,
    /// Whether the CA was made just now.
    pub made_authority: bool,
    /// Whether the certificate was issued just now.
    pub made_identity: bool,
}

/// The store's identity `localhost` (localhost, 127.0.0.1, ::1), issued by its CA `local`. What is missing is
/// made in one unit of work; a certificate that has used up two thirds of its life is replaced. Any number
/// of processes may do this at once: one makes it, the others take what it made.
///
/// # Errors
/// The store failed, the CA cannot issue, or others kept changing the identity.
pub fn local_identity(store: &dyn Store, clock: &dyn Clock) -> Result<Local, StoredError> {
    for _ in 0..ATTEMPTS {
        let now = clock.now();
        let found = store.identity(LOCAL_IDENTITY)?;
        match found {
            Some(identity) if !is_due(&identity, now) => {
                return Ok(Local { identity, made_authority: false, made_identity: false });
            }
            // Somebody else's certificate under this name is theirs to renew.
            Some(identity) if identity.authority.as_deref() != Some(LOCAL_AUTHORITY) => {
                return Ok(Local { identity, made_authority: false, made_identity: false });
            }
            found => match make(store, found, now)? {
                Some(local) => return Ok(local),
                None => continue,
            },
        }
    }
    Err(StoredError::Contended { name: LOCAL_IDENTITY.to_owned() })
}

/// The CA `local`, made where it is missing. Whether it was made just now is said beside it.
///
/// # Errors
/// As [`local_identity`].
pub fn local_authority(store: &dyn Store, clock: &dyn Clock) -> Result<(Issuer, bool), StoredError> {
    for _ in 0..ATTEMPTS {
        if let Some(row) = store.authority(LOCAL_AUTHORITY)? {
            return Ok((issuer_of(row)?, false));
        }
        let now = clock.now();
        let issuer = new_authority(now)?;
        let change = Change::new("make the CA `local` on first use");
        if applied(store, change.insert_authority(authority_row(LOCAL_AUTHORITY, &issuer, now)))? {
            return Ok((issuer, true));
        }
    }
    Err(StoredError::Contended { name: LOCAL_AUTHORITY.to_owned() })
}

/// One attempt; none where another process was first.
fn make(store: &dyn Store, old: Option<store::Identity>, now: Timestamp) -> Result<Option<Local>, StoredError> {
    let mut change = Change::new("make `localhost` for local use");
    let (issuer, made_authority) = match store.authority(LOCAL_AUTHORITY)? {
        Some(row) => (issuer_of(row)?, false),
        None => {
            let issuer = new_authority(now)?;
            change = change.insert_authority(authority_row(LOCAL_AUTHORITY, &issuer, now));
            (issuer, true)
        }
    };
    let spec = Spec::for_names(vec![
        SubjectAltName::Dns(LOCAL_IDENTITY.to_owned()),
        SubjectAltName::Ip(Ipv4Addr::LOCALHOST.into()),
        SubjectAltName::Ip(Ipv6Addr::LOCALHOST.into()),
    ]);
    let plan = LeafPlan {
        name: LOCAL_IDENTITY,
        authority: LOCAL_AUTHORITY,
        issuer: &issuer,
        spec: &spec,
        profile: Profile::Server,
        validity: Validity::days(now, LEAF_DAYS)?,
    };
    let key = PrivateKey::generate(Algorithm::default()).map_err(IssueError::from)?;
    let leaf = issue_leaf(&plan, &key, now)?;
    let change = match &old {
        None => change.insert_identity(leaf.identity.clone()),
        Some(old) => change.replace_identity(old, leaf.identity.clone()),
    };
    let applied = applied(store, change.record_issued(leaf.issued))?;
    Ok(applied.then_some(Local { identity: leaf.identity, made_authority, made_identity: true }))
}

fn new_authority(now: Timestamp) -> Result<Issuer, StoredError> {
    let plan = Plan {
        subject: Subject::common_name("Latchkey local CA")?,
        algorithm: Algorithm::default(),
        validity: Validity::days(now, Plan::ROOT_DAYS)?,
        path_len: Some(0),
        permitted: Vec::new(),
        serial: Serial::random()?,
    };
    Ok(plan.root()?)
}

/// False where another process has changed the same thing first.
fn applied(store: &dyn Store, change: Change) -> Result<bool, StoredError> {
    match store.apply(change) {
        Ok(()) => Ok(true),
        Err(store::Error::Exists { .. } | store::Error::Changed { .. }) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Whether two thirds of its life are over, or it has not begun by this clock.
fn is_due(identity: &store::Identity, now: Timestamp) -> bool {
    let life = identity.not_after.as_second() - identity.not_before.as_second();
    let used = now.as_second() - identity.not_before.as_second();
    used < 0 || used.saturating_mul(3) >= life.saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use common::FixedClock;
    use common::context::Provider;
    use jiff::SignedDuration;
    use store::Location;

    use super::*;
    use crate::stored;

    fn clock() -> Arc<FixedClock> {
        Arc::new(FixedClock::new("2026-11-21T00:00:00Z".parse().unwrap()))
    }

    #[test]
    fn it_is_made_once_kept_and_replaced_at_two_thirds_of_its_life() {
        let directory = tempfile::tempdir().unwrap();
        let clock = clock();
        let store = store::open(&Location::directory(directory.path()), clock.clone()).unwrap();
        let first = local_identity(&*store, &*clock).unwrap();
        assert!(first.made_authority && first.made_identity);
        let again = local_identity(&*store, &*clock).unwrap();
        assert!(!again.made_authority && !again.made_identity);
        assert_eq!(again.identity.chain, first.identity.chain);

        clock.set(clock.now() + SignedDuration::from_hours(24 * 61));
        let renewed = local_identity(&*store, &*clock).unwrap();
        assert!(!renewed.made_authority && renewed.made_identity);
        assert_ne!(renewed.identity.chain, first.identity.chain);
        assert_eq!(stored::anchors(&*store).unwrap().len(), 1);
        assert_eq!(stored::identity(&*store, "localhost", Provider::AwsLc).unwrap().chain().len(), 1);
        assert_eq!(store.issued("local").unwrap().len(), 2);
    }

    #[test]
    fn several_at_once_get_the_same_identity() {
        let directory = tempfile::tempdir().unwrap();
        let clock = clock();
        let location = Location::directory(directory.path());
        let chains: Vec<_> = std::thread::scope(|scope| {
            let one = || {
                let store = store::open(&location, clock.clone()).unwrap();
                local_identity(&*store, &*clock).unwrap().identity.chain
            };
            let threads: Vec<_> = (0..6).map(|_| scope.spawn(one)).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert!(chains.windows(2).all(|pair| pair[0] == pair[1]));
    }
}
