//! `cargo xtask scan`: what other people's scanners say of the server, held against what is expected and why.
//!
//! Nothing of the scanners is kept here. What is Python's goes into an environment below target/scan; tlsfuzzer is in no
//! package registry, and a checkout of it is given: the expectations are written for its commit 14555fe.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::e2e::{self, Set};
use crate::workspace::{root, succeed};
use crate::{peers, test};

/// What `cargo xtask scan` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only claims whose name contains this
    filter: Option<String>,
    /// A checkout of tlsfuzzer; without one, and none given before, its claim is skipped
    #[arg(long, value_name = "DIR")]
    tlsfuzzer: Option<PathBuf>,
    /// Name the claims, and run nothing
    #[arg(long)]
    list: bool,
}

const PEERS: [&str; 4] = ["hexdump", "openssl", "python3", "testssl"];
/// The Python packages. tlsfuzzer asks for this tlslite-ng by its number.
const PACKAGES: [&str; 2] = ["sslyze==6.3.1", "tlslite-ng==0.9.0b2"];

/// Runs what was asked for.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let filter = arguments.filter.as_deref();
    if arguments.list {
        e2e::list(Set::Scan, filter);
        return Ok(());
    }
    peers::provide(&PEERS)?;
    let directory = directory()?;
    environment(&directory)?;
    if let Some(checkout) = &arguments.tlsfuzzer {
        take(checkout, &directory)?;
    }
    test::build_programs()?;
    let tally = e2e::run(Set::Scan, filter)?;
    if tally.failed > 0 {
        bail!("{} failed", tally.failed);
    }
    Ok(())
}

/// Where the scanners are.
pub(crate) fn directory() -> Result<PathBuf> {
    Ok(root()?.join("target/scan"))
}

/// A Python environment with the packages.
fn environment(directory: &Path) -> Result<()> {
    let python = directory.join("venv/bin/python");
    if !python.exists() {
        let mut command = Command::new("python3");
        command.args(["-m", "venv"]).arg(directory.join("venv"));
        succeed(command).context("making a Python environment (on Debian: apt-get install python3-venv)")?;
    }
    let mut command = Command::new(python);
    command.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES);
    succeed(command)
}

/// Makes the checkout at `given` the one that is run.
fn take(given: &Path, directory: &Path) -> Result<()> {
    let scripts = given.join("scripts");
    ensure!(scripts.is_dir(), "{} is no checkout of tlsfuzzer: it has no directory `scripts`", given.display());
    let place = directory.join("tlsfuzzer");
    if place.symlink_metadata().is_ok_and(|found| found.is_symlink()) {
        fs::remove_file(&place).with_context(|| format!("removing {}", place.display()))?;
    }
    if !place.exists() {
        let given = given.canonicalize().with_context(|| format!("finding {}", given.display()))?;
        symlink(given, &place).with_context(|| format!("linking {}", place.display()))?;
    }
    Ok(())
}
