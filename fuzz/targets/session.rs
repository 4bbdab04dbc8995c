//! A session under a client whose bytes are split, changed, cut off and late.
//!
//! The input is read as instructions of two bytes. A live client takes part, so that the changes reach what stands
//! behind the ClientHello; its keys are new every time, and the instructions are what an input replays.
#![no_main]

use std::io::Write;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use common::context::{ClientContext, Identity, Provider, ServerContext, danger_accept_any_server};
use common::input::Blob;
use engine::session::{Address, HEADROOM, Lent, Outbox, Phase, Session, Turn};
use engine::{BackendEvent, Choice, Configs, Ended, Failed, Limits, Observer, Opened, Out, Peer, Service, Wake};
use libfuzzer_sys::fuzz_target;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, ServerConfig};
use wire::ClientHello;

const COMBINED: &[u8] = include_bytes!("../../fixtures/leaf/combined.pem");

static SERVER: LazyLock<Arc<ServerConfig>> = LazyLock::new(|| {
    let file = Blob::new("combined.pem", COMBINED.to_vec());
    let identity = Identity::from_combined(&file, None, Provider::AwsLc).expect("the fixture");
    ServerContext::new(&identity).config().expect("a configuration")
});

static CLIENT: LazyLock<Arc<ClientConfig>> = LazyLock::new(|| {
    let context = ClientContext::new(danger_accept_any_server(Provider::AwsLc));
    context.config().expect("a configuration")
});

/// Sends back what comes from either side, and ends as the plain side's first byte says.
struct Echo;

impl Service for Echo {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        out.write(data);
    }

    fn on_room(&mut self, out: &mut Out<'_>) {
        out.write(b"room");
    }

    fn on_backend(&mut self, event: BackendEvent<'_>, out: &mut Out<'_>) {
        match event {
            BackendEvent::Data([0, ..]) => out.close(),
            BackendEvent::Data([1, ..]) => out.shut(),
            BackendEvent::Data([value, ..]) if value % 2 == 0 => out.pass_on(),
            BackendEvent::Data(data) => out.write(data),
            BackendEvent::Broken(_) => out.abort(),
            _ => {}
        }
    }
}

/// Has its configuration at once, or when it is asked again.
#[derive(Default)]
struct NotAtOnce {
    later: AtomicBool,
}

impl Configs for NotAtOnce {
    fn choose(&self, _hello: Option<&ClientHello<'_>>, wake: &dyn Fn() -> Wake) -> Choice {
        if self.later.swap(false, Ordering::Relaxed) {
            drop(wake());
            return Choice::Later;
        }
        Choice::Config(Arc::clone(&SERVER))
    }
}

/// What was told, each of which may be told once.
#[derive(Default)]
struct Told {
    opened: bool,
    over: bool,
}

impl Observer for Told {
    fn opened(&mut self, _peer: &Peer, _facts: &common::facts::Facts) {
        assert!(!std::mem::replace(&mut self.opened, true), "opened twice");
    }

    fn failed(&mut self, failed: &Failed<'_>) {
        assert!(!std::mem::replace(&mut self.over, true), "ended twice");
        assert!(!self.opened, "an open connection failed: {:?}", failed.cause);
    }

    fn ended(&mut self, _ended: &Ended<'_>) {
        assert!(!std::mem::replace(&mut self.over, true), "ended twice");
        assert!(self.opened, "ended without having been open");
    }
}

/// A session, its client, and what lies between them.
struct Wire {
    client: ClientConnection,
    session: Session,
    told: Told,
    configs: NotAtOnce,
    limits: Limits,
    now: Instant,
    buffer: Vec<u8>,
    lent: Lent,
    address: Address,
    outbox: Outbox,
    /// Bytes of the client that the session has not read yet.
    under_way: Vec<u8>,
    /// Nothing was changed, so nothing may fail.
    honest: bool,
    /// The client's bytes were changed. After our close_notify they are not: rustls asserts in debug builds that it has
    /// no alert for them then.
    changed: bool,
    /// The client has failed or closed, and hears no more: rustls asserts in debug builds that nothing can fail then.
    is_deaf: bool,
}

impl Wire {
    /// `patience` is how many records rustls protects before the session does.
    fn new(patience: u8) -> Self {
        let name = ServerName::try_from("localhost").expect("a name");
        let here = ([127, 0, 0, 1], 1).into();
        let now = Instant::now();
        Self {
            client: ClientConnection::new(Arc::clone(&CLIENT), name).expect("a client"),
            session: Session::server(Peer::direct(1, here, here), now),
            told: Told::default(),
            configs: NotAtOnce::default(),
            limits: Limits { rustls_records: patience.into(), ..Limits::default() },
            now,
            buffer: vec![0; HEADROOM + 64 * 1024],
            lent: Lent::default(),
            address: Address::nowhere(),
            outbox: Outbox::default(),
            under_way: Vec::new(),
            honest: true,
            changed: false,
            is_deaf: false,
        }
    }

