//! A load of xtask's own: blocking clients on one thread, with TLS by rustls and without. Without, it is the load of the
//! plain forwarder; with, it stands in for `tls-client bench`, and is what that is held against.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail, ensure};
use rustls::HandshakeKind;

use super::client::{ClientSide, Handshake, Latencies, Latency, Run, ServerSide};
use super::cores::{Pinned, other_cores};
use super::errand::Errand;
use super::servers::Server;
use super::statistics::quantile;
use crate::load::{Client, Connection};
use crate::process::{cpu_time, memory, own_cpu_time};

const BUFFER: usize = 256 * 1024;
const PATIENCE: Duration = Duration::from_secs(30);
/// A load that took more of its core than this may be what was slow.
const BUSY: f64 = 0.8;

/// A connection, with or without TLS.
trait Stream: Read + Write {
    /// Says that nothing more is sent.
    fn end(&mut self);

    /// What the handshake was, where there was one.
    fn handshake(&self) -> Option<Handshake> {
        None
    }
}

impl Stream for TcpStream {
    fn end(&mut self) {}
}

impl Stream for Connection {
    fn end(&mut self) {
        self.conn.send_close_notify();
        // Whoever has gone already needs no farewell.
        let _ = self.conn.write_tls(&mut self.sock);
    }

    fn handshake(&self) -> Option<Handshake> {
        let kind = match self.conn.handshake_kind()? {
            HandshakeKind::Resumed => "resumed",
            _ => "full",
        };
        // rustls writes TLSv1_3 and TLS13_AES_…, and everyone else TLSv1.3 and TLS_AES_….
        let version = self.conn.protocol_version().and_then(|version| version.as_str());
        let suite = self.conn.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
        Some(Handshake {
            version: version.map(|name| name.replace('_', ".")),
            suite: suite.map(|name| name.replace("TLS13_", "TLS_")),
            group: self.conn.negotiated_key_exchange_group().and_then(|group| group.name().as_str().map(str::to_owned)),
            kind: Some(kind.to_owned()),
        })
    }
}

/// How clients connect.
type Dial<'a> = &'a dyn Fn() -> Result<Box<dyn Stream>>;

/// One transfer over a connection, with a buffer to use; how many bytes it was.
type Transfer<'a> = &'a dyn Fn(&mut dyn Stream, &mut [u8]) -> Result<usize>;

/// Clients without TLS.
pub(super) fn run_plain(errand: &Errand, server: &Server) -> Result<Run> {
    let _pinned = Pinned::to(&other_cores()?)?;
    run(errand, server, &|| Ok(Box::new(connect(server.address)?)))
}

/// Clients of TLS, where this thread may run.
pub(super) fn run_tls(errand: &Errand, server: &Server, client: &Client) -> Result<Run> {
    run(errand, server, &|| Ok(Box::new(client.connect()?)))
}

fn run(errand: &Errand, server: &Server, dial: Dial<'_>) -> Result<Run> {
    match *errand {
        Errand::Visits { warmup, count } => visits(server, dial, (warmup, count), None, &knock),
        Errand::VisitsAt { rate, warmup, count } => visits(server, dial, (warmup, count), Some(rate), &knock),
        Errand::Requests { request, warmup, count } => {
            visits(server, dial, (warmup, count), None, &|stream| ask(stream, request))
        }
        Errand::Exchanges { connections, warmup, count } => exchanges(server, dial, connections, (warmup, count)),
        Errand::Download { bytes, time } => {
            transfers(server, dial, time, &|stream, buffer| download(stream, buffer, bytes))
        }
        Errand::Upload { bytes, time } => {
            transfers(server, dial, time, &|stream, buffer| upload(stream, buffer, bytes))
        }
        Errand::Idle { connections } => idle(server, dial, connections),
    }
}

/// `rate` is how many are due in a second; without it the next begins when the last has ended.
fn visits(
    server: &Server,
    dial: Dial<'_>,
    (warmup, count): (usize, usize),
    rate: Option<u32>,
    talk: &dyn Fn(&mut dyn Stream) -> Result<()>,
) -> Result<Run> {
    let visit = || -> Result<Option<Handshake>> {
        let mut stream = dial()?;
        talk(&mut *stream)?;
        stream.end();
        Ok(stream.handshake())
    };
    for _ in 0..warmup {
        visit()?;
    }
    let mut span = Span::begin(server)?;
    let mut due = span.begin;
    for _ in 0..count {
        if rate.is_some() {
            thread::sleep(due.saturating_duration_since(Instant::now()));
        } else {
            due = Instant::now();
        }
        span.handshake = visit()?;
        span.times.push(due.elapsed());
        due += rate.map_or(Duration::ZERO, |rate| Duration::from_secs(1) / rate);
    }
    span.end(count, 0)
}

fn knock(stream: &mut dyn Stream) -> Result<()> {
    stream.write_all(b"x").context("sending a byte")?;
    stream.read_exact(&mut [0; 1]).context("reading it back")
}

fn ask(stream: &mut dyn Stream, request: &str) -> Result<()> {
    stream.write_all(request.as_bytes()).context("sending a request")?;
    let (mut answer, mut received) = ([0; 4096], 0);
    loop {
        match stream.read(&mut answer) {
            Ok(0) => break,
            Ok(count) => received += count,
            // Scripts close without a farewell.
            Err(error) if matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::UnexpectedEof) => break,
            Err(error) => return Err(error).context("reading an answer"),
        }
    }
    if received == 0 {
        bail!("the server closed without an answer");
    }
    Ok(())
}

