//! One of the connections that a thread may have at once, and how far its operation has come.

use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;

use super::super::data::Answer;
use super::super::line::{Fault, Lent, Line};
use super::super::plan::{Expect, Mode, Plan};
use super::super::span::Tally;

/// What is written at once of a body.
const PIECE: usize = 128 * 1024;
static BODY: [u8; PIECE] = [b'l'; PIECE];

/// How long a server may take to close after both sides have said good-bye.
const GOODBYE: Duration = Duration::from_secs(1);

#[derive(Default)]
pub(super) struct Slot {
    pub(super) line: Option<Line>,
    stage: Stage,
    due: Option<Instant>,
    since: Option<Instant>,
    answer: Answer,
    /// Bytes of a body that are still to be said.
    unsaid: u64,
    /// It began before the span, and is not counted.
    discarded: bool,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Stage {
    /// Nothing is under way; there may be a connection that is kept.
    #[default]
    Free,
    Connecting,
    Handshake,
    Waiting,
    Closing,
}

pub(super) enum Step {
    /// For an event.
    Wait,
    /// There may be more at once.
    Again,
    /// The operation is over, and another may begin.
    Done,
}

impl Slot {
    /// Begins an operation that was due then. Whether there is a new connection, to be watched.
    pub(super) fn begin(&mut self, plan: &Plan, config: &Arc<ClientConfig>, due: Instant) -> Result<bool, Fault> {
        self.due = Some(due);
        self.since = Some(Instant::now());
        self.discarded = false;
        if self.line.is_some() {
            self.stage = Stage::Waiting;
            self.ask(plan)?;
            return Ok(false);
        }
        self.line = Some(Line::dial(plan.address, &plan.server_name, config)?);
        if let (false, Expect::Bytes(count)) = (plan.mode.keeps_connections(), plan.expect) {
            self.answer = Answer::Bytes(count); // a server may speak first
        }
        self.stage = Stage::Connecting;
        Ok(true)
    }

    /// What is under way is none of the span's.
    pub(super) fn discard(&mut self) {
        self.discarded = true;
    }

    /// Whether an answer is on its way.
    pub(super) fn is_waiting(&self) -> bool {
        self.stage == Stage::Waiting
    }

    /// Moves on as far as it goes without waiting.
    pub(super) fn drive(&mut self, plan: &Plan, lent: &mut Lent, tally: &mut Tally) -> Result<Step, Fault> {
        let Some(line) = &mut self.line else { return Ok(Step::Wait) };
        if self.stage == Stage::Connecting {
            if !line.is_connected() {
                return Ok(Step::Wait);
            }
            tally.connect.add(line.began.elapsed());
            line.began = Instant::now();
            line.greet()?;
            self.stage = Stage::Handshake;
        }
        line.flush()?;
        let (mut content, mut whole) = (0, false);
        let answer = &mut self.answer;
        let mut wrong = None;
        let more = line.hear(lent, |data| match answer.take(data) {
            Ok((bytes, done)) => {
                content += bytes;
                whole |= done;
            }
            Err(fault) => wrong = Some(fault),
        })?;
        if let Some(fault) = wrong {
            return Err(fault);
        }
        if plan.mode == Mode::Download {
            tally.bytes += content;
        }
        if self.stage == Stage::Handshake && line.is_open() {
            tally.shook(line.state(), line.began.elapsed());
            self.stage = Stage::Waiting;
            self.ask(plan)?;
            whole |= matches!(self.answer, Answer::Bytes(0));
        }
        let more = self.go_on(plan, tally)? || more;
        if content > 0 && plan.mode.is_transfer() {
            self.since = Some(Instant::now()); // it has as long as it likes, as long as something moves
        }
        let Some(line) = &self.line else { return Ok(Step::Wait) };
        let gone = line.ended || line.closed;
        match self.stage {
            Stage::Closing if line.ended => Ok(self.leave()),
            Stage::Waiting if whole || (gone && plan.expects_the_end()) => Ok(self.complete(plan, tally)),
            Stage::Waiting | Stage::Handshake if gone => Err(Fault::Ended),
            Stage::Free if gone => {
                self.line = None; // a connection that was kept, and nothing was under way
                Ok(Step::Wait)
            }
            _ => Ok(if more { Step::Again } else { Step::Wait }),
        }
    }

    /// Says what the operation says first.
    fn ask(&mut self, plan: &Plan) -> Result<(), Fault> {
        let Some(line) = &mut self.line else { return Ok(()) };
        match (plan.mode, &plan.http) {
            (Mode::Download | Mode::Upload | Mode::Latency, Some(path)) => {
                let (verb, length) = if plan.mode == Mode::Upload {
                    self.unsaid = plan.size;
                    ("POST", format!("Content-Length: {}\r\n", plan.size))
                } else {
                    ("GET", String::new())
                };
                self.answer = Answer::Head(Vec::new());
                line.say(format!("{verb} {path} HTTP/1.1\r\nHost: {}\r\n{length}\r\n", plan.host).as_bytes())
            }
            (Mode::Latency, None) => {
                self.answer = Answer::Bytes(plan.size);
                let size = usize::try_from(plan.size).unwrap_or(PIECE).min(PIECE);
                self.unsaid = plan.size - size as u64;
                line.say(&BODY[..size])
            }
            _ if plan.send.is_empty() => Ok(()),
            _ => line.say(&plan.send),
        }
    }

    /// Says more of a body while it is taken. Whether there is room for more still: no event will tell of that.
    fn go_on(&mut self, plan: &Plan, tally: &mut Tally) -> Result<bool, Fault> {
        let Some(line) = &mut self.line else { return Ok(false) };
        while self.stage == Stage::Waiting && self.unsaid > 0 && line.has_said_all() && line.is_connected() {
            let piece = self.unsaid.min(PIECE as u64);
            self.unsaid -= piece;
            line.say(&BODY[..piece as usize])?;
            if plan.mode == Mode::Upload {
                tally.bytes += piece;
                self.since = Some(Instant::now());
                return Ok(line.has_said_all() && self.unsaid > 0); // others, and the pace, have their turn
            }
        }
        Ok(false)
    }

    fn complete(&mut self, plan: &Plan, tally: &mut Tally) -> Step {
        if !self.discarded {
            tally.operations += 1;
            if let Some(due) = self.due {
                tally.whole.add(due.elapsed());
            }
        }
        self.answer = Answer::None;
        if plan.mode.keeps_connections() {
            self.stage = Stage::Free;
            return Step::Done;
        }
        let Some(line) = &mut self.line else { return Step::Done };
        line.close();
        // Whoever closes first is left with the port in TIME_WAIT, and a load must not run out of ports.
        if line.ended {
            return self.leave();
        }
        self.stage = Stage::Closing;
        self.since = Some(Instant::now());
        Step::Wait
    }

    fn leave(&mut self) -> Step {
        *self = Self::default();
        Step::Done
    }

    /// Whether it has waited for too long: for good-bye, which is no failure, or for anything else.
    pub(super) fn look_at(&mut self, now: Instant, limit: Duration) -> Option<Result<(), Fault>> {
        let waited = now.saturating_duration_since(self.since?);
        match self.stage {
            Stage::Free => None,
            Stage::Closing if waited > GOODBYE => {
                self.leave();
                Some(Ok(()))
            }
            Stage::Closing => None,
            _ => (waited > limit).then_some(Err(Fault::Deadline)),
        }
    }
}
