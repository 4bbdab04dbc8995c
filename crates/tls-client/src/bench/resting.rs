//! Connections that are held: idle ones, and ones that never finish their ClientHello. And newcomers beside them.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustls::client::UnbufferedClientConnection;
use rustls::unbuffered::{ConnectionState, UnbufferedStatus};
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use super::figures::{Figures, Newcomers};
use super::histogram::Histogram;
use super::line::Fault;
use super::loader::look;
use super::plan::{Expect, Mode, Plan};
use super::server::Tree;
use super::span::{Busy, Tally};
use super::summary::figures;
use super::{BenchError, Course};

/// How much of its ClientHello a half-open connection sends.
const HALF: usize = 60;
/// How often the order to stop is looked at.
const LOOK: Duration = Duration::from_millis(50);

enum Held {
    Idle(#[expect(dead_code, reason = "it is held")] Box<StreamOwned<ClientConnection, TcpStream>>),
    HalfOpen(TcpStream),
}

pub(super) fn run(plan: &Plan, config: &Arc<ClientConfig>, course: &Course) -> Result<Figures, BenchError> {
    let tree = plan.pid.map(Tree);
    let (busy, began, mut tally) = (Busy::now(), Instant::now(), Tally::default());
    let (alone, _) = newcomers(plan, config, course, &mut tally);
    let (cpu, before) = (look(tree, Tree::cpu)?, look(tree, Tree::pss)?);
    let opened = Instant::now();
    let mut held = Vec::new();
    for _ in 0..plan.connections {
        if course.stop.load(Ordering::Relaxed) {
            break;
        }
        let begun = Instant::now();
        match hold(plan, config) {
            Ok(one) => {
                tally.operations += 1;
                tally.whole.add(begun.elapsed());
                held.push(one);
            }
            Err(fault) => tally.fail(&fault),
        }
        course.done.fetch_add(1, Ordering::Relaxed);
    }
    let (cpu_after, pss) = (look(tree, Tree::cpu)?, look(tree, Tree::pss)?);
    let count = held.len();
    let (beside, answered) = newcomers(plan, config, course, &mut tally);
    let ended = match plan.mode {
        Mode::HalfOpen => Some(wait_for_their_end(held, opened, plan.hold, course)),
        _ => {
            rest(plan.hold, course);
            drop(held);
            None
        }
    };
    tally.cpu = busy.used();
    tally.busiest = 0.0; // nothing here is timed by how fast the load is
    let seconds = began.elapsed().as_secs_f64();
    let after = look(tree, Tree::pss)?;
    let server = tree.map(|_| (cpu_after.since(cpu), before, pss, after));
    let mut figures = figures(plan, 1, seconds, tally, server);
    if let (Some(server), true) = (&mut figures.server, count > 0) {
        server.pss_per_connection = Some(pss.saturating_sub(before) as f64 / count as f64);
    }
    figures.ended_by_server = ended;
    figures.newcomers = (plan.newcomers > 0).then(|| Newcomers {
        alone: alone.latency(),
        beside: beside.latency(),
        answered: (answered, plan.newcomers as u64),
    });
    Ok(figures)
}

/// Visits one after the other: how long each took that came to its end, and how many did.
fn newcomers(plan: &Plan, config: &Arc<ClientConfig>, course: &Course, tally: &mut Tally) -> (Histogram, u64) {
    let mut times = Histogram::new();
    for _ in 0..plan.newcomers {
        if course.stop.load(Ordering::Relaxed) {
            break;
        }
        let begun = Instant::now();
        match open(plan, config) {
            Ok(mut stream) => {
                times.add(begun.elapsed());
                stream.conn.send_close_notify();
                let _ = stream.flush();
            }
            Err(fault) => tally.fail(&fault),
        }
    }
    let answered = times.count();
    (times, answered)
}

fn hold(plan: &Plan, config: &Arc<ClientConfig>) -> Result<Held, Fault> {
    if plan.mode == Mode::Idle {
        return open(plan, config).map(|stream| Held::Idle(Box::new(stream)));
    }
    let hello = hello(plan, config)?;
    let mut socket = connect(plan)?;
    socket.write_all(hello.get(..HALF).unwrap_or(&hello)).map_err(Fault::Io)?;
    Ok(Held::HalfOpen(socket))
}

fn connect(plan: &Plan) -> Result<TcpStream, Fault> {
    let socket = TcpStream::connect_timeout(&plan.address, plan.limit).map_err(Fault::Io)?;
    socket.set_nodelay(true).map_err(Fault::Io)?;
    socket.set_read_timeout(Some(plan.limit)).map_err(Fault::Io)?;
    Ok(socket)
}

/// Connected, the handshake done, and said and heard what the plan says.
fn open(plan: &Plan, config: &Arc<ClientConfig>) -> Result<StreamOwned<ClientConnection, TcpStream>, Fault> {
    let socket = connect(plan)?;
    let tls = ClientConnection::new(Arc::clone(config), plan.server_name.clone()).map_err(Fault::Tls)?;
    let mut stream = StreamOwned::new(tls, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).map_err(fault)?;
    }
    if !plan.send.is_empty() {
        stream.write_all(&plan.send).map_err(fault)?;
    }
    let mut missing = if let Expect::Bytes(count) = plan.expect { count } else { 0 };
    let mut buffer = [0; 4096];
    while missing > 0 {
        match stream.read(&mut buffer).map_err(fault)? {
            0 => return Err(Fault::Ended),
            count => missing = missing.saturating_sub(count as u64),
        }
    }
    Ok(stream)
}

