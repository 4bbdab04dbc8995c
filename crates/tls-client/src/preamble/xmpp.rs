//! XMPP (RFC 6120 section 5.4): a stream is opened, its features are awaited, and TLS is asked for.

use super::step::{Heard, Step, shown};

pub(super) fn steps(host: &str) -> Vec<Step> {
    let open = format!(
        "<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' \
         to='{}' version='1.0'>",
        escaped(host)
    );
    vec![
        Step::say(open.into_bytes()),
        Step::Hear(features),
        Step::say(&b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"[..]),
        Step::Hear(answer),
    ]
}

/// The end of the features, where TLS is among them.
fn features(bytes: &[u8]) -> Heard {
    let ends = ["</stream:features>", "<stream:features/>"].iter().find_map(|end| find(bytes, end, 0));
    match ends {
        Some(ends) if find(bytes, "<starttls", 0).is_some_and(|at| at < ends) => Heard::GoOn(ends),
        Some(_) => Heard::NotOffered("its stream features have no <starttls/>".to_owned()),
        None if find(bytes, "<stream:error", 0).is_some() => Heard::Refused(shown(bytes)),
        None if bytes.first().is_some_and(|first| *first != b'<' && !first.is_ascii_whitespace()) => {
            Heard::Misunderstood
        }
        None => Heard::NeedMore,
    }
}

fn answer(bytes: &[u8]) -> Heard {
    let element = |name: &str| find(bytes, name, 0).and_then(|at| find(bytes, ">", at));
    match (element("<proceed"), element("<failure")) {
        (Some(ends), None) => Heard::GoOn(ends + closing(bytes, ends)),
        (_, Some(_)) => Heard::Refused(shown(bytes)),
        (None, None) => Heard::NeedMore,
    }
}

/// How long the closing tag is that follows an element that was not closed at once.
fn closing(bytes: &[u8], ends: usize) -> usize {
    const CLOSING: &[u8] = b"</proceed>";
    let rest = bytes.get(ends..).unwrap_or_default();
    if rest.starts_with(CLOSING) { CLOSING.len() } else { 0 }
}

/// Behind the first place at or behind `from` where `text` stands.
fn find(bytes: &[u8], text: &str, from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    rest.windows(text.len()).position(|window| window == text.as_bytes()).map(|at| from + at + text.len())
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('\'', "&apos;").replace('<', "&lt;")
}
