//! Unit and documentation tests by cargo, then the end-to-end scenarios, then one line that counts them all.

use std::env;
use std::io::{BufRead, BufReader};
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::e2e::Set;
use crate::tally::Tally;
use crate::workspace::{cargo, succeed};
use crate::{e2e, peers};

/// What `cargo xtask test` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only tests and scenarios whose name contains this
    filter: Option<String>,
    /// Only the end-to-end scenarios
    #[arg(long, conflicts_with = "unit_only")]
    e2e_only: bool,
    /// Only the unit and documentation tests
    #[arg(long)]
    unit_only: bool,
    /// Only the set of its own in which other people's servers and browsers take part: PostgreSQL, WebSocket, HTTP/2,
    /// Chromium
    #[arg(long, conflicts_with_all = ["e2e_only", "unit_only"])]
    servers: bool,
    /// Name the end-to-end scenarios, and run nothing
    #[arg(long, conflicts_with = "unit_only")]
    list: bool,
}

/// The programs of others that the scenarios run.
pub(crate) const PEERS: [&str; 16] = [
    "cc",
    "certtool",
    "certutil",
    "chromium",
    "curl",
    "gnutls-cli",
    "gnutls-serv",
    "groff",
    "keytool",
    "node",
    "openssl",
    "psql",
    "python3",
    "ssh-keygen",
    "strace",
    "tshark",
];
/// Those of the set of its own.
const SERVERS: [&str; 6] = ["certutil", "chromium", "curl", "node", "psql", "python3"];

/// Runs what was asked for.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let filter = arguments.filter.as_deref();
    let (set, peers): (_, &[&str]) = if arguments.servers { (Set::Servers, &SERVERS) } else { (Set::Usual, &PEERS) };
    if arguments.list {
        e2e::list(set, filter);
        return Ok(());
    }
    if !arguments.unit_only {
        peers::provide(peers)?;
    }
    let mut tally = Tally::default();
    if !arguments.e2e_only && !arguments.servers {
        tally += by_cargo(filter)?;
    }
    if !arguments.unit_only {
        build_programs()?;
        tally += e2e::run(set, filter)?;
    }
    println!("{tally}");
    judge(tally, filter)
}

/// Tests and binaries in one build, so that a dependency's features, and with them its build, are the same for both.
pub(crate) fn build_programs() -> Result<()> {
    println!("── building the programs");
    succeed(cargo(&["build", "--workspace", "--bins", "--tests"])?)
}

/// Runs cargo's tests, passing its output on and counting its closing lines.
fn by_cargo(filter: Option<&str>) -> Result<Tally> {
    println!("── unit and documentation tests");
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast"])?;
    command.args(filter).stdout(Stdio::piped());
    let mut child = command.spawn().context("starting `cargo test`")?;
    let stdout = child.stdout.take().context("`cargo test` has no output")?;
    let mut tally = Tally::default();
    for line in BufReader::new(stdout).lines() {
        let line = line.context("reading the output of `cargo test`")?;
        println!("{line}");
        if let Some(counted) = Tally::of_cargo_line(&line) {
            tally += counted;
        }
    }
    let status = child.wait().context("waiting for `cargo test`")?;
    if !status.success() && tally.failed == 0 {
        bail!("`cargo test --workspace` failed before its tests could be counted ({status})");
    }
    Ok(tally)
}

fn judge(tally: Tally, filter: Option<&str>) -> Result<()> {
    if tally.failed > 0 {
        bail!("{} failed", tally.failed);
    }
    if tally.skipped > 0 && env::var_os("CI").is_some() {
        bail!("{} skipped, and CI skips nothing", tally.skipped);
    }
    match filter {
        Some(filter) if tally == Tally::default() => bail!("no test's name contains {filter:?}"),
        _ => Ok(()),
    }
}
