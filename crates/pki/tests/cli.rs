//! The program as people meet it: what it prints, what it writes, and what it says when the input is bad.
#![expect(clippy::unwrap_used, reason = "a test ends where its premise fails")]

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
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
        "cert issue",
        "cert revoke",
        "crl new",
        "crl show",
        "ca request",
        "ca import",
        "ca cross-sign",
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
        refuses(at, &["crl", "show", file], file);
    }
    refuses(at, &["crl", "show", "cert.pem"], "`pki cert show cert.pem` shows what it holds");
    refuses(at, &["cert", "show", "csr.pem"], "`pki csr show csr.pem` shows what it holds");
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

#[test]
fn a_refusal_names_the_rule_and_the_nearest_value_and_nothing_of_the_cas_is_taken_from_a_request() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    assert!(pki(at, &["ca", "new", "home", "--permit", "home.example"]).status.success());
    let request = ["csr", "new", "--san", "nas.other.example", "--key-out", "nas.key", "--out", "nas.csr"];
    assert!(pki(at, &request).status.success());
    let refused = pki(at, &["cert", "issue", "--csr", "nas.csr", "--ca", "home", "--out", "nas.pem"]);
    let said = text(&refused.stderr);
    assert_eq!(refused.status.code(), Some(2), "{said}");
    assert!(said.contains("name constraints") && said.contains("`nas.home.example`"), "{said}");
    assert!(!at.join("nas.pem").exists());

    let asked = ["req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "ca.key"];
    let extensions = [
        "-subj",
        "/O=Stranger/CN=ca.home.example",
        "-addext",
        "subjectAltName=DNS:ca.home.example",
        "-addext",
        "basicConstraints=critical,CA:TRUE",
        "-addext",
        "keyUsage=keyCertSign",
        "-out",
        "ca.csr",
    ];
    assert!(command("openssl", at).args(asked).args(extensions).output().unwrap().status.success());
    let issued = pki(at, &["cert", "issue", "--csr", "ca.csr", "--ca", "home", "--out", "ca.pem", "--json"]);
    assert!(issued.status.success(), "{}", text(&issued.stderr));
    let said = text(&issued.stdout);
    assert!(said.contains("basicConstraints") && said.contains("keyUsage"), "{said}");
    let shown = pki(at, &["cert", "show", "ca.pem", "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    let certificate = &shown["certificates"][0];
    assert_eq!(certificate["authority"]["ca"], false);
    assert_eq!(certificate["subject"]["text"], "CN=ca.home.example,O=Stranger");
    assert_eq!(certificate["key_usage"], serde_json::json!(["digital_signature"]));
    for option in [["--path-len", "0"], ["--permit", "a.example"]] {
        refuses(
            at,
            &[&["cert", "issue", "--csr", "ca.csr", "--ca", "home", "--out", "x.pem"], &option[..]].concat(),
            "CAs",
        );
    }
    refuses(at, &["cert", "issue", "--csr", "ca.csr", "--ca", "home", "--profile", "sever"], "server");
}

#[test]
fn a_request_that_proves_nothing_is_refused_with_its_fault_and_what_would_mend_it() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    assert!(pki(at, &["ca", "new", "home"]).status.success());
    for (file, key) in [("weak.csr", ["rsa:1024", "rsa_keygen_bits:1024"]), ("ed448.csr", ["ed448", ""])] {
        let make =
            ["req", "-new", "-nodes", "-subj", "/CN=a.example", "-keyout", "x.key", "-out", file, "-newkey", key[0]];
        assert!(command("openssl", at).args(make).output().unwrap().status.success());
    }
    for (file, said) in [("weak.csr", "RSA with 1024 bits; the least is 2048"), ("ed448.csr", "Ed448")] {
        refuses(at, &["cert", "issue", "--csr", file, "--ca", "home", "--out", "x.pem"], said);
        refuses(at, &["cert", "issue", "--csr", file, "--ca", "home", "--out", "x.pem"], "try: let it be made again");
    }
    let make =
        ["req", "-new", "-nodes", "-subj", "/CN=b", "-keyout", "x.key", "-out", "sha1.csr", "-newkey", "rsa:2048"];
    assert!(command("openssl", at).args(make).arg("-sha1").output().unwrap().status.success());
    refuses(at, &["cert", "issue", "--csr", "sha1.csr", "--ca", "home", "--out", "x.pem"], "sha1WithRSAEncryption");
}

#[test]
fn a_cas_certificate_is_replaced_by_another_one_of_its_key_and_by_no_other() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let run = |line: &str| {
        let output = pki(at, &line.split(' ').collect::<Vec<_>>());
        assert!(output.status.success(), "{line}: {}", text(&output.stderr));
        text(&output.stdout)
    };
    run("--store vault ca new root --path-len 1");
    run("--store vault ca export root --out root.pem");
    run("ca request issuing --out issuing.csr");
    assert_eq!(run("ca request issuing"), fs::read_to_string(at.join("issuing.csr")).unwrap(), "the same once more");
    run("--store vault cert issue --csr issuing.csr --profile intermediate --out one.pem");
    run("--store vault cert issue --csr issuing.csr --profile intermediate --out two.pem");
    run("ca import issuing one.pem");
    assert_eq!(run("ca export issuing --chain").matches("BEGIN CERTIFICATE").count(), 1);
    refuses(at, &["ca", "import", "issuing", "two.pem"], "--force");
    refuses(at, &["ca", "import", "issuing", "root.pem", "--force"], "has its subject and its key");
    run("ca import issuing two.pem --chain root.pem --force");
    let chain = ["two.pem", "root.pem"].map(|file| fs::read_to_string(at.join(file)).unwrap()).concat();
    assert_eq!(run("ca export issuing --chain"), chain);
    run("cert new a.example --ca issuing --out a.pem");
    run("cert verify a.pem --trust root.pem --name a.example");
}

