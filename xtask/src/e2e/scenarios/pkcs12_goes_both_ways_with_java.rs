//! Java opens what is made for it, key stores and trust stores, and what its keytool makes opens here.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.write("passphrase", "correct horse")?;
    harness.pki().words("cert self-signed app.example --out app.pem --key-out app.key").run()?.succeeds()?;
    let list = |store: &str| {
        let words = format!("-list -keystore {store} -storetype PKCS12 -storepass:file passphrase");
        harness.peer("keytool")?.words(&words).run()?.succeeds()
    };
    for reader in ["modern", "java8"] {
        let store = format!("{reader}.p12");
        let convert =
            format!("convert app.pem app.key --to p12 --for {reader} --out-passphrase-file passphrase --out {store}");
        harness.pki().words(&convert).run()?.succeeds()?;
        list(&store)?.says("PrivateKeyEntry")?.says("app.example")?;
    }
    harness
        .pki()
        .words("convert app.pem --to p12 --out-passphrase-file passphrase --out trust.p12")
        .run()?
        .succeeds()?;
    list("trust.p12")?.says("trustedCertEntry")?;

    let generate = "-genkeypair -keyalg EC -groupname secp256r1 -alias theirs -dname CN=java.example -keystore theirs.p12 \
                    -storetype PKCS12 -storepass:file passphrase";
    harness.peer("keytool")?.words(generate).run()?.succeeds()?;
    let combined = "convert theirs.p12 --passphrase-file passphrase --to combined --plain --out theirs.pem";
    harness.pki().words(combined).run()?.succeeds()?;
    harness.pki().words("cert match theirs.pem theirs.pem").run()?.succeeds()?.mentions("belong together")?;

    let generate = "-J-Dkeystore.pkcs12.legacy=true -genkeypair -keyalg RSA -keysize 2048 -alias old -dname CN=old.example \
                    -keystore old.p12 -storetype PKCS12 -storepass:file passphrase";
    harness.peer("keytool")?.words(generate).run()?.succeeds()?;
    let shown = harness.pki().words("key show old.p12 --passphrase-file passphrase").run()?.succeeds()?;
    shown.says("private key")?.says("Triple DES")?;

    let generate = "-genkeypair -keyalg EC -groupname secp256r1 -alias old -dname CN=old.example -keystore old.jks \
                    -storetype JKS -storepass:file passphrase";
    harness.peer("keytool")?.words(generate).run()?.succeeds()?;
    let refused = harness.pki().words("cert show old.jks").run()?.exits(2)?;
    refused.notes_all(&["old.jks", "JKS", "keytool -importkeystore"])?;
    Ok(())
}
