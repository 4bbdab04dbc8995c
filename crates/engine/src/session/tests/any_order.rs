//! Anything in any order: bytes in any split, room in any portion, letters, the plain side, the clock, and every end.
//!
//! The client is honest, so it never hears nonsense; what each side has heard is the beginning of what the other has
//! said, and all of it where the end was an orderly one. A failing order is kept and replayed by proptest.

use std::sync::{Mutex, PoisonError};

use proptest::prelude::*;

use super::pair::{Pair, SERVER, client, trusting};
use super::*;
use crate::backend::BackendEvent;
use crate::inbox::Letter;
use crate::observe::How;
use crate::service::End;

/// The most that one read takes.
const MOST: usize = 60_000;

/// One thing that happens.
#[derive(Debug, Clone)]
enum Step {
    /// The server reads so many of the bytes that are under way.
    Read(usize),
    /// The client takes so many of the bytes that the server has for it.
    Take(usize),
    /// The client writes so many bytes.
    Say(usize),
    /// The client changes its keys.
    ChangeKeys,
    /// The client closes its direction.
    Close,
    /// Another thread writes.
    Send(usize),
    /// Another thread asks the service for something.
    Wish(Wish),
    /// The configuration may be there.
    Wake,
    /// The plain side sends so many bytes, or ends.
    Backend(Option<usize>),
    /// There is room for more to the client.
    Room,
    /// So many milliseconds pass.
    Wait(u64),
    /// The connection ends otherwise.
    End(Ending),
}

#[derive(Debug, Clone, Copy)]
enum Wish {
    Write(usize),
    Shut,
    Close,
    Abort,
}

#[derive(Debug, Clone, Copy)]
enum Ending {
    /// The peer's stream ends.
    Stream,
    Broken,
    Stop,
    Memory,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        8 => (1_usize..3000).prop_map(Step::Read),
        3 => (1_usize..20).prop_map(Step::Read),
        8 => (1_usize..3000).prop_map(Step::Take),
        3 => (1_usize..20).prop_map(Step::Take),
        5 => (0_usize..2000).prop_map(Step::Say),
        1 => (0_usize..40_000).prop_map(Step::Say),
        2 => Just(Step::ChangeKeys),
        1 => Just(Step::Close),
        2 => (0_usize..5000).prop_map(Step::Send),
        2 => (0_usize..40_000).prop_map(|count| Step::Wish(Wish::Write(count))),
        1 => prop_oneof![Just(Wish::Shut), Just(Wish::Close), Just(Wish::Abort)].prop_map(Step::Wish),
        3 => Just(Step::Wake),
        2 => proptest::option::of(1_usize..5000).prop_map(Step::Backend),
        2 => Just(Step::Room),
        3 => (0_u64..2000).prop_map(Step::Wait),
        1 => prop_oneof![Just(Ending::Stream), Just(Ending::Broken), Just(Ending::Stop), Just(Ending::Memory)]
            .prop_map(Step::End),
    ]
}

/// What a service has heard and said, for whoever looks on.
#[derive(Default)]
struct Minutes {
    heard: usize,
    said: usize,
    /// It may say nothing more.
    silent: bool,
    ended: Option<End>,
}

type Kept = Arc<Mutex<Minutes>>;

fn look(kept: &Kept) -> std::sync::MutexGuard<'_, Minutes> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Minutes {
    /// `count` bytes that differ from what was said before.
    fn write(&mut self, count: usize, out: &mut Out<'_>) {
        if !self.silent {
            out.write(&text(self.said, count));
            self.said += count;
        }
    }
}

/// Bytes by which their place is known.
fn text(from: usize, count: usize) -> Vec<u8> {
    (from..from + count).map(|place| (place % 251) as u8).collect()
}

/// Returns what comes, says what it is asked to, and closes when the client has.
struct Obedient(Kept);

