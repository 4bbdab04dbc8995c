//! `cert renew` and `cert rekey`: nothing is due at once, an hour is waited, what is forced is served from the next
//! connection on by a server that was not told, and what is left of the old one is verified by the same CA.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    harness.pki().words("cert new localhost").run()?.succeeds()?;
    harness.pki().words("ca export local --out ca.pem").run()?.succeeds()?;
    let server = harness.serve(["hello", "--name", "localhost"])?;
    let served = || -> Result<Value> {
        let report = harness.tls_client().arguments(["report", &server.target()]).words("--ca ca.pem --json");
        Ok(serde_json::from_str(&report.run()?.succeeds()?.stdout)?)
    };
    let of_leaf = |report: &Value, field: &str| report["chain"][0][field].clone();
    let first = served()?;

    harness.pki().words("cert renew --due").run()?.succeeds()?.mentions("is due on")?;
    harness.pki().words("cert renew --due --dry-run").run()?.succeeds()?;
    harness.pki().words("cert renew --why localhost").run()?.succeeds()?.mentions("CA `local`")?;
    harness.pki().words("cert renew localhost").run()?.exits(1)?.mentions("is left alone until")?;
    harness.pki().words("cert renew nobody --force").run()?.exits(2)?.mentions("no identity `nobody`")?;
    ensure!(of_leaf(&served()?, "serial") == of_leaf(&first, "serial"), "nothing was due");

    for (command, same_key) in [("cert renew localhost --force", true), ("cert rekey localhost --force", false)] {
        let before = served()?;
        let renewal = harness.pki().words(command).words("--json").run()?.succeeds()?;
        let renewal: Value = serde_json::from_str(&renewal.stdout)?;
        let serial = renewal["certificates"][0]["new_serial"].as_str().context("no new serial")?.to_owned();
        let deadline = Instant::now() + Duration::from_secs(20);
        let after = loop {
            let after = served()?;
            if of_leaf(&after, "serial") == serial.as_str() {
                break after;
            }
            ensure!(Instant::now() < deadline, "{command}: serial {serial} is not served\n{after:#}");
            thread::sleep(Duration::from_millis(100));
        };
        let pins = [of_leaf(&before, "pin"), of_leaf(&after, "pin")];
        ensure!((pins[0] == pins[1]) == same_key, "{command}: {pins:?}");
    }
    Ok(())
}
