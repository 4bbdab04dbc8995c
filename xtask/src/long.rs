//! `cargo xtask hostile`, `soak` and `kill-batch`: what takes the machine to itself, and more minutes than a test may.

use anyhow::{Result, bail};

use crate::e2e::{self, Set};
use crate::{peers, process, test};

/// What they take.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only claims whose name contains this
    pub(crate) filter: Option<String>,
    /// Name the claims, and run nothing
    #[arg(long)]
    pub(crate) list: bool,
}

/// Runs what was asked for, of `set`.
pub(crate) fn run(set: Set, arguments: &Arguments) -> Result<()> {
    let filter = arguments.filter.as_deref();
    if arguments.list {
        e2e::list(set, filter);
        return Ok(());
    }
    peers::provide(&test::PEERS)?;
    process::raise_file_limit();
    test::build_programs()?;
    let tally = e2e::run(set, filter)?;
    if tally.failed > 0 {
        bail!("{} failed", tally.failed);
    }
    Ok(())
}
