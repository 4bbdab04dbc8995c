//! The program as people meet it: what it prints, what it writes, and what it says when the input is bad.
#![expect(clippy::unwrap_used, reason = "a test ends where its premise fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

const PKI: &str = env!("CARGO_BIN_EXE_pki");

fn pki(directory: &Path, arguments: &[&str]) -> Output {
    command(PKI, directory).args(arguments).output().unwrap()
}

fn command(program: &str, directory: &Path) -> Command {
    let mut command = Command::new(program);
    command.current_dir(directory).stdin(Stdio::null());
    command.env("LATCHKEY_STORE", directory.join("store")).env_remove("LATCHKEY_LOG").env("NO_COLOR", "1");
    command
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn files(directory: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(directory).unwrap();
    entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect()
}

#[test]
fn every_example_of_every_help_works_when_pasted() {
    let commands = [
        "",
        "key new",
        "key public",
        "key show",
        "csr new",
        "csr show",
        "cert self-signed",
        "cert new",
        "cert show",
        "cert match",
        "ca new",
        "ca list",
        "ca show",
        "ca export",
        "store list",
        "store show",
        "store export",
    ];
    for name in commands {
        let directory = tempfile::tempdir().unwrap();
        let help = pki(
            directory.path(),
            &[name.split(' ').collect(), vec!["--help"]].concat()[usize::from(name.is_empty())..],
        );
        assert!(help.status.success(), "{name}");
        let help = text(&help.stdout);
        let examples = help.split("Examples:\n").nth(1).unwrap_or_else(|| panic!("`{name}` has no examples"));
        let path = format!("{}:{}", Path::new(PKI).parent().unwrap().display(), std::env::var("PATH").unwrap());
        let script = command("sh", directory.path()).env("PATH", path).args(["-euc", examples]).output().unwrap();
        assert!(script.status.success(), "{name}: {}", text(&script.stderr));
    }
}

#[test]
fn bad_input_is_named_ends_with_2_and_nothing_is_written() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let good = ["cert", "self-signed", "a.example", "--out", "cert.pem", "--key-out", "key.pem"];
    assert!(pki(at, &good).status.success());
    fs::write(at.join("passphrase"), "open sesame\n").unwrap();
    assert!(pki(at, &["key", "new", "--passphrase-file", "passphrase", "--out", "encrypted"]).status.success());
    assert!(pki(at, &["csr", "new", "--key", "key.pem", "--cn", "a.example", "--out", "csr.pem"]).status.success());
    assert!(pki(at, &["key", "new", "--out", "other.pem"]).status.success());
    fs::write(at.join("empty"), "").unwrap();
    fs::write(at.join("random"), [0x8f, 0x12, 0x00, 0xff].repeat(80)).unwrap();
    let cut = fs::read_to_string(at.join("key.pem")).unwrap();
    fs::write(at.join("cut"), &cut[..cut.len() / 2]).unwrap();
    fs::create_dir(at.join("directory")).unwrap();
    let before = files(at);

    let with_key = ["empty", "random", "cut", "directory", "missing", "cert.pem", "encrypted"];
    for key in with_key {
        refuses(at, &["cert", "self-signed", "b.example", "--key", key, "--out", "new.pem"], key);
        refuses(at, &["csr", "new", "--cn", "b.example", "--key", key, "--out", "new.pem"], key);
    }
    for file in ["empty", "random", "cut", "directory", "missing", "key.pem"] {
        refuses(at, &["cert", "show", file], file);
        refuses(at, &["csr", "show", file], file);
    }
    for file in ["empty", "random", "cut", "directory", "missing", "cert.pem", "csr.pem", "encrypted"] {
        refuses(at, &["key", "show", file], file);
        refuses(at, &["cert", "match", "cert.pem", file], file);
    }
    refuses(at, &["cert", "self-signed", "--csr", "csr.pem", "--key", "other.pem", "--out", "new.pem"], "other.pem");
    refuses(at, &["cert", "self-signed", "b.example", "--out", "cert.pem", "--key-out", "new.pem"], "cert.pem");
    refuses(at, &["cert", "self-signed", "b.example", "--out", "new.pem", "--key-out", "key.pem"], "key.pem");
    refuses(at, &["cert", "self-signed", "b.example", "--out", "new.pem", "--key-out", "no/new.key"], "no/new.key");
    refuses(at, &["cert", "self-signed", "b.example", "--out", "new.pem", "--key-out", "new.pem"], "new.pem");
    refuses(at, &["cert", "self-signed", "b..example", "*", "--pem", "new.pem"], "`*`");
    refuses(at, &["key", "new", "--alg", "rsa-512"], "rsa-512");
    for time in ["2026-11-21T04:00:00", "yesterday", "9999-12-31"] {
        refuses(at, &["cert", "self-signed", "b.example", "--not-after", time, "--pem", "new.pem"], time);
    }
    let without_effect = ["--passphrase-file", "passphrase"];
    refuses(at, &[&["cert", "new", "b.example"], &without_effect[..]].concat(), "passphrase");
    for read in [["key", "show", "key.pem"], ["key", "public", "cert.pem"], ["key", "public", "csr.pem"]] {
        refuses(at, &[&read, &without_effect[..]].concat(), read[2]);
    }
    refuses(at, &["store", "show", "nobody"], "no store");
    assert_eq!(files(at), before);
}

