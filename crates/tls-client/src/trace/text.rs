//! The trace as text: what an eavesdropper reads beside what is inside.

use super::model::{Connection, Event, Learned, Message, Shown, Total, Trace};
use super::tap::End;
use super::words::{bytes_of, grouped, said};
use crate::report::text::{Tone, milliseconds, wrap};

/// A terminal that is narrower is written to as if it were this wide, and a wider one as the other.
pub const WIDTHS: std::ops::RangeInclusive<usize> = 80..=160;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Detail {
    /// Each record and message in a few words.
    Short,
    /// Each field.
    Fields,
}

/// The columns in front of the two: time, direction, size.
const FRONT: usize = 19;

/// So many bytes of a field are shown.
const BYTES: usize = 32;

struct Text<'a> {
    paint: &'a dyn Fn(Tone, &str) -> String,
    width: usize,
    out: String,
}

/// Everything, `width` columns wide where words can be broken.
pub fn trace(trace: &Trace, width: usize, detail: Detail, paint: &dyn Fn(Tone, &str) -> String) -> String {
    let width = width.clamp(*WIDTHS.start(), *WIDTHS.end());
    let mut text = Text { paint, width, out: String::new() };
    if let Some(protocol) = trace.peer.starttls {
        text.plain(&format!("TLS was asked for in {protocol}, which anybody could read and is not shown here"));
    }
    for (place, connection) in trace.connections.iter().enumerate() {
        if place > 0 {
            text.out.push('\n');
        }
        text.connection(connection, detail);
    }
    if let [full, resumed] = trace.connections.as_slice() {
        text.saved(full, resumed);
    }
    text.verdict(trace);
    text.out
}

