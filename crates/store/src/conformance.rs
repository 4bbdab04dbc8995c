//! What every engine must keep. One engine's tests are its own [`Engine`] and a call of [`check`].

use std::sync::Arc;

use common::Secret;
use jiff::Timestamp;

use crate::change::Change;
use crate::contract::Store;
use crate::error::{Error, Record, Result};
use crate::row::{Authority, AuthorityRequest, BatchRow, Identity, Issued, Revocation, RevocationList};

/// An engine under test.
pub(crate) trait Engine: Sync {
    /// Opens the store of that name, making it if there is none. Opened twice, it is one store under two
    /// connections, as two processes have it.
    fn open(&self, place: &str) -> Arc<dyn Store>;
}

/// A claim, and what shows it in a store of its own.
type Claim = (&'static str, fn(&dyn Engine, &str));

const CLAIMS: &[Claim] = &[
    ("not-found-is-none", not_found_is_none),
    ("rows-come-back-as-they-were", rows_come_back_as_they_were),
    ("lists-are-ordered-by-name", lists_are_ordered_by_name),
    ("a-change-is-all-or-nothing", a_change_is_all_or_nothing),
    ("a-later-step-sees-the-earlier", a_later_step_sees_the_earlier),
    ("a-taken-name-is-told", a_taken_name_is_told),
    ("an-unknown-authority-is-told", an_unknown_authority_is_told),
    ("a-name-that-none-may-have-is-refused", a_name_that_none_may_have_is_refused),
    ("serials-are-never-reused", serials_are_never_reused),
    ("a-row-of-a-batch-is-done-once", a_row_of_a_batch_is_done_once),
    ("what-is-taken-back-stays-so", what_is_taken_back_stays_so),
    ("a-list-has-a-higher-number-than-the-last", a_list_has_a_higher_number_than_the_last),
    ("a-request-is-answered-once", a_request_is_answered_once),
    ("the-second-who-replaces-is-told", the_second_who_replaces_is_told),
    ("a-replaced-authority-keeps-its-key", a_replaced_authority_keeps_its_key),
    ("every-change-has-one-entry-in-the-history", every_change_has_one_entry_in_the_history),
    ("every-change-is-another-version", every_change_is_another_version),
    ("writers-at-once-lose-nothing", writers_at_once_lose_nothing),
    ("of-racing-writers-of-one-name-one-wins", of_racing_writers_of_one_name_one_wins),
    ("readers-see-whole-changes", readers_see_whole_changes),
];

/// Holds the engine to every claim.
pub(crate) fn check(engine: &dyn Engine) {
    for (name, claim) in CLAIMS {
        println!("claim: {name}"); // the last one named is the one that failed
        claim(engine, name);
    }
}

/// An authority with that name and a key of its own.
pub(crate) fn authority(name: &str) -> Authority {
    Authority {
        name: name.to_owned(),
        chain: vec![format!("certificate of {name}").into_bytes(), b"root".to_vec()],
        key: Some(Secret::new(format!("private key of authority {name}").into_bytes())),
        created: Timestamp::constant(1_700_000_000, 0),
    }
}

fn identity(name: &str, authority: Option<&str>) -> Identity {
    Identity {
        name: name.to_owned(),
        names: ["z.example", "a.example", "127.0.0.1"].map(str::to_owned).to_vec(),
        chain: vec![format!("leaf of {name}").into_bytes(), Vec::new()],
        key: Some(Secret::new(format!("private key of identity {name}").into_bytes())),
        authority: authority.map(str::to_owned),
        not_before: Timestamp::constant(1_700_000_000, 0),
        not_after: Timestamp::constant(1_800_000_000, 0),
        created: Timestamp::constant(1_700_000_001, 0),
    }
}

fn issued(authority: &str, serial: &[u8]) -> Issued {
    Issued {
        authority: authority.to_owned(),
        serial: serial.to_vec(),
        subject: "CN=shop.example".to_owned(),
        not_before: Timestamp::constant(-1, 0),
        not_after: Timestamp::constant(253_402_207_200, 0),
        der: b"der".to_vec(),
    }
}

/// Every field, with the secret in the clear.
fn shown(secret: Option<&Secret>, row: &dyn std::fmt::Debug) -> String {
    format!("{row:?} {:?}", secret.map(Secret::expose))
}

fn a_replaced_authority_keeps_its_key(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    let old = authority("local");
    store.apply(Change::new("test").insert_authority(authority("local"))).unwrap();
    store.apply(Change::new("test").replace_authority(&old, vec![b"new".to_vec()])).unwrap();
    let found = store.authority("local").unwrap().unwrap();
    assert_eq!(found.chain, [b"new".to_vec()]);
    assert_eq!(found.key.unwrap().expose(), old.key.as_ref().unwrap().expose());
    let again = store.apply(Change::new("test").replace_authority(&old, vec![b"newer".to_vec()]));
    assert!(matches!(again, Err(Error::Changed { .. })));
}

fn a_row_of_a_batch_is_done_once(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    store.apply(Change::new("test").insert_authority(authority("local"))).unwrap();
    let row = |line: &str, serial: u8| {
        let (job, line) = ("job".to_owned(), line.to_owned());
        BatchRow { job, line, issued: issued("local", &[serial]), identity: None }
    };
    store.apply(Change::new("test").record_batch(vec![row("a", 1), row("b", 2)])).unwrap();
    let again = store.apply(Change::new("test").record_batch(vec![row("c", 3), row("a", 4)]));
    assert!(matches!(again, Err(Error::RowDone { .. })));
    let done: Vec<_> = store.batch("job").unwrap().into_iter().map(|row| (row.line, row.issued)).collect();
    assert_eq!(done, [("a".to_owned(), issued("local", &[1])), ("b".to_owned(), issued("local", &[2]))]);
    assert_eq!(store.issued("local").unwrap().len(), 2);
    assert!(store.batch("other").unwrap().is_empty());
}

fn what_is_taken_back_stays_so(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    let change = Change::new("test").insert_authority(authority("local")).record_issued(issued("local", &[7]));
    store.apply(change).unwrap();
    let revoke = |serial: &[u8], reason| {
        let (authority, serial, since) = ("local".to_owned(), serial.to_vec(), Timestamp::constant(1_700_000_000, 0));
        store.apply(Change::new("test").revoke(Revocation { authority, serial, since, reason }))
    };
    assert!(matches!(revoke(&[8], 1), Err(Error::NotIssued { .. })));
    revoke(&[0, 7], 6).unwrap();
    revoke(&[7], 1).unwrap();
    for reason in [1, 6] {
        assert!(matches!(revoke(&[7], reason), Err(Error::AlreadyRevoked { .. })));
    }
    let found = store.revocations("local").unwrap();
    assert_eq!(found.iter().map(|row| (row.serial.as_slice(), row.reason)).collect::<Vec<_>>(), [(&[7][..], 1)]);
    assert_eq!(store.issued_with_serial(&[0, 7]).unwrap(), [issued("local", &[7])]);
}

fn a_list_has_a_higher_number_than_the_last(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    store.apply(Change::new("test").insert_authority(authority("local"))).unwrap();
    assert!(store.revocation_list("local").unwrap().is_none());
    let list = |number| RevocationList {
        authority: "local".to_owned(),
        number,
        this_update: Timestamp::constant(1_700_000_000, 0),
        next_update: Timestamp::constant(1_700_600_000, 0),
        der: vec![1],
    };
    store.apply(Change::new("test").record_list(list(2))).unwrap();
    for number in [1, 2] {
        let told = store.apply(Change::new("test").record_list(list(number)));
        assert!(matches!(told, Err(Error::Changed { record: Record::RevocationList, .. })));
    }
    store.apply(Change::new("test").record_list(list(3))).unwrap();
    assert_eq!(store.revocation_list("local").unwrap(), Some(list(3)));
}

fn a_request_is_answered_once(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    let request = || AuthorityRequest {
        name: "below".to_owned(),
        der: b"request".to_vec(),
        key: Some(Secret::new(b"key".to_vec())),
        created: Timestamp::constant(1_700_000_000, 0),
    };
    store.apply(Change::new("test").insert_authority_request(request())).unwrap();
    let again = store.apply(Change::new("test").insert_authority_request(request()));
    assert!(matches!(again, Err(Error::Exists { record: Record::AuthorityRequest, .. })));
    let found = store.authority_request("below").unwrap().unwrap();
    assert_eq!(shown(found.key.as_ref(), &found), shown(request().key.as_ref(), &request()));
    let answer = || Change::new("test").remove_authority_request("below").insert_authority(authority("below"));
    store.apply(answer()).unwrap();
    assert!(matches!(store.apply(answer()), Err(Error::Unknown { .. })));
    let taken = store.apply(Change::new("test").insert_authority_request(request()));
    assert!(matches!(taken, Err(Error::Exists { record: Record::Authority, .. })));
}

fn not_found_is_none(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    assert!(store.authority("x").unwrap().is_none());
    assert!(store.identity("x").unwrap().is_none());
    assert!(store.authorities().unwrap().is_empty());
    assert!(store.identities().unwrap().is_empty());
    assert!(store.issued("x").unwrap().is_empty());
    assert!(store.history().unwrap().is_empty());
}

fn rows_come_back_as_they_were(engine: &dyn Engine, place: &str) {
    let keyless = Identity { key: None, names: Vec::new(), ..identity("keyless; ünïcode 'quoted'", None) };
    let change = Change::new("test")
        .insert_authority(authority("local"))
        .insert_identity(identity("shop", Some("local")))
        .insert_identity(keyless.clone())
        .record_issued(issued("local", &[0x7f, 0]));
    engine.open(place).apply(change).unwrap();

    let store = engine.open(place);
    for expected in [identity("shop", Some("local")), keyless] {
        let found = store.identity(&expected.name).unwrap().unwrap();
        assert_eq!(shown(found.key.as_ref(), &found), shown(expected.key.as_ref(), &expected));
    }
    let found = store.authority("local").unwrap().unwrap();
    let expected = authority("local");
    assert_eq!(shown(found.key.as_ref(), &found), shown(expected.key.as_ref(), &expected));
    assert_eq!(store.issued("local").unwrap(), [issued("local", &[0x7f, 0])]);
}

fn lists_are_ordered_by_name(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    let change = ["b", "c", "a"].into_iter().fold(Change::new("test"), |change, name| {
        change.insert_authority(authority(name)).insert_identity(identity(name, None))
    });
    store.apply(change).unwrap();
    let authorities: Vec<String> = store.authorities().unwrap().into_iter().map(|row| row.name).collect();
    assert_eq!(authorities, ["a", "b", "c"]);
    let identities = store.identities().unwrap();
    assert_eq!(identities.iter().map(|row| row.name.as_str()).collect::<Vec<_>>(), ["a", "b", "c"]);
    assert!(identities.iter().all(|row| row.names == identity("a", None).names));
}

fn a_change_is_all_or_nothing(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    store.apply(Change::new("first").insert_authority(authority("local"))).unwrap();
    let change = Change::new("second")
        .insert_authority(authority("other"))
        .insert_identity(identity("shop", Some("other")))
        .record_issued(issued("local", &[1]))
        .insert_authority(authority("local"));
    assert!(matches!(store.apply(change), Err(Error::Exists { .. })));
    assert!(store.authority("other").unwrap().is_none());
    assert!(store.identities().unwrap().is_empty());
    assert!(store.issued("local").unwrap().is_empty());
    assert_eq!(store.history().unwrap().len(), 1);
}

fn a_later_step_sees_the_earlier(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    let change = Change::new("test")
        .insert_authority(authority("local"))
        .insert_identity(identity("shop", Some("local")))
        .record_issued(issued("local", &[1]));
    store.apply(change).unwrap();
    assert_eq!(store.identity("shop").unwrap().unwrap().authority.as_deref(), Some("local"));
}

fn a_taken_name_is_told(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    // An authority and an identity may share a name.
    let change = || Change::new("test").insert_authority(authority("x"));
    store.apply(change().insert_identity(identity("x", None))).unwrap();
    let error = engine.open(place).apply(change()).unwrap_err();
    assert!(matches!(error, Error::Exists { record: Record::Authority, name, .. } if name == "x"));
    let error = store.apply(Change::new("test").insert_identity(identity("x", None))).unwrap_err();
    assert!(matches!(error, Error::Exists { record: Record::Identity, name, .. } if name == "x"));
}

fn an_unknown_authority_is_told(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    for change in [
        Change::new("test").insert_identity(identity("shop", Some("nobody"))),
        Change::new("test").record_issued(issued("nobody", &[1])),
    ] {
        let error = store.apply(change).unwrap_err();
        assert!(matches!(error, Error::Unknown { record: Record::Authority, name, .. } if name == "nobody"));
    }
}

fn a_name_that_none_may_have_is_refused(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    for name in ["", "a\0b", "a\nb", &"x".repeat(256)] {
        let error = store.apply(Change::new("test").insert_authority(authority(name))).unwrap_err();
        assert!(matches!(error, Error::Name { .. }), "{name:?}: {error}");
        let error = store.apply(Change::new("test").insert_identity(identity(name, None))).unwrap_err();
        assert!(matches!(error, Error::Name { .. }), "{name:?}: {error}");
    }
}

fn serials_are_never_reused(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    let authorities = Change::new("test").insert_authority(authority("a")).insert_authority(authority("b"));
    store.apply(authorities.record_issued(issued("a", &[0x7f]))).unwrap();
    // A leading zero byte does not make it another number.
    for serial in [&[0x7f][..], &[0, 0x7f]] {
        let error = store.apply(Change::new("test").record_issued(issued("a", serial))).unwrap_err();
        assert!(matches!(error, Error::SerialUsed { authority, serial, .. } if authority == "a" && serial == "7f"));
    }
    let others = Change::new("test").record_issued(issued("b", &[0x7f])).record_issued(issued("a", &[0x7f, 0]));
    store.apply(others).unwrap();
    let serials: Vec<Vec<u8>> = store.issued("a").unwrap().into_iter().map(|row| row.serial).collect();
    assert_eq!(serials, [vec![0x7f], vec![0x7f, 0]]);
}

fn the_second_who_replaces_is_told(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    let old = identity("shop", None);
    store.apply(Change::new("test").insert_identity(old.clone())).unwrap();
    let new =
        |leaf: &[u8]| Identity { chain: vec![leaf.to_vec()], names: vec!["new.example".to_owned()], ..old.clone() };
    store.apply(Change::new("test").replace_identity(&old, new(b"second leaf"))).unwrap();
    let error = engine.open(place).apply(Change::new("test").replace_identity(&old, new(b"third leaf"))).unwrap_err();
    assert!(matches!(error, Error::Changed { record: Record::Identity, .. }), "{error}");
    let found = store.identity("shop").unwrap().unwrap();
    assert_eq!(shown(found.key.as_ref(), &found), shown(old.key.as_ref(), &new(b"second leaf")));
    assert_eq!(store.identities().unwrap().len(), 1);
}

fn every_change_has_one_entry_in_the_history(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    store.apply(Change::new("nothing")).unwrap();
    let change = Change::new("ca new local").insert_authority(authority("local"));
    store.apply(change.record_issued(issued("local", &[1]))).unwrap();
    store.apply(Change::new("cert new shop").insert_identity(identity("shop", Some("local")))).unwrap();
    let history = store.history().unwrap();
    let told: Vec<_> =
        history.iter().map(|entry| (entry.sequence, entry.reason.as_str(), entry.what.as_str())).collect();
    assert_eq!(
        told,
        [
            (1, "ca new local", "authority `local` added; serial 01 issued by `local`"),
            (2, "cert new shop", "identity `shop` added"),
        ]
    );
    assert!(history.iter().all(|entry| entry.who.starts_with("uid ")));
}

fn every_change_is_another_version(engine: &dyn Engine, place: &str) {
    let (store, other) = (engine.open(place), engine.open(place));
    assert_eq!((store.version().unwrap(), other.version().unwrap()), (0, 0));
    store.apply(Change::new("test").insert_authority(authority("local"))).unwrap();
    assert_eq!((store.version().unwrap(), other.version().unwrap()), (1, 1));
    other.apply(Change::new("test").record_issued(issued("local", &[1]))).unwrap();
    assert_eq!((store.version().unwrap(), other.version().unwrap()), (2, 2));
    store.apply(Change::new("nothing")).unwrap();
    store.apply(Change::new("again").insert_authority(authority("local"))).unwrap_err();
    assert_eq!(store.version().unwrap(), 2);
}

fn writers_at_once_lose_nothing(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    store.apply(Change::new("test").insert_authority(authority("local"))).unwrap();
    std::thread::scope(|scope| {
        for writer in 0..8_u8 {
            scope.spawn(move || {
                let store = engine.open(place);
                for number in 1..=10 {
                    store.apply(Change::new("test").record_issued(issued("local", &[number, writer]))).unwrap();
                }
            });
        }
    });
    assert_eq!(store.issued("local").unwrap().len(), 80);
    let sequences: Vec<i64> = store.history().unwrap().into_iter().map(|entry| entry.sequence).collect();
    assert_eq!(sequences, (1..=81).collect::<Vec<_>>());
}

fn of_racing_writers_of_one_name_one_wins(engine: &dyn Engine, place: &str) {
    engine.open(place);
    let results: Vec<Result<()>> = std::thread::scope(|scope| {
        let writers: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| engine.open(place).apply(Change::new("test").insert_authority(authority("local")))))
            .collect();
        writers.into_iter().map(|writer| writer.join().unwrap()).collect()
    });
    assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1, "{results:?}");
    assert!(results.iter().all(|result| matches!(result, Ok(()) | Err(Error::Exists { .. }))), "{results:?}");
}

fn readers_see_whole_changes(engine: &dyn Engine, place: &str) {
    let store = engine.open(place);
    let mut current = identity("shop", None);
    store.apply(Change::new("test").insert_identity(current.clone())).unwrap();
    std::thread::scope(|scope| {
        let reader = engine.open(place);
        let written = scope.spawn(move || {
            for number in 0..50 {
                let leaf = format!("leaf {number}");
                let new = Identity { chain: vec![leaf.clone().into_bytes()], names: vec![leaf; 3], ..current.clone() };
                store.apply(Change::new("test").replace_identity(&current, new.clone())).unwrap();
                current = new;
            }
        });
        while !written.is_finished() {
            let found = reader.identity("shop").unwrap().expect("never absent while it is replaced");
            let leaf = String::from_utf8(found.chain[0].clone()).unwrap();
            assert!(leaf == "leaf of shop" || found.names == vec![leaf; 3], "{found:?}");
        }
        written.join().unwrap();
    });
}
