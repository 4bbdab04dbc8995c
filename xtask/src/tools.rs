//! Programs of cargo's that a task runs, which are installed when they are first needed.

use std::process::{Command, Stdio};

use anyhow::{Context, Result};

use crate::workspace::{cargo, succeed};

/// Makes sure that `cargo-NAME` is there.
///
/// # Errors
/// It had to be installed, and that failed.
pub(crate) fn provide(name: &str) -> Result<()> {
    if is_installed(name) {
        return Ok(());
    }
    println!("   {name} is not installed; installing it, which takes some minutes");
    succeed(cargo(&["install", name, "--locked"])?)
        .with_context(|| format!("installing {name} (`cargo install {name} --locked` by hand does the same)"))
}

fn is_installed(program: &str) -> bool {
    Command::new(program)
        .arg("--version")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}
