//! A client that is given what it cannot use says which file or word and why, ends with 2, and connects nowhere.

use anyhow::{Context, Result};

use crate::e2e::harness::{ClosedPort, Harness};

/// Arguments, and what the message must name. The port is closed: a connection that is tried all the same ends with 11.
const CASES: [(&str, &[&str]); 13] = [
    ("--ca empty", &["empty"]),
    ("--ca directory", &["directory"]),
    ("--ca absent", &["absent"]),
    ("--ca random", &["random"]),
    ("--ca truncated.pem", &["truncated.pem"]),
    ("--ca only.key", &["only.key", "certificate"]),
    ("--ca-path directory", &["directory"]),
    ("--cert only.pem --key mismatched.key", &["only.pem", "mismatched.key", "match"]),
    ("--cert only.pem --key encrypted.key", &["encrypted.key", "passphrase"]),
    ("--cert reversed.pem --key only.key", &["reversed.pem", "order"]),
    ("--pem only.pem", &["only.pem", "key"]),
    ("--ciphers NO-SUCH-SUITE", &["NO-SUCH-SUITE"]),
    ("--groups NO-SUCH-GROUP", &["NO-SUCH-GROUP"]),
];

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.write_bad_files()?;
    let closed = ClosedPort::reserve()?;
    let target = format!("127.0.0.1:{}", closed.number()?);
    for (arguments, named) in CASES {
        let finished = harness.tls_client().arguments(["report", &target]).words(arguments).run()?;
        finished.exits(2).and_then(|it| it.notes_all(named)).with_context(|| arguments.to_owned())?;
        harness.is_absent("store")?;
    }
    Ok(())
}
