//! The trace as a value. Its JSON is `latchkey.trace/1`, and text and page are rendered from the same value.

use std::time::Duration;

use common::terminal::Exit;
use jiff::Timestamp;
use serde::Serialize;
use wire::transcript::{Left, Protection, Record, Rest, Side, What};
use wire::{Field, Transcript, fields, names};

use super::tap::{End, Recording};
use super::{Traced, learned, words};
use crate::report::{Peer, Report, Verdict};

/// Everything that went over the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Trace {
    pub(super) schema: &'static str,
    /// Whom it was meant for.
    pub peer: Peer,
    /// Whether all is well, and why not: of the last connection.
    pub verdict: Verdict,
    /// Each connection, in order.
    pub connections: Vec<Connection>,
    /// What the command ends with.
    pub exit_code: Exit,
}

/// One connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// Our address and port.
    pub client: String,
    /// The peer's.
    pub server: String,
    /// When it was there.
    pub began: Timestamp,
    /// `TLS 1.3`; none where nothing was negotiated.
    pub version: Option<&'static str>,
    /// The suite's IANA name.
    pub suite: Option<&'static str>,
    /// The group of the key exchange; none where there was none.
    pub group: Option<&'static str>,
    /// Whether the session of an earlier connection was resumed.
    pub resumed: bool,
    /// What anybody in between has learned.
    pub learned: Vec<Learned>,
    /// What was hidden from them.
    pub hidden: Vec<Learned>,
    /// Each record, and what is none, in the order of the wire.
    pub events: Vec<Event>,
    /// The handshake messages, in the order of the wire.
    pub messages: Vec<Message>,
    /// What the handshake took, until the last Finished; none where it did not come to that.
    pub handshake: Option<Handshake>,
    /// What the client sent.
    pub sent: Total,
    /// What the server sent.
    pub received: Total,
}

/// What a handshake took.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Handshake {
    /// Bytes in both directions.
    pub bytes: usize,
    /// From the first byte to the last, in microseconds.
    pub took_us: u64,
}

/// One thing that can be read, or cannot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Learned {
    /// What it is about.
    pub what: &'static str,
    /// What it is.
    pub words: String,
}

/// A record, or bytes that are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Event {
    /// Who sent it.
    pub from: End,
    /// When its last byte passed, in microseconds since the connection was there.
    pub at_us: u64,
    /// Its first byte, counted from the direction's first.
    pub offset: usize,
    /// How many bytes it has.
    pub length: usize,
    /// The type that its header names; none where it is no record.
    pub content_type: Option<&'static str>,
    /// Whether what is in it was sealed.
    pub sealed: bool,
    /// What an eavesdropper reads.
    pub outside: String,
    /// What is in it; empty where it could not be opened.
    pub inside: Vec<Inside>,
    /// The record byte by byte.
    pub fields: Vec<Shown>,
}

/// A part of what a record carries.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Inside {
    /// What it is: the name of a content type.
    pub content_type: &'static str,
    /// Its first byte, counted from the content's first.
    pub offset: usize,
    /// How many bytes it has.
    pub length: usize,
    /// The handshake message that it is, or is a piece of: its place in [`Connection::messages`].
    pub message: Option<usize>,
    /// What people call it.
    pub name: String,
    /// What it says; empty in all pieces of a message but the last.
    pub words: String,
    /// Its fields, where it is an alert or a ChangeCipherSpec; a message has its own.
    pub fields: Vec<Shown>,
}

/// A handshake message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Who sent it.
    pub from: End,
    /// What people call it.
    pub name: &'static str,
    /// How many bytes it has, its header included.
    pub length: usize,
    /// How many records it was in.
    pub pieces: usize,
    /// Whether anybody in between could read it.
    pub sealed: bool,
    /// What it says, in short.
    pub words: String,
    /// What it says, field by field.
    pub fields: Vec<Shown>,
}

/// A field, for people and programs.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// What it is called.
    pub name: &'static str,
    /// Its first byte, counted from the first of the record or message.
    pub offset: usize,
    /// How many bytes it has.
    pub length: usize,
    /// Its number, or its code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number: Option<u64>,
    /// What its code stands for, or its text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// Its bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hex: Option<String>,
    /// That it is a secret, or opens one, and is not shown.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub withheld: bool,
    /// Why it says nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub undecoded: Option<&'static str>,
    /// What it consists of.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub fields: Vec<Self>,
}

/// What one end sent, all together.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Total {
    /// Bytes.
    pub bytes: usize,
    /// Records that they make.
    pub records: usize,
    /// Bytes that are in no record.
    pub in_no_record: usize,
    /// Records that were sealed and could not be opened.
    pub unopened: usize,
    /// Bytes of the application that were in them.
    pub application: usize,
}

