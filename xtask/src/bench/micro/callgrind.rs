//! Instructions, counted by valgrind's callgrind.
//!
//! Its processor is not the machine's: it has AVX2 and AES, and neither SHA nor AVX-512. So the counts say what our own
//! layers do, and of the primitives that something has changed.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

/// What is counted: the benchmarks put what they measure into a function of this name.
const COUNTED: &str = "micro::harness::measured*";

/// Calls in the shorter of two runs. The longer one has twice as many, and the difference is without what happens once.
const CALLS: u64 = 20;

/// Instructions of one operation, of which each call does `times`.
pub(super) fn count(program: &Path, name: &str, times: u64) -> Result<u64> {
    let (once, twice) = (instructions(program, name, CALLS)?, instructions(program, name, 2 * CALLS)?);
    Ok(twice.saturating_sub(once) / (CALLS * times))
}

fn instructions(program: &Path, name: &str, calls: u64) -> Result<u64> {
    let mut command = Command::new("valgrind");
    command.arg("--tool=callgrind").arg(format!("--toggle-collect={COUNTED}")).arg("--callgrind-out-file=/dev/null");
    command.arg(program).args(["--count", name]).arg(calls.to_string());
    let output = command.output().context("starting valgrind")?;
    let text = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() {
        bail!("counting the instructions of {name:?}: valgrind says {}", text.lines().last().unwrap_or("nothing"));
    }
    collected(&text).with_context(|| format!("callgrind does not say how many instructions {name:?} has"))
}

/// From a line like `==4711== Collected : 123456`.
fn collected(text: &str) -> Option<u64> {
    let (_, number) = text.lines().find_map(|line| line.split_once("Collected :"))?;
    number.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found_between_what_else_is_said() {
        let text = "==7== Events    : Ir\n==7== Collected : 1066\n==7== \n==7== I   refs:      1,066\n";
        assert_eq!(collected(text), Some(1066));
        assert_eq!(collected("==7== Events    : Ir\n"), None);
    }
}
