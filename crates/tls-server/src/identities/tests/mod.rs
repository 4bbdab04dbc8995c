//! Identities as a server uses them: certificates on disk in, handshakes out.

mod many;
#[cfg(feature = "measure")]
mod measured;
mod reloading;
mod specimens;

use std::sync::Arc;

use common::context::{Policy, Suites, Versions};
use rcgen::{PKCS_ECDSA_P256_SHA256, PKCS_ECDSA_P384_SHA384, PKCS_ED25519, PKCS_RSA_SHA256};
use rustls::AlertDescription;

use self::specimens::{Bell, Shelf, client, is, pair, pair_of, ready, setting, shown, with_hello};
use super::{Identities, LoadState, Ready, Severity, Source, Unknown};

fn open(sources: &[Source]) -> Arc<Identities> {
    let (identities, _) = Identities::open(sources, &setting(Unknown::Default).options).unwrap();
    Arc::new(identities)
}

/// A client as it was before TLS 1.3.
fn tls12(suite: &str) -> Policy {
    const NONE_OF_TLS13: &str = "!TLS_AES_128_GCM_SHA256:!TLS_AES_256_GCM_SHA384:!TLS_CHACHA20_POLY1305_SHA256";
    Policy {
        versions: Versions::new(None, Some("1.2")).unwrap(),
        suites: Suites::parse(&format!("{suite}:{NONE_OF_TLS13}")).unwrap(),
        ..Policy::default()
    }
}

#[test]
fn a_client_is_shown_the_certificate_for_its_name() {
    let (first, exact, wild) = (pair(&["first.example"]), pair(&["a.example"]), pair(&["*.example", "*.other"]));
    let shelf = Shelf::new();
    shelf.put("0", &first).put("1", &wild).put("2", &exact);
    let identities = open(&[shelf.source()]);
    for (name, expected) in [
        ("a.example", &exact),
        ("A.Example", &exact),
        ("b.example", &wild),
        ("b.other", &wild),
        ("first.example", &first),
        ("b.b.example", &first),
        ("unknown", &first),
        ("127.0.0.1", &first),
    ] {
        assert!(is(&shown(&identities, name, Policy::default()).unwrap(), expected), "{name}");
    }
}

#[test]
fn a_strict_server_refuses_with_the_alert_that_fits() {
    let shelf = Shelf::new();
    shelf.put("a", &pair(&["a.example"]));
    let (identities, _) = Identities::open(&[shelf.source()], &setting(Unknown::Refuse).options).unwrap();
    let identities = Arc::new(identities);
    let any = client(Policy::default());
    assert_eq!(ready(&identities, "a.example", &any), Ready::Yes);
    assert_eq!(ready(&identities, "b.example", &any), Ready::Refuse(AlertDescription::UnrecognisedName));
    assert_eq!(ready(&identities, "10.0.0.1", &any), Ready::Refuse(AlertDescription::MissingExtension));
    let nobody = || -> super::Waiter { panic!("nothing is waited for") };
    assert_eq!(identities.ready(None, &nobody), Ready::Yes);
}

#[test]
fn each_client_is_shown_a_key_that_it_can_verify() {
    let names = &["a.example"];
    let years = (2026, 2030);
    let rsa = pair_of(names, &PKCS_RSA_SHA256, years);
    let p256 = pair_of(names, &PKCS_ECDSA_P256_SHA256, years);
    let ed25519 = pair_of(names, &PKCS_ED25519, years);
    let shelf = Shelf::new();
    shelf.put("1-rsa", &rsa).put("2-ed25519", &ed25519).put("3-p256", &p256);
    let identities = open(&[shelf.source()]);
    for name in ["a.example", "unknown.example"] {
        assert!(is(&shown(&identities, name, Policy::default()).unwrap(), &p256), "{name}");
        assert!(is(&shown(&identities, name, tls12("ECDHE-RSA-AES128-GCM-SHA256")).unwrap(), &rsa), "{name}");
        assert!(is(&shown(&identities, name, tls12("ECDHE-ECDSA-AES128-GCM-SHA256")).unwrap(), &p256), "{name}");
    }
}

#[test]
fn a_client_that_can_verify_none_is_told_so_by_rustls() {
    let shelf = Shelf::new();
    shelf.put("a", &pair_of(&["a.example"], &PKCS_ECDSA_P384_SHA384, (2026, 2030)));
    let identities = open(&[shelf.source()]);
    let error = shown(&identities, "a.example", tls12("ECDHE-RSA-AES128-GCM-SHA256")).unwrap_err();
    assert!(matches!(error, rustls::Error::PeerIncompatible(_)), "{error}");
}