impl Trace {
    /// What was traced; `report` is of the last connection.
    pub fn new(report: Report, traced: &[Traced]) -> Self {
        let read = |traced: &Traced| {
            let recording = traced.recording.as_ref()?;
            Some(Connection::read(recording, &traced.secrets))
        };
        Self {
            schema: "latchkey.trace/1",
            peer: report.peer,
            verdict: report.verdict,
            connections: traced.iter().filter_map(read).collect(),
            exit_code: report.exit_code,
        }
    }
}

impl Connection {
    /// Reads a recording with its secrets.
    pub fn read(recording: &Recording, secrets: &wire::Secrets) -> Self {
        let (client, server) = (recording.bytes(End::Client), recording.bytes(End::Server));
        let transcript = Transcript::read(&client, &server, secrets);
        let mut messages = Vec::new();
        let mut timed = Vec::new();
        for (from, side) in [(End::Client, &transcript.client), (End::Server, &transcript.server)] {
            let clock = Clock::of(recording, from);
            let first = messages.len();
            messages.extend(side.messages.iter().map(|message| Message::of(from, message, side, &transcript)));
            let events = side.records.iter().enumerate().map(|(place, record)| {
                let (order, at) = clock.at(record.offset + record.length());
                (order, Event::of(from, at, record, &Within { place, side, messages: &messages, first }))
            });
            timed.extend(events);
            timed.extend(side.rest.as_ref().map(|rest| {
                let (order, at) = clock.at(rest.offset + rest.length);
                (order, Event::rest(from, at, rest))
            }));
        }
        // The sort is stable, so that records that came together stay in their order.
        timed.sort_by_key(|(order, _)| *order);
        let mut events: Vec<Event> = timed.into_iter().map(|(_, event)| event).collect();
        in_order_of_the_wire(&mut messages, &mut events);
        let facts = learned::facts(recording, &client, &transcript, &events);
        Self {
            client: recording.client.to_string(),
            server: recording.server.to_string(),
            began: recording.began,
            version: transcript.context.version.and_then(names::version),
            suite: transcript.context.suite.and_then(names::suite),
            group: learned::group(&transcript),
            resumed: learned::is_resumed(&transcript),
            learned: facts.learned,
            hidden: facts.hidden,
            handshake: handshake(&events, &messages),
            sent: Total::of(&transcript.client, client.len()),
            received: Total::of(&transcript.server, server.len()),
            events,
            messages,
        }
    }
}

/// When a byte of one direction passed.
struct Clock {
    /// The end of each piece, its place among all, and its time.
    pieces: Vec<(usize, usize, Duration)>,
}

impl Clock {
    fn of(recording: &Recording, from: End) -> Self {
        let mut end = 0;
        let own = recording.chunks.iter().enumerate().filter(|(_, chunk)| chunk.from == from);
        let pieces = own.map(|(order, chunk)| {
            end += chunk.bytes.len();
            (end, order, chunk.at)
        });
        Self { pieces: pieces.collect() }
    }

    /// The order and the time of the piece in which the bytes before `end` were complete.
    fn at(&self, end: usize) -> (usize, Duration) {
        let piece = self.pieces.partition_point(|&(last, ..)| last < end);
        self.pieces.get(piece).map_or((usize::MAX, Duration::ZERO), |&(_, order, at)| (order, at))
    }
}

/// Where a record is.
struct Within<'a> {
    place: usize,
    side: &'a Side,
    messages: &'a [Message],
    /// The place of the side's first message among all.
    first: usize,
}

impl Event {
    fn of(from: End, at: Duration, record: &Record, within: &Within<'_>) -> Self {
        let sealed = !matches!(record.protection, Protection::None);
        let inside: Vec<Inside> = record.parts.iter().map(|part| Inside::of(part, record, within)).collect();
        Self {
            from,
            at_us: microseconds(at),
            offset: record.offset,
            length: record.length(),
            content_type: names::content_type(record.outer_type()),
            sealed,
            outside: words::outside(record, &inside),
            inside,
            fields: record.fields().iter().map(Shown::of).collect(),
        }
    }

    fn rest(from: End, at: Duration, rest: &Rest) -> Self {
        let (outside, why) = match &rest.what {
            Left::Cut => ("a record that was cut off".to_owned(), "a record that was cut off"),
            Left::Speaks(speaks) => (format!("no record: {speaks}"), "no record"),
        };
        let (offset, length) = (rest.offset, rest.length);
        let field = Shown { name: "undecoded", length, undecoded: Some(why), ..Shown::default() };
        Self {
            from,
            at_us: microseconds(at),
            offset,
            length,
            content_type: None,
            sealed: false,
            outside,
            inside: Vec::new(),
            fields: vec![field],
        }
    }
}

