//! Steps that are announced, timed, and all run, so that one run names everything there is to mend.

use std::time::Instant;

use anyhow::{Result, bail};

/// The steps run so far.
#[derive(Default)]
pub(crate) struct Steps {
    count: usize,
    failures: Vec<String>,
}

impl Steps {
    /// Announces `name`, does `work`, and says how it went and how long it took.
    pub(crate) fn run(&mut self, name: &str, work: impl FnOnce() -> Result<()>) {
        println!("── {name}");
        let begin = Instant::now();
        let outcome = work();
        let seconds = begin.elapsed().as_secs_f64();
        self.count += 1;
        match outcome {
            Ok(()) => println!("   {name}: ok ({seconds:.1} s)"),
            Err(error) => {
                println!("   {name}: FAILED ({seconds:.1} s): {error:#}");
                self.failures.push(name.to_owned());
            }
        }
    }

    /// An error that lists the steps that failed, if any did.
    pub(crate) fn finish(self) -> Result<()> {
        if !self.failures.is_empty() {
            bail!("{} of {} steps failed: {}", self.failures.len(), self.count, self.failures.join(", "));
        }
        println!("all {} steps passed", self.count);
        Ok(())
    }
}
