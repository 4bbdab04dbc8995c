//! Runs scenarios, says how each went as it ends, and shows at the end why some failed.

use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Instant;

use anyhow::{Result, anyhow};

use super::harness::{Bench, Harness, Skip};
use super::registry::Scenario;
use crate::tally::Tally;

/// What is known so far, shared by the threads.
#[derive(Default)]
struct Progress {
    tally: Tally,
    failures: Vec<(&'static str, String)>,
}

/// Runs `scenarios` on `threads` threads, in order as far as these keep one.
pub(super) fn run(scenarios: &[&'static Scenario], threads: usize) -> Result<Tally> {
    let bench = Bench::new()?;
    let waiting: Mutex<VecDeque<&'static Scenario>> = Mutex::new(scenarios.iter().copied().collect());
    let progress = Mutex::new(Progress::default());
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some(scenario) = take(&waiting) {
                    let begin = Instant::now();
                    let outcome = run_one(scenario, &bench);
                    record(scenario, outcome, begin.elapsed().as_secs_f64(), &progress);
                }
            });
        }
    });
    let progress = progress.into_inner().unwrap_or_else(PoisonError::into_inner);
    for (name, why) in &progress.failures {
        println!("\n── {name} failed\n{why}");
    }
    println!("\nend-to-end: {}", progress.tally);
    Ok(progress.tally)
}

fn take(waiting: &Mutex<VecDeque<&'static Scenario>>) -> Option<&'static Scenario> {
    waiting.lock().unwrap_or_else(PoisonError::into_inner).pop_front()
}

/// A scenario that panics fails, and takes no other with it.
fn run_one(scenario: &Scenario, bench: &Bench) -> Result<()> {
    let harness = Harness::new(bench)?;
    catch_unwind(AssertUnwindSafe(|| (scenario.run)(&harness)))
        .unwrap_or_else(|_| Err(anyhow!("the scenario panicked")))
}

fn record(scenario: &Scenario, outcome: Result<()>, seconds: f64, progress: &Mutex<Progress>) {
    let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
    let name = scenario.name;
    match outcome {
        Ok(()) => {
            progress.tally.passed += 1;
            println!("ok      {name} ({seconds:.1} s)");
        }
        Err(error) => match error.downcast_ref::<Skip>() {
            Some(skip) => {
                progress.tally.skipped += 1;
                println!("skipped {name}: {skip}");
            }
            None => {
                progress.tally.failed += 1;
                println!("FAILED  {name} ({seconds:.1} s)");
                progress.failures.push((name, format!("{error:#}")));
            }
        },
    }
}
