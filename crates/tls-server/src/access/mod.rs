//! The log of a server: one line for each connection, one for each failed handshake, and what else there is to tell.
//!
//! Each line is a value first ([`Connection`], [`Failure`], [`Notice`]), rendered as text or as JSON by the worker whose connection it is, and
//! written by a thread of its own, so that a slow terminal or disk holds up no connection.

mod file;
mod flood;
mod model;
mod reason;
#[cfg(test)]
mod tests;
mod text;

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::Clock;
use common::terminal::logging::LogFormat;
use engine::observe::lines::{Lines, Queue};
use engine::{Bounds, Ended, Failed, Limits, Observer, Peer, PerWorker, Shed, Trouble};
use pki::explain::Circumstances;

pub use self::file::{LogFile, Reopen};
use self::flood::Flood;
pub use self::model::{Backend, Client, Connection, Failure, Level, Notice, Reason};

/// Of trouble of one kind so much is told at most, by each worker.
const TROUBLE_EVERY: Duration = Duration::from_secs(10);

/// What the log is to be like, and what its sentences need to know of the server.
#[derive(Debug, Clone)]
pub struct Style {
    /// Text or JSON.
    pub format: LogFormat,
    /// Lines below this level are left out.
    pub least: Level,
    /// Where the time of a line comes from.
    pub clock: Arc<dyn Clock>,
    /// What was in force where it happened.
    pub surroundings: Arc<dyn Surroundings>,
}

/// What the log's sentences need to know of the server. Asked when a sentence is needed, as it may change.
pub trait Surroundings: fmt::Debug + Send + Sync {
    /// The limits of this listener, to say which one was reached.
    fn limits(&self, listener: SocketAddr) -> Limits;

    /// The limits of the server.
    fn bounds(&self) -> Bounds;

    /// What is the same for every client of this listener; the peer and its name are filled in.
    fn circumstances(&self, listener: SocketAddr) -> Circumstances;
}

/// The same for every listener, for ever.
#[derive(Debug, Clone)]
pub struct Fixed {
    /// The limits of every listener.
    pub limits: Limits,
    /// The limits of the server.
    pub bounds: Bounds,
    /// What is the same for every client.
    pub circumstances: Circumstances,
}

impl Surroundings for Fixed {
    fn limits(&self, _listener: SocketAddr) -> Limits {
        self.limits.clone()
    }

    fn bounds(&self) -> Bounds {
        self.bounds.clone()
    }

    fn circumstances(&self, _listener: SocketAddr) -> Circumstances {
        self.circumstances.clone()
    }
}

/// One writer of log lines. Each thread has its own, and they share the queue.
#[derive(Debug, Clone)]
pub struct Log {
    lines: Lines,
    /// Where lines about connections go, if not where the others do.
    access: Option<Lines>,
    style: Arc<Style>,
    troubles: [Option<Instant>; 4],
    flood: Flood,
}

impl Log {
    /// A log whose lines go to `lines`.
    pub fn new(lines: Lines, style: Style) -> Self {
        Self { lines, access: None, style: Arc::new(style), troubles: [None; 4], flood: Flood::default() }
    }

    /// Has lines about connections go to `access`, and leaves none of them out for being of little interest but what
    /// is noise.
    #[must_use]
    pub fn with_access(self, access: Lines) -> Self {
        Self { access: Some(access), ..self }
    }

    /// How its queue is doing: that of lines about connections, where they go elsewhere.
    pub fn queue(&self) -> Queue {
        self.access.as_ref().unwrap_or(&self.lines).queue()
    }

    /// Makes an observer for each worker.
    pub fn observers(&self) -> PerWorker<dyn Observer> {
        let log = self.clone();
        Arc::new(move |_worker| Box::new(log.clone()))
    }

    /// Tells of the server as a whole, at once. `event` is one word, `message` a sentence without the full stop.
    pub fn notice(&mut self, level: Level, event: &'static str, message: impl fmt::Display) {
        if self.wants(level) {
            let notice = Notice::new(self.time(), level, event, message.to_string());
            let rendered = self.render(&notice);
            self.lines.push(&rendered);
            self.lines.flush();
        }
    }

