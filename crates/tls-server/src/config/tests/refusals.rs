use super::*;

/// Each text is told exactly these ends of lines.
fn refused(cases: &[(&str, &[&str])]) {
    for (text, ends) in cases {
        let told: Vec<String> = parse(text).unwrap_err().errors().map(ToString::to_string).collect();
        assert_eq!(told.len(), ends.len(), "{text}: {told:#?}");
        for (line, end) in told.iter().zip(*ends) {
            assert!(line.contains(end), "{text}: {line:?} has no {end:?}");
        }
    }
}

#[test]
fn what_has_no_effect_is_refused() {
    refused(&[
        (
            "[[listener]]\nroot = \"/tmp\"",
            &["root = \"/tmp\": this has no effect with the service hello; take the service http"],
        ),
        (
            "[[listener]]\nservice = \"echo\"\ntargets = \"127.0.0.1:1\"",
            &["no effect with the service echo; take the service forward"],
        ),
        (
            "[[listener]]\nservice = \"http\"\nalpn = [\"h2\", \"http/1.1\"]",
            &["h2\": the service http speaks HTTP/1.1 and no HTTP/2"],
        ),
        ("[[listener]]\nservice = \"http\"\nproxy_protocol = \"v1\"", &["no effect with the service http"]),
        (
            "[[listener]]\nallow = [\"cn=a\"]",
            &["no effect where clients are asked for no certificate; ask for one: client_auth = \"required\""],
        ),
        ("[[listener]]\ncrl = \"../ca/root.pem\"", &["no effect where clients are asked for no certificate"]),
        ("[[listener]]\nclient_ca = \"../ca/root.pem\"\nclient_auth = \"none\"", &["no effect"]),
        ("[[listener]]\ntickets = false\nticket_keys = \"x\"", &["no effect where no session is resumed"]),
        ("[[listener]]\npassphrase_env = \"X\"", &["no effect where no key comes from a file"]),
        ("[[listener]]\nprofile = \"modern\"\nmin_version = \"1.2\"", &["no effect beside a profile"]),
        (
            "[[listener]]\nservice = \"forward\"\ntargets = \"127.0.0.1:1\"\nbalance = \"round-robin\"",
            &["no effect with one target"],
        ),
        ("[admin]\nclient_ca = \"../ca/root.pem\"\n[[listener]]", &["no effect without an address"]),
        (
            "[admin]\naddress = \"unix:a.sock\"\nclient_ca = \"../ca/root.pem\"\n[[listener]]",
            &["no effect on a Unix socket"],
        ),
        (
            "store = \"s\"\n[[listener]]\npem = \"../leaf/combined.pem\"",
            &["no effect where every certificate comes from files"],
        ),
    ]);
}

#[test]
fn what_is_not_said_is_asked_for() {
    refused(&[
        ("", &["listener: there is no listener; write [[listener]]"]),
        (
            "[[listener]]\nservice = \"forward\"",
            &[":1:1: listener.targets: where to forward to is not said; write targets = "],
        ),
        (
            "[[listener]]\nclient_auth = \"required\"",
            &[":1:1: listener.client_ca: who vouches for clients is not said"],
        ),
    ]);
}

#[test]
fn what_would_be_open_to_everybody_is_refused() {
    refused(&[
        (
            "[admin]\naddress = \"0.0.0.0:9000\"\n[[listener]]",
            &[
                "everybody who reaches this address could watch the server; take an address of this machine, such as 127.0.0.1:9000, or say who may ask: client_ca = \"FILE\"",
            ],
        ),
        (
            "[[listener]]\nservice = \"forward\"\ntargets = [\"10.0.0.1:80\", \"127.0.0.1:80\"]",
            &["targets = \"10.0.0.1:80\": what was encrypted on its way here would go on readable to another machine"],
        ),
    ]);
    assert!(parse("[[listener]]\nservice = \"forward\"\ntargets = [\"10.0.0.1:80\"]\nplain_remote = true").is_ok());
    assert!(parse("[admin]\naddress = \"0.0.0.0:9000\"\nclient_ca = \"../ca/root.pem\"\n[[listener]]").is_ok());
}

