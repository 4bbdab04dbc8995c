//! Before a command says that it has made something, the store's log, the files and their directory are synced.

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::{Harness, Skip};

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.pki().words("ca new home").run()?.succeeds()?;
    harness.write("hosts.csv", "names\na.example\nb.example\n")?;
    let line = "strace -f -y -o trace -e trace=fsync,fdatasync,syncfs,write,rename,renameat,renameat2,link,linkat pki ";
    if harness.shell("strace -o probe true")?.run()?.succeeds().is_err() {
        return Err(Skip::new("strace is missing, or may not trace here: sudo apt-get install -y strace").into());
    }
    let traced = |command: &str| -> Result<String> {
        harness.shell(&format!("{line}{command}"))?.run()?.succeeds()?;
        harness.read("trace")
    };
    let issued = traced("cert new web.example --ca home --out web.pem --key-out web.key")?;
    order(&issued, &["sync(", "store.db-wal>"], "made a certificate")?;
    order(&issued, &["fsync(", ".latchkey-"], "made a certificate")?;
    let last_link = issued.rfind("link").context("no file took its name")?;
    let synced =
        issued[last_link..].find("fsync(").context("the directory is not synced after the files have names")?;
    let said = issued[last_link..].find("made a certificate").context("nothing was said")?;
    ensure!(synced < said, "it says that it is done before the directory is synced");

    let batch = traced("cert issue --batch hosts.csv --ca home --out-dir issued")?;
    order(&batch, &["sync(", "store.db-wal>"], "\"issued \"")?;
    let last_rename = batch.rfind("rename").context("no file took its name")?;
    let synced = batch[last_rename..].find("syncfs(").context("the files are not synced")?;
    let said = batch[last_rename..].find("\"issued \"").context("nothing was said")?;
    ensure!(synced < said, "it says that it is done before the files are synced");

    let revoked = traced("cert revoke web.example")?;
    order(&revoked, &["sync(", "store.db-wal>"], "\"revoked \"")
}

/// Some line that holds all of `call` stands before the first that holds `said`.
fn order(trace: &str, call: &[&str], said: &str) -> Result<()> {
    let called = trace.lines().position(|line| call.iter().all(|part| line.contains(part)));
    let told = trace.lines().position(|line| line.contains(said));
    let called = called.with_context(|| format!("no {call:?} in the trace\n{trace}"))?;
    let told = told.with_context(|| format!("no {said:?} in the trace\n{trace}"))?;
    ensure!(called < told, "{said:?} comes before {call:?}");
    Ok(())
}
