//! From the flags to a server that has ended.

use std::net::SocketAddr;
use std::time::Duration;

use common::context::{KeyLogging, ServerContext};
use common::terminal::logging::{self, Verbosity};
use common::terminal::{CliError, Ui, ui};
use tls_server::access::{Level, Log};
use tls_server::services::{Echo, Hello};
use tls_server::signals::{Control, Told};
use tls_server::{Builder, Limits, Server, builder, capacity};

use crate::args::{Args, ServiceName};
use crate::connect::CommandLines;
use crate::greeting::Greeting;
use crate::identity;
use crate::output::Output;
use crate::{error, listen};

/// Serves until it is told to end.
pub(crate) fn run(args: &Args, ui: &mut Ui) -> Result<(), CliError> {
    logging::start(args.global.verbosity(Verbosity::Normal), args.watching.log_format, false)?;
    let policy = args.policy.policy(ui)?;
    let addresses = listen::addresses(&args.listen, ui)?;
    let shown = identity::load(&args.identity, args.global.store.as_deref(), policy.provider, ui)?;
    let workers = args.limits.workers.map_or_else(builder::cores, Into::into);
    let limits = limits(args, workers, addresses.len(), ui);
    let context = ServerContext { policy, key_logging: key_logging(args, ui), ..ServerContext::new(&shown.identity) };

    let output = Output::start(args, &context.policy, &shown, &limits)?;
    let server = bind(args, &context, &addresses, workers, limits, &output).map_err(|error| error::start(&error))?;
    let commands = CommandLines::of(args, server.addresses(), &shown);
    let listening = server.addresses().to_vec();
    let policy = &context.policy;
    Greeting { service: args.service, listening: &listening, policy, shown: &shown, commands: &commands }.say(ui)?;
    serve(server, args.limits.drain_timeout, output.log.clone())?;
    output.finish();
    Ok(())
}

/// The bounds. What was asked for beyond what the system allows is warned of and tried: a full file table is survived.
fn limits(args: &Args, workers: usize, listeners: usize, ui: &mut Ui) -> Limits {
    let possible = capacity::connections(capacity::raise_descriptor_limit(), workers, listeners);
    let connections = args.limits.max_connections.map_or(possible, usize::from);
    if connections > possible {
        ui.warn(format_args!(
            "--max-connections {connections}: the system lets this process hold about {possible}; raise its limit of \
             open files (`ulimit -n`, or LimitNOFILE in a unit) for more"
        ));
    }
    Limits {
        connections,
        handshake: args.limits.handshake_timeout,
        idle: args.limits.idle_timeout,
        ..Limits::default()
    }
}

fn key_logging(args: &Args, ui: &mut Ui) -> KeyLogging {
    match &args.watching.keylog {
        None => KeyLogging::Off,
        Some(path) => {
            ui.warn(format_args!("whoever reads {} can read every connection", path.display()));
            KeyLogging::File(path.clone())
        }
    }
}

fn bind(
    args: &Args,
    context: &ServerContext,
    addresses: &[SocketAddr],
    workers: usize,
    limits: Limits,
    output: &Output,
) -> Result<Server, tls_server::StartError> {
    let builder = Builder::new(context).workers(workers).limits(limits).observers(output.log.observers());
    let builder = addresses.iter().fold(builder, |builder, address| builder.listen(*address));
    match args.service {
        ServiceName::Echo => builder.bind(|_worker| Echo),
        ServiceName::Hello => {
            let printer = output.printer.clone();
            builder.bind(move |_worker| Hello::new(printer.clone().into_sink()))
        }
    }
}

/// Runs until every connection has ended after a signal.
fn serve(server: Server, drain: Duration, mut log: Log) -> Result<(), CliError> {
    let handle = server.handle();
    let (counted, mut told_log) = (handle.clone(), log.clone());
    let told = move |told| {
        let open = match counted.totals().connections {
            1 => "1 connection".to_owned(),
            many => format!("{many} connections"),
        };
        match told {
            Told::Drain(signal) => told_log.notice(
                Level::Info,
                "draining",
                format_args!(
                    "{}: nothing new is accepted, and {open} may go on for {drain:?}; a second signal stops at once",
                    signal.name()
                ),
            ),
            Told::Stop(signal) => {
                told_log.notice(Level::Info, "stopping", format_args!("{}: ending {open}", signal.name()));
            }
            Told::Hangup => told_log.notice(
                Level::Warn,
                "hangup",
                "SIGHUP: nothing was read again, as certificates and keys are read at the start only; restart to take \
                 new ones",
            ),
        }
    };
    let control = Control::start(handle, drain, told).map_err(|error| error::system("waiting for signals", &error))?;
    let ended = server.run();
    control.finish();
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
