//! The log of a server: one line for each connection, one for each failed handshake, and what else there is to tell.
//!
//! Each line is a value first ([`Connection`], [`Failure`], [`Notice`]), rendered as text or as JSON by the worker whose connection it is, and
//! written by a thread of its own, so that a slow terminal or disk holds up no connection.

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
use engine::observe::lines::Lines;
use engine::{Ended, Failed, Limits, Observer, PerWorker, Trouble};
use pki::explain::Circumstances;

pub use self::model::{Connection, Failure, Level, Notice, Reason};

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
    /// The server's limits, to say which one was reached.
    pub limits: Limits,
    /// What is the same for every client; the peer and its name are filled in.
    pub circumstances: Circumstances,
}

/// One writer of log lines. Each thread has its own, and they share the queue.
#[derive(Debug, Clone)]
pub struct Log {
    lines: Lines,
    style: Arc<Style>,
    troubles: [Option<Instant>; 2],
}

impl Log {
    /// A log whose lines go to `lines`.
    pub fn new(lines: Lines, style: Style) -> Self {
        Self { lines, style: Arc::new(style), troubles: [None; 2] }
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
            self.push(&notice);
            self.lines.flush();
        }
    }

    fn wants(&self, level: Level) -> bool {
        level >= self.style.least
    }

    fn time(&self) -> String {
        format!("{:.3}", self.style.clock.now())
    }

    fn push(&mut self, line: &(impl serde::Serialize + text::Words)) {
        let rendered = match self.style.format {
            LogFormat::Text => text::render(line),
            // Strings, numbers and booleans under fixed names: there is nothing that JSON could not hold.
            LogFormat::Json => serde_json::to_string(line).unwrap_or_default(),
        };
        self.lines.push(&rendered);
    }

    fn circumstances(&self, peer: SocketAddr, server_name: Option<&str>) -> Circumstances {
        Circumstances {
            peer: peer.to_string(),
            name: server_name.map(str::to_owned),
            ..self.style.circumstances.clone()
        }
    }
}

impl Observer for Log {
    fn failed(&mut self, failed: &Failed<'_>) {
        let level = reason::level_of_failure(failed);
        if level.is_none_or(|least| self.wants(least)) {
            let around = self.circumstances(failed.peer.address, failed.server_name);
            let why = reason::of_failure(failed, &self.style.limits, &around);
            let level = level.unwrap_or_else(|| reason::level(&why));
            if self.wants(level) {
                self.push(&Failure::new(self.time(), level, failed, why));
            }
        }
    }

    fn ended(&mut self, ended: &Ended<'_>) {
        let why = reason::of_end(ended, &self.style.limits, || {
            self.circumstances(ended.peer.address, ended.facts.server_name.as_deref())
        });
        let level = reason::level_of_end(ended);
        if self.wants(level) {
            self.push(&Connection::new(self.time(), level, ended, why));
        }
    }

    fn trouble(&mut self, trouble: &Trouble) {
        let (kind, message) = match trouble {
            Trouble::Accept(_, code) => {
                let error = io::Error::from_raw_os_error(*code);
                (0, format!("the system gives no more connections, and newcomers wait: {error}"))
            }
            Trouble::Full => {
                let limit = self.style.limits.connections;
                (1, format!("the limit of {limit} connections is reached, and newcomers wait: see --max-connections"))
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
        self.lines.flush();
    }
}