impl Service for Obedient {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        let mut minutes = look(&self.0);
        assert!(!data.is_empty() && minutes.ended.is_none(), "nothing comes behind the end");
        assert_eq!(data, text(minutes.heard, data.len()), "the service heard something else");
        minutes.heard += data.len();
        minutes.write(data.len(), out);
    }

    fn on_end(&mut self, end: End, out: &mut Out<'_>) {
        let mut minutes = look(&self.0);
        assert!(minutes.ended.replace(end).is_none(), "it ends once");
        minutes.silent = true;
        out.close();
    }

    fn on_room(&mut self, out: &mut Out<'_>) {
        look(&self.0).write(100, out);
    }

    fn on_backend(&mut self, event: BackendEvent<'_>, out: &mut Out<'_>) {
        match event {
            BackendEvent::Data(data) if data.len() % 2 == 0 => {
                let mut minutes = look(&self.0);
                if !minutes.silent && data == text(minutes.said, data.len()) {
                    out.pass_on();
                    minutes.said += data.len();
                }
            }
            BackendEvent::Data(data) => look(&self.0).write(data.len(), out),
            _ => look(&self.0).write(1, out),
        }
    }

    fn on_message(&mut self, message: Box<dyn std::any::Any + Send>, out: &mut Out<'_>) {
        let mut minutes = look(&self.0);
        let wish = *message.downcast::<Wish>().unwrap();
        match wish {
            Wish::Write(count) => minutes.write(count, out),
            Wish::Shut => out.shut(),
            Wish::Close => out.close(),
            Wish::Abort => out.abort(),
        }
        minutes.silent |= !matches!(wish, Wish::Write(_));
    }
}

/// Is not ready at first, and then is.
struct NotAtOnce(Mutex<u8>);

impl Configs for NotAtOnce {
    fn choose(&self, hello: Option<&ClientHello<'_>>, wake: &dyn Fn() -> Wake) -> Choice {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if hello.is_some() && *left > 0 {
            *left -= 1;
            drop(wake());
            return Choice::Later;
        }
        Choice::Config(Arc::clone(&SERVER))
    }
}

/// A session and its client with everything that goes on around them.
struct World {
    pair: Pair,
    kept: Kept,
    /// Bytes of the client that the server has not read yet.
    under_way: Vec<u8>,
    /// What the client has said.
    said: usize,
    closed: bool,
    /// What was on its way to the client may be lost.
    lost: bool,
}