#[test]
fn what_belongs_to_one_is_not_given_to_two() {
    refused(&[
        (
            "[[listener]]\n[[listener]]",
            &[":2:1: listener.address = \"127.0.0.1:8443\": another listener has this address (line 1)"],
        ),
        (
            "[[listener]]\nname = \"a\"\n[[listener]]\nname = \"a\"\naddress = \"localhost:1\"",
            &["another listener has this name"],
        ),
        ("[[listener]]\nname = \"admin\"", &["this is the name of the admin listener"]),
        (
            "[admin]\naddress = \"127.0.0.1:8443\"\n[[listener]]",
            &["admin.address = \"127.0.0.1:8443\": a listener has this address"],
        ),
        (
            "[[listener]]\nservice = \"forward\"\ntargets = [\"127.0.0.1:1\", \"127.0.0.1:1\"]",
            &["this target is named twice"],
        ),
    ]);
    assert!(parse("[[listener]]\naddress = \"[::1]:0\"\n[[listener]]\naddress = \"[::1]:0\"").is_ok());
}

#[test]
fn a_pair_has_two_halves() {
    refused(&[
        (
            "[[listener]]\ncert = \"../leaf/localhost.pem\"",
            &["there is no key for this chain; give its key by `key`, or a file with both by `pem`"],
        ),
        ("[[listener]]\nkey = [\"../leaf/localhost.key\"]", &["there is no chain for this key"]),
        ("[[listener]]\npem = \"-\"", &["standard input can be read once, and a reload reads everything again"]),
        (
            "[[listener]]\ncert = \"store:a\"\nkey = \"store:a\"",
            &["name it alone: store_names = \"a\"", "name it alone"],
        ),
        ("[[listener]]\ncerts = \"../leaf/localhost.pem\"", &["this is a file, not a directory"]),
        ("[[listener]]\npem = \"../leaf\"", &["this is a directory, not a file"]),
    ]);
}

#[test]
fn a_url_that_may_hold_a_password_is_not_repeated() {
    let told = told("store = \"postgres://me:hunter2@db/x\"\n[[listener]]");
    assert!(told.len() == 1 && !told[0].contains("hunter2"), "{told:?}");
}

#[test]
fn a_cipher_that_cannot_be_had_is_a_warning() {
    let checked = parse("[[listener]]\nciphers = \"ECDHE+AESGCM:RC4-SHA\"").unwrap();
    assert!(checked.warnings[0].problem.contains("RC4-SHA is left out"), "{}", checked.warnings[0]);
}

#[test]
fn default_names_do_not_meet_those_given() {
    let text = "[[listener]]\naddress = \"a:1\"\n[[listener]]\naddress = \"a:2\"\nname = \"hello\"\n[[listener]]\naddress = \"a:3\"";
    let names: Vec<String> =
        parse(text).unwrap().listeners.iter().map(|listener| listener.name.value.clone()).collect();
    assert_eq!(names, ["hello-2", "hello", "hello-3"]);
}

#[test]
fn the_environment_overrides_the_file_and_a_flag_overrides_both() {
    let text = "store = \"in-file\"\n[[listener]]";
    let mut document = Document::parse(text, &workspace("fixtures/server/server.toml"));
    document.raw.take_environment(|name| (name == "LATCHKEY_STORE").then(|| "in-environment".into()));
    let checked = document.clone().check().unwrap();
    let store = checked.store.unwrap();
    assert_eq!((store.path(), store.origin), (Path::new("in-environment"), Origin::Environment("LATCHKEY_STORE")));
    document.raw.process.flag(&keys::STORE, ["by-flag"]);
    let store = document.check().unwrap().store.unwrap();
    assert_eq!((store.path(), store.origin), (Path::new("by-flag"), Origin::Flag("--store")));
}
