//! `pki cert verify` as a person runs it: its exit code, its first line, its JSON.

#![expect(clippy::unwrap_used, reason = "a test that cannot start its program has failed")]

use std::process::{Command, Output};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");

/// Runs `pki cert verify` with these words, of which `@` stands for the fixtures.
fn verify(words: &str) -> Output {
    let words = words.split(' ').map(|word| word.replace('@', FIXTURES));
    let store = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_pki"));
    command.args(["cert", "verify"]).args(words).env("LATCHKEY_STORE", store.path().join("store"));
    command.output().unwrap()
}

fn code(words: &str) -> i32 {
    verify(words).status.code().unwrap()
}

#[test]
fn each_fault_has_its_exit_code() {
    for (file, exit) in [
        ("leaf/localhost.pem", 0),
        ("broken/missing-intermediate.pem", 31),
        ("broken/self-signed.pem", 31),
        ("broken/expired.pem", 32),
        ("broken/not-yet-valid.pem", 32),
        ("broken/wrong-name.pem", 33),
        ("broken/client-auth-only.pem", 34),
        ("broken/truncated.pem", 2),
        ("ca/root.key", 2),
    ] {
        let words = format!("@/{file} --trust @/ca/root.pem --name localhost --strict webpki");
        assert_eq!(code(&words), exit, "{file}");
    }
}

#[test]
fn revocation_is_asked_for_with_a_list_or_by_name() {
    for (file, lists, exit) in [
        ("alice", "--crl @/crl/all.pem", 0),
        ("revoked", "--crl @/crl/all.pem", 35),
        ("revoked-intermediate", "--crl @/crl/all.pem", 35),
        ("no-crl", "--crl @/crl/all.pem", 36),
        ("stale-crl", "--crl @/crl/all.pem", 36),
        ("alice", "--crl @/crl/root.pem --crl @/crl/intermediate-forged.pem", 36),
        ("alice", "--require-revocation", 36),
        ("revoked", "--purpose client", 0),
    ] {
        let purpose = if lists.contains("--purpose") { "" } else { " --purpose client" };
        let words = format!("@/client/{file}.pem --trust @/ca/root.pem --strict webpki {lists}{purpose}");
        assert_eq!(code(&words), exit, "{file} {lists}");
    }
}

#[test]
fn der_that_breaks_the_rules_is_judged_and_not_unreadable() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("long.der");
    let pem = std::fs::read_to_string(format!("{FIXTURES}/ca/stranger.pem")).unwrap();
    let body: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let mut der = data_encoding::BASE64.decode(body.as_bytes()).unwrap();
    der.extend([0; 4]);
    std::fs::write(&path, der).unwrap();
    assert_eq!(code(&format!("{} --trust @/ca/root.pem", path.display())), 34);
}

#[test]
fn everything_is_told_as_json() {
    let output = verify("@/broken/wrong-name.pem --trust @/ca/root.pem --name localhost --at 2060-01-01 --json");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(document["schema"], "latchkey.verification/1");
    assert_eq!((&document["trusted"], &document["exit_code"]), (&false.into(), &32.into()));
    let findings = document["findings"].as_array().unwrap();
    let exits: Vec<_> = findings.iter().map(|finding| finding["exit_code"].as_u64().unwrap()).collect();
    assert!(exits.is_sorted() && exits.contains(&33), "{exits:?}");
    assert_eq!(findings[0]["reason"]["problem"], "expired");
}

#[test]
fn an_answer_is_a_path_or_a_reason_with_its_remedy() {
    let output = verify("@/leaf/localhost.pem --trust @/ca/root.pem --name localhost --strict webpki");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.lines().next().unwrap().ends_with("is trusted as a server's certificate for localhost"), "{text}");
    assert_eq!(text.lines().count(), 4, "{text}");
    let output = verify("@/broken/missing-intermediate.pem --trust @/ca/root.pem --strict webpki");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("    try: ") && text.contains("--intermediates FILE"), "{text}");
}
