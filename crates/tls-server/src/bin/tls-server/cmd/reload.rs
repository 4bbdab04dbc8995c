//! `tls-server reload`: has a running server read everything again, and says what came of it.

use clap::Args as ClapArgs;
use common::terminal::{CliError, Exit, Ui, ui};
use serde::Serialize;
use tls_server::control::reload::{Outcome, Reload};
use tls_server::control::socket::{self, ClientError, Instance, SocketError};

/// Which server.
#[derive(Debug, Default, ClapArgs)]
pub(crate) struct ReloadArgs {
    /// The server's name [default: the one that is running, where there is one alone]
    #[arg(long, value_name = "NAME")]
    pub(crate) instance: Option<String>,
}

/// Waits until every worker acts by what was read, or until it is refused, which is an answer of no.
pub(crate) fn run(args: &ReloadArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let instance = match &args.instance {
        Some(name) => Instance::named(name).map_err(|error| of_socket(&error))?,
        None => the_only_one()?,
    };
    let reload = socket::reload(&instance).map_err(|error| explain(&error))?;
    let exit = if reload.outcome == Outcome::Refused { Exit::No } else { Exit::Success };
    if ui.is_json() {
        ui.document(&Document {
            schema: "latchkey.reload/1",
            instance: instance.name(),
            reload: &reload,
            exit_code: exit,
        })?;
    } else {
        ui.result(&text(&instance, &reload))?;
    }
    Ok(exit)
}

fn text(instance: &Instance, reload: &Reload) -> String {
    let Reload { generation, difference, problems, .. } = reload;
    match reload.outcome {
        Outcome::Changed => {
            let changes: String = difference.lines().iter().map(|line| format!("  {line}\n")).collect();
            format!("{instance}: generation {generation} is in force\n{changes}")
        }
        Outcome::Unchanged => format!("{instance}: nothing changed; generation {generation} stays in force\n"),
        Outcome::Refused => {
            let mut text: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
            text.push_str(&format!("{instance}: generation {generation} stays in force\n"));
            text
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    instance: &'a str,
    #[serde(flatten)]
    reload: &'a Reload,
    exit_code: Exit,
}

/// The server that runs, where no name was given.
fn the_only_one() -> Result<Instance, CliError> {
    let mut running = running().map_err(|error| of_socket(&error))?;
    match (running.pop(), running.is_empty()) {
        (Some(instance), true) => Ok(instance),
        (Some(last), false) => {
            running.push(last);
            let advice = format!("name one: --instance {}", running[0]);
            Err(CliError::usage(format_args!("several servers run: {}", names(&running))).advise(advice))
        }
        (None, _) => Err(nobody("no server of this user runs that can be told to reload", &running)),
    }
}

/// The servers that answer. What a process has left that is gone does not.
fn running() -> Result<Vec<Instance>, SocketError> {
    let mut all = Instance::all()?;
    all.retain(|instance| socket::status(instance).is_ok());
    Ok(all)
}

fn explain(error: &ClientError) -> CliError {
    let fact = ui::chain(error);
    match error {
        ClientError::Absent { .. } => nobody(&fact, &running().unwrap_or_default()),
        ClientError::Refused { .. } => CliError::new(Exit::No, fact),
        ClientError::Deadline { .. } => {
            CliError::new(Exit::Deadline, fact).advise("it may be reading still: its log says how the reload ends")
        }
        ClientError::Socket(error) => of_socket(error),
        _ => CliError::environment(fact),
    }
}

fn nobody(fact: &str, running: &[Instance]) -> CliError {
    let advice = if running.is_empty() {
        "a server that another user runs is told by that user, or by SIGHUP".to_owned()
    } else {
        format!("these run: {}", names(running))
    };
    CliError::environment(fact).advise(advice)
}

fn of_socket(error: &SocketError) -> CliError {
    match error {
        SocketError::Name { .. } => CliError::usage(error),
        SocketError::Exposed { path, .. } => CliError::environment(ui::chain(error))
            .advise(format!("remove {}, if nobody needs it, and start the server again", path.display())),
        _ => CliError::environment(ui::chain(error)),
    }
}

fn names(instances: &[Instance]) -> String {
    instances.iter().map(Instance::name).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use tls_server::control::reload::{Problem, Trigger};
    use tls_server::control::{Kind, Summary};

    use super::*;

    fn reload(outcome: Outcome, problems: Vec<Problem>) -> Reload {
        let mut new = Summary::new();
        if outcome == Outcome::Changed {
            new.add(Kind::Listener, "127.0.0.1:8444", "", b"");
            (0..150).for_each(|number| new.add(Kind::Certificate, number, "", b""));
        }
        let difference = Summary::new().difference(&new);
        let at = jiff::Timestamp::UNIX_EPOCH;
        Reload { at, trigger: Trigger::Command, outcome, generation: 2, difference, problems }
    }

    #[test]
    fn what_came_of_it_is_told_line_by_line() {
        let instance = Instance::named("web").unwrap();
        let told = |outcome, problems| text(&instance, &reload(outcome, problems));
        assert_eq!(told(Outcome::Unchanged, Vec::new()), "web: nothing changed; generation 2 stays in force\n");
        let changed = told(Outcome::Changed, Vec::new());
        assert!(changed.starts_with("web: generation 2 is in force\n  listener `127.0.0.1:8444` added\n"), "{changed}");
        assert!(changed.ends_with("\n  and 51 more\n"), "{changed}");
        let problem = Problem { advice: Some("chmod 600 k".to_owned()), ..Problem::new("k is exposed") };
        assert_eq!(
            told(Outcome::Refused, vec![problem, Problem::new("c is empty")]),
            "k is exposed (chmod 600 k)\nc is empty\nweb: generation 2 stays in force\n"
        );
    }
}
