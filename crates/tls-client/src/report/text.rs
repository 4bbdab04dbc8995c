//! The report as text, at most 80 columns wide where words can be broken.

use common::facts::Kind;
use common::terminal::Exit;

use super::certificate::Shown;
use super::model::{CertificateRequested, Finding, HandshakeReport, Report, Times};

const WIDTH: usize = 80;

/// What a piece of text is, for whoever gives it a colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tone {
    /// All is well.
    Good,
    /// Something failed.
    Bad,
    /// Worth knowing.
    Warning,
    /// A heading.
    Heading,
    /// The name of a value.
    Label,
}

/// A text as it grows.
struct Text<'a> {
    paint: &'a dyn Fn(Tone, &str) -> String,
    out: String,
}

/// Everything: the verdict, what was agreed, the chain, the path and the warnings.
pub fn report(report: &Report, paint: &dyn Fn(Tone, &str) -> String) -> String {
    let mut text = Text { paint, out: String::new() };
    text.verdict(report);
    text.out.push('\n');
    text.connection(report);
    text.chain(report);
    text.path(report);
    text.warnings(report);
    text.out
}

/// A few lines for the end of a conversation.
pub fn summary(report: &Report, paint: &dyn Fn(Tone, &str) -> String) -> String {
    let mut text = Text { paint, out: String::new() };
    text.verdict(report);
    if let Some(handshake) = &report.handshake {
        text.optional("protocol", join([handshake.version.clone(), handshake.suite.clone()]));
        text.optional("key exchange", key_exchange(handshake));
        let leaf = report.chain.first().and_then(named);
        text.optional("certificate", leaf.map(|(label, left)| format!("{label}, {left}")));
        let took = report.times.handshake_us.map(milliseconds);
        text.optional("handshake", join([handshake_words(handshake), took]));
    }
    text.warnings(report);
    text.out
}

impl Text<'_> {
    fn verdict(&mut self, report: &Report) {
        let sentence = &report.verdict.sentence;
        let Some((first, others)) = report.findings.split_first() else {
            let tone = if report.verdict.trusted == Some(true) { Tone::Good } else { Tone::Warning };
            return self.paragraph(tone, "", sentence);
        };
        self.paragraph(Tone::Bad, headline(first.exit_code), sentence);
        self.mend(first);
        for finding in others {
            self.paragraph(Tone::Bad, "also: ", &finding.sentence);
            self.mend(finding);
        }
    }

    fn mend(&mut self, finding: &Finding) {
        if let Some(mend) = &finding.mend {
            self.row(2, 5, "try:", mend);
        }
    }

    fn connection(&mut self, report: &Report) {
        self.optional("address", report.address.connected.clone());
        for attempt in &report.address.attempts {
            if let Some(error) = &attempt.error {
                let name = if report.address.connected.is_some() { "before it" } else { "address" };
                self.value(name, &format!("{}: {error}", attempt.address));
            }
        }
        self.optional("proxy", report.peer.proxy.clone());
        self.optional("STARTTLS", report.peer.starttls.map(str::to_owned));
        if report.peer.server_name != report.peer.host {
            self.value("name", &report.peer.server_name);
        }
        if let Some(handshake) = &report.handshake {
            self.optional("protocol", handshake.version.clone());
            self.optional("suite", handshake.suite.clone());
            self.optional("key exchange", key_exchange(handshake));
            self.optional("signature", handshake.signature.clone());
            if handshake.complete {
                self.value("ALPN", handshake.alpn.as_deref().unwrap_or("none"));
            }
            self.optional("handshake", handshake_words(handshake));
            match &report.client_certificate {
                Some(request) => self.value("client", &request_words(request)),
                None if handshake.complete => self.value("client", "no certificate asked for"),
                None => {}
            }
        }
        self.optional("times", times_words(&report.times));
    }

    fn chain(&mut self, report: &Report) {
        if report.chain.is_empty() {
            return;
        }
        self.heading("Chain as sent");
        for (place, shown) in report.chain.iter().enumerate() {
            let number = format!("{}", place + 1);
            let certificate = match shown {
                Shown::Broken { error } => {
                    self.row(2, 3, &number, error);
                    continue;
                }
                Shown::Read { certificate, .. } => certificate,
            };
            self.row(2, 3, &number, &certificate.label());
            self.row(5, 9, "subject", &certificate.subject.to_string());
            if !certificate.names.is_empty() {
                self.row(5, 9, "names", &certificate.names.to_string());
            }
            let issuer = if certificate.self_signed { "itself".to_owned() } else { certificate.issuer.to_string() };
            self.row(5, 9, "issuer", &issuer);
            let (from, until) = (certificate.not_before.strftime("%F"), certificate.not_after.strftime("%F"));
            let left = named(shown).map(|(_, left)| left).unwrap_or_default();
            self.row(5, 9, "valid", &format!("{from} to {until}: {left}"));
            self.row(5, 9, "key", &format!("{}, signed with {}", certificate.key, certificate.signature_algorithm));
            self.row(5, 9, "SHA-256", &certificate.fingerprint);
        }
    }

    fn path(&mut self, report: &Report) {
        let Some(path) = &report.path else { return };
        self.heading("Path as verified");
        let last = path.certificates.len();
        for (place, shown) in path.certificates.iter().enumerate() {
            let Some((label, left)) = named(shown) else { continue };
            let origin = if place + 1 == last { format!(", from {}", path.anchor) } else { String::new() };
            self.row(2, 3, &format!("{}", place + 1), &format!("{label}: {left}{origin}"));
        }
    }

    fn warnings(&mut self, report: &Report) {
        for (place, warning) in report.warnings.iter().enumerate() {
            if place == 0 {
                self.out.push('\n');
            }
            self.paragraph(Tone::Warning, "warning: ", warning);
        }
    }

    fn heading(&mut self, heading: &str) {
        let painted = (self.paint)(Tone::Heading, heading);
        self.out.push_str(&format!("\n{painted}\n"));
    }

    fn optional(&mut self, label: &str, value: Option<String>) {
        if let Some(value) = value {
            self.value(label, &value);
        }
    }

    fn value(&mut self, label: &str, value: &str) {
        self.row(2, 14, label, value);
    }

    /// A label and its value beside it, `column` after the label's beginning.
    fn row(&mut self, indent: usize, column: usize, label: &str, value: &str) {
        let gap = " ".repeat(column.saturating_sub(label.len()));
        let label = (self.paint)(Tone::Label, label);
        let margin = " ".repeat(indent + column);
        let lines = wrap(value, WIDTH.saturating_sub(indent + column)).join(&format!("\n{margin}"));
        self.out.push_str(&format!("{}{label}{gap}{lines}\n", " ".repeat(indent)));
    }

    fn paragraph(&mut self, tone: Tone, label: &str, sentence: &str) {
        for line in wrap(&format!("{label}{sentence}"), WIDTH) {
            let painted = (self.paint)(tone, &line);
            self.out.push_str(&painted);
            self.out.push('\n');
        }
    }
}

