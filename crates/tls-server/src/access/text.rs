//! Lines for people: a time, a level, a word, and `key=value`.

use std::fmt::{Display, Write as _};

use super::model::{Connection, Failure, Level, Notice, Reason};

/// What a line says in words.
pub(super) trait Words {
    /// The time and the level.
    fn head(&self) -> (&str, Level);
    /// The word, and what follows it.
    fn body(&self, line: &mut Line);
}

/// One line.
pub(super) fn render(words: &impl Words) -> String {
    let (time, level) = words.head();
    let mut line = Line(String::with_capacity(320));
    line.write(format_args!("{time} {:<5} ", level.name()));
    words.body(&mut line);
    line.0
}

/// A line that grows. Values that a stranger may have chosen are escaped.
pub(super) struct Line(String);

impl Line {
    fn write(&mut self, text: impl Display) {
        // Writing to a string does not fail.
        let _ = write!(self.0, "{text}");
    }

    fn word(&mut self, word: &str) -> &mut Self {
        self.0.push_str(word);
        self
    }

    fn pair(&mut self, key: &str, value: impl Display) -> &mut Self {
        let value = value.to_string();
        let plain = |letter: char| letter.is_ascii_graphic() && !"\"='\\".contains(letter);
        if !value.is_empty() && value.chars().all(plain) {
            self.write(format_args!(" {key}={value}"));
        } else {
            self.write(format_args!(" {key}={value:?}"));
        }
        self
    }

    fn some<T: Display>(&mut self, key: &str, value: Option<T>) -> &mut Self {
        match value {
            Some(value) => self.pair(key, value),
            None => self,
        }
    }

    fn reason(&mut self, reason: &Reason) {
        self.pair("fault", reason.fault).pair("reason", &reason.reason).some("mend", reason.mend.as_ref());
    }
}

impl Words for Connection {
    fn head(&self) -> (&str, Level) {
        (&self.time, self.level)
    }

    fn body(&self, line: &mut Line) {
        line.word("connection")
            .pair("peer", self.peer)
            .some("sni", self.server_name.as_ref())
            .some("version", self.version.as_ref().map(|name| name.replace(' ', "")))
            .some("suite", self.suite.as_ref())
            .some("group", self.group.as_ref())
            .some("kind", self.kind.map(kind))
            .some("alpn", self.alpn.as_ref())
            .pair("in", self.bytes_received)
            .pair("out", self.bytes_sent)
            .pair("handshake", format_args!("{:.1}ms", self.handshake_ms))
            .pair("lasted", lasted(self.duration_ms))
            .pair("ended", self.ended)
            .pair("closed_by", self.closed_by);
        if !self.flushed {
            line.pair("flushed", false);
        }
        if let Some(reason) = &self.reason {
            line.reason(reason);
        }
    }
}

impl Words for Failure {
    fn head(&self) -> (&str, Level) {
        (&self.time, self.level)
    }

    fn body(&self, line: &mut Line) {
        line.word("failed handshake")
            .pair("peer", self.peer)
            .some("sni", self.server_name.as_ref())
            .pair("stage", self.stage)
            .pair("in", self.bytes_received)
            .pair("lasted", lasted(self.duration_ms))
            .reason(&self.reason);
    }
}

impl Words for Notice {
    fn head(&self) -> (&str, Level) {
        (&self.time, self.level)
    }

    fn body(&self, line: &mut Line) {
        line.word(self.event).word(": ").word(&self.message);
    }
}

fn kind(kind: common::facts::Kind) -> &'static str {
    use common::facts::Kind;
    match kind {
        Kind::Full => "full",
        Kind::FullWithHelloRetryRequest => "full_with_hello_retry_request",
        Kind::Resumed => "resumed",
    }
}

fn lasted(milliseconds: f64) -> String {
    if milliseconds < 1_000.0 { format!("{milliseconds:.1}ms") } else { format!("{:.1}s", milliseconds / 1_000.0) }
}
