//! Twelve configurations as people write them: the request is OpenSSL's byte for byte, and OpenSSL reads the same out of
//! the certificate.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::{Harness, Program};

const SERIAL: &str = "43707";

pub(super) fn run(harness: &Harness) -> Result<()> {
    let openssl = || configured(harness.peer("openssl")?, harness);
    harness.peer("openssl")?.words("genrsa -out rsa.key 2048").run()?.succeeds()?;
    let key = harness.path("rsa.key").display().to_string();
    let configurations = configurations(harness)?;
    ensure!(configurations.len() == 12, "there are {} configurations", configurations.len());
    for name in &configurations {
        let path = |end: &str| harness.path(&format!("{name}.{end}")).display().to_string();
        let (theirs, ours) = (path("theirs.csr"), path("ours.csr"));
        openssl()?
            .words("req -new -batch -outform DER -key")
            .arguments([&key, "-config", name, "-out", &theirs])
            .run()?
            .succeeds()?;
        configured(harness.pki(), harness)?
            .words("csr new --batch --key")
            .arguments([&key, "--config", name, "--out", &ours])
            .run()?
            .succeeds()?;
        let as_der = path("ours.der");
        openssl()?.words("req -verify -outform DER -in").arguments([&ours, "-out", &as_der]).run()?.succeeds()?;
        // RSA signatures of PKCS#1 v1.5 are the same each time, so that the whole request is compared.
        let same = fs::read(&theirs).context(theirs.clone())? == fs::read(&as_der).context(as_der.clone())?;
        ensure!(
            same,
            "{name}: the request is not the one that OpenSSL makes\n{}",
            difference(harness, &theirs, &as_der)?
        );
        certificate(harness, name, &key, &ours)?;
    }
    Ok(())
}

/// `req -x509 -in`: what OpenSSL reads out of both certificates, but for the dates and the signature.
fn certificate(harness: &Harness, name: &str, key: &str, csr: &str) -> Result<()> {
    let path = |end: &str| harness.path(&format!("{name}.{end}")).display().to_string();
    let (theirs, ours) = (path("theirs.crt"), path("ours.crt"));
    configured(harness.peer("openssl")?, harness)?
        .words("req -x509 -batch -days 30 -key")
        .arguments([key, "-in", csr, "-config", name, "-set_serial", SERIAL, "-out", &theirs])
        .run()?
        .succeeds()?;
    configured(harness.pki(), harness)?
        .words("cert self-signed --days 30 --key")
        .arguments([key, "--csr", csr, "--config", name, "--serial", SERIAL, "--out", &ours])
        .run()?
        .succeeds()?;
    let read = |file: &str| {
        let openssl = harness.peer("openssl")?.words("x509 -noout -text -certopt no_sigdump,no_validity -in");
        Ok::<_, anyhow::Error>(openssl.arguments([file]).run()?.succeeds()?.stdout)
    };
    let (theirs, ours) = (read(&theirs)?, read(&ours)?);
    ensure!(theirs == ours, "{name}: OpenSSL reads out of its own certificate\n{theirs}\nand out of ours\n{ours}");
    Ok(())
}

fn difference(harness: &Harness, theirs: &str, ours: &str) -> Result<String> {
    let read = |file: &str| {
        let openssl = harness.peer("openssl")?.words("asn1parse -inform DER -in");
        Ok::<_, anyhow::Error>(openssl.arguments([file]).run()?.stdout)
    };
    Ok(format!("OpenSSL's:\n{}\nours:\n{}", read(theirs)?, read(ours)?))
}

/// In the directory of the configurations, which include each other, and with what they take from the environment.
fn configured(program: Program, harness: &Harness) -> Result<Program> {
    let directory = harness.fixture("openssl_cnf");
    Ok(program.directory(directory).environment("LATCHKEY_CNF_UNIT", "Edge & Co").without("SAN").without("CN"))
}

fn configurations(harness: &Harness) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(harness.fixture("openssl_cnf")).context("listing the configurations")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if name.ends_with(".cnf") {
            names.push(name);
        }
    }
    names.sort();
    Ok(names)
}