#[test]
fn of_two_certificates_the_one_that_began_last_is_shown_once_it_has_begun() {
    let pair = |years| pair_of(&["a.example"], &PKCS_ECDSA_P256_SHA256, years);
    let (old, new, coming) = (pair((2020, 2030)), pair((2026, 2029)), pair((2027, 2031)));
    let shelf = Shelf::new();
    shelf.put("a", &old).put("b", &new);
    let setting = setting(Unknown::Default);
    let identities = Arc::new(Identities::open(&[shelf.source()], &setting.options).unwrap().0);
    assert!(is(&shown(&identities, "a.example", Policy::default()).unwrap(), &new));

    // It cannot be the default one as long as it has not begun, and need not be.
    shelf.put("c", &coming);
    let identities = Arc::new(Identities::open(&[shelf.source()], &setting.options).unwrap().0);
    assert!(is(&shown(&identities, "a.example", Policy::default()).unwrap(), &new));
    setting.clock.set("2027-02-01T00:00:00Z".parse().unwrap());
    assert!(is(&shown(&identities, "a.example", Policy::default()).unwrap(), &coming));
}

#[test]
fn an_expired_certificate_is_passed_over_where_there_is_another_and_refused_where_not() {
    let expired = |name: &str| pair_of(&[name], &PKCS_ECDSA_P256_SHA256, (2020, 2021));
    let good = pair(&["b.example"]);
    let shelf = Shelf::new();
    shelf.put("0", &pair(&["first.example"])).put("a", &expired("a.example"));
    shelf.put("b1", &expired("b.example")).put("b2", &good);
    let setting = setting(Unknown::Default);
    let identities = Arc::new(Identities::open(&[shelf.source()], &setting.options).unwrap().0);
    let any = client(Policy::default());
    assert_eq!(ready(&identities, "a.example", &any), Ready::Refuse(AlertDescription::InternalError));
    assert!(is(&shown(&identities, "b.example", Policy::default()).unwrap(), &good));
    let reported = setting.reported.lock().unwrap().clone();
    assert_eq!(reported.len(), 1, "{reported:?}");
    assert!(reported[0].sentence.contains("expired on 2021-01-01") && reported[0].mend.is_some(), "{reported:?}");
}

#[test]
fn a_key_that_belongs_elsewhere_is_told_of_and_tried_again_later() {
    let (good, stranger) = (pair(&["a.example"]), pair(&["b.example"]));
    let shelf = Shelf::new();
    shelf.put("0", &pair(&["first.example"]));
    shelf.write("a.crt", &good.certificate).write("a.key", &stranger.key);
    let setting = setting(Unknown::Default);
    let (identities, problems) = Identities::open(&[shelf.source()], &setting.options).unwrap();
    let identities = Arc::new(identities);
    assert_eq!(problems, []);
    let any = client(Policy::default());
    let refused = Ready::Refuse(AlertDescription::InternalError);
    assert_eq!(ready(&identities, "a.example", &any), refused);
    assert_eq!(ready(&identities, "first.example", &any), Ready::Yes);
    let status = identities.status();
    assert_eq!(status[1].state, LoadState::Failed);
    assert!(status[1].problem.as_ref().unwrap().contains("does not belong to the certificate"), "{status:?}");
    assert_eq!(identities.counts().failed, 1);

    // The reason is remembered, and not for ever.
    shelf.write("a.key", &good.key);
    assert_eq!(ready(&identities, "a.example", &any), refused);
    setting.clock.set("2026-11-21T12:00:11Z".parse().unwrap());
    assert!(is(&shown(&identities, "a.example", Policy::default()).unwrap(), &good));
    assert_eq!(setting.reported.lock().unwrap().len(), 1);
}

#[test]
fn what_is_named_must_be_right_and_every_problem_is_told_at_once() {
    let (good, stranger) = (pair(&["a.example"]), pair(&["b.example"]));
    let shelf = Shelf::new();
    shelf.put("good", &good).write("bad.crt", &good.certificate).write("bad.key", &stranger.key);
    shelf.put("old", &pair_of(&["old.example"], &PKCS_ECDSA_P256_SHA256, (2020, 2021)));
    shelf.write("text.crt", "-----BEGIN CERTIFICATE-----\n").write("text.key", &good.key);
    let stems = ["good", "bad", "old", "text", "missing"];
    let sources: Vec<Source> = stems.iter().map(|stem| shelf.named(stem)).collect();
    let refused = Identities::open(&sources, &setting(Unknown::Default).options).unwrap_err();
    let mut problems: Vec<String> = refused.problems.iter().map(ToString::to_string).collect();
    problems.sort_unstable();
    assert_eq!(problems.len(), 4, "{problems:?}");
    let of = |stem: &str| problems.iter().filter(|problem| problem.contains(&format!("{stem}."))).count();
    assert_eq!((of("bad"), of("old"), of("text"), of("missing"), of("good")), (1, 1, 1, 1, 0), "{problems:?}");
    assert!(refused.to_string().contains("; "));
}