#[track_caller]
fn refuses(directory: &Path, arguments: &[&str], named: &str) {
    let output = pki(directory, arguments);
    let said = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
    assert!(said.contains(named) && !said.contains("panicked"), "{arguments:?}: {said}");
    assert!(output.stdout.is_empty(), "{arguments:?}");
}

#[test]
fn force_replaces_a_file_and_never_loses_the_key_at_hand() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    assert!(pki(at, &["key", "new", "--out", "key.pem"]).status.success());
    assert!(pki(at, &["csr", "new", "--key", "key.pem", "--cn", "a.example", "--out", "csr.pem"]).status.success());
    let key = fs::read(at.join("key.pem")).unwrap();
    let absolute = at.join("key.pem").display().to_string();
    for out in ["key.pem", "./key.pem", &absolute] {
        refuses(at, &["cert", "self-signed", "a.example", "--key", "key.pem", "--out", out, "--force"], out);
        refuses(at, &["cert", "self-signed", "--csr", "csr.pem", "--key", "key.pem", "--out", out, "--force"], out);
        refuses(at, &["csr", "new", "--cn", "a.example", "--key", "key.pem", "--out", out, "--force"], out);
        refuses(at, &["key", "public", "key.pem", "--out", out, "--force"], out);
        refuses(at, &["cert", "self-signed", "a.example", "--out", out, "--key-out", "key.pem", "--force"], "key.pem");
    }
    refuses(at, &["key", "new", "--out", "/dev/null", "--force"], "/dev/null");
    assert_eq!(fs::read(at.join("key.pem")).unwrap(), key);
    let combine = ["cert", "self-signed", "a.example", "--key", "key.pem", "--pem", "key.pem", "--force"];
    assert!(pki(at, &combine).status.success(), "certificate and key in the place of the key lose nothing");
    assert!(pki(at, &["cert", "match", "csr.pem", "key.pem"]).status.success());
}

#[test]
fn what_a_request_asks_for_and_does_not_get_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    assert!(pki(at, &["key", "new", "--out", "key.pem"]).status.success());
    let request = |file: &str, extensions: &[&str]| {
        let usual = ["req", "-new", "-key", "key.pem", "-subj", "/O=Example/CN=host.example", "-out", file];
        assert!(command("openssl", at).args(usual).args(extensions).status().unwrap().success());
        let signed = pki(at, &["cert", "self-signed", "--csr", file, "--key", "key.pem", "--json"]);
        assert!(signed.status.success(), "{}", text(&signed.stderr));
        serde_json::from_slice::<serde_json::Value>(&signed.stdout).unwrap()
    };
    let said = request("old.csr", &[]);
    assert_eq!(said["names"], serde_json::json!(["host.example"]));
    assert!(said["notes"].to_string().contains("common name"), "{said}");
    let asked = "subjectAltName=DNS:good.example,DNS:bad..example,RID:1.2.3";
    let said = request("new.csr", &["-addext", asked, "-addext", "basicConstraints=critical,CA:TRUE"]);
    assert_eq!(said["names"], serde_json::json!(["good.example"]));
    for word in ["bad..example", "registeredID:1.2.3", "basicConstraints"] {
        assert!(said["notes"].to_string().contains(word), "{said}");
    }
}