    fn wants(&self, level: Level) -> bool {
        level >= self.style.least
    }

    fn time(&self) -> String {
        format!("{:.3}", self.style.clock.now())
    }

    /// Whether a line about a connection is wanted.
    fn wants_connection(&self, level: Level) -> bool {
        self.wants(level) || (self.access.is_some() && level >= Level::Info)
    }

    fn render(&self, line: &(impl serde::Serialize + text::Words)) -> String {
        match self.style.format {
            LogFormat::Text => text::render(line),
            // Strings, numbers and booleans under fixed names: there is nothing that JSON could not hold.
            LogFormat::Json => serde_json::to_string(line).unwrap_or_default(),
        }
    }

    fn push(&mut self, line: &(impl serde::Serialize + text::Words)) {
        let rendered = self.render(line);
        self.access.as_mut().unwrap_or(&mut self.lines).push(&rendered);
    }

    fn circumstances(&self, peer: &Peer, server_name: Option<&str>) -> Circumstances {
        Circumstances {
            peer: peer.address.to_string(),
            name: server_name.map(str::to_owned),
            ..self.style.surroundings.circumstances(peer.listener)
        }
    }

    fn tell_left_out(&mut self, failures: u64) {
        self.notice(
            Level::Warn,
            "flood",
            format_args!("{failures} failed handshakes are left out here: so many failed within a second; the metrics count them all"),
        );
    }
}

impl Observer for Log {
    fn failed(&mut self, failed: &Failed<'_>) {
        let level = reason::level_of_failure(failed);
        if level.is_some_and(|level| !self.wants_connection(level)) || !self.flood.allows(Instant::now()) {
            return;
        }
        let around = self.circumstances(&failed.peer, failed.server_name);
        let limits = self.style.surroundings.limits(failed.peer.listener);
        let why = reason::of_failure(failed, &limits, &around);
        let level = level.unwrap_or_else(|| reason::level(&why));
        if self.wants_connection(level) {
            self.push(&Failure::new(self.time(), level, failed, why));
        }
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        let level = reason::level_of_end(ended);
        if !self.wants_connection(level) {
            return;
        }
        let limits = || self.style.surroundings.limits(ended.peer.listener);
        let why = reason::of_end(ended, limits, || self.circumstances(&ended.peer, ended.facts.server_name.as_deref()));
        self.push(&Connection::new(self.time(), level, ended, why));
    }

    fn trouble(&mut self, trouble: &Trouble) {
        let (kind, message) = match trouble {
            Trouble::Accept(_, code) => {
                let error = io::Error::from_raw_os_error(*code);
                (0, format!("the system gives no more connections, and newcomers wait: {error}"))
            }
            Trouble::Full => {
                let limit = self.style.surroundings.bounds().connections;
                (
                    1,
                    format!(
                        "the limit of {limit} connections, or that of a listener, is reached, and newcomers wait: see --max-connections"
                    ),
                )
            }
            Trouble::Shed(Shed::PerAddress(address)) => (
                2,
                format!("{address} holds as many connections as one address may, and is turned away: see --max-per-ip"),
            ),
            Trouble::Shed(Shed::Memory) => {
                (3, "as much memory is held for connections as may be, and who asks for more is ended".to_owned())
            }
            _ => return,
        };
        let now = Instant::now();
        if self.troubles[kind].is_none_or(|last| now.duration_since(last) >= TROUBLE_EVERY) {
            self.troubles[kind] = Some(now);
            self.notice(Level::Warn, "overload", message);
        }
    }

    fn turn_ended(&mut self) {
        if self.flood.rest() > 0
            && let Some(failures) = self.flood.take_left_out(Instant::now())
        {
            self.tell_left_out(failures);
        }
        if let Some(access) = &mut self.access {
            access.flush();
        }
        self.lines.flush();
    }
}
