//! A configuration with a slip in it: the file, the line and the key are said, and nothing is written.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let new = |config: &str, flags: &str| {
        harness.write("slip.cnf", config)?;
        let line = format!("csr new --config slip.cnf --alg p256 --key-out slip.key --out slip.csr {flags}");
        let finished = harness.pki().words(&line).run()?;
        harness.is_absent("slip.key")?;
        harness.is_absent("slip.csr")?;
        finished.exits(2)
    };
    let dn = "prompt = no\ndistinguished_name = dn\n";
    new(&format!("[req]\n{dn}defualt_bits = 2048\n[dn]\nCN = x\n"), "")?
        .notes("slip.cnf:4: [req] defualt_bits")?
        .notes("perhaps `default_bits` is meant")?;
    new(&format!("[req]\n{dn}req_extensions = ext\n[dn]\nCN = x\n[ext]\nsubjectAltNam = DNS:x\n"), "")?
        .notes("slip.cnf:8: [ext] subjectAltNam")?;
    new(&format!("[req]\n{dn}[dn]\nCN = $ENV::LATCHKEY_IS_NOT_SET\n"), "")?
        .notes("slip.cnf:5: [dn] CN: the environment variable LATCHKEY_IS_NOT_SET is not set")?;
    new(&format!("[req]\n{dn}[dn]\nCN = x\n.include nowhere.cnf\n"), "")?
        .notes_all(&["slip.cnf:6: what it includes cannot be read", "nowhere.cnf"])?;
    // Nobody is there to be asked.
    let asks = "[req]\ndistinguished_name = dn\n[dn]\nL = City\nCN = Host\nC = Country\nC_default = DE\n";
    new(asks, "")?.notes_all(&["2 problems", "slip.cnf:4: [dn] L: it asks", "slip.cnf:5: [dn] CN: it asks"])?;
    new(asks, "--cn host.example")?.notes("slip.cnf:4: [dn] L: it asks")?;
    new("[req]\nencrypt_key = yes\nprompt = no\ndistinguished_name = dn\n[dn]\nCN = x\n", "")?
        .notes("no passphrase was given")?;

    harness.write("asks.cnf", asks)?;
    harness
        .pki()
        .words("csr new --batch --config asks.cnf --cn host.example --key-out asks.key --out asks.csr")
        .run()?
        .succeeds()?;
    harness.pki().words("csr show asks.csr").run()?.succeeds()?.says("host.example")?.says("DE")?;
    Ok(())
}