#[test]
fn a_batch_is_taken_up_again_with_its_files_and_refuses_what_it_cannot_do_before_it_begins() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    assert!(pki(at, &["ca", "new", "home"]).status.success());
    fs::write(at.join("bad.csv"), "names\na..b\nok.example\n").unwrap();
    refuses(at, &["cert", "issue", "--batch", "bad.csv", "--ca", "home", "--out-dir", "out"], "bad.csv:2");
    assert!(!at.join("out").exists());
    fs::write(at.join("hosts.csv"), "names,days\na.example,30\nb.example www.b.example,\n").unwrap();
    let batch = ["cert", "issue", "--batch", "hosts.csv", "--ca", "home", "--out-dir", "out", "--json"];
    let run = |arguments: &[&str]| -> serde_json::Value {
        let output = pki(at, arguments);
        assert!(output.status.success(), "{}", text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let first = run(&batch);
    assert_eq!((first["issued"].as_u64(), first["files_written"].as_u64()), (Some(2), Some(4)));
    assert!(pki(at, &["cert", "match", "out/b.example.pem", "out/b.example.key"]).status.success());

    let kept = fs::read(at.join("out/a.example.pem")).unwrap();
    fs::remove_file(at.join("out/a.example.pem")).unwrap();
    fs::remove_file(at.join("out/b.example.key")).unwrap();
    fs::write(at.join("hosts.csv"), "names,days\nc.example,\nb.example www.b.example,\na.example,30\n").unwrap();
    let second = run(&batch);
    assert_eq!((second["issued"].as_u64(), second["done_before"].as_u64()), (Some(1), Some(2)));
    assert_eq!(fs::read(at.join("out/a.example.pem")).unwrap(), kept, "the same certificate, not another one");
    assert!(pki(at, &["cert", "match", "out/b.example.pem", "out/b.example.key"]).status.success());

    let held = pki(at, &["ca", "new", "held", "--permit", "home.example", "--days", "20"]);
    assert!(held.status.success());
    fs::write(at.join("held.csv"), "names,days\nx.home.example,10\ny.home.example,30\nz.other.example,\n").unwrap();
    let output = pki(at, &["cert", "issue", "--batch", "held.csv", "--ca", "held", "--json"]);
    assert_eq!(output.status.code(), Some(1));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((said["issued"].as_u64(), said["cut_short"].as_u64()), (Some(2), Some(1)));
    let advice = said["refused"][0]["advice"].as_str().unwrap();
    assert!(advice.contains("`z.home.example`"), "{advice}");

    fs::write(at.join("out/a.example.pem"), "mine\n").unwrap();
    let third = pki(at, &batch);
    assert_eq!(third.status.code(), Some(2));
    assert_eq!(fs::read(at.join("out/a.example.pem")).unwrap(), b"mine\n");
}

#[test]
fn a_ca_from_elsewhere_issues_under_its_own_name_byte_for_byte() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    let openssl = |line: &[&str]| {
        let output = command("openssl", at).args(line).output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        output.stdout
    };
    let name = "/DC=org/DC=example/OU=One/OU=Two/CN=Foreign";
    let make = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "f.key", "-out", "f.pem", "-subj", name];
    openssl(&[&make[..], &["-addext", "keyUsage=critical,keyCertSign,cRLSign", "-days", "30"]].concat());
    assert!(pki(at, &["csr", "new", "--san", "a.example", "--key-out", "a.key", "--out", "a.csr"]).status.success());
    let foreign = ["--ca-cert", "f.pem", "--ca-key", "f.key", "--days", "10"];
    let issued = pki(at, &[&["cert", "issue", "--csr", "a.csr", "--out", "a.pem"], &foreign[..]].concat());
    assert!(issued.status.success(), "{}", text(&issued.stderr));
    openssl(&["verify", "-x509_strict", "-CAfile", "f.pem", "a.pem"]);
    assert!(!at.join("store").exists(), "a CA out of files needs no store");
}