impl Inside {
    fn of(part: &wire::transcript::Part, record: &Record, within: &Within<'_>) -> Self {
        let mut message = None;
        let (content_type, name, words, fields) = match &part.what {
            What::Message(place) => {
                let whole = within.messages.get(within.first + place);
                message = Some(within.first + place);
                let records = within.side.messages.get(*place).map(|message| message.records);
                let name = whole.map_or("unknown message", |whole| whole.name);
                let last = records.is_none_or(|(_, last)| last == within.place);
                let is_piece = records.is_some_and(|(first, last)| first != last);
                let name = if is_piece && !last { format!("{name} (goes on)") } else { name.to_owned() };
                let words = whole.filter(|_| last).map(|whole| whole.words.clone());
                ("handshake", name, words.unwrap_or_default(), Vec::new())
            }
            What::Alert(field) => {
                ("alert", "Alert".to_owned(), words::alert(field), field.fields.iter().map(Shown::of).collect())
            }
            What::ChangeCipherSpec(field) => {
                let fields = field.fields.iter().map(Shown::of).collect();
                ("change_cipher_spec", "ChangeCipherSpec".to_owned(), String::new(), fields)
            }
            What::ApplicationData => {
                let content = record.content.get(part.offset..part.offset + part.length).unwrap_or_default();
                ("application_data", "data".to_owned(), words::data(content), Vec::new())
            }
            What::Unknown => ("unknown", "unknown".to_owned(), String::new(), Vec::new()),
        };
        Self { content_type, offset: part.offset, length: part.length, message, name, words, fields }
    }
}

impl Message {
    fn of(from: End, message: &wire::transcript::Message, side: &Side, transcript: &Transcript) -> Self {
        let (first, last) = message.records;
        let sealed = side.records.get(last).is_some_and(|record| record.protection != Protection::None);
        Self {
            from,
            name: message.name(),
            length: message.field.length,
            pieces: last - first + 1,
            sealed,
            words: words::message(message, transcript),
            fields: message.field.fields.iter().map(Shown::of).collect(),
        }
    }
}

impl Shown {
    fn of(field: &Field) -> Self {
        let mut shown = Self {
            name: field.name,
            offset: field.offset,
            length: field.length,
            fields: field.fields.iter().map(Self::of).collect(),
            ..Self::default()
        };
        match &field.value {
            fields::Value::Fields => {}
            fields::Value::Number(number) => shown.number = Some(*number),
            fields::Value::Code { code, name } => {
                shown.number = Some(u64::from(*code));
                shown.text = name.map(str::to_owned);
            }
            fields::Value::Text(text) => shown.text = Some(text.clone()),
            fields::Value::Bytes(bytes) => shown.hex = Some(bytes.iter().map(|byte| format!("{byte:02x}")).collect()),
            fields::Value::Withheld => shown.withheld = true,
            fields::Value::Undecoded(why) => shown.undecoded = Some(why),
        }
        shown
    }
}

impl Total {
    fn of(side: &Side, bytes: usize) -> Self {
        let application = side.records.iter().flat_map(|record| &record.parts);
        let application = application.filter(|part| part.what == What::ApplicationData).map(|part| part.length).sum();
        Self {
            bytes,
            records: side.records.len(),
            in_no_record: side.rest.as_ref().map_or(0, |rest| rest.length),
            unopened: side.records.iter().filter(|record| matches!(record.protection, Protection::Sealed(_))).count(),
            application,
        }
    }
}

/// Sorts the messages as the records are that they came in, and lets the records point at where they are now.
fn in_order_of_the_wire(messages: &mut Vec<Message>, events: &mut [Event]) {
    let mut places = vec![None; messages.len()];
    let mut sorted = Vec::with_capacity(messages.len());
    for inside in events.iter_mut().flat_map(|event| &mut event.inside) {
        let Some(place) = inside.message.and_then(|message| places.get_mut(message).map(|place| (message, place)))
        else {
            continue;
        };
        let (message, place) = place;
        inside.message = Some(*place.get_or_insert_with(|| {
            sorted.extend(messages.get(message).cloned());
            sorted.len() - 1
        }));
    }
    *messages = sorted;
}

/// What passed until the last Finished had.
fn handshake(events: &[Event], messages: &[Message]) -> Option<Handshake> {
    let is_finished = |inside: &Inside| {
        inside.message.and_then(|message| messages.get(message)).is_some_and(|message| message.name == "Finished")
    };
    let finished = |event: &Event| event.inside.iter().any(is_finished);
    let ends = events.iter().filter(|event| finished(event)).count();
    let last = events.iter().rposition(finished).filter(|_| ends == 2)?;
    let until = events.get(..=last)?;
    let (first, last) = (until.first()?.at_us, until.last()?.at_us);
    Some(Handshake { bytes: until.iter().map(|event| event.length).sum(), took_us: last.saturating_sub(first) })
}

fn microseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
