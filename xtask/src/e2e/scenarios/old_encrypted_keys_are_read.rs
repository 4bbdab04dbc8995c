//! What OpenSSL has encrypted keys with over the years opens here, under its passphrase alone; what no longer protects
//! anything, or is nobody else's, is refused by its name, and what is advised makes a key of it that opens.

use anyhow::{Context, Result};

use crate::e2e::harness::Harness;

/// What makes an encrypted key of `plain.key`, and what it is read as.
const READ: [(&str, &str); 12] = [
    ("rsa -traditional -aes256 -in plain.key -out old.key", "RSA 2048"),
    ("rsa -traditional -aes128 -in plain.key -out old.key", "RSA 2048"),
    ("rsa -traditional -des3 -in plain.key -out old.key", "RSA 2048"),
    ("pkcs8 -topk8 -in plain.key -out old.key", "RSA 2048"),
    ("pkcs8 -topk8 -v2 aes-128-cbc -v2prf hmacWithSHA1 -in plain.key -out old.key", "RSA 2048"),
    ("pkcs8 -topk8 -v2 des3 -in plain.key -out old.key", "RSA 2048"),
    ("pkcs8 -topk8 -scrypt -in plain.key -out old.key", "RSA 2048"),
    ("pkcs8 -topk8 -v1 PBE-SHA1-3DES -in plain.key -out old.key", "RSA 2048"),
    ("pkcs8 -topk8 -v1 PBE-SHA1-2DES -in plain.key -out old.key", "RSA 2048"),
    ("pkcs8 -topk8 -v1 PBE-SHA1-RC2-40 -in plain.key -out old.key", "RSA 2048"),
    ("pkcs8 -topk8 -v1 PBE-SHA1-RC2-128 -in plain.key -out old.key", "RSA 2048"),
    ("pkcs8 -topk8 -outform DER -in plain.key -out old.key", "RSA 2048"),
];

const REFUSED: [(&str, &str); 5] = [
    ("rsa -traditional -des -in plain.key -out old.key", "DES-CBC"),
    ("pkcs8 -topk8 -v1 PBE-MD5-DES -in plain.key -out old.key", "pbeWithMD5"),
    ("pkcs8 -topk8 -v1 PBE-SHA1-RC4-128 -in plain.key -out old.key", "RC4"),
    ("pkcs8 -topk8 -v2 aria-256-cbc -in plain.key -out old.key", "ARIA-256-CBC"),
    ("pkcs8 -topk8 -v2prf hmacWithSHA512-256 -in plain.key -out old.key", "hmacWithSHA512-256"),
];

/// What is advised where a key is refused.
const ADVISED: &str = "pkey -provider legacy -provider default";

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.write("passphrase", "correct horse\n")?;
    harness.write("wrong", "battery staple\n")?;
    harness.pki().words("key new --alg rsa-2048 --out plain.key").run()?.succeeds()?;
    let make = |command: &str| {
        let legacy = "-passout file:passphrase -provider legacy -provider default";
        harness.peer("openssl")?.words(command).words(legacy).run()?.succeeds()
    };
    let show = |passphrase: &str| harness.pki().words("key show old.key --passphrase-file").words(passphrase).run();
    for (command, kind) in READ {
        let check = || {
            make(command)?;
            show("passphrase")?.succeeds()?.says(kind)?;
            show("wrong")?.exits(2)?.notes("passphrase does not open")?;
            harness.pki().words("key show old.key").run()?.exits(2)?.notes("no passphrase was given")
        };
        check().with_context(|| format!("openssl {command}"))?;
    }
    for (command, name) in REFUSED {
        make(command)?;
        show("passphrase")?.exits(2)?.notes_all(&[name, ADVISED]).with_context(|| format!("openssl {command}"))?;
        let rewrite = "-in old.key -passin file:passphrase -passout pass:another -aes256 -out new.key";
        harness.peer("openssl")?.words(ADVISED).words(rewrite).run()?.succeeds()?;
        harness.write("another", "another\n")?;
        harness.pki().words("key show new.key --passphrase-file another").run()?.succeeds()?;
    }
    Ok(())
}