#[test]
fn the_next_command_after_a_new_ca_works_when_pasted() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let cases: [&[&str]; 4] = [
        &["any"],
        &["home", "--permit", "home.example"],
        &["lan", "--permit", "192.168.0.0/16"],
        &["below", "--parent", "home"],
    ];
    for case in cases {
        let made = pki(at, &[&["ca", "new", "--json"], case].concat());
        assert!(made.status.success(), "{}", text(&made.stderr));
        let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
        for next in made["next"].as_array().unwrap() {
            let arguments: Vec<&str> = next.as_str().unwrap().split(' ').skip(1).collect();
            let output = pki(at, &[&arguments[..], &["--force"]].concat());
            assert!(output.status.success(), "{next}: {}", text(&output.stderr));
        }
    }
}

#[test]
fn the_connection_that_is_shown_next_is_to_this_machine() {
    let directory = tempfile::tempdir().unwrap();
    for (name, target) in [
        ("localhost", "localhost:8443"),
        ("127.0.0.1", "127.0.0.1:8443"),
        ("web.example", "127.0.0.1:8443 --server-name web.example"),
        ("*.web.example", "127.0.0.1:8443 --server-name www.web.example"),
        ("::1", "127.0.0.1:8443 --server-name ::1"),
    ] {
        let arguments = ["cert", "self-signed", name, "--out", "-", "--pem", "both.pem", "--json", "--force"];
        let made = pki(directory.path(), &arguments);
        let made: serde_json::Value = serde_json::from_slice(&made.stdout).unwrap();
        assert_eq!(made["next"][1], format!("tls-client connect {target} --ca both.pem"));
    }
}

#[test]
fn a_reading_command_makes_no_store() {
    let directory = tempfile::tempdir().unwrap();
    for arguments in [["ca", "list"], ["store", "list"], ["ca", "show"], ["ca", "export"]] {
        let _ = pki(directory.path(), &arguments);
        assert_eq!(files(directory.path()).len(), 0, "{arguments:?}");
    }
}

#[test]
fn match_answers_with_its_exit_code_and_json_says_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    assert!(pki(at, &["cert", "self-signed", "a.example", "--pem", "both.pem"]).status.success());
    assert!(pki(at, &["key", "new", "--out", "other.pem"]).status.success());
    assert_eq!(pki(at, &["cert", "match", "both.pem", "both.pem"]).status.code(), Some(0));
    let no = pki(at, &["cert", "match", "both.pem", "other.pem", "--json"]);
    assert_eq!(no.status.code(), Some(1));
    let said: serde_json::Value = serde_json::from_slice(&no.stdout).unwrap();
    assert_eq!((said["schema"].as_str(), said["matches"].as_bool()), (Some("latchkey.match/1"), Some(false)));
}

#[test]
fn the_serial_and_the_dates_are_those_asked_for() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let asked = [
        "cert",
        "self-signed",
        "a.example",
        "--serial",
        "1000",
        "--not-before",
        "2026-01-01",
        "--not-after",
        "2051-06-01T12:00:00Z",
        "--pem",
        "both.pem",
    ];
    assert!(pki(at, &asked).status.success());
    let shown = pki(at, &["cert", "show", "both.pem", "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let certificate = &shown["certificates"][0];
    assert_eq!(certificate["serial"], "03e8");
    assert_eq!(certificate["not_before"], "2026-01-01T00:00:00Z");
    assert_eq!(certificate["not_after"], "2051-06-01T12:00:00Z");
}

#[test]
fn two_processes_that_make_the_local_ca_at_once_both_succeed() {
    let directory = tempfile::tempdir().unwrap();
    let start = |name: &str| command(PKI, directory.path()).args(["-q", "cert", "new", name]).spawn().unwrap();
    let children = ["a.example", "b.example", "c.example", "d.example"].map(start);
    for mut child in children {
        assert!(child.wait().unwrap().success());
    }
    let listed = pki(directory.path(), &["store", "list", "--json"]);
    let listed: serde_json::Value = serde_json::from_slice(&listed.stdout).unwrap();
    assert_eq!(listed["identities"].as_array().unwrap().len(), 4);
    assert_eq!(listed["authorities"].as_array().unwrap().len(), 1);
}
