//! `cargo xtask corpus`: chains from outside, good and bad, judged by `pki cert verify` and by `tls-client`.
//!
//! The cases, and the programs that run them, come from outside: nothing of them is kept here but the list of those
//! that are judged otherwise than they expect, `corpus/divergences.toml`, which is held both ways.

mod badcerts;
mod divergences;
mod limbo;

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use serde::de::DeserializeOwned;

use crate::workspace::{cargo, show, succeed};
use divergences::Divergences;

/// What `cargo xtask corpus` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory with badcerts/ or limbo/, or both, and their runners
    #[arg(long)]
    from: PathBuf,
    /// How many cases are judged at once
    #[arg(long, default_value_t = 2)]
    jobs: u16,
}

/// The exit codes that are a no: unreadable input, and every verdict. Nothing else is an answer.
const REJECTS: &str = "2,31,32,33,34,35,36,37";

/// Runs every case that is there, and fails for each that is judged otherwise than expected or listed.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let divergences = Divergences::read()?;
    succeed(cargo(&["build", "--quiet", "-p", "pki", "-p", "tls-client"])?)?;
    let (badcerts, limbo) = (arguments.from.join("badcerts"), arguments.from.join("limbo"));
    ensure!(badcerts.is_dir() || limbo.is_dir(), "{} holds neither badcerts/ nor limbo/", arguments.from.display());
    let mut wrong = Vec::new();
    if badcerts.is_dir() {
        wrong.extend(badcerts::run(&badcerts, badcerts::Mode::Verify, &divergences)?);
        wrong.extend(badcerts::run(&badcerts, badcerts::Mode::Connect, &divergences)?);
    }
    if limbo.is_dir() {
        wrong.extend(limbo::run(&limbo, arguments.jobs, &divergences)?);
    }
    wrong.iter().for_each(|line| println!("   {line}"));
    ensure!(wrong.is_empty(), "{} cases are neither as expected nor as listed", wrong.len());
    println!("every case is as expected or as listed");
    Ok(())
}

/// Runs one of the programs from outside, which leaves its results in a file, and reads them.
fn results<T: DeserializeOwned>(runner: &Path, arguments: &[&OsStr]) -> Result<T> {
    let directory = tempfile::tempdir()?;
    let out = directory.path().join("results.json");
    let mut command = Command::new("python3");
    command
        .arg(runner)
        .args(arguments)
        .args(["--reject", REJECTS, "--out"])
        .arg(&out)
        .env("LATCHKEY_STORE", directory.path().join("store"))
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    let shown = show(&command);
    // It ends with 1 for any case that is not as it expects, which is judged here; without results it has failed.
    let status = command.status().with_context(|| format!("starting `{shown}`"))?;
    if !out.exists() {
        bail!("`{shown}` left no results ({status})");
    }
    let text = fs::read_to_string(&out).context("reading the results")?;
    serde_json::from_str(&text).with_context(|| format!("reading the results of `{shown}`"))
}
