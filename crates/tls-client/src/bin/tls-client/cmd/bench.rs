//! `tls-client bench`: a load, and what it showed.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use common::input::fsio::{self, Access, Existing};
use common::terminal::{CliError, Exit, GlobalArgs, Ui};
use rustix::thread::sched_getaffinity;
use tls_client::bench::{self, Amount, Course, Figures, Mode, Plan, plot, text};
use tls_client::dial::dial;
use tls_client::{Client, DEFAULT_PORT, Target};

use crate::bench_args::BenchArgs;
use crate::{client, error};

/// How often the progress is shown.
const LOOK: Duration = Duration::from_millis(250);

pub(crate) fn run(args: &BenchArgs, global: &GlobalArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let target = client::target(&args.target, DEFAULT_PORT, args.client.trust.server_name.as_deref())?;
    let client = client::build(&args.client, global, ui)?;
    if let Some(path) = &args.svg {
        fsio::check_writable(path, existing(args))?;
    }
    let config =
        client.for_many(args.mode == crate::bench_args::ModeArg::Resumed).map_err(|error| error::context(&error))?;
    let plan = plan(args, &client, &target)?;
    raise_file_limit();
    let figures = watched(&plan, &config, ui)?;
    show(args, &figures, ui)?;
    Ok(figures.exit_code)
}

fn plan(args: &BenchArgs, client: &Client, target: &Target) -> Result<Plan, CliError> {
    let mode = Mode::from(args.mode);
    let connections = args.connections.map_or_else(|| usual_connections(mode), |count| count as usize);
    let transfer = matches!(mode, Mode::Download | Mode::Upload);
    Ok(Plan {
        address: address(target, client.limit)?,
        server_name: target.server_name.clone(),
        host: target.host.clone(),
        mode,
        amount: args.count.map_or(Amount::For(args.duration), Amount::Count),
        warmup: args.warmup.unwrap_or(if transfer { 1 } else { 50 }),
        connections,
        threads: args.threads.map_or_else(cores, |count| count as usize).min(connections),
        rate: args.rate,
        send: args.send.clone().into_bytes(),
        expect: args.expect,
        size: args.size.unwrap_or(if mode == Mode::Upload { 64 << 20 } else { 64 }),
        http: args.http.clone().or_else(|| transfer.then(|| "/".to_owned())),
        hold: args.hold,
        newcomers: args.newcomers as usize,
        pid: args.pid,
        limit: client.limit,
    })
}

const fn usual_connections(mode: Mode) -> usize {
    match mode {
        Mode::Latency => 64,
        Mode::Idle | Mode::HalfOpen => 1000,
        _ => 1,
    }
}

/// The first address that answers: each connection goes there.
fn address(target: &Target, limit: Duration) -> Result<SocketAddr, CliError> {
    let (dialing, outcome) = dial(target, limit);
    match (outcome, dialing.address()) {
        (Ok(_), Some(address)) => Ok(address),
        (Err(tls_client::dial::DialError::Resolution { host, reason }), _) => {
            let fact = format_args!("the name `{host}` could not be resolved: {reason}");
            Err(CliError::new(Exit::Resolution, fact).advise("check the name, or give an address"))
        }
        _ => {
            let why = dialing.attempts.last().and_then(|attempt| attempt.error.as_ref());
            let why = why.map(|error| fsio::plain(error).to_string()).unwrap_or_default();
            let fact = format_args!("connecting to {target}: {why}");
            Err(CliError::new(Exit::Connect, fact).advise("start the server first, or name its port"))
        }
    }
}

fn cores() -> usize {
    sched_getaffinity(None).map_or(1, |set| set.count() as usize).max(1)
}

/// A connection is a descriptor, and the usual limit is 1,024.
fn raise_file_limit() {
    use rustix::process::{Resource, getrlimit, setrlimit};
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    let _ = setrlimit(Resource::Nofile, limit); // where it stays low, what does not fit is counted as failed
}

/// Runs the load while a line on a terminal shows how far it is, and Ctrl-C ends it with what there is.
fn watched(plan: &Plan, config: &Arc<rustls::ClientConfig>, ui: &mut Ui) -> Result<Figures, CliError> {
    let course = Course::default();
    let interrupted = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&interrupted))
            .map_err(|error| CliError::environment(format_args!("watching for Ctrl-C: {error}")))?;
    }
    let shown = std::io::stderr().is_terminal() && !ui.is_json();
    let result = std::thread::scope(|scope| {
        let running = scope.spawn(|| bench::run(plan, config, &course));
        let (began, mut said) = (Instant::now(), false);
        let mut looked = Instant::now();
        while !running.is_finished() {
            std::thread::sleep(Duration::from_millis(10));
            if interrupted.load(Ordering::Relaxed) {
                course.stop.store(true, Ordering::Relaxed);
            }
            if shown && looked.elapsed() >= LOOK {
                looked = Instant::now();
                progress(&course, began);
                said = true;
            }
        }
        if said {
            clear();
        }
        running.join()
    });
    match result {
        Ok(Ok(figures)) => Ok(figures),
        Ok(Err(error @ bench::BenchError::Process { .. })) => {
            Err(CliError::usage(common::terminal::ui::chain(&error))
                .advise("name a running process of yours: --pid PID"))
        }
        Ok(Err(error)) => Err(CliError::environment(common::terminal::ui::chain(&error))),
        Err(_) => Err(CliError::environment("the load ended by a panic, which is our fault")),
    }
}

#[expect(clippy::print_stderr, reason = "a line that is written over, on a terminal only")]
fn progress(course: &Course, began: Instant) {
    let (done, seconds) = (course.done.load(Ordering::Relaxed), began.elapsed().as_secs_f64());
    eprint!("\r{seconds:6.1} s  {done:>9} done  {:>8.0} a second ", done as f64 / seconds.max(1e-9));
}

#[expect(clippy::print_stderr, reason = "the line is taken away again")]
fn clear() {
    eprint!("\r\x1b[K");
}

fn existing(args: &BenchArgs) -> Existing {
    if args.force { Existing::Replace } else { Existing::Keep }
}

fn show(args: &BenchArgs, figures: &Figures, ui: &mut Ui) -> Result<(), CliError> {
    if let Some(path) = &args.svg {
        let drawn = plot::svg(figures);
        fsio::write(path, drawn.as_bytes(), Access::Public, existing(args))?;
    }
    if let Some(why) = &figures.why_invalid {
        ui.warn(format_args!("THIS RUN IS NOT VALID: {why}"));
    }
    if ui.is_json() {
        return ui.document(figures);
    }
    ui.result(&text::figures(figures))?;
    if args.histogram {
        ui.result(&format!("\n{}", text::histogram(&figures.histogram)))?;
    }
    if let Some(path) = &args.svg {
        ui.note(format_args!("drawn into {}", path.display()));
    }
    Ok(())
}
