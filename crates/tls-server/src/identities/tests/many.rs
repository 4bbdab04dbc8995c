//! Many sessions at once.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

use common::context::Policy;
use rcgen::PKCS_ECDSA_P256_SHA256;

use super::super::{Identities, Ready, Unknown};
use super::specimens::{Bell, Shelf, client, pair, pair_of, setting, with_hello};

#[test]
fn a_thousand_sessions_that_ask_for_a_hundred_identities_load_each_once() {
    let shelf = Shelf::new();
    shelf.put("0", &pair(&["first.example"]));
    for number in 0..100 {
        // Soon to expire, so that each load is reported.
        shelf.put(
            &format!("n{number}"),
            &pair_of(&[&format!("n{number}.example")], &PKCS_ECDSA_P256_SHA256, (2010, 2027)),
        );
    }
    let setting = setting(Unknown::Refuse);
    let identities = Identities::open(&[shelf.source()], &setting.options).unwrap().0;
    let (identities, any, bell) = (&identities, &client(Policy::default()), &Arc::new(Bell::default()));
    thread::scope(|scope| {
        for worker in 0..4 {
            scope.spawn(move || {
                for session in 0..250 {
                    let name = format!("n{}.example", (session * 7 + worker) % 100);
                    let ready = with_hello(&name, any, |hello| identities.ready(Some(hello), &bell.waiter()));
                    assert!(matches!(ready, Ready::Yes | Ready::Later), "{ready:?}");
                }
            });
        }
    });
    // Everybody who waits is woken, once.
    bell.wait_for(bell.made.load(Ordering::Relaxed));
    for number in 0..100 {
        let name = format!("n{number}.example");
        let ready = with_hello(&name, any, |hello| identities.ready(Some(hello), &|| panic!("it is there")));
        assert_eq!(ready, Ready::Yes);
    }
    let mut reported: Vec<String> =
        setting.reported.lock().unwrap().iter().map(|problem| problem.source.clone()).collect();
    assert_eq!(reported.len(), 100);
    reported.sort_unstable();
    reported.dedup();
    assert_eq!(reported.len(), 100);
}