impl Text<'_> {
    fn connection(&mut self, connection: &Connection, detail: Detail) {
        let title =
            format!("{} → {}, {}", connection.client, connection.server, connection.began.strftime("%F %T UTC"));
        self.line(Tone::Heading, &title);
        let kind = if connection.resumed { "resumed" } else { "full handshake" };
        let agreed = [connection.version, connection.suite, connection.group].into_iter().flatten();
        let agreed: Vec<&str> = agreed.chain(connection.version.map(|_| kind)).collect();
        if !agreed.is_empty() {
            self.plain(&agreed.join(", "));
        }
        self.out.push('\n');
        let (left, right) = self.columns();
        let head = format!("{:>8}  {:<3}{:>6}", "ms", "", "bytes");
        let outside = format!("{:<left$}", "what an eavesdropper reads");
        let inside = format!("{:<right$}", "what is inside");
        let head = format!("{head}  {outside}  {}", inside.trim_end());
        self.line(Tone::Label, &head);
        for event in &connection.events {
            self.event(event);
            if detail == Detail::Fields {
                self.fields(event, connection);
            }
        }
        self.learned("An eavesdropper has learned", &connection.learned);
        self.learned("Hidden from them", &connection.hidden);
        self.totals(connection);
    }

    /// How wide the two columns are.
    const fn columns(&self) -> (usize, usize) {
        let both = self.width - FRONT - 4;
        (both / 2, both - both / 2)
    }

    fn event(&mut self, event: &Event) {
        let arrow = match event.from {
            End::Client => "C →",
            End::Server => "← S",
        };
        let front = format!("{:>8}  {arrow}{:>6}", time(event.at_us), grouped(event.length));
        let (left, right) = self.columns();
        let outside = fitted(&event.outside, left);
        let inside = fitted(&inside(event), right);
        for row in 0..outside.len().max(inside.len()) {
            let front = if row == 0 { front.clone() } else { " ".repeat(FRONT) };
            let one = outside.get(row).map_or("", String::as_str);
            let gap = " ".repeat(left.saturating_sub(one.chars().count()));
            let tone = if event.sealed { Tone::Label } else { Tone::Warning };
            let one = if one.is_empty() { String::new() } else { (self.paint)(tone, one) };
            let other = inside.get(row).map_or("", String::as_str);
            let tone = if event.sealed { Tone::Good } else { Tone::Label };
            let other = if other.is_empty() { String::new() } else { (self.paint)(tone, other) };
            let line = format!("{front}  {one}{gap}  {other}");
            self.out.push_str(line.trim_end());
            self.out.push('\n');
        }
    }

    /// The record byte by byte, and the messages that end in it.
    fn fields(&mut self, event: &Event, connection: &Connection) {
        self.shown("record", event.offset, event.length, &event.fields);
        for inside in &event.inside {
            let message = inside.message.and_then(|place| connection.messages.get(place));
            match message {
                Some(Message { name, length, fields, .. }) if !inside.name.ends_with("(goes on)") => {
                    self.shown(name, 0, *length, fields);
                }
                _ if !inside.fields.is_empty() => self.shown(&inside.name, 0, inside.length, &inside.fields),
                _ => {}
            }
        }
    }

    fn shown(&mut self, name: &str, offset: usize, length: usize, fields: &[Shown]) {
        let title = if offset > 0 || name == "record" {
            format!("{name} of {} from byte {}", bytes_of(length), grouped(offset))
        } else {
            format!("{name} of {}", bytes_of(length))
        };
        self.out.push_str(&" ".repeat(FRONT - 7));
        self.line(Tone::Heading, &title);
        for field in fields {
            self.field(field, 0);
        }
    }

    fn field(&mut self, field: &Shown, depth: usize) {
        let front = format!("{:>12}{:>7}  {}", field.offset, field.length, "  ".repeat(depth));
        let room = self.width.saturating_sub(front.chars().count() + field.name.len() + 2).max(16);
        let name = (self.paint)(Tone::Label, field.name);
        let lines = fitted(&value(field), room);
        let margin = " ".repeat(front.chars().count() + 2);
        let value = lines.join(&format!("\n{margin}"));
        let line = if value.is_empty() { format!("{front}{name}") } else { format!("{front}{name}: {value}") };
        self.out.push_str(&line);
        self.out.push('\n');
        for inner in &field.fields {
            self.field(inner, depth + 1);
        }
    }

    fn learned(&mut self, heading: &str, facts: &[Learned]) {
        if facts.is_empty() {
            return;
        }
        self.out.push('\n');
        self.line(Tone::Heading, heading);
        for Learned { what, words } in facts {
            self.row(what, words);
        }
    }

    fn row(&mut self, label: &str, words: &str) {
        let gap = " ".repeat(20_usize.saturating_sub(label.len()));
        let label = (self.paint)(Tone::Label, label);
        let lines = wrap(words, self.width - 22).join(&format!("\n{}", " ".repeat(22)));
        self.out.push_str(&format!("  {label}{gap}{lines}\n"));
    }

    fn totals(&mut self, connection: &Connection) {
        self.out.push('\n');
        for (who, total) in [("client", &connection.sent), ("server", &connection.received)] {
            self.plain(&accounted(who, total));
        }
    }

    fn saved(&mut self, full: &Connection, resumed: &Connection) {
        self.out.push('\n');
        let words = match (full.handshake, resumed.handshake) {
            _ if !resumed.resumed => {
                "the second handshake resumed nothing: the server did not take the session".to_owned()
            }
            (Some(one), Some(other)) => format!(
                "resumed: {} in {} where the full handshake took {} in {}, and {}",
                bytes_of(other.bytes),
                milliseconds(other.took_us),
                bytes_of(one.bytes),
                milliseconds(one.took_us),
                "no certificate was sent"
            ),
            _ => return,
        };
        let tone = if resumed.resumed { Tone::Good } else { Tone::Warning };
        self.paragraph(tone, &words);
    }

    fn verdict(&mut self, trace: &Trace) {
        self.out.push('\n');
        let failed = trace.exit_code != common::terminal::Exit::Success;
        let tone = match trace.verdict.trusted {
            _ if failed => Tone::Bad,
            Some(true) => Tone::Good,
            _ => Tone::Warning,
        };
        let label = if failed { "failed: " } else { "" };
        self.paragraph(tone, &format!("{label}{}", trace.verdict.sentence));
        if let Some(mend) = &trace.verdict.mend {
            let label = (self.paint)(Tone::Label, "try:");
            let lines = wrap(mend, self.width - 7).join("\n       ");
            self.out.push_str(&format!("  {label} {lines}\n"));
        }
    }

    fn paragraph(&mut self, tone: Tone, words: &str) {
        for line in wrap(words, self.width) {
            self.line(tone, &line);
        }
    }

    fn plain(&mut self, words: &str) {
        for line in wrap(words, self.width) {
            self.out.push_str(&line);
            self.out.push('\n');
        }
    }

    fn line(&mut self, tone: Tone, words: &str) {
        let painted = (self.paint)(tone, words);
        self.out.push_str(&painted);
        self.out.push('\n');
    }
}

