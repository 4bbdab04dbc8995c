//! NSS, as Firefox and Chromium's older kin have it: certutil holds the CAs, and says what it takes a leaf for.

use anyhow::Result;

use crate::e2e::harness::Harness;
use crate::e2e::hierarchy::{self, ED25519, LEAVES, Purpose};

pub(super) fn run(harness: &Harness) -> Result<()> {
    hierarchy::make(harness)?;
    let certutil = |line: &str| harness.peer("certutil")?.words(line).run();
    harness.peer("openssl")?.words("x509 -in issuing.pem -out below.pem").run()?.succeeds()?;
    certutil("-N -d sql:. --empty-password")?.succeeds()?;
    certutil("-A -d sql:. -n root -t CT,C,C -i root.pem")?.succeeds()?;
    certutil("-A -d sql:. -n issuing -t ,, -i below.pem")?.succeeds()?;
    // The NSS of today's distributions cannot read a certificate for such a key.
    for leaf in LEAVES.iter().filter(|leaf| leaf.file != ED25519) {
        // The letter of certutil's -u: V a server, C a client, S who signs mail.
        let usage = match leaf.purpose {
            Purpose::Server => "V",
            Purpose::Client => "C",
            Purpose::Mail => "S",
            // It lets a CA vouch for programs by an extension of Netscape's alone, which is not written any more.
            Purpose::Code => continue,
        };
        let file = leaf.file;
        certutil(&format!("-A -d sql:. -n {file} -t ,, -i {file}.leaf"))?.succeeds()?;
        certutil(&format!("-V -d sql:. -n {file} -u {usage} -e"))?.succeeds()?.mentions("certificate is valid")?;
    }
    Ok(())
}