#[test]
fn a_bundle_is_shown_whole_with_what_is_wrong_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    for command in
        ["ca new home", "cert new app.test --ca home --out app.pem --key-out app.key", "ca export home --out home.pem"]
    {
        assert!(pki(at, &command.split(' ').collect::<Vec<_>>()).status.success(), "{command}");
    }
    let read = |name: &str| fs::read_to_string(at.join(name)).unwrap();
    let leaf = read("app.pem");
    let leaf = &leaf[..=leaf.find("-----END CERTIFICATE-----\n").unwrap() + 25];
    let (ca, key) = (read("home.pem"), read("app.key"));
    let show = |content: &str, mode: u32| {
        let path = at.join("bundle.pem");
        fs::write(&path, content).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        text(&pki(at, &["cert", "show", "bundle.pem"]).stdout)
    };
    let good = show(&format!("{leaf}{ca}{key}"), 0o600);
    assert!(good.contains("holds also     1 private key") && good.contains("certificate 2)"), "{good}");
    assert!(!good.contains("warning"), "{good}");

    assert!(show(&format!("{leaf}{ca}{key}"), 0o644).contains("everybody on this machine may read it"));
    let twice = show(&format!("{leaf}{ca}{leaf}"), 0o644);
    assert!(twice.contains("is there twice: it is the same as certificate 1"), "{twice}");
    assert!(!twice.contains("may read it"), "there is no key in it: {twice}");
    let reversed = show(&format!("{ca}{leaf}"), 0o644);
    assert!(
        reversed.contains("the chain is reversed") && reversed.contains("put the leaf first: `app.test`"),
        "{reversed}"
    );
    let heap = show(&format!("{ca}{ca}"), 0o644);
    assert!(heap.matches("warning").count() == 1 && heap.contains("is there twice"), "{heap}");
}
