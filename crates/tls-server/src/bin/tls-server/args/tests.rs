use clap::CommandFactory as _;
use tls_server::config::{Clients, Service};

use super::*;

fn parse(words: &str) -> Result<Args, clap::Error> {
    Args::try_parse_from(std::iter::once("tls-server").chain(words.split_whitespace()))
}

fn checked(words: &str) -> Result<tls_server::config::Checked, String> {
    let args = parse(words).map_err(|error| error.to_string())?;
    configuration(&args.serve, &args.global).map_err(|refused| {
        let error = common::terminal::CliError::from(refused);
        assert_eq!(error.exit, common::terminal::Exit::Usage, "{words}");
        format!("{}; {}", error.fact, error.advice.unwrap_or_default())
    })
}

#[test]
fn the_definition_is_sound() {
    Args::command().debug_assert();
}

#[test]
fn nothing_is_hello_on_8443() {
    let checked = checked("--store s").unwrap();
    let [listener] = checked.listeners.as_slice() else { panic!("one listener") };
    assert_eq!((&listener.service, listener.addresses.len()), (&Service::Hello, 1));
    assert_eq!(listener.addresses[0].to_string(), "127.0.0.1:8443");
    assert_eq!((listener.handshake_timeout.as_secs(), listener.idle_timeout.as_secs()), (10, 300));
    assert_eq!(checked.limits.drain_timeout.as_secs(), 30);
}

#[test]
fn addresses_given_replace_the_default() {
    let checked = checked("echo --listen 127.0.0.1:0 --listen [::1]:0 --store s").unwrap();
    assert_eq!(checked.listeners[0].addresses.len(), 2);
    assert_eq!(checked.listeners[0].service, Service::Echo);
}

#[test]
fn targets_stand_behind_the_word() {
    let checked = checked("forward 127.0.0.1:80 unix:/run/a.sock --balance least-connections --store s").unwrap();
    let Service::Forward(forward) = &checked.listeners[0].service else { panic!("forward") };
    assert_eq!(forward.targets.len(), 2);
}

#[test]
fn a_shorter_rule_is_the_longer_one() {
    let ca = "../../fixtures/ca/root.pem";
    let words = format!(
        "--client-auth optional --client-ca {ca} --allow cn=a --allow-uri spiffe://b/* --allow-san *.example.com --store s"
    );
    let Clients::Optional(vouched) = checked(&words).unwrap().listeners[0].clients.clone() else { panic!("optional") };
    let rules: Vec<&str> = vouched.rules.iter().map(|rule| rule.value.as_str()).collect();
    assert_eq!(rules, ["cn=a", "dns=*.example.com", "uri=spiffe://b/*"]);
}

#[test]
fn what_has_no_effect_or_contradicts_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    for name in ["a.pem", "b.pem", "c.pem"] {
        std::fs::write(directory.path().join(name), "x").unwrap();
    }
    let at = |name: &str| directory.path().join(name).display().to_string();
    let (a, b, c) = (at("a.pem"), at("b.pem"), at("c.pem"));
    for (words, told) in [
        ("forward", "TARGET: where to forward to is not said; name it behind the word"),
        ("echo 127.0.0.1:80", "TARGET 127.0.0.1:80: this has no effect with the service echo"),
        ("forward 10.0.0.1:80", "or allow it: --plain-remote"),
        ("forward 127.0.0.1:80 --balance round-robin", "--balance round-robin: this has no effect with one target"),
        ("--root /", "--root /: this has no effect with the service hello"),
        (
            "--client-auth required",
            "--client-ca: who vouches for clients is not said; name their file: --client-ca ca.pem",
        ),
        (
            "--allow-cn a",
            "--allow-cn cn=a: this has no effect where clients are asked for no certificate; ask for one: --client-auth required",
        ),
        ("--admin 0.0.0.0:9000", "or say who may ask: --admin-client-ca FILE"),
        ("--no-tickets --ticket-keys f", "--ticket-keys f: this has no effect"),
        (&format!("--cert {a}"), "there is no key for this chain; give its key by --key, or a file with both by --pem"),
        (&format!("--key {a}"), "there is no chain for this key; give its chain by --cert"),
        (&format!("--cert {a} --key {b} --store s"), "--store s: this has no effect"),
        (&format!("--pem {c} --store s"), "--store s: this has no effect"),
        ("--workers 0", "--workers 0: this must be at least 1"),
        ("--max-connections 0", "--max-connections 0: this must be at least 1"),
        ("--handshake-timeout 0s", "a deadline of zero lets nobody in"),
        ("--idle-timeout 10", "--idle-timeout 10: this has no unit; write --idle-timeout 10s"),
        ("--listen 8443", "--listen 8443: this is a port without an address; write --listen 127.0.0.1:8443"),
        ("--min-version 1.3 --max-version 1.2", "--min-version 1.3: the lowest version"),
        ("--cert - --key -", "standard input can be read once; give the chain and the key together: --pem -"),
        ("--client-auth required --client-ca /dev/null --allow cn", "--allow cn: at its letter"),
        ("--instance a/b", "this is no name for an instance"),
        ("--passphrase-env X", "no effect where no key comes from a file"),
        (
            "--config server.toml --listen 127.0.0.1:1",
            "--listen is about one listener, and the listeners are those of --config",
        ),
        ("echo --config server.toml", "SERVICE is about one listener"),
        ("--config no-such-file.toml", "no-such-file.toml"),
    ] {
        let error = checked(words).expect_err(words);
        assert!(error.contains(told), "{words}: {error}");
    }
    for words in [
        "--profile modern --min-version 1.2",
        "-q -v",
        "--client-auth sometimes",
        "--proxy-protocol v3",
        "--banana",
        "nonsense",
        "explain",
    ] {
        assert_eq!(parse(words).expect_err(words).exit_code(), 2, "{words}");
    }
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let error = checked("forward --idle-timeout 10 --listen nowhere --store s").unwrap_err();
    assert!(error.starts_with("3 things are wrong with the configuration:\n  "), "{error}");
}

#[test]
fn flags_of_the_process_go_beside_a_file() {
    let words = "--config ../../fixtures/server/several.toml --instance other --drain-timeout 1s --workers 3";
    let checked = checked(words).unwrap();
    assert_eq!(checked.instance.unwrap().value, "other");
    assert_eq!(checked.limits.drain_timeout.as_secs(), 1);
    assert_eq!(checked.workers.unwrap().get(), 3);
}

#[test]
fn a_command_takes_what_stands_behind_it() {
    let args = parse("check forward 127.0.0.1:80 --json").unwrap();
    let Some(Command::Check(serve)) = args.command else { panic!("check") };
    assert_eq!((serve.service, args.global.json), (Some(ServiceName::Forward), true));

    let lost = |words: &str| {
        let mut command = Args::command();
        let matches = command.try_get_matches_from_mut(words.split(' ')).unwrap();
        refuse_stray(&mut command, &matches).map_err(|error| error.to_string())
    };
    assert!(lost("tls-server --listen a:1 config show").unwrap_err().contains("--listen stands before `config`"));
    assert!(lost("tls-server -v check --listen a:1").is_ok());
}
