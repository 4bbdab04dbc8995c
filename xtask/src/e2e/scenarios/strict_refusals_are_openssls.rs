//! What `pki cert show` says that OpenSSL's strict checks refuse, they refuse, and what it does not say they take: one
//! certificate a check, made by OpenSSL.

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::Harness;

/// The extensions of a certificate, and a word of why it is refused; none where it is taken.
const CASES: [(&str, &str, Option<&str>); 13] = [
    ("good", "basicConstraints=critical,CA:FALSE\nkeyUsage=digitalSignature\n", None),
    ("good-ca", "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=keyCertSign\nsubjectKeyIdentifier=hash\n", None),
    ("path-length", "basicConstraints=CA:FALSE,pathlen:0\n", Some("path length and is no CA's")),
    (
        "path-length-usage",
        "basicConstraints=critical,CA:TRUE,pathlen:0\nkeyUsage=cRLSign\nsubjectKeyIdentifier=hash\n",
        Some("no keyCertSign"),
    ),
    (
        "not-critical",
        "basicConstraints=CA:TRUE\nkeyUsage=keyCertSign\nsubjectKeyIdentifier=hash\n",
        Some("basicConstraints are not critical"),
    ),
    ("no-usage", "basicConstraints=critical,CA:TRUE\nsubjectKeyIdentifier=hash\n", Some("has no keyUsage")),
    ("leaf-signs", "basicConstraints=CA:FALSE\nkeyUsage=keyCertSign\n", Some("it is no CA's")),
    ("no-subject", "basicConstraints=CA:FALSE\n", Some("its subject has no name")),
    ("no-subject-names", "subjectAltName=DNS:a.example\n", Some("not critical")),
    ("no-subject-good", "subjectAltName=critical,DNS:a.example\n", None),
    ("critical-ski", "2.5.29.14=critical,DER:04020102\n", Some("subjectKeyIdentifier is critical")),
    (
        "no-ski",
        "basicConstraints=critical,CA:TRUE\nkeyUsage=keyCertSign\nsubjectKeyIdentifier=none\n",
        Some("no subjectKeyIdentifier"),
    ),
    ("empty-names", "2.5.29.17=DER:3000\n", Some("subjectAltName is empty")),
];

pub(super) fn run(harness: &Harness) -> Result<()> {
    let key = "-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes";
    let root = "-addext basicConstraints=critical,CA:TRUE -addext keyUsage=keyCertSign -out root.pem -keyout root.key";
    openssl(harness, &format!("req -x509 -subj /CN=root {root} {key}"))?;
    for (name, extensions, why) in CASES {
        let subject = if name.starts_with("no-subject") { "/" } else { "/CN=leaf" };
        openssl(harness, &format!("req -new -subj {subject} -out {name}.csr -keyout {name}.key {key}"))?;
        harness.write(&format!("{name}.cnf"), format!("authorityKeyIdentifier=keyid\n{extensions}"))?;
        let sign = "x509 -req -CA root.pem -CAkey root.key -set_serial 2";
        openssl(harness, &format!("{sign} -in {name}.csr -extfile {name}.cnf -out {name}.pem"))?;
        check(harness, name, why).with_context(|| name.to_owned())?;
    }
    // OpenSSL 3 writes one unless it is told not to.
    harness.write("bare.cnf", "basicConstraints=critical,CA:FALSE\nauthorityKeyIdentifier=none\n")?;
    let sign = "x509 -req -CA root.pem -CAkey root.key -set_serial 2 -in good.csr -extfile bare.cnf -out bare.pem";
    openssl(harness, sign)?;
    check(harness, "bare", Some("no authorityKeyIdentifier"))
}

fn openssl(harness: &Harness, line: &str) -> Result<()> {
    harness.peer("openssl")?.words(line).run()?.succeeds().map(drop)
}

fn check(harness: &Harness, name: &str, why: Option<&str>) -> Result<()> {
    let verified = harness.peer("openssl")?.words(&format!("verify -x509_strict -CAfile root.pem {name}.pem")).run()?;
    match why {
        Some(_) => verified.fails()?,
        None => verified.succeeds()?,
    };
    let shown = harness.pki().words(&format!("cert show {name}.pem --json")).run()?.succeeds()?;
    let document = shown.json("latchkey.certificates/1")?;
    let refusals = document["certificates"][0]["refused_by"].as_array().context("no refused_by")?;
    let strict = refusals.iter().find(|refusal| refusal["who"].as_str().is_some_and(|who| who.contains("strict")));
    let said = strict.and_then(|refusal| refusal["why"].as_str());
    ensure!(said.is_some() == why.is_some(), "OpenSSL and we differ\n{}", shown.transcript());
    ensure!(
        why.is_none_or(|why| said.is_some_and(|said| said.contains(why))),
        "another reason\n{}",
        shown.transcript()
    );
    Ok(())
}
