//! What a CA of the store has taken back, and the list that says so.

use jiff::Timestamp;
use store::{Change, Issued, Revocation, RevocationList, Store};

use super::StoredError;
use crate::authority::Issuer;
use crate::certificate::Parsed;
use crate::crl::{NewEntry, NewList, RevocationReason};

/// How often another process may make a list first before something is amiss.
const ATTEMPTS: usize = 20;

/// The certificate of that identity in its CA's book.
///
/// # Errors
/// There is no such identity, or no CA of the store issued it.
pub fn issued_to(store: &dyn Store, name: &str) -> Result<Issued, StoredError> {
    let identity = store.identity(name)?.ok_or_else(|| StoredError::NoIdentity { name: name.to_owned() })?;
    let not_ours = || StoredError::NotIssuedHere { name: name.to_owned() };
    let authority = identity.authority.ok_or_else(not_ours)?;
    let leaf = identity.chain.first().ok_or_else(not_ours)?;
    let parsed = Parsed::from_der(leaf).map_err(|_| not_ours())?;
    let found = store.issued_with_serial(parsed.x509.tbs_certificate.raw_serial())?;
    found.into_iter().find(|issued| issued.authority == authority).ok_or_else(not_ours)
}

/// Takes a certificate back.
///
/// # Errors
/// It was taken back before, or the store failed.
pub fn revoke(
    store: &dyn Store,
    issued: &Issued,
    since: Timestamp,
    reason: RevocationReason,
    because: &str,
) -> Result<(), StoredError> {
    let (authority, serial) = (issued.authority.clone(), issued.serial.clone());
    let revocation = Revocation { authority, serial, since, reason: reason.code() };
    Ok(store.apply(Change::new(because).revoke(revocation))?)
}

/// Makes and keeps the next list of the CA `name`: what it has taken back, all of it, under the next number. `at_least`
/// is a number that it is not to be below. How many certificates are in it is said beside it.
///
/// # Errors
/// The CA may not sign lists, the dates cannot be, or the store failed.
pub fn new_list(
    store: &dyn Store,
    name: &str,
    issuer: &Issuer,
    (this_update, next_update): (Timestamp, Timestamp),
    at_least: i64,
) -> Result<(RevocationList, usize), StoredError> {
    for _ in 0..ATTEMPTS {
        // The number first: of two at once, the one with the older revocations is the one that is told.
        let last = store.revocation_list(name)?.map_or(0, |list| list.number);
        let number = last.saturating_add(1).max(at_least);
        let entry = |revocation: Revocation| NewEntry {
            serial: revocation.serial,
            since: revocation.since,
            reason: revocation.reason,
        };
        let entries: Vec<NewEntry> = store.revocations(name)?.into_iter().map(entry).collect();
        let list = NewList { number: number.unsigned_abs(), this_update, next_update, entries: &entries };
        let der = list.sign(issuer)?;
        let row = RevocationList { authority: name.to_owned(), number, this_update, next_update, der };
        match store.apply(Change::new(format!("pki crl new --ca {name}")).record_list(row.clone())) {
            Ok(()) => return Ok((row, entries.len())),
            Err(store::Error::Changed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(StoredError::Contended { name: name.to_owned() })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use common::FixedClock;
    use jiff::SignedDuration;
    use store::Location;

    use super::*;
    use crate::crl::Crl;
    use crate::specimens::now;
    use crate::stored::{self, LOCAL_AUTHORITY};

    #[test]
    fn what_is_taken_back_stands_in_the_next_list_and_every_list_has_a_higher_number() {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new(now()));
        let store = store::open(&Location::directory(directory.path()), clock.clone()).unwrap();
        stored::local_identity(&*store, &*clock).unwrap();
        let issuer = stored::issuer(&*store, LOCAL_AUTHORITY).unwrap();
        let dates = (now(), now() + SignedDuration::from_hours(24 * 7));
        let list = || new_list(&*store, LOCAL_AUTHORITY, &issuer, dates, 0).unwrap().0;
        assert_eq!(list().number, 1);

        let issued = issued_to(&*store, "localhost").unwrap();
        revoke(&*store, &issued, now(), RevocationReason::CertificateHold, "test").unwrap();
        revoke(&*store, &issued, now(), RevocationReason::KeyCompromise, "test").unwrap();
        let again = revoke(&*store, &issued, now(), RevocationReason::Superseded, "test");
        assert!(matches!(again, Err(StoredError::Store(store::Error::AlreadyRevoked { .. }))));
        let (made, count) = new_list(&*store, LOCAL_AUTHORITY, &issuer, dates, 0).unwrap();
        let crl = Crl::from_der(made.der, "store").unwrap();
        assert_eq!((made.number, count, crl.len()), (2, 1, 1));
        assert_eq!(crl.find(&issued.serial).unwrap().reason, Some(RevocationReason::KeyCompromise));
        assert_eq!(new_list(&*store, LOCAL_AUTHORITY, &issuer, dates, 40).unwrap().0.number, 40);
        assert_eq!(list().number, 41);
    }
}
