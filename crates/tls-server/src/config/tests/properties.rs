use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::config::keys::{Kind, TABLES, Table};

/// Words of which a file might be made, by somebody who has seen one.
fn words() -> impl Strategy<Value = String> {
    let known: Vec<String> = TABLES
        .iter()
        .flat_map(|table| table.keys.iter().map(|key| key.name.to_owned()).chain([table.head()]))
        .chain(
            [
                "=", " = ", "\n", "[", "]", "\"", "'", "[[", "{", "}", ",", "1", "0x", "true", "\"10s\"", "\"a:1\"",
                "#", ".",
            ]
            .map(str::to_owned),
        )
        .collect();
    proptest::collection::vec(prop_oneof![4 => select(known), 1 => ".{0,8}"], 0..60).prop_map(|words| words.concat())
}

/// A value that might stand for a key of that kind, right or wrong.
fn value(kind: Kind) -> BoxedStrategy<String> {
    let text = select(vec![
        "",
        "-",
        "a",
        "/",
        "../leaf",
        "../leaf/combined.pem",
        "../ca/root.pem",
        "../leaf/localhost.key",
        "unix:a.sock",
        "store:a",
        "127.0.0.1:1",
        "127.0.0.1:2",
        "10.0.0.0:99",
        "0.0.0.0:0",
        "[::1]:443",
        "localhost:5432",
        "10.0.0.0/8",
        "1.2",
        "1.3",
        "10s",
        "0s",
        "h2",
        "X25519",
        "ECDHE+AESGCM",
        "cn=alice",
        "ü\u{7f}\n\"\\",
    ])
    .prop_map(document::quoted);
    match kind {
        Kind::Text | Kind::Duration => text.boxed(),
        Kind::Texts => {
            let list =
                proptest::collection::vec(text.clone(), 0..4).prop_map(|texts| format!("[{}]", texts.join(", ")));
            prop_oneof![text, list].boxed()
        }
        Kind::Word(words) => prop_oneof![9 => select(words).prop_map(document::quoted), 1 => text].boxed(),
        Kind::Count => {
            prop_oneof![9 => (1u32..100).prop_map(|count| count.to_string()), 1 => Just("0".to_owned())].boxed()
        }
        Kind::Switch => any::<bool>().prop_map(|switch| switch.to_string()).boxed(),
    }
}

/// A table with some of its keys.
fn table(table: &'static Table, share: f64) -> impl Strategy<Value = String> {
    let lines: Vec<_> = table
        .keys
        .iter()
        .map(|key| {
            proptest::option::weighted(share, value(key.kind))
                .prop_map(|value| value.map(|value| format!("{} = {value}\n", key.name)))
        })
        .collect();
    lines.prop_map(move |lines| {
        let head = if table.name.is_empty() { String::new() } else { format!("{}\n", table.head()) };
        head + &lines.into_iter().flatten().collect::<String>()
    })
}

/// A listener that may well hold, or a stray one.
fn listener() -> impl Strategy<Value = String> {
    let address =
        select(vec![r#"address = "localhost:0""#, r#"address = ["127.0.0.1:0", "[::1]:0"]"#, r#"address = "a:1""#]);
    let service = select(vec![
        "",
        r#"service = "echo""#,
        "service = 'http'\nroot = '../leaf'",
        "service = 'forward'\ntargets = 'unix:a.sock'\nproxy_protocol = 'v1'",
        "service = 'forward'\ntargets = ['[::1]:1', '10.0.0.1:1']\nplain_remote = true\nbalance = 'least-connections'",
        "service = 'forward'\ntargets = ['[::1]:1', 'a.localhost:1']\nconnect_timeout = '1m'",
    ]);
    let identity = select(vec![
        "",
        "pem = '../leaf/combined.pem'\npassphrase_env = 'X'",
        "cert = ['../leaf/localhost.pem', '../ca/root.pem']\nkey = ['../leaf/localhost.key', '../ca/root.key']",
        r#"certs = "../leaf"
           store_names = ["a", "b \u000A"]
           strict_sni = true"#,
        "pem = 'store:x'\ndefault_name = 'a'",
    ]);
    let clients = select(vec![
        "",
        "client_auth = 'none'",
        "client_auth = 'optional'\nclient_ca = '../ca/root.pem'",
        "client_auth = 'required'\nclient_ca = ['../ca/root.pem']\ncrl = '../ca/root.pem'\nallow = 'cn=a'",
    ]);
    let policy = select(vec![
        "",
        "profile = 'modern'",
        "min_version = '1.3'\nalpn = ['h2']",
        "ciphers = 'ECDHE+AESGCM'\nprovider = 'ring'",
    ]);
    let whole =
        (address, service, identity, clients, policy).prop_map(|(address, service, identity, clients, policy)| {
            format!("[[listener]]\n{address}\n{service}\n{identity}\n{clients}\n{policy}\n")
        });
    prop_oneof![9 => whole, 1 => table(&keys::LISTENER, 0.06)]
}

/// A whole file.
fn file() -> impl Strategy<Value = String> {
    let mostly = |usual: &str, otherwise| prop_oneof![4 => Just(usual.to_owned()), 1 => otherwise];
    let process = mostly("", table(&keys::PROCESS, 0.2));
    let limits = mostly("[limits]\nmax_connections = 9\nidle_timeout = '90m'\n", table(&keys::LIMITS, 0.1));
    let admin = mostly("[admin]\naddress = 'unix:../a.sock'\n", table(&keys::ADMIN, 0.3));
    let log = mostly("[log]\naccess = '-'\nkeylog = 'k'\n", table(&keys::LOG, 0.3));
    let listeners = proptest::collection::vec(listener(), 1..3).prop_map(|listeners| listeners.concat());
    (process, limits, admin, log, listeners)
        .prop_map(|(process, limits, admin, log, listeners)| [process, limits, admin, log, listeners].concat())
}

/// What is in force, written down and read again.
fn round(checked: &Checked) -> Checked {
    let shown = checked.to_toml();
    Document::parse(&shown, Path::new("/elsewhere/server.toml"))
        .check()
        .unwrap_or_else(|problems| panic!("{shown}\n{problems}"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_a_configuration_or_has_problems_that_say_where(text in prop_oneof![words(), ".*"]) {
        if let Err(problems) = parse(&text) {
            prop_assert!(problems.errors().next().is_some());
            for problem in &problems.0 {
                prop_assert!(!problem.to_string().contains('\n'), "{problem}");
            }
        }
    }

    #[test]
    fn what_is_shown_says_the_same_when_it_is_read_back(text in file()) {
        if let Ok(checked) = parse(&text) {
            let again = round(&checked);
            // Paths are shown from the root on, so that the second showing is what the first one was.
            prop_assert_eq!(&round(&again), &again);
            prop_assert_eq!(without_origins(&again), without_origins(&checked));
        }
    }
}

fn without_origins(checked: &Checked) -> String {
    let lines = checked.to_toml();
    let values = lines
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.rsplit_once("  # ").map_or(Some(line), |(value, _)| Some(value)));
    values.collect::<Vec<_>>().join("\n")
}

#[test]
fn enough_of_the_files_made_up_here_hold() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let holds = (0..500).filter(|_| {
        let tree = file().new_tree(&mut runner).unwrap();
        parse(&proptest::strategy::ValueTree::current(&tree)).is_ok()
    });
    let holds = holds.count();
    assert!(holds > 150, "only {holds} of 500 files held, so that nothing is shown of what is shown");
}
