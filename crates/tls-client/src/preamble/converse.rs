//! The conversations of a preamble over a socket: the only place of them that moves bytes.

use std::io::{self, Write as _};
use std::net::TcpStream;
use std::time::Instant;

use super::step::{Heard, LONGEST, Step, shown};
use super::{Preamble, PreambleError, With};
use crate::deadline::{has_passed, read, remaining};
use crate::target::Target;

/// Holds the conversations of `preamble` on the way to `target`. Afterwards the next byte is TLS's, either way.
pub(crate) fn converse(
    preamble: &Preamble,
    target: &Target,
    stream: &mut TcpStream,
    deadline: Instant,
) -> Result<(), PreambleError> {
    for (with, steps) in preamble.conversations(target) {
        hold(&with, &steps, stream, deadline)?;
    }
    Ok(())
}

fn hold(with: &With, steps: &[Step], stream: &mut TcpStream, deadline: Instant) -> Result<(), PreambleError> {
    let mut heard = Vec::new();
    for step in steps {
        match step {
            Step::Say(words) => {
                tracing::debug!(%with, said = %shown(words), "in the clear");
                say(words, stream, deadline).map_err(|error| failed(with, error))?;
            }
            Step::Hear(judge) => {
                let length = hear(with, *judge, &mut heard, stream, deadline)?;
                tracing::debug!(%with, heard = %shown(heard.get(..length).unwrap_or(&heard)), "in the clear");
                heard.drain(..length.min(heard.len()));
            }
        }
    }
    match heard.len() {
        0 => Ok(()),
        count => Err(PreambleError::Injected { with: with.clone(), count }),
    }
}

/// Listens until `judge` has an answer. How long it is.
fn hear(
    with: &With,
    judge: fn(&[u8]) -> Heard,
    heard: &mut Vec<u8>,
    stream: &mut TcpStream,
    deadline: Instant,
) -> Result<usize, PreambleError> {
    let with = || with.clone();
    loop {
        match judge(heard) {
            Heard::GoOn(length) => return Ok(length),
            Heard::Refused(answer) => return Err(PreambleError::Refused { with: with(), answer }),
            Heard::NotOffered(answer) => return Err(PreambleError::NotOffered { with: with(), answer }),
            Heard::NeedMore if heard.len() < LONGEST => {}
            Heard::NeedMore | Heard::Misunderstood => {
                return Err(PreambleError::Misunderstood { with: with(), answer: shown(heard) });
            }
        }
        let mut buffer = [0; 4096];
        let count = read(stream, &mut buffer, deadline).map_err(|error| failed(&with(), error))?;
        if count == 0 {
            return Err(match heard.as_slice() {
                [] => PreambleError::Ended { with: with() },
                said => PreambleError::Misunderstood { with: with(), answer: shown(said) },
            });
        }
        heard.extend_from_slice(buffer.get(..count).unwrap_or_default());
    }
}

fn say(words: &[u8], stream: &mut TcpStream, deadline: Instant) -> io::Result<()> {
    stream.set_write_timeout(Some(remaining(deadline)?))?;
    stream.write_all(words)
}

fn failed(with: &With, error: io::Error) -> PreambleError {
    let with = with.clone();
    if has_passed(&error) { PreambleError::Deadline { with } } else { PreambleError::Io { with, error } }
}
