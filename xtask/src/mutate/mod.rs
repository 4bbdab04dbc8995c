//! `cargo xtask mutate`: damaged inputs by the thousand to the commands that show or judge things, and damaged
//! configurations to `pki csr new`, in the real program.
//!
//! The kernel holds each run to its bounds: 64 MB of memory of its own and a second of CPU time. What a run says must
//! be safe for a terminal, or JSON, and it must end with an exit code that showing has.

mod damage;
mod random;
mod seeds;
mod trial;
mod verbs;

use std::fs;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};

use crate::step::Steps;
use crate::{peers, test, workspace};
use random::Random;
use trial::{Finding, Trials};
pub(crate) use verbs::{VERBS, Verb};

/// What `cargo xtask mutate` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only this: cert, csr, crl, key, encrypted-key, pkcs12-cert, pkcs12-key, verify or config; all of them unless told
    noun: Option<String>,
    /// How many inputs each command is given
    #[arg(long, default_value_t = 20_000)]
    count: usize,
    /// Where the damage begins; the same number does the same damage
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

/// Runs what was asked for.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let wanted = |verb: &&Verb| arguments.noun.as_ref().is_none_or(|noun| noun == verb.name);
    let verbs: Vec<&Verb> = VERBS.iter().filter(wanted).collect();
    if verbs.is_empty() {
        bail!("there is none of that name; there are {}", VERBS.map(|verb| verb.name).join(", "));
    }
    test::build_programs()?;
    let mut steps = Steps::default();
    for verb in verbs {
        let name = format!("{} inputs to pki {} {} ({})", arguments.count, verb.command[0], verb.command[1], verb.name);
        steps.run(&name, || try_all(verb, arguments.count, arguments.seed));
    }
    steps.finish()
}

/// Gives `count` inputs to a command, and keeps those that it did wrong with.
pub(crate) fn try_all(verb: &Verb, count: usize, seed: u64) -> Result<()> {
    if peers::find("prlimit").is_none() {
        bail!("prlimit is missing, which bounds memory and time: sudo apt-get install -y util-linux");
    }
    let seeds = seeds::of(verb)?;
    let trials = Trials::new(verb)?;
    let (next, findings) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        let work = || {
            let mut mine = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= count {
                    break;
                }
                let input = damage::input(&seeds, verb.most, &mut Random::new(seed, number));
                match trials.run(number, &input) {
                    Ok(None) => {}
                    Ok(Some(wrong)) => mine.push(Finding { number, wrong, input }),
                    Err(error) => return Err(error),
                }
            }
            findings.lock().unwrap_or_else(std::sync::PoisonError::into_inner).append(&mut mine);
            Ok(())
        };
        let threads: Vec<_> = (0..workers).map(|_| scope.spawn(work)).collect();
        threads.into_iter().try_for_each(|thread| thread.join().unwrap_or_else(|_| bail!("a worker panicked")))
    })?;
    let findings = findings.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    println!("   {} inputs: {}", count, trials.tally());
    keep(verb, &findings)
}

/// How many findings are described.
const MAX_TOLD: usize = 10;

fn keep(verb: &Verb, findings: &[Finding]) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let directory = workspace::root()?.join("target/mutate");
    fs::create_dir_all(&directory).with_context(|| format!("making {}", directory.display()))?;
    let mut told = Vec::new();
    for finding in findings {
        let path = directory.join(format!("{}-{}", verb.name, finding.number));
        fs::write(&path, &finding.input).with_context(|| format!("writing {}", path.display()))?;
        told.push(format!("{}: {}", path.display(), finding.wrong));
    }
    told.truncate(MAX_TOLD);
    bail!("{} inputs did not get what they should\n{}", findings.len(), told.join("\n"))
}