/// What kind of failure it is: of the certificate, or of the connection.
fn headline(exit: Exit) -> &'static str {
    if (Exit::UnknownIssuer..=Exit::Identity).contains(&exit) { "not trusted: " } else { "failed: " }
}

fn key_exchange(handshake: &HandshakeReport) -> Option<String> {
    let secrecy = match handshake.forward_secret? {
        true => "forward secret",
        false => "not forward secret",
    };
    Some(match (&handshake.group, handshake.post_quantum) {
        (Some(group), Some(true)) => format!("{group}: {secrecy}, post-quantum"),
        (Some(group), _) => format!("{group}: {secrecy}, not post-quantum"),
        (None, _) => secrecy.to_owned(),
    })
}

fn handshake_words(handshake: &HandshakeReport) -> Option<String> {
    let kind = match handshake.kind? {
        _ if !handshake.complete => return Some("not finished".to_owned()),
        Kind::FullWithHelloRetryRequest => "full, after a HelloRetryRequest",
        kind => kind.words(),
    };
    Some(match handshake.round_trips {
        Some(1) => format!("{kind}, 1 round trip"),
        Some(count) => format!("{kind}, {count} round trips"),
        None => kind.to_owned(),
    })
}

fn request_words(request: &CertificateRequested) -> String {
    let sent = request.sent.as_ref().map_or_else(|| "none sent".to_owned(), |sent| format!("sent {sent}"));
    match request.authorities.as_slice() {
        [] => format!("a certificate of any CA asked for, {sent}"),
        authorities => format!("a certificate of {} asked for, {sent}", authorities.join(" or ")),
    }
}

fn times_words(times: &Times) -> Option<String> {
    let each = [
        ("resolve", times.resolve_us),
        ("connect", times.connect_us),
        ("in the clear", times.preamble_us),
        ("handshake", times.handshake_us),
    ];
    join(each.map(|(what, took)| took.map(|took| format!("{what} {}", milliseconds(took)))))
}

/// What a person calls the certificate, and what is left of its life.
fn named(shown: &Shown) -> Option<(String, String)> {
    match shown {
        Shown::Read { days_left, life, certificate } => Some((certificate.label(), life.words(*days_left))),
        Shown::Broken { .. } => None,
    }
}

fn join<const N: usize>(parts: [Option<String>; N]) -> Option<String> {
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(", "))
}

/// `1.9 ms` of microseconds.
pub(crate) fn milliseconds(microseconds: u64) -> String {
    format!("{}.{} ms", microseconds / 1000, microseconds % 1000 / 100)
}

/// Breaks at spaces, but within no command and between no flag and its value, so that both can be copied. A word that
/// is longer than the width stands alone on its line.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words(text) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(&word);
            }
            _ => lines.push(word),
        }
    }
    lines
}

fn words(text: &str) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match words.last_mut() {
            Some(last) if is_open(last) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    words
}

/// Whether what follows belongs to it: it is within backticks, or a flag.
fn is_open(word: &str) -> bool {
    let last = word.rsplit(' ').next().unwrap_or(word);
    let is_flag = last.starts_with("--") && last.ends_with(|end: char| end.is_ascii_alphanumeric());
    word.matches('`').count() % 2 == 1 || is_flag
}
