//! The commands that are given damaged inputs, and how.

use super::seeds::{Kind, certificates, encrypted_keys, lists, pkcs12, plain_keys, requests};

/// A command that reads something.
pub(crate) struct Verb {
    /// What it is called here.
    pub(crate) name: &'static str,
    /// What stands before the file. What lies in `fixtures/` is named from the root of the workspace.
    pub(crate) command: &'static [&'static str],
    /// What is asked for behind the file, in turn.
    pub(super) forms: &'static [&'static [&'static str]],
    /// With what it may end.
    pub(super) exits: &'static [i32],
    /// How many damaged structures one file has at most.
    pub(super) most: usize,
    /// Whether it is given [`PASSPHRASE`](super::seeds::PASSPHRASE), but for every sixth time.
    pub(super) under_passphrase: bool,
    /// What its inputs are made from.
    pub(super) of: Kind,
}

/// What is asked of the commands that show things.
const SHOWN: &[&[&str]] = &[&[], &["--text"], &["--json"]];
/// It was shown; the answer is no; it cannot be read; it is not what it should be.
const SHOWING: &[i32] = &[0, 1, 2, 34];
/// Trusted; not readable; or not trusted, for any reason.
const JUDGING: &[i32] = &[0, 2, 31, 32, 33, 34, 35, 36];
const JUDGED: &[&str] = &[
    "cert",
    "verify",
    "--name",
    "localhost",
    "--trust",
    "fixtures/ca/root.pem",
    "--intermediates",
    "fixtures/ca/intermediate.pem",
];
const CONFIGURED: &[&str] = &["csr", "new", "--key", "fixtures/leaf/localhost.key", "--batch", "--config"];

/// All of them.
pub(crate) const VERBS: [Verb; 9] = [
    Verb::show("cert", &["cert", "show"], Kind::Der(certificates)),
    Verb::show("csr", &["csr", "show"], Kind::Der(requests)),
    Verb::show("crl", &["crl", "show"], Kind::Der(lists)),
    Verb::show("key", &["key", "show"], Kind::Der(plain_keys)),
    Verb { under_passphrase: true, ..Verb::show("encrypted-key", &["key", "show"], Kind::Der(encrypted_keys)) },
    Verb::show("pkcs12-cert", &["cert", "show"], Kind::Der(pkcs12)),
    Verb::show("pkcs12-key", &["key", "show"], Kind::Der(pkcs12)),
    Verb {
        forms: &[&[], &["--json"], &["--strict", "cabf"], &["--crl", "fixtures/crl/intermediate.pem", "--json"]],
        exits: JUDGING,
        most: 4,
        ..Verb::show("verify", JUDGED, Kind::Der(certificates))
    },
    Verb {
        forms: &[&[], &["--json"], &["--subject", "/CN=host.example", "--san", "host.example"]],
        ..Verb::show("config", CONFIGURED, Kind::Configurations)
    },
];

impl Verb {
    const fn show(name: &'static str, command: &'static [&'static str], of: Kind) -> Self {
        Self { name, command, forms: SHOWN, exits: SHOWING, most: 1, under_passphrase: false, of }
    }
}
