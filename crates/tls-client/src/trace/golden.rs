//! Sessions that were recorded once, with the texts and documents that must come of them, line by line.
//!
//! Where a change is meant, `LATCHKEY_GOLDEN=write` writes the files anew, and their difference is looked at.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use common::terminal::Exit;
use wire::Secrets;

use super::html;
use super::model::{Connection, Shown, Trace};
use super::tap::{Chunk, End, Recording};
use super::text::{self, Detail};
use crate::report::text::Tone;
use crate::report::{Peer, Verdict};

const SESSIONS: [(&str, &str); 2] =
    [("tls12", include_str!("golden/tls12.session")), ("tls13", include_str!("golden/tls13.session"))];

/// A line is `client|server MICROSECONDS HEX`, or a line of a key log.
fn recorded(session: &str) -> (Recording, Secrets) {
    let unhex = |text: &str| -> Vec<u8> {
        let pairs = text.as_bytes().chunks(2).map(|pair| std::str::from_utf8(pair).unwrap());
        pairs.map(|pair| u8::from_str_radix(pair, 16).unwrap()).collect()
    };
    let chunk = |line: &str| {
        let (from, rest) = line.split_once(' ')?;
        let from = [("client", End::Client), ("server", End::Server)].into_iter().find(|(name, _)| *name == from)?.1;
        let (at, hex) = rest.split_once(' ').unwrap_or((rest, ""));
        Some(Chunk { from, at: Duration::from_micros(at.parse().ok()?), bytes: unhex(hex) })
    };
    let address = |text: &str| text.parse::<SocketAddr>().unwrap();
    let recording = Recording {
        client: address("127.0.0.1:50000"),
        server: address("127.0.0.1:8443"),
        began: "2026-11-28T08:00:00Z".parse().unwrap(),
        connected_in: Duration::from_micros(80),
        chunks: session.lines().filter_map(chunk).collect(),
        dropped: 0,
    };
    (recording, Secrets::from_key_log(session))
}

fn traced(session: &str, known: bool) -> Trace {
    let (recording, secrets) = recorded(session);
    let secrets = if known { secrets } else { Secrets::default() };
    let host = "localhost".to_owned();
    let peer =
        Peer { server_name: host.clone(), sni: Some(host.clone()), host, port: 8443, starttls: None, proxy: None };
    let sentence = "localhost:8443 is trusted by the file root.pem".to_owned();
    Trace {
        schema: "latchkey.trace/1",
        peer,
        verdict: Verdict { trusted: Some(true), sentence, mend: None },
        connections: vec![Connection::read(&recording, &secrets)],
        exit_code: Exit::Success,
    }
}

fn plain(_: Tone, text: &str) -> String {
    text.to_owned()
}

/// As a terminal shows it, with marks in place of colours.
fn marked(tone: Tone, text: &str) -> String {
    format!("[{tone:?} {text}]")
}