fn fault(error: io::Error) -> Fault {
    match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => Fault::Deadline,
        ErrorKind::UnexpectedEof => Fault::Ended,
        _ => match error.downcast::<rustls::Error>() {
            Ok(error) => Fault::Tls(error),
            Err(error) => Fault::Io(error),
        },
    }
}

/// A ClientHello as it would be sent.
fn hello(plan: &Plan, config: &Arc<ClientConfig>) -> Result<Vec<u8>, Fault> {
    let mut tls = UnbufferedClientConnection::new(Arc::clone(config), plan.server_name.clone()).map_err(Fault::Tls)?;
    let mut bytes = vec![0; 16 * 1024];
    let UnbufferedStatus { state, .. } = tls.process_tls_records(&mut []);
    let length = match state {
        Ok(ConnectionState::EncodeTlsData(mut message)) => message.encode(&mut bytes).unwrap_or(0),
        Ok(_) => 0,
        Err(error) => return Err(Fault::Tls(error)),
    };
    bytes.truncate(length);
    Ok(bytes)
}

/// How many the server ended within `limit`, and when the last of those, in seconds from the first's opening.
fn wait_for_their_end(held: Vec<Held>, opened: Instant, limit: Duration, course: &Course) -> (u64, f64) {
    let (deadline, mut ended, mut last) = (Instant::now() + limit, 0, 0.0);
    for one in held {
        let Held::HalfOpen(mut socket) = one else { continue };
        if is_ended_by(&mut socket, deadline, course) {
            ended += 1;
            last = opened.elapsed().as_secs_f64();
        }
    }
    (ended, last)
}

/// Whether the server ends the connection before the deadline. What it says before that is passed over.
fn is_ended_by(socket: &mut TcpStream, deadline: Instant, course: &Course) -> bool {
    let mut passed = [0; 256];
    loop {
        let left = if course.stop.load(Ordering::Relaxed) {
            Duration::ZERO
        } else {
            deadline.saturating_duration_since(Instant::now())
        };
        // A millisecond at least: none at all would mean no limit.
        if socket.set_read_timeout(Some(left.clamp(Duration::from_millis(1), LOOK))).is_err() {
            return false;
        }
        match socket.read(&mut passed) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if left.is_zero() {
                    return false;
                }
            }
            Err(_) => return true,
        }
    }
}

fn rest(time: Duration, course: &Course) {
    let until = Instant::now() + time;
    while Instant::now() < until && !course.stop.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(20).min(until.saturating_duration_since(Instant::now())));
    }
}
