//! Nothing that `openssl x509 -text`, `crl -text` and `req -text` find in a file is left out by what shows it here:
//! every extension, the serial number, the dates, the key and the signature.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use crate::e2e::harness::Harness;
use crate::workspace;

const CERTIFICATES: [&str; 9] = [
    "fuzz/seeds/certificate/everything.pem",
    "fixtures/leaf/localhost-p256.pem",
    "fixtures/ca/root.pem",
    "fixtures/client/alice.pem",
    "fixtures/client/ed25519.pem",
    "fixtures/client/spiffe.pem",
    "fixtures/client/version-1.pem",
    "fixtures/client/unknown-critical.pem",
    "fixtures/client/weak-key.pem",
];
const CRLS: [&str; 2] = ["fuzz/seeds/crl/everything.pem", "fixtures/crl/intermediate.pem"];
const REQUESTS: [&str; 2] = ["fuzz/seeds/request/everything.pem", "fuzz/seeds/request/localhost.pem"];

pub(super) fn run(harness: &Harness) -> Result<()> {
    for file in CERTIFICATES {
        certificate(harness, file).with_context(|| file.to_owned())?;
    }
    for file in CRLS {
        crl(harness, file).with_context(|| file.to_owned())?;
    }
    for file in REQUESTS {
        request(harness, file).with_context(|| file.to_owned())?;
    }
    Ok(())
}

fn certificate(harness: &Harness, file: &str) -> Result<()> {
    let shown = &shown(harness, "cert show", file, "latchkey.certificates/1")?["certificates"][0];
    let openssl = openssl(harness, "x509 -noout -serial -fingerprint -sha256 -modulus -text -in", file)?;
    let digits = |label: &str| Some(openssl.lines().find_map(|line| line.strip_prefix(label))?.replace(':', ""));
    same(shown, "serial", digits("serial=").as_deref())?;
    same(shown, "fingerprint", digits("sha256 Fingerprint=").as_deref())?;
    if let Some(modulus) = digits("Modulus=").filter(|modulus| modulus.chars().all(|digit| digit.is_ascii_hexdigit())) {
        same(&shown["public_key"], "modulus", Some(&modulus))?;
    }
    same(shown, "signature", Some(&last_block(&openssl)))?;
    extensions(harness, file, &shown["extensions"])
}

fn crl(harness: &Harness, file: &str) -> Result<()> {
    let shown = &shown(harness, "crl show", file, "latchkey.crls/1")?["crls"][0];
    let openssl = openssl(harness, "crl -noout -text -in", file)?;
    let theirs = openssl.lines().filter_map(|line| line.trim().strip_prefix("Serial Number: "));
    let ours = shown["revoked"].as_array().context("nothing revoked")?.iter();
    let ours: Vec<String> = ours.filter_map(|entry| Some(bare(entry["serial"].as_str()?))).collect();
    ensure!(theirs.map(bare).eq(ours), "the serial numbers differ");
    extensions(harness, file, &shown["extensions"])
}

fn request(harness: &Harness, file: &str) -> Result<()> {
    let shown = &shown(harness, "csr show", file, "latchkey.request/1")?;
    ensure!(shown["possession"] == "proven", "{shown}");
    extensions(harness, file, &shown["requested"])
}

fn shown(harness: &Harness, command: &str, file: &str, schema: &str) -> Result<Value> {
    let path = workspace::root()?.join(file);
    harness.pki().words(command).arguments([path]).words("--json").run()?.succeeds()?.json(schema)
}

fn openssl(harness: &Harness, line: &str, file: &str) -> Result<String> {
    let path = workspace::root()?.join(file);
    Ok(harness.peer("openssl")?.words(line).arguments([path]).run()?.succeeds()?.stdout)
}

fn same(shown: &Value, field: &str, theirs: Option<&str>) -> Result<()> {
    let ours = shown[field].as_str().with_context(|| format!("no {field}"))?;
    let theirs = theirs.with_context(|| format!("OpenSSL says no {field}"))?;
    ensure!(bare(ours) == bare(theirs), "{field}: {ours} here, {theirs} there");
    Ok(())
}

/// Hexadecimal without what each side writes around it.
fn bare(digits: &str) -> String {
    digits.replace(':', "").trim_start_matches('0').to_lowercase()
}

/// The digits at the end of OpenSSL's text, which are the signature.
fn last_block(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let is_digits = |line: &&&str| line.contains(':') && line.chars().all(|c| c == ':' || c.is_ascii_hexdigit());
    let mut block: Vec<&str> = lines.iter().rev().take_while(is_digits).copied().collect();
    block.reverse();
    block.concat()
}

/// Every extension that OpenSSL's parser meets stands among ours, and has a value or its bytes.
fn extensions(harness: &Harness, file: &str, ours: &Value) -> Result<()> {
    let ours = ours.as_array().context("no extensions")?;
    for one in ours {
        ensure!(one["error"].is_null(), "{one}");
        ensure!(one["value"].is_null() != one["bytes"].is_null(), "{one}");
    }
    // Each is an OBJECT whose SEQUENCE has an OCTET STRING next, a BOOLEAN between them or not.
    let parsed = openssl(harness, "asn1parse -oid /dev/null -in", file)?;
    let lines: Vec<&str> = parsed.lines().collect();
    let mut theirs = 0;
    for (index, line) in lines.iter().enumerate().filter(|(_, line)| line.contains("prim: OBJECT")) {
        let next = |offset: usize| lines.get(index + offset).is_some_and(|line| line.contains("prim: OCTET STRING"));
        let critical = lines.get(index + 1).is_some_and(|line| line.contains("prim: BOOLEAN"));
        theirs += usize::from(next(1) || (critical && next(2)));
        if line.contains("BAD") {
            bail!("OpenSSL cannot read it: {line}");
        }
    }
    // A CRL's entries have extensions of their own, which are not in this list.
    ensure!(ours.len() <= theirs, "{} here, {theirs} there", ours.len());
    let is_crl = file.contains("crl");
    ensure!(is_crl || ours.len() == theirs, "{} here, {theirs} there", ours.len());
    Ok(())
}
