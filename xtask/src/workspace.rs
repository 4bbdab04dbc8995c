//! Where things are, and how cargo is called.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// The directory of the workspace. `cargo run` says where xtask's own manifest is; the workspace is above it.
pub(crate) fn root() -> Result<PathBuf> {
    let manifest = env::var_os("CARGO_MANIFEST_DIR").context("run this as `cargo xtask …`")?;
    let root = Path::new(&manifest).parent().context("xtask stands in no workspace")?;
    Ok(root.to_path_buf())
}

/// The cargo that runs us, in the workspace's directory.
///
/// What `cargo run` has said about xtask's own package is taken back: *ring*'s build script watches these variables,
/// and would be built anew, with all that stands on it, whenever a build by xtask follows one by hand.
pub(crate) fn cargo(arguments: &[&str]) -> Result<Command> {
    let program = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(program);
    command.args(arguments).current_dir(root()?);
    for (name, _) in env::vars_os() {
        if name.to_str().is_some_and(describes_a_package) {
            command.env_remove(name);
        }
    }
    Ok(command)
}

fn describes_a_package(variable: &str) -> bool {
    variable.starts_with("CARGO_MANIFEST_") || variable.starts_with("CARGO_PKG_")
}

/// Where the programs of this build are: beside xtask itself, so that one target directory and one profile serve all.
pub(crate) fn programs() -> Result<PathBuf> {
    let own = env::current_exe().context("finding the build directory")?;
    Ok(own.parent().context("xtask stands in no directory")?.to_path_buf())
}

/// Runs `command` to its end with our own output streams.
pub(crate) fn succeed(mut command: Command) -> Result<()> {
    let shown = show(&command);
    let status = command.status().with_context(|| format!("starting `{shown}`"))?;
    if !status.success() {
        bail!("`{shown}` failed ({status})");
    }
    Ok(())
}

/// The command as a person would type it.
pub(crate) fn show(command: &Command) -> String {
    let program = Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy().into_owned();
    let words = command.get_args().map(|word| word.to_string_lossy().into_owned());
    std::iter::once(program).chain(words).collect::<Vec<_>>().join(" ")
}
