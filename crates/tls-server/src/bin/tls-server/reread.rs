//! A reload: the configuration is read again from where it was, and everything it names with it.

use common::terminal::{CliError, GlobalArgs};
use tls_server::access::{Level, Log};
use tls_server::assemble::{Assembler, Faults};
use tls_server::config::Checked;
use tls_server::control::reload::{Load, Loaded, Problem, Unloadable};
use tls_server::running::Applied;

use crate::args::{Refused, ServeArgs, configuration};

/// Reads everything again.
pub(crate) struct Reread {
    pub(crate) args: ServeArgs,
    pub(crate) global: GlobalArgs,
    pub(crate) assembler: Assembler,
    /// What the process was started with: some of it stays until the next start.
    pub(crate) started: Checked,
    pub(crate) log: Log,
}

impl Load for Reread {
    type Plan = Applied;

    fn load(&mut self) -> Result<Loaded<Applied>, Unloadable> {
        let checked = configuration(&self.args, &self.global).map_err(|refused| self.refused(refused))?;
        let assembly = self.assembler.assemble(&checked).map_err(unloadable)?;
        for warning in checked.warnings.iter().map(ToString::to_string).chain(assembly.warnings.iter().cloned()) {
            self.log.notice(Level::Warn, "configuration", warning);
        }
        for what in stays(&self.started, &checked) {
            let message = format!("a change of {what} takes effect with the next start or upgrade");
            self.log.notice(Level::Warn, "configuration", message);
        }
        Ok(Loaded { plan: Applied::of(&assembly), in_force: assembly.in_force })
    }
}

impl Reread {
    fn refused(&self, refused: Refused) -> Unloadable {
        let problems = match refused {
            Refused::Problems(problems) => problems.errors().map(Problem::new).collect(),
            Refused::Unreadable(error) => vec![problem(&error)],
        };
        Unloadable { problems, paths: self.args.process.config.iter().cloned().collect() }
    }
}

/// What is not changed by a reload, and is another now.
fn stays(started: &Checked, now: &Checked) -> Vec<&'static str> {
    let mut changed = Vec::new();
    if started.workers != now.workers {
        changed.push("the number of workers");
    }
    if started.admin != now.admin {
        changed.push("the admin listener");
    }
    if started.log != now.log {
        changed.push("the log");
    }
    if started.instance != now.instance {
        changed.push("the instance's name");
    }
    changed
}

fn unloadable(faults: Faults) -> Unloadable {
    Unloadable { problems: faults.faults.iter().map(problem).collect(), paths: faults.paths }
}

fn problem(error: &CliError) -> Problem {
    Problem { fact: error.fact.clone(), advice: error.advice.clone() }
}
