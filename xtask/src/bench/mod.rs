//! `cargo xtask bench`: our server beside a peer, on the same machine, in the same run, on the same work.

mod cores;
mod handshakes;
mod idle;
mod server;
mod statistics;

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::ValueEnum;
use serde::Serialize;

use crate::{process, workspace};

/// What is measured, and where the figures go.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// What to measure; everything unless told
    #[arg(value_enum)]
    what: Option<What>,
    /// Rounds of each measurement; the peers take turns in each
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// Write the figures here as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum What {
    /// The server's CPU time for a full and for a resumed handshake, beside nginx stream
    Handshakes,
    /// 5,000 idle connections and 1,000 half-open ones: memory, and whether newcomers are answered
    Idle,
}

#[derive(Serialize)]
struct Figures {
    commit: String,
    kernel: String,
    processor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    handshakes: Option<handshakes::Figures>,
    #[serde(skip_serializing_if = "Option::is_none")]
    idle: Option<idle::Figures>,
}

/// Builds what is shipped (the `dist` profile), measures, prints a table, and writes JSON where asked.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    process::raise_file_limit();
    let wanted = |what| arguments.what.is_none_or(|only| only == what);
    let site = server::Site::prepare()?;
    let handshakes = wanted(What::Handshakes).then(|| handshakes::measure(&site, arguments.rounds)).transpose()?;
    let idle = wanted(What::Idle).then(|| idle::measure(&site)).transpose()?;
    let figures = Figures {
        commit: first_line("git", &["rev-parse", "--short", "HEAD"])?,
        kernel: first_line("uname", &["-sr"])?,
        processor: process::processor(),
        handshakes,
        idle,
    };
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&figures)?;
        std::fs::write(path, text + "\n").with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

fn first_line(program: &str, arguments: &[&str]) -> Result<String> {
    let output = std::process::Command::new(program).args(arguments).current_dir(workspace::root()?).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or("unknown").to_owned())
}
