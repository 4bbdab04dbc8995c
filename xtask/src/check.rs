//! What must hold before a commit, the quick and local steps first.

use anyhow::Result;

use crate::step::Steps;
use crate::workspace::{cargo, succeed};
use crate::{fixtures, fuzz, tidy, tools};

/// Runs every step, and lists those that failed at the end.
pub(crate) fn run() -> Result<()> {
    let mut steps = Steps::default();
    steps.run("fmt", || succeed(cargo(&["fmt", "--all", "--check"])?));
    steps.run("tidy", tidy::run);
    steps.run("fixtures", fixtures::check);
    steps.run("deny", deny);
    steps.run("clippy", || {
        succeed(cargo(&["clippy", "--workspace", "--all-targets", "--keep-going", "--", "-D", "warnings"])?)
    });
    steps.run("fuzz targets", fuzz::check);
    steps.run("doc", documentation);
    steps.finish()
}

fn documentation() -> Result<()> {
    let mut command = cargo(&["doc", "--no-deps", "--workspace", "--keep-going"])?;
    command.env("RUSTDOCFLAGS", "-D warnings");
    succeed(command)
}

/// Licences, sources and bans. Advisories are left to a run that may fetch their database: see deny.toml.
fn deny() -> Result<()> {
    tools::provide("cargo-deny")?;
    succeed(cargo(&["deny", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])?)
}
