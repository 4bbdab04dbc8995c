//! Client certificates, good and bad: who is not let in gets the alert that fits, a sentence of the log says why, and
//! the reason is counted.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};

use crate::e2e::attack;
use crate::e2e::harness::{Finished, Harness, Listening, free_port, page};

/// A file of fixtures/client, the alert as OpenSSL calls it, a part of the log's sentence, and the metric's reason.
const REFUSED: [(&str, &str, &str, &str); 19] = [
    ("expired", "CERTIFICATE_EXPIRED", "`expired` expired on", "certificate_expired"),
    ("not-yet-valid", "CERTIFICATE_EXPIRED", "`early` is not valid before", "certificate_not_yet_valid"),
    ("server-only", "UNSUPPORTED_CERTIFICATE", "`server` is for serverAuth only", "certificate_purpose"),
    ("unknown-ca", "UNKNOWN_CA", "ends the chain as its root", "certificate_unknown_issuer"),
    ("self-signed", "UNKNOWN_CA", "`selfmade` is self-signed", "certificate_unknown_issuer"),
    ("missing-intermediate", "UNKNOWN_CA", "was not sent along", "certificate_unknown_issuer"),
    ("weak-key", "CERTIFICATE_UNKNOWN", "RSA 1024", "certificate_unsuitable"),
    ("revoked", "CERTIFICATE_REVOKED", "`revoked` was revoked on", "certificate_revoked"),
    ("revoked-intermediate", "CERTIFICATE_REVOKED", "was revoked", "certificate_revoked"),
    ("authority-as-leaf", "UNSUPPORTED_CERTIFICATE", "`authority` is a CA's own", "certificate_purpose"),
    ("path-too-long", "CERTIFICATE_UNKNOWN", "allows at most 0 CAs below it", "certificate_unsuitable"),
    ("name-constraint", "CERTIFICATE_UNKNOWN", "which the name constraints of", "certificate_unsuitable"),
    ("unknown-critical", "BAD_CERTIFICATE", "is not known here", "certificate_unsuitable"),
    ("version-1", "BAD_CERTIFICATE", "`old` is of version 1", "certificate_unreadable"),
    ("bad-signature", "DECRYPT_ERROR", "`forged` carries a signature", "certificate_signature"),
    ("sha1-signature", "CERTIFICATE_UNKNOWN", "whose hash is broken", "certificate_unsuitable"),
    ("not-allowed", "ACCESS_DENIED", "`mallory` is good, but", "certificate_not_allowed"),
    ("stale-crl", "UNKNOWN_CA", "was to be replaced by", "certificate_revocation_unknown"),
    ("no-crl", "UNKNOWN_CA", "of which there is no CRL", "certificate_revocation_unknown"),
];

/// Those that are let in, and how the log calls them.
const TAKEN: [(&str, &str); 7] = [
    ("alice", "CN=alice"),
    ("rsa", "CN=rita"),
    ("ed25519", "CN=edna"),
    ("direct", "CN=dora"),
    ("spiffe", "spiffe://example.org/"),
    ("email", "CN=emil"),
    ("ou", "OU=Ops Team"),
];

/// Whose refusal is looked at in TLS 1.2, too, where it comes within the handshake.
const IN_TLS_12: [&str; 4] = ["expired", "revoked", "not-allowed", "ed25519"];

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let admin = free_port()?;
    let (root, crl) = (harness.fixture("ca/root.pem"), harness.fixture("crl/all.pem"));
    let more = format!("--client-auth required --client-ca {root} --crl {crl} --admin 127.0.0.1:{admin}");
    let identity = attack::identity(harness);
    let arguments = ["echo"].into_iter().chain(identity.iter().map(String::as_str)).chain(more.split_whitespace());
    let server = harness.serve(arguments.chain(["--allow", "not cn=mallory"]))?;

    let mut expected = BTreeMap::new();
    for version in ["1.2", "1.3"] {
        let is_wanted = |name: &str| version == "1.3" || IN_TLS_12.contains(&name);
        for (name, who) in TAKEN.into_iter().filter(|(name, _)| is_wanted(name)) {
            show(harness, &server, version, Some(name))?
                .says("answer: Hello")
                .with_context(|| format!("{name}, {version}"))?;
            server.program.wait_for_text(who).with_context(|| format!("{name}, {version}"))?;
        }
        for (name, alert, sentence, reason) in REFUSED.into_iter().filter(|(name, ..)| is_wanted(name)) {
            show(harness, &server, version, Some(name))?
                .says("refused: ")
                .and_then(|it| it.says(alert))
                .with_context(|| format!("{name}, {version}"))?;
            server.program.wait_for_text(sentence).with_context(|| format!("{name}, {version}"))?;
            *expected.entry(reason).or_insert(0) += 1;
        }
        show(harness, &server, version, None)?.says("refused: ").with_context(|| format!("none at all, {version}"))?;
        *expected.entry("certificate_missing").or_insert(0) += 1;
    }
    let metrics = page(admin, "/metrics")?;
    for (reason, count) in expected {
        let line = format!("latchkey_handshake_failures_total{{reason=\"{reason}\",");
        let counted = metrics.lines().find(|metric| metric.starts_with(&line));
        let counted = counted.and_then(|metric| metric.rsplit(' ').next()).and_then(|count| count.parse().ok());
        ensure!(counted == Some(count), "{reason} happened {count} times, and the metric says {counted:?}\n{metrics}");
    }
    Ok(())
}

/// A client of Python's that shows a certificate of the fixtures.
fn show(harness: &Harness<'_>, server: &Listening, version: &str, name: Option<&str>) -> Result<Finished> {
    let (root, port) = (harness.fixture("ca/root.pem"), server.port.to_string());
    let client = harness.python("certified.py")?.arguments([root.as_str(), &port, version]);
    let Some(name) = name else { return client.run() };
    let key = match name {
        "rsa" | "self-signed" => "rsa",
        "ed25519" => "ed25519",
        "weak-key" => "weak-key",
        _ => "alice",
    };
    let (chain, key) = (harness.fixture(&format!("client/{name}.pem")), harness.fixture(&format!("client/{key}.key")));
    client.arguments([chain, key]).run()
}
