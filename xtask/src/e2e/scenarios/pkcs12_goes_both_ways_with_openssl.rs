//! PKCS#12 goes both ways: ours opens in OpenSSL 3, in its old form with `-legacy`; OpenSSL's of both kinds opens here;
//! and a wrong passphrase is told from damage.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::Harness;

/// Who is to read it, what OpenSSL needs to, and what OpenSSL says of it: the algorithms that their makers document.
const READERS: [(&str, &str, [&str; 2]); 4] = [
    ("modern", "", ["MAC: sha256, Iteration 600000", "AES-256-CBC, Iteration 600000, PRF hmacWithSHA256"]),
    ("windows", "", ["MAC: sha256, Iteration 100000", "AES-256-CBC, Iteration 100000, PRF hmacWithSHA256"]),
    ("java8", "-legacy", ["MAC: sha1, Iteration 100000", "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 100000"]),
    ("legacy", "-legacy", ["MAC: sha1, Iteration 2000", "pbeWithSHA1And3-KeyTripleDES-CBC, Iteration 2000"]),
];

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.write("passphrase", "correct horse\n")?;
    harness.write("wrong", "battery staple\n")?;
    harness.pki().words("cert self-signed app.example --out app.pem --key-out app.key").run()?.succeeds()?;
    for (reader, legacy, documented) in READERS {
        ours(harness, reader, legacy, documented).with_context(|| format!("--for {reader}"))?;
    }
    for way in ["", "-legacy", "-keypbe NONE -certpbe NONE", "-keypbe aes-128-cbc -certpbe aes-192-cbc -macalg sha512"]
    {
        theirs(harness, way).with_context(|| format!("openssl pkcs12 -export {way}"))?;
    }
    let open = |file: &str, passphrase: &str| {
        harness.pki().words(&format!("convert {file} --to pem --passphrase-file {passphrase} --out absent")).run()
    };
    open("theirs.p12", "wrong")?.exits(2)?.notes_all(&["theirs.p12", "passphrase does not open"])?;
    let mut damaged = fs::read(harness.path("theirs.p12"))?;
    damaged.truncate(damaged.len() - 1);
    harness.write("damaged.p12", damaged)?;
    open("damaged.p12", "passphrase")?.exits(2)?.notes("damaged.p12")?;
    harness.is_absent("absent")?;
    refused(harness)
}

/// What is too old or too new is named, and what is advised takes it apart.
fn refused(harness: &Harness) -> Result<()> {
    for (way, name) in [("-legacy -keypbe PBE-SHA1-RC4-128", "RC4"), ("-macalg sha3-256", "sha3-256")] {
        let export = "pkcs12 -export -inkey app.key -in app.pem -passout file:passphrase -out odd.p12";
        harness.peer("openssl")?.words(export).words(way).run()?.succeeds()?;
        let advised = "openssl pkcs12 -legacy -in";
        let shown = harness.pki().words("cert show odd.p12 --passphrase-file passphrase").run()?.exits(2)?;
        shown.notes_all(&[name, advised])?;
        let take_apart = "pkcs12 -legacy -in odd.p12 -passin file:passphrase -nodes -out odd.pem";
        harness.peer("openssl")?.words(take_apart).run()?.succeeds()?;
        harness.pki().words("cert match odd.pem odd.pem").run()?.succeeds()?;
    }
    Ok(())
}

fn ours(harness: &Harness, reader: &str, legacy: &str, documented: [&str; 2]) -> Result<()> {
    let command = format!(
        "convert app.key app.pem --to p12 --for {reader} --out-passphrase-file passphrase --out {reader}.p12 --alias App"
    );
    harness.pki().words(&command).run()?.succeeds()?;
    let command = format!("pkcs12 -in {reader}.p12 -passin file:passphrase -nodes {legacy}");
    let opened = harness.peer("openssl")?.words(&command).run()?.succeeds()?.says("friendlyName: App")?;
    let words = format!("pkcs12 -in {reader}.p12 -passin file:passphrase -info -noout {legacy}");
    let info = harness.peer("openssl")?.words(&words).run()?.succeeds()?;
    for word in documented {
        ensure!(info.stderr.contains(word), "`{word}` is missing\n{}", info.transcript());
    }
    ensure!(opened.stdout.contains(&harness.read("app.pem")?), "the certificate differs\n{}", opened.transcript());
    harness.write("opened.pem", &opened.stdout)?;
    harness.pki().words("cert match app.pem opened.pem").run()?.succeeds()?;
    Ok(())
}

fn theirs(harness: &Harness, way: &str) -> Result<()> {
    let command = format!("pkcs12 -export -inkey app.key -in app.pem -passout file:passphrase -out theirs.p12 {way}");
    harness.peer("openssl")?.words(&command).run()?.succeeds()?;
    let command =
        "convert theirs.p12 --passphrase-file passphrase --to pem --plain --force --out back.pem --key-out back.key";
    harness.pki().words(command).run()?.succeeds()?;
    ensure!(harness.read("back.pem")? == harness.read("app.pem")?, "the certificate is another one");
    ensure!(harness.read("back.key")? == harness.read("app.key")?, "the key is another one");
    harness.pki().words("cert match theirs.p12 app.key --passphrase-file passphrase").run()?.succeeds()?;
    let shown = harness.pki().words("cert show theirs.p12 --passphrase-file passphrase").run()?;
    shown.succeeds()?.says("app.example")?;
    let verify = "cert verify theirs.p12 --trust theirs.p12 --passphrase-file passphrase --name app.example";
    harness.pki().words(verify).run()?.succeeds()?;
    Ok(())
}
