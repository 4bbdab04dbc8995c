//! `cargo xtask fuzz`: the targets of fuzz/, built, seeded and run one after the other.

mod seeds;

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Result, bail};

use crate::step::Steps;
use crate::workspace::{cargo, root, show, succeed};
use crate::{peers, tools};

pub(crate) use seeds::files;

/// What `cargo xtask fuzz` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only this target; all of them unless told
    target: Option<String>,
    /// How long each target runs
    #[arg(long, default_value_t = 60)]
    seconds: u32,
}

/// More than any target needs: beyond it memory grows with what comes from outside.
const MEMORY_IN_MEGABYTES: u32 = 1024;
/// Seconds for one input, which takes microseconds.
const PATIENCE: u32 = 10;

/// Runs what was asked for, and names the targets that stopped.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let fuzz = root()?.join("fuzz");
    let chosen = choose(targets(&fuzz)?, arguments.target.as_deref())?;
    tools::provide("cargo-fuzz")?;
    if peers::find("c++").is_none() {
        bail!("libFuzzer is built with a C++ compiler, and there is none: sudo apt-get install -y g++");
    }
    println!("── building with instrumentation, which takes some minutes the first time");
    succeed(cargo(&["fuzz", "build", "--sanitizer", "none"])?)?;
    let mut steps = Steps::default();
    for target in &chosen {
        steps.run(target, || {
            seeds::plant(target, &fuzz)?;
            fuzz_for(target, arguments.seconds)
        });
    }
    steps.finish()
}

/// Compiles the targets as `cargo xtask check` does: beside what is built already, and without libFuzzer, which only
/// a link needs, so that no C++ compiler is needed.
pub(crate) fn check() -> Result<()> {
    let mut command = cargo(&["clippy", "--manifest-path", "fuzz/Cargo.toml", "--target-dir", "target"])?;
    command.args(["--keep-going", "--", "-D", "warnings"]);
    command.env("CUSTOM_LIBFUZZER_PATH", "/libfuzzer.a");
    succeed(command)?;
    succeed(cargo(&["fmt", "--manifest-path", "fuzz/Cargo.toml", "--check"])?)
}

/// The names of the targets, in order.
fn targets(fuzz: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(fuzz.join("targets")).context("listing fuzz/targets")? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        names.extend(name.strip_suffix(".rs").map(str::to_owned));
    }
    names.sort();
    Ok(names)
}

fn choose(all: Vec<String>, wanted: Option<&str>) -> Result<Vec<String>> {
    match wanted {
        None => Ok(all),
        Some(name) if all.iter().any(|target| target == name) => Ok(vec![name.to_owned()]),
        Some(name) => bail!("there is no target {name:?}; there are {}", all.join(", ")),
    }
}

/// libFuzzer says a line for each discovery: all of it is kept back, and the end of it shown when something was found.
fn fuzz_for(target: &str, seconds: u32) -> Result<()> {
    let mut command = cargo(&["fuzz", "run", "--sanitizer", "none", target, "--", "-print_final_stats=1"])?;
    command.arg(format!("-max_total_time={seconds}"));
    command.arg(format!("-rss_limit_mb={MEMORY_IN_MEGABYTES}"));
    command.arg(format!("-timeout={PATIENCE}"));
    let shown = show(&command);
    command.env("RUST_BACKTRACE", "0"); // what is run again by hand has one
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("starting `{shown}`"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("`{shown}` stopped ({})\n{}", output.status, finding(&said));
    }
    println!("   {} runs, nothing found", runs(&said).unwrap_or("an unknown number of"));
    Ok(())
}

/// What went wrong, which input did it, and how to run it again: from the panic on, without the discoveries before it
/// and the backtrace behind it.
fn finding(said: &str) -> String {
    let is_begin = |line: &&str| line.contains("panicked at") || line.contains("ERROR: libFuzzer");
    let told = said.lines().skip_while(|line| !is_begin(line)).take_while(|line| !line.starts_with("Stack backtrace"));
    let lines: Vec<&str> = told.collect();
    if lines.is_empty() { said.to_owned() } else { lines.join("\n") }
}

/// How many inputs were tried, from libFuzzer's closing lines.
fn runs(said: &str) -> Option<&str> {
    said.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:")).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_runs_is_read() {
        assert_eq!(runs("Done 12 runs in 1 second(s)\nstat::number_of_executed_units: 12\n"), Some("12"));
        assert_eq!(runs(""), None);
    }

    #[test]
    fn a_finding_begins_with_its_panic() {
        let said =
            "#2 NEW cov: 1\nthread panicked at targets/pem.rs:1:1:\nno\nReproduce with:\nStack backtrace:\n 0: x";
        assert_eq!(finding(said), "thread panicked at targets/pem.rs:1:1:\nno\nReproduce with:");
        assert_eq!(finding("error: could not compile"), "error: could not compile");
    }

    #[test]
    fn an_unknown_target_is_told_which_there_are() {
        let error = choose(vec!["pem".into(), "speaks".into()], Some("pme")).unwrap_err();
        assert_eq!(error.to_string(), "there is no target \"pme\"; there are pem, speaks");
    }
}
