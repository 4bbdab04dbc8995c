//! CAs and what they issue, made with our own programs: one certificate of every profile, and the lists about them.

use anyhow::{Context, Result};

use super::harness::Harness;

/// A certificate that was issued, and what it is for.
pub(super) struct Leaf {
    pub(super) file: &'static str,
    /// As OpenSSL, NSS and GnuTLS call what it is for.
    pub(super) purpose: Purpose,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Server,
    Client,
    Mail,
    Code,
}

/// The one whose key is Ed25519.
pub(super) const ED25519: &str = "ed25519.pem";

/// Files in the scenario's directory: `root.pem`, `issuing.pem` (the CA below it), the lists `root.crl` and
/// `issuing.crl`, the leaves, each with the CA below the root behind it, `revoked.pem`, and for `web.pem` its `web.key`.
pub(super) const LEAVES: [Leaf; 8] = [
    Leaf { file: "web.pem", purpose: Purpose::Server },
    Leaf { file: "rsa.pem", purpose: Purpose::Server },
    Leaf { file: "own.pem", purpose: Purpose::Server },
    Leaf { file: ED25519, purpose: Purpose::Server },
    Leaf { file: "alice.pem", purpose: Purpose::Client },
    Leaf { file: "peer.pem", purpose: Purpose::Client },
    Leaf { file: "mail.pem", purpose: Purpose::Mail },
    Leaf { file: "code.pem", purpose: Purpose::Code },
];

const PROFILES: &str = "[own]
base = 'server'
max_days = 30
permit = ['corp.example']
keys = ['p384']
crl_urls = ['http://crl.corp.example/issuing.crl']
issuer_urls = ['http://crl.corp.example/issuing.cer']
ocsp_urls = ['http://ocsp.corp.example/']
";

/// Two DCs and two OUs in the root's name, the CA below it held to names, and its request signed as an offline root's is.
const COMMANDS: [&str; 19] = [
    "ca new root --path-len 1 --alg p384 --subject /DC=example/DC=corp/O=Corp/OU=People/OU=Machines/CN=Root --out root.pem",
    "ca request issuing --subject /DC=example/DC=corp/OU=Servers/OU=TLS/CN=Issuing --out issuing.csr",
    "cert issue --csr issuing.csr --ca root --profile intermediate --permit corp.example --permit 10.0.0.0/8 --out issuing.pem",
    "ca import issuing issuing.pem",
    "cert new web.corp.example *.web.corp.example 10.1.2.3 --ca issuing --out web.pem --key-out web.key",
    "csr new --alg rsa-2048 --cn rsa.corp.example --key-out rsa.key --out rsa.csr",
    "cert issue --csr rsa.csr --ca issuing --out rsa.pem",
    "csr new --alg p384 --san own.corp.example --key-out own.key --out own.csr",
    "cert issue --csr own.csr --ca issuing --profile-file profiles.toml --profile own --out own.pem",
    "cert new alice@corp.example --ca issuing --profile client --out alice.pem",
    "cert new ed.corp.example --ca issuing --alg ed25519 --out ed25519.pem",
    "cert new peer.corp.example --ca issuing --profile peer --out peer.pem",
    "csr new --alg rsa-2048 --subject /CN=alice@corp.example --san alice@corp.example --key-out mail.key --out mail.csr",
    "cert issue --csr mail.csr --ca issuing --profile email --out mail.pem",
    "csr new --subject /O=Corp/OU=Builds --key-out code.key --out code.csr",
    "cert issue --csr code.csr --ca issuing --profile code --out code.pem",
    "cert new gone.corp.example --ca issuing --out revoked.pem",
    "cert revoke gone.corp.example --reason keyCompromise",
    "crl new --ca root --out root.crl",
];

/// Makes them all.
pub(super) fn make(harness: &Harness<'_>) -> Result<()> {
    harness.write("profiles.toml", PROFILES)?;
    for command in COMMANDS {
        harness.pki().words(command).run()?.succeeds()?;
    }
    harness.pki().words("crl new --ca issuing --out issuing.crl").run()?.succeeds()?;
    let lists = [harness.read("root.crl")?, harness.read("issuing.crl")?].concat();
    harness.write("both.crl", lists)?;
    for leaf in LEAVES {
        let chain = harness.read(leaf.file)?;
        let end = chain.find("-----END CERTIFICATE-----").context("no certificate")?;
        harness.write(&format!("{}.leaf", leaf.file), format!("{}-----END CERTIFICATE-----\n", &chain[..end]))?;
    }
    Ok(())
}