/// Wrapped, and with words that are longer than the column cut, so that the next one stays in its place.
fn fitted(text: &str, width: usize) -> Vec<String> {
    let lines = wrap(text, width);
    let cut = lines.iter().flat_map(|line| {
        let letters: Vec<char> = line.chars().collect();
        letters.chunks(width).map(|piece| piece.iter().collect::<String>()).collect::<Vec<_>>()
    });
    cut.collect()
}

/// What is in a record; of what everybody reads it is said once.
pub(super) fn inside(event: &Event) -> String {
    let opened = event.fields.iter().find_map(|field| field.undecoded);
    match (event.sealed, opened) {
        (_, Some(why)) => format!("not opened: {why}"),
        (false, _) => "the same".to_owned(),
        (true, None) => {
            let each: Vec<String> = event.inside.iter().map(|inside| said(&inside.name, &inside.words)).collect();
            if each.is_empty() { "nothing".to_owned() } else { each.join("; ") }
        }
    }
}

/// That every byte was read, or how many were not.
fn accounted(who: &str, total: &Total) -> String {
    let mut words = format!("{who}: {} in {} records", bytes_of(total.bytes), grouped(total.records));
    words.push_str(&match (total.in_no_record, total.unopened) {
        (0, 0) => ", every one accounted for".to_owned(),
        (0, unopened) => format!(", of which {unopened} could not be opened"),
        (rest, 0) => format!(", and {} that are in no record", bytes_of(rest)),
        (rest, unopened) => {
            format!(", of which {unopened} could not be opened, and {} that are in no record", bytes_of(rest))
        }
    });
    words
}

/// What a field says.
pub(super) fn value(field: &Shown) -> String {
    if let Some(why) = field.undecoded {
        return format!("not decoded: {why}");
    }
    if field.withheld {
        return "not shown".to_owned();
    }
    match (field.number, &field.text, &field.hex) {
        // Suites, groups, schemes and versions are known by their codes in hexadecimal, and extensions in decimal.
        (Some(number), Some(text), _) if field.length == 2 && field.name != "type" => {
            format!("{text} (0x{number:04x})")
        }
        (Some(number), Some(text), _) => format!("{text} ({number})"),
        (Some(number), None, _) => number.to_string(),
        (None, Some(text), _) => text.clone(),
        // The bytes stand at the part that has nothing but them.
        (None, None, Some(hex)) if field.fields.is_empty() => shortened(hex),
        _ => String::new(),
    }
}

fn shortened(hex: &str) -> String {
    match hex.get(..BYTES * 2) {
        Some(beginning) if hex.len() > BYTES * 2 => format!("{beginning}…"),
        _ => hex.to_owned(),
    }
}

/// `12.34` milliseconds.
fn time(microseconds: u64) -> String {
    format!("{}.{:02}", microseconds / 1000, microseconds % 1000 / 10)
}
