//! `cargo xtask bench micro`: what the server does most, in memory: its time, and its instructions, which are the same
//! on a noisy machine.

mod callgrind;
mod figures;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;

use self::figures::{Figure, Figures};
use crate::peers;
use crate::workspace::cargo;

/// The subcommand of `cargo xtask bench`.
#[derive(clap::Subcommand)]
pub(super) enum Subcommand {
    /// What the server does most, in memory: nanoseconds, and instructions by callgrind
    Micro(Arguments),
}

/// Which of them, and where the figures go.
#[derive(clap::Args)]
pub(super) struct Arguments {
    /// Only those with this in their name
    filter: Option<String>,
    /// Count no instructions, which takes longer than the rest
    #[arg(long)]
    no_count: bool,
    /// Write the figures here as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Say what has moved since the run that wrote FILE
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
}

/// Builds them as what is shipped is built, runs each, prints a table, and writes JSON where asked.
pub(super) fn run(arguments: &Arguments) -> Result<()> {
    let old = arguments.compare.as_deref().map(Figures::read).transpose()?;
    let program = build()?;
    let filter = arguments.filter.as_deref().unwrap_or_default();
    let mut benches: Vec<Named> = lines(&program, &["--list"])?;
    benches.retain(|bench| bench.name.contains(filter));
    if benches.is_empty() {
        bail!("no benchmark has {filter:?} in its name");
    }
    let times: Vec<Timed> = lines(&program, &[filter])?;
    let mut instructions = if arguments.no_count { BTreeMap::new() } else { count(&program, &benches)? };
    let figures = times.into_iter().map(|Timed { name, nanoseconds }| {
        let instructions = instructions.remove(&name);
        Figure { name, nanoseconds, instructions }
    });
    let figures = Figures { commit: super::commit()?, machine: super::machine(), benches: figures.collect() };
    println!("{}", figures::table(&figures, old.as_ref()));
    arguments.json.as_deref().map_or(Ok(()), |path| figures.write(path))
}

/// What the program says of a benchmark.
#[derive(Deserialize)]
struct Named {
    name: String,
    times: u64,
}

#[derive(Deserialize)]
struct Timed {
    name: String,
    nanoseconds: figures::Nanoseconds,
}

/// By name, where valgrind is there.
fn count(program: &Path, benches: &[Named]) -> Result<BTreeMap<String, u64>> {
    peers::provide(&["valgrind"])?;
    if peers::find("valgrind").is_none() {
        return Ok(BTreeMap::new());
    }
    let counted =
        benches.iter().map(|bench| Ok((bench.name.clone(), callgrind::count(program, &bench.name, bench.times)?)));
    counted.collect()
}

/// The program with the benchmarks.
fn build() -> Result<PathBuf> {
    /// What of cargo's messages matters here.
    #[derive(Deserialize)]
    struct Message {
        target: Option<Target>,
        executable: Option<PathBuf>,
    }
    #[derive(Deserialize)]
    struct Target {
        name: String,
    }
    let mut command = cargo(&["build", "--profile", "dist", "-p", "tls-server", "--bench", "micro"])?;
    command.args(["--features", "measure", "--message-format", "json-render-diagnostics"]);
    let output = command.stderr(Stdio::inherit()).output().context("starting cargo")?;
    if !output.status.success() {
        bail!("building the benchmarks failed ({})", output.status);
    }
    let text = String::from_utf8(output.stdout)?;
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Message>(line).ok());
    let is_it = |message: &Message| message.target.as_ref().is_some_and(|target| target.name == "micro");
    let program = messages.filter(is_it).find_map(|message| message.executable);
    program.context("cargo built the benchmarks and did not say where they are")
}

/// What it writes, a JSON document a line.
fn lines<T: for<'de> Deserialize<'de>>(program: &Path, arguments: &[&str]) -> Result<Vec<T>> {
    let output = Command::new(program).args(arguments).stderr(Stdio::inherit()).output();
    let output = output.with_context(|| format!("starting {}", program.display()))?;
    if !output.status.success() {
        bail!("the benchmarks ended with {}", output.status);
    }
    let text = String::from_utf8(output.stdout)?;
    text.lines().map(|line| serde_json::from_str(line).context("reading what the benchmarks say")).collect()
}
