//! From the command line to a server that has ended.

use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use common::terminal::logging::{self, Verbosity};
use common::terminal::{CliError, GlobalArgs, Ui, ui};
use engine::{RunError, Server, Summary};
use tls_server::access::{Level, Log};
use tls_server::assemble::Assembler;
use tls_server::config::Checked;
use tls_server::control::Serve as _;
use tls_server::control::upgrade::{TakeOver, UpgradeError};
use tls_server::running::Running;

use crate::args::{ServeArgs, configuration};
use crate::greeting::Greeting;
use crate::reread::Reread;
use crate::start::Start;
use crate::{error, identity, instance, listen};

/// Serves until it is told to end.
pub(crate) fn run(args: ServeArgs, global: &GlobalArgs, ui: &mut Ui) -> Result<(), CliError> {
    let checked = configuration(&args, global)?;
    logging::start(global.verbosity(Verbosity::Normal), checked.log.format.value, false)?;
    for warning in &checked.warnings {
        ui.warn(warning);
    }
    if !args.process.upgrade {
        for listener in &checked.listeners {
            listen::try_out(&listener.addresses, ui)?;
        }
    }
    let read = SystemTime::now();
    let prepared = identity::prepare(&checked)?;
    let start = Start::new(&checked, global)?;
    let mut assembler = Assembler::new(start.tools(&checked, &prepared));
    let assembly = assembler.assemble(&checked).map_err(error::faults)?;
    for warning in &assembly.warnings {
        ui.warn(warning);
    }
    let mut taking = if args.process.upgrade { Some(instance::take_over(&checked)?) } else { None };
    let inherited = taking.as_mut().map(TakeOver::take_sockets).unwrap_or_default();
    let server = match start.bind(&assembly, inherited) {
        Ok(server) => server,
        Err(error) => {
            if let Some(taking) = taking {
                taking.fail(&error.fact);
            }
            return Err(error);
        }
    };
    let addresses = server.addresses().to_vec();
    start.view.serves(&assembly, &addresses);
    let shown = identity::shown(&checked, &assembly.served[0], &prepared, ui)?;
    let running = Running::new(server.handle(), Arc::clone(&start.view));
    let pages = if checked.admin.is_some() { Some(start.pages(&running)?) } else { None };
    let greeting =
        || Greeting { checked: &checked, listening: &addresses, served: &assembly.served, shown: shown.as_ref() };
    let (serving, socket) = match taking {
        // It is asked for signals and at its socket before anybody is answered.
        None => {
            let socket = instance::control_socket(&checked, &addresses, start.output.log.clone())?;
            start.serve_admin(&checked, pages, &running)?;
            greeting().say(ui)?;
            (Serving::Waits(server), socket)
        }
        // The other one stops accepting when this one has begun, and has its admin pages at the same address until then.
        Some(taking) => {
            greeting().say(ui)?;
            let thread = begin(server)?;
            let socket = match taking.ready() {
                Ok(socket) => socket,
                Err(error) => return give_up(&running, thread, &checked, &error),
            };
            start.serve_admin(&checked, pages, &running)?;
            (Serving::Began(thread), Some(socket))
        }
    };
    let reread = Reread { args, global: global.clone(), assembler, started: checked, log: start.output.log.clone() };
    let control = start.control(&running, reread, assembly.in_force, read, socket)?;
    let keeper = start.keep_memory(&running)?;
    let thread = match serving {
        Serving::Waits(server) => begin(server)?,
        Serving::Began(thread) => thread,
    };
    let ended = thread.join().unwrap_or(Err(RunError::Panicked));
    drop(keeper);
    control.finish();
    running.stop_admin();
    drop(running);
    end(ended, &mut start.output.log.clone())?;
    start.output.finish();
    Ok(())
}

/// The server, before or after it began.
enum Serving {
    Waits(Server),
    Began(JoinHandle<Result<Summary, RunError>>),
}

fn begin(server: Server) -> Result<JoinHandle<Result<Summary, RunError>>, CliError> {
    let thread = thread::Builder::new().name("server".into()).spawn(move || server.run());
    thread.map_err(|error| error::system("starting the server", &error))
}

/// The other server goes on: who was let in here meanwhile is served to the end.
fn give_up(
    running: &Running,
    thread: JoinHandle<Result<Summary, RunError>>,
    checked: &Checked,
    error: &UpgradeError,
) -> Result<(), CliError> {
    running.hand_over(checked.limits.drain_timeout.value);
    let _ = thread.join(); // whatever it says, what is told is why it is ended
    Err(CliError::environment(ui::chain(error)))
}

fn end(ended: Result<Summary, RunError>, log: &mut Log) -> Result<(), CliError> {
    let totals = ended.map_err(|error| CliError::environment(ui::chain(&error)))?.totals;
    log.notice(
        Level::Info,
        "ended",
        format_args!(
            "{} full and {} resumed handshakes, {} failed; {} bytes received and {} sent",
            totals.full, totals.resumed, totals.failed, totals.received, totals.sent
        ),
    );
    Ok(())
}
