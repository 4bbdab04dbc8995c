//! What a configuration names is what is put together.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::rc::Rc;

use common::SystemClock;

use super::*;
use crate::config::Document;
use crate::services::Echo;

fn assembler() -> Assembler {
    Assembler::new(Tools {
        clock: Arc::new(SystemClock),
        sink: Arc::new(|| Rc::new(|_| {})),
        report: Arc::new(|problem| panic!("{problem}")),
        tell: Arc::new(|notice| panic!("{notice}")),
        ask: Arc::new(|_| Ok(None)),
        admin: Arc::new(|_worker| Box::new(Echo)),
        stdin: None,
        possible: 100,
    })
}

/// Two certificates, and a configuration that serves them with these further lines.
fn two_names(directory: &Path, more: &str) -> Checked {
    for name in ["a.example", "b.example"] {
        let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
        fs::write(directory.join(format!("{name}.crt")), made.cert.pem()).unwrap();
        fs::write(directory.join(format!("{name}.key")), made.signing_key.serialize_pem()).unwrap();
    }
    let text = format!("[[listener]]\naddress = \"127.0.0.1:0\"\ncerts = [\".\"]\n{more}\n");
    Document::parse(&text, &directory.join("server.toml")).check().unwrap()
}

fn default_of(assembly: &Assembly) -> String {
    assembly.served[0].front.identities().default_leaf().unwrap().names.to_string()
}

#[test]
fn the_default_name_is_the_one_that_is_configured_and_a_change_of_it_is_one() {
    let directory = tempfile::tempdir().unwrap();
    let mut assembler = assembler();
    let first = assembler.assemble(&two_names(directory.path(), "")).unwrap();
    assert_eq!(default_of(&first), "a.example");
    let text = "default_name = \"b.example\"";
    let named = assembler.assemble(&two_names(directory.path(), text)).unwrap();
    assert_eq!(default_of(&named), "b.example");
    let difference = first.in_force.summary.difference(&named.in_force.summary);
    assert!(difference.changes.iter().any(|change| change.name == "hello: default name"), "{difference:?}");
}

#[test]
fn every_fault_is_told_at_once_with_what_mends_it() {
    let directory = tempfile::tempdir().unwrap();
    let tickets = directory.path().join("tickets");
    fs::write(&tickets, "short\n").unwrap();
    fs::set_permissions(&tickets, fs::Permissions::from_mode(0o600)).unwrap();
    let checked = two_names(directory.path(), "ticket_keys = \"tickets\"");
    fs::write(directory.path().join("a.example.key"), "no key").unwrap();
    fs::write(directory.path().join("b.example.key"), "no key").unwrap();
    let faults = assembler().assemble(&checked).err().unwrap().faults;
    assert!(faults.len() >= 2, "{faults:?}");
    let tickets = faults.iter().find(|fault| fault.fact.contains("tickets")).unwrap();
    assert!(tickets.advice.is_some(), "{tickets:?}");
}
