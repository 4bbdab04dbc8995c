//! What is said once a handshake is over: one message, and the answer to it.

use std::time::{Duration, Instant};

use crate::tls::{Arrived, Stop, Tls};

/// An answer is over when nothing more has come for so long.
const QUIET: Duration = Duration::from_secs(1);

/// No more of an answer is kept than this.
const MOST: usize = 1 << 20;

/// What was said and answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exchange {
    /// What we sent.
    pub sent: Vec<u8>,
    /// What came back.
    pub received: Vec<u8>,
    /// How it ended.
    pub end: End,
}

/// How an answer ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// The server said that it was done (close_notify).
    CloseNotify,
    /// Nothing more came for a while, and the connection is still open.
    Quiet,
    /// There was more than is read, or it took longer than an answer may.
    TooLong,
    /// It broke off; the failure says how.
    Failed,
}

/// Sends `words` and reads the answer until the peer closes, or falls quiet. `answer` hears it as it comes.
pub(crate) fn hold(
    tls: &mut Tls,
    words: &[u8],
    answer: &mut dyn FnMut(&[u8]),
    limit: Duration,
) -> (Exchange, Option<Stop>) {
    let mut received = Vec::new();
    let mut hear = |bytes: Vec<u8>| {
        if !bytes.is_empty() {
            answer(&bytes);
            received.extend(bytes);
        }
        received.len()
    };
    let ended = talk(tls, words, &mut hear, limit);
    // What came before an error was said all the same.
    hear(tls.take_plaintext());
    let (end, stop) = match ended {
        Ok(end) => (end, None),
        Err(stop) => (End::Failed, Some(stop)),
    };
    (Exchange { sent: words.to_vec(), received, end }, stop)
}

/// `hear` takes what has come, and says how much that is by now.
fn talk(tls: &mut Tls, words: &[u8], hear: &mut dyn FnMut(Vec<u8>) -> usize, limit: Duration) -> Result<End, Stop> {
    tls.send(words, Instant::now() + limit)?;
    tracing::debug!(bytes = words.len(), "sent");
    // A peer that always sends a little more is not waited for without end: an answer may take no longer than `limit`.
    let mut last = None;
    let mut deadline = Instant::now() + limit;
    let mut at_deadline = End::Quiet;
    loop {
        let arrived = match tls.hear(deadline) {
            Err(Stop::Deadline) if hear(tls.take_plaintext()) > 0 => return Ok(at_deadline),
            arrived => arrived?,
        };
        let so_far = hear(tls.take_plaintext());
        match arrived {
            Arrived::Closed => return Ok(End::CloseNotify),
            Arrived::Data if so_far > MOST => return Ok(End::TooLong),
            Arrived::Data => {
                let now = Instant::now();
                let last = *last.get_or_insert(now + limit);
                let quiet = now + QUIET.min(limit);
                (deadline, at_deadline) = if quiet <= last { (quiet, End::Quiet) } else { (last, End::TooLong) };
            }
            Arrived::Nothing => {}
        }
    }
}