fn check(name: &str, text: &str) {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src/trace/golden").join(name);
    if std::env::var_os("LATCHKEY_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(text == expected, "{name} is now\n{text}");
}

#[test]
fn a_trace_reads_as_it_should() {
    for (name, session) in SESSIONS {
        let trace = traced(session, true);
        for width in [80, 120] {
            check(&format!("{name}.{width}.txt"), &text::trace(&trace, width, Detail::Short, &plain));
            check(&format!("{name}.{width}.colour.txt"), &text::trace(&trace, width, Detail::Short, &marked));
        }
        check(&format!("{name}.fields.txt"), &text::trace(&trace, 120, Detail::Fields, &plain));
        let document = serde_json::to_string_pretty(&trace).unwrap();
        check(&format!("{name}.json"), &(document + "\n"));
    }
}

#[test]
fn no_line_is_wider_than_asked() {
    for (_, session) in SESSIONS {
        for width in [80, 100, 120, 160] {
            let text = text::trace(&traced(session, true), width, Detail::Fields, &plain);
            let widest = text.lines().max_by_key(|line| line.chars().count()).unwrap();
            assert!(widest.chars().count() <= width, "{widest}");
        }
    }
}

#[test]
fn without_the_secrets_it_is_what_an_eavesdropper_has() {
    for (_, session) in SESSIONS {
        let (known, unknown) = (traced(session, true), traced(session, false));
        let (known, unknown) = (&known.connections[0], &unknown.connections[0]);
        assert_eq!(known.sent.unopened + known.received.unopened, 0);
        assert!(unknown.sent.unopened > 0 && unknown.received.unopened > 0);
        let outside =
            |connection: &Connection| connection.events.iter().map(|event| event.outside.clone()).collect::<Vec<_>>();
        assert_eq!(outside(known), outside(unknown));
        // But what the sealed messages say of it, everything that is learned is learned without the secrets.
        assert_eq!(known.learned, unknown.learned);
        assert!(unknown.hidden.iter().all(|hidden| hidden.what != "data"));
    }
}

#[test]
fn tls_1_2_shows_the_certificate_and_tls_1_3_hides_it() {
    let learned = |session| {
        let trace = traced(session, true);
        trace.connections[0].learned.iter().any(|learned| learned.what == "server certificate")
    };
    assert!(learned(SESSIONS[0].1));
    assert!(!learned(SESSIONS[1].1));
}

/// Every byte of the stream is in an event's fields, and every byte of a message in its own.
#[test]
fn every_byte_is_accounted_for() {
    fn tiles(fields: &[Shown], offset: usize, length: usize) -> bool {
        let end = fields.iter().try_fold(offset, |at, field| {
            let inner = field.fields.is_empty() || tiles(&field.fields, field.offset, field.length);
            (field.offset == at && inner).then_some(at + field.length)
        });
        end == Some(offset + length)
    }
    for (_, session) in SESSIONS {
        let (recording, _) = recorded(session);
        let connection = &traced(session, true).connections[0];
        for (from, total) in [(End::Client, connection.sent), (End::Server, connection.received)] {
            let mut at = 0;
            for event in connection.events.iter().filter(|event| event.from == from) {
                assert_eq!(event.offset, at);
                assert!(tiles(&event.fields, 0, event.length), "{event:?}");
                at += event.length;
            }
            assert_eq!((at, total.bytes, total.in_no_record), (recording.bytes(from).len(), at, 0));
        }
        for message in &connection.messages {
            assert!(tiles(&message.fields, 0, message.length), "{message:?}");
        }
    }
}

#[test]
fn no_secret_is_in_what_is_shown() {
    for (_, session) in SESSIONS {
        let secrets = session.lines().filter(|line| line.contains("SECRET") || line.contains("CLIENT_RANDOM"));
        let secrets: Vec<&str> = secrets.filter_map(|line| line.rsplit(' ').next()).collect();
        assert!(!secrets.is_empty());
        let trace = traced(session, true);
        let texts = [
            text::trace(&trace, 160, Detail::Fields, &plain),
            serde_json::to_string(&trace).unwrap(),
            html::page(&trace),
        ];
        for text in texts {
            assert!(secrets.iter().all(|secret| !text.contains(secret)));
        }
        let tickets = trace.connections[0].messages.iter().filter(|message| message.name == "NewSessionTicket");
        for ticket in tickets {
            let ticket = ticket.fields.iter().find(|field| field.name == "ticket").unwrap();
            assert!(ticket.fields.iter().all(|field| field.hex.is_none()) && ticket.hex.is_none(), "{ticket:?}");
        }
    }
}

#[test]
fn a_page_needs_nothing_and_obeys_nobody() {
    let mut trace = traced(SESSIONS[1].1, true);
    trace.verdict.sentence = "<script>alert(1)</script>".to_owned();
    let page = html::page(&trace);
    assert!(!page.contains("<script") && page.contains("&lt;script&gt;alert(1)"));
    for outside in ["http://", "https://", "src=", "href=", "@import", "url("] {
        assert!(!page.contains(outside), "{outside}");
    }
}
