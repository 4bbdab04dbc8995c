use std::sync::Arc;

use common::{Clock, FixedClock};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use store::{Change, Location, Store};

use super::*;
use crate::authority::{Plan, Serial};
use crate::certificate::{Inspected, Profile, Role, Template, Validity, self_sign};
use crate::key::{Algorithm, PrivateKey};
use crate::request::{Spec, Subject};
use crate::stored::{LeafPlan, authority_row, issue_leaf};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn days(days: i64) -> SignedDuration {
    SignedDuration::from_hours(24 * days)
}

#[test]
fn a_certificate_is_due_after_two_thirds_of_its_life_and_urgent_before_its_end() {
    let (begin, end) = (at("2026-01-01T00:00:00Z"), at("2026-03-31T00:00:00Z"));
    let standing = |day| Standing::of(begin, end, b"lot", begin + days(day));
    assert!(matches!(standing(-1), Standing::Early { .. }));
    assert!(matches!(standing(0), Standing::Fresh { .. }));
    assert!(matches!(standing(59), Standing::Fresh { .. }));
    assert!(matches!(standing(64), Standing::Due { .. }));
    assert!(matches!(standing(85), Standing::Urgent { .. }));
    assert!(matches!(standing(90), Standing::Expired { .. }));
}

#[test]
fn what_was_issued_at_once_is_not_due_at_once() {
    let (begin, end) = (at("2026-01-01T00:00:00Z"), at("2026-03-31T00:00:00Z"));
    let due = |lot: u32| match Standing::of(begin, end, &lot.to_be_bytes(), begin) {
        Standing::Fresh { due } => due,
        other => panic!("{other:?}"),
    };
    let mut all: Vec<Timestamp> = (0..1000).map(due).collect();
    all.sort_unstable();
    all.dedup();
    assert!(all.len() > 900, "{} moments", all.len());
    let (first, last) = (all[0].duration_since(begin), all[all.len() - 1].duration_since(begin));
    assert!(first < days(60) && last > days(63) && last < days(64), "{first} to {last}");
}

proptest! {
    #[test]
    fn any_dates_and_any_clock_have_a_standing(begin in -9_000_000_000_i64..200_000_000_000, life in -10_i64..100_000_000_000,
        now in -9_000_000_000_i64..250_000_000_000, lot in any::<[u8; 8]>()) {
        let second = |second: i64| Timestamp::from_second(second.clamp(-9_000_000_000, 250_000_000_000)).unwrap();
        let (begin, end, now) = (second(begin), second(begin.saturating_add(life)), second(now));
        let standing = Standing::of(begin, end, &lot, now);
        prop_assert_eq!(matches!(standing, Standing::Expired { .. }), now > end);
        if let Standing::Fresh { due } = standing {
            prop_assert!(due > now && due <= end);
        }
    }

    /// Whatever the clock does, a name is issued for at most once in an hour of it, and a clock that stands right in the
    /// end finds a certificate that holds.
    #[test]
    fn renewal_is_no_loop(steps in proptest::collection::vec((-40_000_i64..400_000, any::<u8>()), 1..300), life in 3_600_i64..9_000_000) {
        let second = |second| Timestamp::from_second(second).unwrap();
        let (mut now, mut lot) = (1_800_000_000_i64, 0_u8);
        let (mut begin, mut end, mut issued) = (now, now + life, now);
        for (step, fails) in steps {
            now += step;
            let standing = Standing::of(second(begin), second(end), &[lot], second(now));
            if standing.is_due() && held_until(second(issued), second(now)).is_none() && fails % 4 != 0 {
                prop_assert!(now - issued >= 3_600, "twice within {} s", now - issued);
                (begin, end, issued, lot) = (now - 300, now - 300 + life, now, fails);
                let after = Standing::of(second(begin), second(end), &[lot], second(now));
                prop_assert!(life < 10_800 || !after.is_due(), "{after:?} at once");
            }
        }
    }
}

