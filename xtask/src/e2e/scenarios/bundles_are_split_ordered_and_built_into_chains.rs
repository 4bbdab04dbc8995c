//! A heap of certificates in PKCS#7 becomes a chain, a pair that does not match becomes nothing, and DER and PEM are
//! made of each other to the byte.

use anyhow::{Result, ensure};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    for command in [
        "ca new root",
        "ca new middle --parent root",
        "ca new stranger",
        "cert new app.example --ca middle --out app.pem --key-out app.key",
        "ca export root --out root.pem",
        "ca export middle --out middle.pem",
        "ca export stranger --out stranger.pem",
    ] {
        harness.pki().words(command).run()?.succeeds()?;
    }
    for (form, file) in [("PEM", "heap.p7b"), ("DER", "heap.p7c")] {
        let heap = "crl2pkcs7 -nocrl -certfile stranger.pem -certfile root.pem -certfile middle.pem -certfile app.pem";
        harness.peer("openssl")?.words(heap).words(&format!("-outform {form} -out {file}")).run()?.succeeds()?;
        let chain = harness.pki().words(&format!("convert {file} --to pem")).run()?.succeeds()?;
        harness.write("chain.pem", &chain.stdout)?;
        let chain = chain.notes("left out: stranger")?;
        ensure!(chain.stdout.matches("BEGIN CERTIFICATE").count() == 3, "{}", chain.transcript());
        ensure!(chain.stdout.starts_with(&first(&harness.read("app.pem")?)), "{}", chain.transcript());
        let verify = "verify -CAfile root.pem -untrusted chain.pem chain.pem";
        harness.peer("openssl")?.words(verify).run()?.succeeds()?;
    }
    harness.pki().words("convert app.pem --to der --leaf-alone --out app.der").run()?.succeeds()?;
    let back = harness.pki().words("convert app.der --to pem").run()?.succeeds()?;
    ensure!(back.stdout == first(&harness.read("app.pem")?), "{}", back.transcript());

    harness.pki().words("key new --out other.key").run()?.succeeds()?;
    let mismatch = harness.pki().words("convert app.pem other.key --to combined --out both.pem").run()?.exits(2)?;
    mismatch.notes("belongs to none of the certificates")?;
    harness.is_absent("both.pem")?;

    harness.pki().words("convert app.pem app.key --to combined --out both.pem").run()?.succeeds()?;
    let before = harness.read("both.pem")?;
    harness.write("bad.key", "-----BEGIN PRIVATE KEY-----\n")?;
    for bad in ["bad.key", "absent.key", "other.key"] {
        let convert = format!("convert app.pem {bad} --to combined --out both.pem --force");
        harness.pki().words(&convert).run()?.exits(2)?.notes(if bad == "other.key" {
            "belongs to none"
        } else {
            bad
        })?;
        ensure!(harness.read("both.pem")? == before, "{bad} was read after both.pem was opened");
        harness.is_absent("both.pem.~previous")?;
    }
    harness.pki().words("convert both.pem --to der").run()?.exits(2)?.notes("--leaf-alone")?;
    harness.pki().words("convert both.pem --to pem --force --out both.pem").run()?.exits(2)?.notes("would be lost")?;
    Ok(())
}

/// The first block of a PEM file.
fn first(pem: &str) -> String {
    let end = "-----END CERTIFICATE-----\n";
    pem.split_inclusive(end).next().unwrap_or_default().to_owned()
}