impl World {
    fn new(old: bool, later: u8, patience: u32) -> Self {
        let kept = Kept::default();
        let version = if old { &TLS12 } else { &TLS13 };
        let mut pair = Pair::new(&client(version, trusting()), || Box::new(super::pair::Echo));
        pair.limits.rustls_records = patience;
        pair.configs = Arc::new(NotAtOnce(Mutex::new(later)));
        let minutes = Kept::clone(&kept);
        pair.services =
            Box::new(move |_: &crate::Opened<'_>| -> Box<dyn Service> { Box::new(Obedient(Kept::clone(&minutes))) });
        Self { pair, kept, under_way: Vec::new(), said: 0, closed: false, lost: false }
    }

    fn happen(&mut self, step: &Step) {
        let before = self.pair.session.phase();
        match step {
            Step::Read(count) => self.read(*count),
            Step::Take(count) => self.take(*count),
            Step::Say(count) => self.say(*count),
            Step::ChangeKeys if !self.pair.client.is_handshaking() && !self.closed => {
                let _ = self.pair.client.refresh_traffic_keys(); // TLS 1.2 has none to change
            }
            Step::Close if !self.pair.client.is_handshaking() => {
                self.pair.client.send_close_notify();
                self.closed = true;
            }
            Step::Send(count) => self.send(*count),
            Step::Wish(wish) => self.letter(Letter::Tell(Box::new(*wish))),
            Step::Wake => self.letter(Letter::Ready),
            Step::Backend(Some(count)) => {
                let data = text(look(&self.kept).said, *count);
                self.pair.call(|session, _, turn| session.backend(BackendEvent::Data(&data), turn));
            }
            Step::Backend(None) => self.pair.call(|session, _, turn| session.backend(BackendEvent::End, turn)),
            Step::Room => self.pair.call(|session, _, turn| session.room(turn)),
            Step::Wait(milliseconds) => self.wait(*milliseconds),
            Step::End(ending) => self.end(*ending),
            Step::ChangeKeys | Step::Close => {}
        }
        self.under_way.extend(self.pair.flight());
        self.check(before);
    }

    fn read(&mut self, count: usize) {
        if self.pair.session.wants_bytes() {
            let count = count.min(self.under_way.len()).min(MOST);
            let piece: Vec<u8> = self.under_way.drain(..count).collect();
            self.pair.receive(&piece);
        }
    }

    /// An honest client never hears nonsense.
    fn take(&mut self, count: usize) {
        let count = count.min(self.pair.outbox.len());
        let mut rest = Outbox::default();
        rest.push(&self.pair.outbox.bytes()[count..]);
        let taken = self.pair.outbox.bytes()[..count].to_vec();
        self.pair.outbox.clear();
        self.pair.outbox.push(&taken);
        let heard = self.pair.heard.len();
        self.pair.deliver().unwrap();
        let fresh = &self.pair.heard[heard..];
        assert_eq!(fresh, text(heard, fresh.len()), "the client heard something else");
        self.pair.outbox = rest;
        let now = self.pair.now;
        self.pair.session.wrote(now);
    }

    fn say(&mut self, count: usize) {
        if !self.pair.client.is_handshaking() && !self.closed {
            self.pair.say(&text(self.said, count));
            self.said += count;
        }
    }

    /// Another thread's words go out as the service's own do.
    fn send(&mut self, count: usize) {
        let mut minutes = look(&self.kept);
        let text = text(minutes.said, count);
        if self.pair.session.phase() == Phase::Open && !minutes.silent {
            minutes.said += count;
        }
        drop(minutes);
        self.letter(Letter::Send(text));
    }

    fn letter(&mut self, letter: Letter) {
        self.pair.call(|session, _, turn| session.letter(letter, turn));
    }

    fn wait(&mut self, milliseconds: u64) {
        self.pair.now += Duration::from_millis(milliseconds);
        if self.pair.now >= self.pair.session.deadline(&self.pair.limits) {
            self.pair.call(|session, _, turn| session.deadline_passed(turn));
        }
    }

    fn end(&mut self, ending: Ending) {
        self.lost |= matches!(ending, Ending::Broken | Ending::Memory);
        self.pair.call(|session, _, turn| match ending {
            Ending::Stream => session.receive_end(turn),
            Ending::Broken => session.broken(io::ErrorKind::ConnectionReset, turn),
            Ending::Stop => session.stop(turn),
            Ending::Memory => session.shed(turn),
        });
    }

    /// What holds whatever has happened.
    fn check(&self, before: Phase) {
        let session = &self.pair.session;
        assert!(before <= session.phase(), "phases go forward");
        assert!(session.held() <= 2 * KEPT, "what is kept is bounded");
        assert!(session.deadline(&self.pair.limits) >= self.pair.started, "there is always a deadline");
        assert!(session.phase() != Phase::Draining || session.held() == 0, "at the end nothing is kept");
        let minutes = look(&self.kept);
        assert!(minutes.heard <= self.said && self.pair.heard.len() <= minutes.said, "nobody hears more than was said");
    }

    /// Lets everything that is under way arrive, ends what is not over, and looks at how it was told.
    fn finish(&mut self) {
        self.happen(&Step::Wake);
        self.happen(&Step::Wake); // it may have to ask twice
        while !(self.pair.outbox.is_empty() && (self.under_way.is_empty() || !self.pair.session.wants_bytes())) {
            self.happen(&Step::Read(MOST));
            self.happen(&Step::Take(usize::MAX));
        }
        let over = self.pair.session.phase() == Phase::Draining;
        if !over {
            self.happen(&Step::End(Ending::Stop));
        }
        self.happen(&Step::Take(usize::MAX));
        self.pair.receive(b"whatever comes then is nobody's");
        assert!(self.pair.outbox.is_empty(), "nothing is said behind the end");
        self.pair.report();
        assert!(self.pair.seen.failed.is_some() != self.pair.seen.ended.is_some(), "its end is told once");
        self.pair.report();
        self.compare();
    }

    fn compare(&self) {
        let minutes = look(&self.kept);
        let Some((how, received, sent)) = &self.pair.seen.ended else { return };
        assert_eq!(*received, minutes.heard as u64, "bytes are counted as they are heard");
        if matches!(how, How::PeerClosed) {
            assert_eq!(minutes.heard, self.said, "what came before an orderly end has all arrived");
        }
        if matches!(how, How::PeerClosed | How::ServiceClosed) && !self.lost {
            assert_eq!(self.pair.heard.len(), minutes.said, "what was said before an orderly end has all arrived");
            assert_eq!(*sent, minutes.said as u64, "bytes are counted as they are said");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn anything_in_any_order_ends_well(
        steps in prop::collection::vec(step(), 0..100), old in any::<bool>(), later in 0_u8..3,
        patience in 0_u32..6,
    ) {
        let mut world = World::new(old, later, patience);
        for step in &steps {
            world.happen(step);
        }
        world.finish();
    }
}
