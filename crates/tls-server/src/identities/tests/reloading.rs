//! From one generation to the next.

use std::sync::Arc;

use common::context::Policy;

use super::super::entry::Entry;
use super::super::{Difference, Identities, Unknown};
use super::specimens::{Shelf, is, pair, setting, shown};

fn entry(identities: &Identities, number: usize) -> Arc<Entry> {
    Arc::clone(&identities.entries[number])
}

fn titles(difference: &Difference) -> [usize; 4] {
    [difference.added.len(), difference.changed.len(), difference.removed.len(), difference.kept]
}

/// How many are not what is on disk.
fn changed(identities: &Identities) -> usize {
    let status = identities.status();
    status.iter().filter(|status| status.fingerprint_on_disk.as_ref() != Some(&status.fingerprint)).count()
}

#[test]
fn what_is_the_same_on_disk_is_kept_and_what_is_not_is_told() {
    let shelf = Shelf::new();
    shelf.put("0", &pair(&["first.example"])).put("a", &pair(&["a.example"])).put("b", &pair(&["b.example"]));
    let options = setting(Unknown::Default).options;
    let first = Identities::open(&[shelf.source()], &options).unwrap().0;
    let (second, difference) = first.reload(&[shelf.source()], &options).unwrap();
    assert!(difference.is_empty() && titles(&difference) == [0, 0, 0, 3], "{difference:?}");
    assert!((0..3).all(|number| Arc::ptr_eq(&entry(&first, number), &entry(&second, number))));

    let renewed = pair(&["a.example"]);
    shelf.put("a", &renewed).put("c", &pair(&["c.example"]));
    shelf.remove("b.crt").unwrap();
    let (third, difference) = second.reload(&[shelf.source()], &options).unwrap();
    assert_eq!(titles(&difference), [1, 1, 1, 1], "{difference:?}");
    assert!(difference.removed[0].contains("b.crt") && difference.added[0].contains("c.crt"), "{difference:?}");
    assert!(Arc::ptr_eq(&entry(&first, 0), &entry(&third, 0)));
    assert!(!Arc::ptr_eq(&entry(&first, 1), &entry(&third, 1)));
    assert!(is(&shown(&Arc::new(third), "a.example", Policy::default()).unwrap(), &renewed));
}

#[test]
fn what_is_served_stays_where_its_renewal_is_broken() {
    let old = pair(&["a.example"]);
    let shelf = Shelf::new();
    shelf.put("0", &pair(&["first.example"])).put("a", &old);
    let options = setting(Unknown::Default).options;
    let first = Arc::new(Identities::open(&[shelf.source()], &options).unwrap().0);
    assert!(is(&shown(&first, "a.example", Policy::default()).unwrap(), &old));

    // The certificate is there, and its key is not yet.
    let new = pair(&["a.example"]);
    shelf.write("a.crt", &new.certificate);
    assert_eq!(changed(&first), 1);
    let (second, difference) = first.reload(&[shelf.source()], &options).unwrap();
    assert_eq!((difference.problems.len(), titles(&difference)), (1, [0, 0, 0, 2]), "{difference:?}");
    let second = Arc::new(second);
    assert!(is(&shown(&second, "a.example", Policy::default()).unwrap(), &old));

    // Not even a certificate.
    shelf.write("a.crt", "rubbish");
    let (third, difference) = second.reload(&[shelf.source()], &options).unwrap();
    assert_eq!(difference.problems.len(), 1, "{difference:?}");
    assert!(is(&shown(&Arc::new(third), "a.example", Policy::default()).unwrap(), &old));

    shelf.put("a", &new);
    let (fourth, difference) = second.reload(&[shelf.source()], &options).unwrap();
    assert_eq!((difference.problems.len(), titles(&difference)), (0, [0, 1, 0, 1]), "{difference:?}");
    // It was in use, so that it is there before anybody asks.
    assert_eq!(fourth.counts().loaded, 2);
    assert_eq!(changed(&fourth), 0);
    assert!(is(&shown(&Arc::new(fourth), "a.example", Policy::default()).unwrap(), &new));
}

#[test]
fn what_is_named_and_broken_refuses_the_reload() {
    let (shelf, options) = (Shelf::new(), setting(Unknown::Default).options);
    shelf.put("a", &pair(&["a.example"]));
    let first = Identities::open(&[shelf.named("a")], &options).unwrap().0;
    shelf.remove("a.key").unwrap();
    let refused = first.reload(&[shelf.named("a")], &options).unwrap_err();
    assert!(refused.to_string().contains("a.key"), "{refused}");
    shelf.put("a", &pair(&["a.example"]));
    assert_eq!(titles(&first.reload(&[shelf.named("a")], &options).unwrap().1), [0, 1, 0, 0]);
}

#[test]
fn what_failed_is_tried_again_by_a_reload() {
    let (good, setting) = (pair(&["a.example"]), setting(Unknown::Default));
    let shelf = Shelf::new();
    shelf.put("0", &pair(&["first.example"])).put("a", &good);
    let locked = shelf.path().join("a.key");
    // What is wrong need not be in the files: here it is the clock.
    setting.clock.set("2020-01-01T00:00:00Z".parse().unwrap());
    let error = Identities::open(&[shelf.source()], &setting.options).unwrap_err();
    assert!(error.to_string().contains("is not valid before"), "{error}");
    setting.clock.set(super::specimens::now());
    let first = Arc::new(Identities::open(&[shelf.source()], &setting.options).unwrap().0);
    std::fs::rename(&locked, shelf.path().join("elsewhere")).unwrap();
    let any = super::client(Policy::default());
    assert_ne!(super::ready(&first, "a.example", &any), super::Ready::Yes);
    std::fs::rename(shelf.path().join("elsewhere"), &locked).unwrap();
    let second = Arc::new(first.reload(&[shelf.source()], &setting.options).unwrap().0);
    assert!(is(&shown(&second, "a.example", Policy::default()).unwrap(), &good));
}
