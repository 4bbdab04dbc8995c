//! One step of a conversation in the clear.

use std::borrow::Cow;

/// The most that is listened to in one step: greetings are shorter, and somebody who talks on is not what was expected.
pub(super) const LONGEST: usize = 64 * 1024;

/// What is done next.
pub(super) enum Step {
    /// Say this.
    Say(Cow<'static, [u8]>),
    /// Listen until this can judge what was heard.
    Hear(fn(&[u8]) -> Heard),
}

/// What is made of the bytes that have come since the last step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Heard {
    /// It may become an answer.
    NeedMore,
    /// Go on. The answer has this many bytes.
    GoOn(usize),
    /// A no, in these words.
    Refused(String),
    /// The server does not offer TLS; it offers this.
    NotOffered(String),
    /// Not an answer in this protocol.
    Misunderstood,
}

impl Step {
    pub(super) fn say(words: impl Into<Cow<'static, [u8]>>) -> Self {
        Self::Say(words.into())
    }
}

/// What a peer said as one line that can be shown: no control characters, and not too long.
pub(super) fn shown(bytes: &[u8]) -> String {
    const MOST: usize = 200;
    let text = String::from_utf8_lossy(bytes);
    let line = text.trim().lines().next().unwrap_or_default();
    let mut shown: String = line.chars().take(MOST).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if line.chars().nth(MOST).is_some() {
        shown.push('…');
    }
    if shown.is_empty() { "(nothing)".to_owned() } else { shown }
}
