//! A file that exists is kept, whole, until `--force`; and then neither of two files is written without the other.

use anyhow::{Result, ensure};

use crate::e2e::harness::Harness;

const COMMAND: &str = "cert self-signed localhost --key-out key.pem --out cert.pem";

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.write("cert.pem", "precious\n")?;
    harness.pki().words(COMMAND).run()?.exits(2)?.notes("cert.pem")?.notes("--force")?;
    ensure!(harness.read("cert.pem")? == "precious\n", "cert.pem was changed");
    harness.is_absent("key.pem")?;

    harness.pki().words(COMMAND).words("--force").run()?.succeeds()?;
    harness.peer("openssl")?.words("x509 -in cert.pem -noout").run()?.succeeds()?;
    Ok(())
}
