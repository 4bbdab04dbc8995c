//! A server that is given what it cannot use says which file or word and why, ends with 2, and serves nothing.

use std::net::TcpListener;

use anyhow::{Context, Result};

use crate::e2e::harness::Harness;

/// Arguments, and what the message must name.
const CASES: [(&str, &[&str]); 13] = [
    ("--cert empty --key only.key", &["empty"]),
    ("--cert directory --key only.key", &["directory"]),
    ("--cert absent --key only.key", &["absent"]),
    ("--cert random --key only.key", &["random"]),
    ("--cert truncated.pem --key only.key", &["truncated.pem"]),
    ("--cert only.pem --key truncated.key", &["truncated.key"]),
    ("--cert only.pem --key only.pem", &["only.pem", "key"]),
    ("--pem only.pem", &["only.pem", "key"]),
    ("--cert only.pem --key encrypted.key", &["encrypted.key", "passphrase"]),
    ("--cert only.pem --key mismatched.key", &["only.pem", "mismatched.key", "match"]),
    ("--cert reversed.pem --key only.key", &["reversed.pem", "order"]),
    ("--cert only.pem --key only.key --ciphers NO-SUCH-SUITE", &["NO-SUCH-SUITE"]),
    ("--cert only.pem --key only.key --ciphers RC4-SHA", &["RC4"]),
];

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.write_bad_files()?;
    for (arguments, named) in CASES {
        let finished = harness.tls_server().words("hello --listen 127.0.0.1:0").words(arguments).run()?;
        finished.exits(2).and_then(|it| it.notes_all(named)).with_context(|| arguments.to_owned())?;
        harness.is_absent("store")?;
    }

    let taken = TcpListener::bind("127.0.0.1:0")?;
    let address = taken.local_addr()?.to_string();
    let server = harness.tls_server().words("hello --cert only.pem --key only.key --listen").words(&address);
    server.run()?.exits(3)?.notes(&address)?;
    Ok(())
}
