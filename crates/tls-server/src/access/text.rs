//! Lines for people: a time, a level, a word, and `key=value`.

use std::fmt::{Display, Write as _};

use engine::observe::sets::ClosedSet;

use super::model::{Client, Connection, Failure, Level, Notice, Reason};

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

    /// A sentence of ours, which may quote what is not.
    fn sentence(&mut self, sentence: &str) {
        for letter in sentence.chars() {
            if letter.is_control() { self.write(letter.escape_default()) } else { self.0.push(letter) }
        }
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
            .some("via", self.via)
            .some("sni", self.server_name.as_ref())
            .some("client", self.client.as_ref().map(|client| &client.subject))
            .some("san", self.client.as_ref().and_then(Client::first_name))
            .some("ja4", self.ja4.as_ref())
            .some("version", self.version.as_ref().map(|name| name.replace(' ', "")))
            .some("suite", self.suite.as_ref())
            .some("group", self.group.as_ref())
            .some("signature", self.signature.as_ref())
            .some("kind", self.kind.map(ClosedSet::name))
            .some("alpn", self.alpn.as_ref())
            .pair("in", self.bytes_received)
            .pair("out", self.bytes_sent)
            .pair("hello", lasted(self.hello_ms))
            .pair("handshake", lasted(self.handshake_ms))
            .pair("open", lasted(self.open_ms))
            .pair("lasted", lasted(self.duration_ms));
        if let Some(backend) = &self.backend {
            line.pair("backend", &backend.target).some("connect", backend.connect_ms.map(lasted));
            if backend.tries > 1 {
                line.pair("tries", backend.tries);
            }
        }
        line.pair("ended", self.ended).pair("closed_by", self.closed_by);
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
            .some("via", self.via)
            .some("sni", self.server_name.as_ref())
            .pair("stage", self.stage)
            .pair("cause", self.cause)
            .pair("in", self.bytes_received)
            .some("hello", self.hello_ms.map(lasted))
            .pair("lasted", lasted(self.duration_ms))
            .reason(&self.reason);
    }
}

impl Words for Notice {
    fn head(&self) -> (&str, Level) {
        (&self.time, self.level)
    }

    fn body(&self, line: &mut Line) {
        line.word(self.event).word(": ").sentence(&self.message);
    }
}

impl Client {
    /// What tells it from others best: a SPIFFE ID where there is one.
    fn first_name(&self) -> Option<&String> {
        self.uris.first().or(self.dns.first()).or(self.emails.first())
    }
}

fn lasted(milliseconds: f64) -> String {
    if milliseconds < 1_000.0 { format!("{milliseconds:.1}ms") } else { format!("{:.1}s", milliseconds / 1_000.0) }
}