/// Each connection has one exchange under way, and they are waited for one after the other.
fn exchanges(server: &Server, dial: Dial<'_>, connections: usize, (warmup, count): (usize, usize)) -> Result<Run> {
    let mut streams = (0..connections).map(|_| dial()).collect::<Result<Vec<_>>>()?;
    let mut message = [0; 64];
    let mut sent = Vec::with_capacity(connections);
    for stream in &mut streams {
        stream.write_all(&message)?;
        sent.push(Instant::now());
    }
    let mut span = Span::begin(server)?;
    for number in 0..warmup + count {
        if number == warmup {
            span = Span::begin(server)?;
        }
        let index = number % connections;
        let (Some(stream), Some(sent)) = (streams.get_mut(index), sent.get_mut(index)) else { continue };
        stream.read_exact(&mut message).context("reading an answer")?;
        if number >= warmup {
            span.times.push(sent.elapsed());
        }
        *sent = Instant::now();
        stream.write_all(&message).context("sending a message")?;
    }
    span.end(count, 0)
}

fn transfers(server: &Server, dial: Dial<'_>, time: Duration, transfer: Transfer<'_>) -> Result<Run> {
    let (mut stream, mut buffer) = (dial()?, vec![0; BUFFER]);
    let mut span = Span::begin(server)?;
    span.handshake = stream.handshake();
    let (mut count, mut bytes) = (0, 0);
    while span.begin.elapsed() < time {
        bytes += transfer(&mut *stream, &mut buffer)?;
        count += 1;
    }
    span.end(count, bytes)
}

fn download(stream: &mut dyn Stream, buffer: &mut [u8], bytes: usize) -> Result<usize> {
    stream.write_all(format!("GET /bytes/{bytes} HTTP/1.1\r\n\r\n").as_bytes())?;
    // The head is counted as if it were body: it is a few bytes of a few hundred million.
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {bytes}\r\n\r\n").len();
    let mut left = bytes + head;
    while left > 0 {
        let count = stream.read(buffer).context("reading a body")?;
        ensure!(count > 0, "a body was cut off");
        left = left.saturating_sub(count);
    }
    Ok(bytes)
}

fn upload(stream: &mut dyn Stream, buffer: &mut [u8], bytes: usize) -> Result<usize> {
    stream.write_all(format!("POST / HTTP/1.1\r\nContent-Length: {bytes}\r\n\r\n").as_bytes())?;
    let mut left = bytes;
    while left > 0 {
        let piece = buffer.get(..left.min(buffer.len())).context("a piece is no longer than the buffer")?;
        stream.write_all(piece).context("sending a body")?;
        left -= piece.len();
    }
    ensure!(stream.read(buffer).context("reading an answer")? > 0, "there was no answer");
    Ok(bytes)
}

fn idle(server: &Server, dial: Dial<'_>, connections: usize) -> Result<Run> {
    let before = memory(server.process())?;
    let span = Span::begin(server)?;
    let mut held = Vec::with_capacity(connections);
    for _ in 0..connections {
        let mut stream = dial()?;
        knock(&mut *stream)?;
        held.push(stream);
    }
    let grown = memory(server.process())?.saturating_sub(before);
    let mut run = span.end(connections, 0)?;
    #[expect(clippy::cast_precision_loss, reason = "bytes of memory are far below 2^52")]
    let each = grown as f64 / connections as f64;
    run.server = Some(ServerSide { pss_per_connection: Some(each), ..ServerSide::default() });
    Ok(run)
}

fn connect(address: SocketAddr) -> Result<TcpStream> {
    let socket = TcpStream::connect(address).context("connecting")?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(PATIENCE))?;
    Ok(socket)
}

/// A span that is measured, and what was seen in it.
struct Span {
    process: u32,
    servers_cpu: u64,
    own_cpu: u64,
    begin: Instant,
    times: Vec<Duration>,
    handshake: Option<Handshake>,
}

impl Span {
    fn begin(server: &Server) -> Result<Self> {
        Ok(Self {
            process: server.process(),
            servers_cpu: cpu_time(server.process())?,
            own_cpu: own_cpu_time(),
            begin: Instant::now(),
            times: Vec::new(),
            handshake: None,
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "counts, bytes and nanoseconds of one run are far below 2^52")]
    fn end(self, count: usize, bytes: usize) -> Result<Run> {
        let seconds = self.begin.elapsed().as_secs_f64();
        let nanoseconds = cpu_time(self.process)?.saturating_sub(self.servers_cpu) as f64;
        let share = (own_cpu_time() - self.own_cpu) as f64 / 1e9 / seconds;
        let mut times: Vec<f64> = self.times.iter().map(|time| time.as_secs_f64() * 1e6).collect();
        times.sort_by(f64::total_cmp);
        let [p50, p90, p99, p999] = [0.5, 0.9, 0.99, 0.999].map(|share| quantile(&times, share));
        Ok(Run {
            valid: share <= BUSY,
            why_invalid: (share > BUSY).then(|| format!("the load took {:.0} % of its core", share * 100.0)),
            operations: count as u64,
            rate: Some(count as f64 / seconds),
            bytes_per_second: (bytes > 0).then(|| bytes as f64 / seconds),
            handshake: self.handshake,
            latency_us: Latencies { operation: (!times.is_empty()).then_some(Latency { p50, p90, p99, p999 }) },
            client: Some(ClientSide { busiest_thread_share: Some(share) }),
            server: Some(ServerSide {
                cpu_us_per_operation: Some(nanoseconds / 1e3 / count as f64),
                cpu_ns_per_byte: (bytes > 0).then(|| nanoseconds / bytes as f64),
                pss_per_connection: None,
            }),
            ..Run::default()
        })
    }
}
