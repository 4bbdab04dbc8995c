//! What must hold before a commit, the quick and local steps first.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::step::Steps;
use crate::workspace::{cargo, succeed};
use crate::{fixtures, tidy};

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
    if !is_installed("cargo-deny") {
        println!("   cargo-deny is not installed; installing it, which takes some minutes the first time");
        succeed(cargo(&["install", "cargo-deny", "--locked"])?)
            .context("installing cargo-deny (`cargo install cargo-deny --locked` by hand does the same)")?;
    }
    succeed(cargo(&["deny", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"])?)
}

fn is_installed(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