/// A store with the CA `home` and the identity `web.example`.
fn with_identity(directory: &tempfile::TempDir, made: Timestamp) -> Arc<dyn Store> {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::new(made));
    let store = store::open(&Location::directory(directory.path()), clock).unwrap();
    let plan = Plan {
        subject: Subject::common_name("home").unwrap(),
        algorithm: Algorithm::P256,
        validity: Validity::days(made, Plan::ROOT_DAYS).unwrap(),
        path_len: None,
        permitted: Vec::new(),
        serial: Serial::random().unwrap(),
    };
    let issuer = plan.root().unwrap();
    let spec = Spec::new(&["web.example", "10.0.0.1"], None, None).unwrap();
    let validity = Validity::days(made, 90).unwrap();
    let plan = LeafPlan {
        name: "web.example",
        authority: "home",
        issuer: &issuer,
        spec: &spec,
        profile: Profile::Peer,
        validity,
    };
    let leaf = issue_leaf(&plan, &PrivateKey::generate(Algorithm::P256).unwrap(), made).unwrap();
    let change = Change::new("test").insert_authority(authority_row("home", &issuer, made));
    store.apply(change.record_issued(leaf.issued).insert_identity(leaf.identity)).unwrap();
    store
}

const KEEP: Terms = Terms { kept: Kept::Key, days: None, force: false };

#[test]
fn what_is_renewed_says_the_same_for_as_long_and_has_the_same_key_or_another() {
    let directory = tempfile::tempdir().unwrap();
    let made = at("2026-01-01T00:00:00Z");
    let store = with_identity(&directory, made);
    let old = store.identity("web.example").unwrap().unwrap();
    let early = renew(&*store, old.clone(), KEEP, "test", made + SignedDuration::from_mins(59)).unwrap_err();
    assert!(matches!(early, NotRenewed::Held { .. }), "{early}");

    let now = made + days(65);
    let renewed = renew(&*store, old.clone(), KEEP, "test", now).unwrap();
    let stale = renew(&*store, old.clone(), KEEP, "test", now).unwrap_err();
    assert!(stale.is_raced(), "{stale}");
    let again = Terms { kept: Kept::Nothing(None), force: true, days: Some(7) };
    let rekeyed = renew(&*store, renewed.new.clone(), again, "test", now).unwrap();

    let read = |identity: &store::Identity| Inspected::from_der(&identity.chain[0]).unwrap();
    let (before, after, last) = (read(&old), read(&renewed.new), read(&rekeyed.new));
    assert_eq!(before.not_after.duration_since(before.not_before), after.not_after.duration_since(after.not_before));
    assert_eq!(last.not_after, now + days(7));
    for other in [&after, &last] {
        assert_eq!(other.subject.text, before.subject.text);
        assert_eq!(other.names.all(), before.names.all());
        assert_eq!(other.extended_key_usage, before.extended_key_usage);
        assert_eq!(other.key_usage, before.key_usage);
        assert_ne!(other.serial, before.serial);
    }
    assert_eq!((after.pin == before.pin, last.pin == before.pin), (true, false));
    assert_eq!(store.identity("web.example").unwrap().unwrap().chain, rekeyed.new.chain);
    assert_eq!(store.issued("home").unwrap().len(), 3);
}

#[test]
fn a_key_that_encrypts_no_other_is_not_said_to() {
    let now = at("2026-01-01T00:00:00Z");
    let spec = Spec::new(&["web.example"], None, None).unwrap();
    let (validity, serial) = (Validity::days(now, 90).unwrap(), Serial::random().unwrap());
    let rsa = PrivateKey::generate(Algorithm::Rsa(2048)).unwrap();
    let template = Template::new(&spec, Role::Leaf(Profile::Server), validity, serial.clone()).unwrap();
    let der = self_sign(&template, &rsa).unwrap();
    let again = |key: &PrivateKey| {
        let template = Template::renewing(&der, key.algorithm(), validity, serial.clone()).unwrap();
        Inspected::from_der(&self_sign(&template, key).unwrap()).unwrap().key_usage.unwrap()
    };
    assert_eq!(again(&rsa), Inspected::from_der(&der).unwrap().key_usage.unwrap());
    let without = again(&PrivateKey::generate(Algorithm::P256).unwrap());
    assert_eq!(without.len() + 1, again(&rsa).len(), "{without:?}");
}