#[test]
fn in_a_directory_what_is_broken_is_told_of_and_the_rest_served() {
    let good = pair(&["a.example"]);
    let shelf = Shelf::new();
    shelf.write("0.crt", "rubbish").write("0.key", "").put("a", &good).write("ca.crt", &good.certificate);
    shelf.write("both.pem", &format!("{}{}", good.key, good.certificate));
    shelf.write("dangling.key", &good.key);
    std::os::unix::fs::symlink("/nowhere/at/all", shelf.path().join("dangling.crt")).unwrap();
    let (identities, problems) = Identities::open(&[shelf.source()], &setting(Unknown::Default).options).unwrap();
    assert_eq!(identities.len(), 2);
    let told: Vec<(Severity, bool)> =
        problems.iter().map(|problem| (problem.severity, problem.source.contains("ca.crt"))).collect();
    assert_eq!(told, [(Severity::Error, false), (Severity::Note, true), (Severity::Error, false)], "{problems:?}");
}

#[test]
fn there_must_be_something_to_show() {
    let shelf = Shelf::new();
    let options = setting(Unknown::Default).options;
    assert!(Identities::open(&[shelf.source()], &options).unwrap_err().to_string().contains("no certificate"));
    let missing = Source::Directory { path: shelf.path().join("missing"), passphrase: None };
    shelf.put("a", &pair(&["a.example"]));
    let refused = Identities::open(&[shelf.source(), missing], &options).unwrap_err();
    assert!(refused.to_string().contains("missing: No such file"), "{refused}");
}

#[test]
fn a_file_that_is_named_and_found_is_one_identity() {
    let shelf = Shelf::new();
    shelf.put("a", &pair(&["a.example"]));
    assert_eq!(open(&[shelf.named("a"), shelf.source(), shelf.named("a")]).len(), 1);
}

#[test]
fn the_default_one_can_be_chosen_by_its_name() {
    let (a, b) = (pair(&["a.example"]), pair(&["*.b.example"]));
    let shelf = Shelf::new();
    shelf.put("a", &a).put("b", &b);
    let mut options = setting(Unknown::Default).options;
    options.default_name = Some("x.b.example".to_owned());
    let (identities, _) = Identities::open(&[shelf.source()], &options).unwrap();
    let loaded = identities.first_to_end(9);
    assert_eq!((loaded.len(), loaded[0].default, &*loaded[0].names), (1, true, &["*.b.example".to_owned()][..]));
    assert_eq!(identities.first_to_end(0), []);
    assert!(is(&shown(&Arc::new(identities), "unknown.example", Policy::default()).unwrap(), &b));
    options.default_name = Some("c.example".to_owned());
    let refused = Identities::open(&[shelf.source()], &options).unwrap_err();
    assert!(refused.to_string().contains("no certificate for `c.example`"), "{refused}");
}

#[test]
fn what_is_loaded_is_what_the_client_waits_for() {
    let shelf = Shelf::new();
    shelf.put("0", &pair(&["first.example"])).put("a", &pair(&["a.example"]));
    let identities = open(&[shelf.source()]);
    let states = || identities.status().iter().map(|status| status.state).collect::<Vec<_>>();
    assert_eq!(states(), [LoadState::Loaded, LoadState::NotLoaded]);
    let bell = Arc::new(Bell::default());
    let asked =
        with_hello("a.example", &client(Policy::default()), |hello| identities.ready(Some(hello), &bell.waiter()));
    assert_eq!(asked, Ready::Later);
    bell.wait_for(1);
    assert_eq!(states(), [LoadState::Loaded, LoadState::Loaded]);
    assert_eq!(identities.counts().loaded, 2);
}

#[test]
fn an_identity_of_the_store_is_named_by_its_name() {
    let directory = tempfile::tempdir().unwrap();
    let location = store::Location::directory(directory.path().join("store"));
    let store = store::open(&location, Arc::new(common::FixedClock::new(specimens::now()))).unwrap();
    pki::stored::local_identity(&*store, &common::FixedClock::new(specimens::now())).unwrap();
    let named = |name: &str| Source::Stored { store: Arc::clone(&store), name: name.to_owned() };
    let all = open(&[Source::Store(Arc::clone(&store))]);
    assert_eq!(all.status()[0].source, "store:localhost");
    assert_eq!(all.status()[0].fingerprint_on_disk.as_ref(), Some(&all.status()[0].fingerprint));
    assert!(shown(&open(&[named("localhost")]), "localhost", Policy::default()).is_ok());
    let refused = Identities::open(&[named("nobody")], &setting(Unknown::Default).options).unwrap_err();
    assert!(refused.to_string().contains("no identity `nobody`"), "{refused}");
}