    fn call(&mut self, call: impl FnOnce(&mut Session, &mut [u8], &mut Turn<'_>)) {
        let before = self.session.phase();
        let mut turn = Turn {
            now: self.now,
            limits: &self.limits,
            configs: &self.configs,
            services: &mut |_: &Opened<'_>| Box::new(Echo) as Box<dyn Service>,
            observer: &mut self.told,
            lent: &mut self.lent,
            backend_waiting: 0,
            fingerprint: true,
            address: &self.address,
            outbox: &mut self.outbox,
        };
        call(&mut self.session, &mut self.buffer, &mut turn);
        assert!(self.lent.is_empty(), "scratch space is given back empty");
        assert!(before <= self.session.phase(), "phases go forward");
    }

    /// The session reads `count` bytes of what is under way, or what there is.
    fn read(&mut self, count: usize) {
        let count = count.min(self.under_way.len()).min(self.buffer.len() - HEADROOM);
        if count == 0 || !self.session.wants_bytes() {
            return;
        }
        let piece: Vec<u8> = self.under_way.drain(..count).collect();
        self.call(|session, buffer, turn| {
            buffer[HEADROOM..HEADROOM + piece.len()].copy_from_slice(&piece);
            session.receive(buffer, piece.len(), turn);
        });
    }

    /// The client takes `count` bytes of what the session has sent, and what it says to that is under way.
    fn answer(&mut self, count: usize) {
        let count = count.min(self.outbox.len());
        let mut bytes = &self.outbox.bytes()[..count];
        while !bytes.is_empty() && !self.is_deaf && self.client.read_tls(&mut bytes).is_ok_and(|count| count > 0) {
            let outcome = self.client.process_new_packets();
            assert!(outcome.is_ok() || !self.honest, "an honest client was given nonsense: {outcome:?}");
            self.is_deaf = outcome.is_err();
            let mut plain = Vec::new();
            let _ = std::io::Read::read_to_end(&mut self.client.reader(), &mut plain);
        }
        self.outbox.consume(count);
        self.session.wrote(self.now);
        while self.client.wants_write() {
            self.client.write_tls(&mut self.under_way).expect("a vector takes all");
        }
    }

    fn follow(&mut self, instruction: u8, value: u8) {
        let value = usize::from(value);
        match instruction % 16 {
            0 => self.read(value + 1),
            1 => self.read(value * 64 + 1),
            2 => self.answer(usize::MAX),
            10 => self.answer(value * 16),
            11 => self.call(|session, _, turn| session.room(turn)),
            12 if value != 1 || !self.changed => {
                self.call(|session, _, turn| session.backend(BackendEvent::Data(&[value as u8; 300]), turn))
            }
            13 if value < 4 => {
                let broken = BackendEvent::Broken(std::io::ErrorKind::ConnectionReset);
                self.call(|session, _, turn| session.backend(if value < 2 { BackendEvent::End } else { broken }, turn));
            }
            14 if !self.client.is_handshaking() && !self.is_deaf => drop(self.client.refresh_traffic_keys()),
            15 => self.call(|session, _, turn| session.ready(turn)),
            3 => drop(self.client.writer().write_all(&vec![b'x'; value * 100])),
            4 if !self.under_way.is_empty() && !self.session.is_shut() => {
                self.honest = false;
                self.changed = true;
                let at = value % self.under_way.len();
                self.under_way[at] ^= 1 << (instruction / 16 % 8);
            }
            5 if !self.session.is_shut() => {
                self.honest = false;
                self.changed = true;
                self.under_way.insert(value.min(self.under_way.len()), instruction);
            }
            6 if value < self.under_way.len() && !self.session.is_shut() => {
                self.honest = false;
                self.changed = true;
                self.under_way.truncate(value);
            }
            7 => {
                self.honest &= !self.client.is_handshaking();
                self.client.send_close_notify();
                self.is_deaf = true;
            }
            8 if value < 4 => self.end(value),
            9 => self.now += Duration::from_millis(value as u64),
            _ => {}
        }
        if self.now > self.session.deadline(&self.limits) {
            self.honest = false;
            self.call(|session, _, turn| session.deadline_passed(turn));
        }
    }

    fn end(&mut self, how: usize) {
        self.honest = false;
        self.call(|session, _, turn| match how {
            0 => session.receive_end(turn),
            1 => session.broken(std::io::ErrorKind::ConnectionReset, turn),
            2 => session.stop(turn),
            _ => session.deadline_passed(turn),
        });
    }

    /// Ends what is not over, and has the end told: once, and again for nothing.
    fn close(&mut self) {
        if self.session.phase() != Phase::Draining {
            self.end(2);
        }
        self.call(|session, _, turn| session.report(true, None, turn.now, turn.observer));
        assert!(self.told.over, "the end is told");
        self.call(|session, _, turn| session.report(true, None, turn.now, turn.observer));
    }
}

fuzz_target!(|instructions: &[u8]| {
    let mut wire = Wire::new(instructions.first().map_or(0, |first| first / 16));
    wire.configs.later.store(instructions.len() % 2 == 1, Ordering::Relaxed);
    wire.answer(0);
    for pair in instructions.chunks_exact(2) {
        wire.follow(pair[0], pair[1]);
    }
    wire.close();
});
