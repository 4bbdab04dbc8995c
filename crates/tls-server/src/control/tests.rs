//! The control thread with a server and a loader that are made up, on real files and real sockets.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use common::FixedClock;
use jiff::Timestamp;

use super::reload::{Loaded, Outcome, Problem, Reload, Trigger, Unloadable, Watched};
use super::signal::Wish;
use super::socket::{self, ClientError, Instance};
use super::upgrade::{TakeOver, UpgradeError};
use super::*;

const SOON: Duration = Duration::from_secs(60);
const DRAIN: Duration = Duration::from_secs(7);

/// What the made-up server was told.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Done {
    Updated(String),
    Drained(Duration),
    Stopped,
    HandedOver(Duration),
}

struct Server {
    done: Sender<Done>,
    sockets: Vec<TcpListener>,
}

impl Serve for Server {
    type Plan = String;

    fn update(&self, plan: String) -> Result<(), Vec<Problem>> {
        if plan.contains("unbindable") {
            return Err(vec![Problem::new("cannot listen on 192.0.2.1:1")]);
        }
        self.done.send(Done::Updated(plan)).unwrap();
        Ok(())
    }

    fn drain(&self, deadline: Duration) {
        self.done.send(Done::Drained(deadline)).unwrap();
    }

    fn stop(&self) {
        self.done.send(Done::Stopped).unwrap();
    }

    fn connections(&self) -> u64 {
        3
    }

    fn sockets(&self) -> io::Result<Vec<(SocketAddr, OwnedFd)>> {
        self.sockets.iter().map(|socket| Ok((socket.local_addr()?, socket.try_clone()?.into()))).collect()
    }

    fn hand_over(&self, deadline: Duration) {
        self.done.send(Done::HandedOver(deadline)).unwrap();
    }
}

/// A server's whole configuration is what one file says; `bad` in it is a problem.
struct Loader {
    path: PathBuf,
    watched: Watched,
}

impl Load for Loader {
    type Plan = String;

    fn load(&mut self) -> Result<Loaded<String>, Unloadable> {
        let text = fs::read_to_string(&self.path).map_err(|error| unloadable(&error.to_string()))?;
        if let Some(rest) = text.strip_prefix("also ") {
            return Err(Unloadable { paths: vec![PathBuf::from(rest)], ..unloadable("another file is missing") });
        }
        match text.as_str() {
            "bad" => Err(Unloadable {
                problems: vec![Problem::new("one thing is wrong"), Problem::new("and another")],
                paths: Vec::new(),
            }),
            "panic" => panic!("as asked"),
            _ => Ok(Loaded { in_force: in_force(&self.watched, &text), plan: text }),
        }
    }
}

fn unloadable(fact: &str) -> Unloadable {
    Unloadable { problems: vec![Problem::new(fact)], paths: Vec::new() }
}

fn in_force(watched: &Watched, text: &str) -> InForce {
    let mut summary = Summary::new();
    summary.add(Kind::Setting, "text", text, b"");
    InForce { summary, watched: watched.clone(), ticket_keys: None, drain: DRAIN }
}

/// A control thread, and what comes of it.
struct Running {
    directory: tempfile::TempDir,
    instance: Instance,
    state: Arc<State>,
    done: Receiver<Done>,
    told: Receiver<Told>,
    commands: Sender<Command<String>>,
    control: Option<Control>,
}

impl Running {
    /// With a configuration that is read when it is asked for alone.
    fn new() -> Self {
        Self::with(1, |_path| Vec::new())
    }

    /// With one that is watched.
    fn watching() -> Self {
        Self::with(1, |path| vec![path.to_owned()])
    }

    fn with(sockets: usize, paths: fn(&Path) -> Vec<PathBuf>) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("server.toml");
        fs::write(&path, "one").unwrap();
        let watched = Watched { paths: paths(&path), store: None };
        let instance = Instance::named("test").unwrap().within(&directory.path().join("run"));
        let (done_sender, done) = channel();
        let (told_sender, told) = channel();
        let sockets = (0..sockets).map(|_| TcpListener::bind("127.0.0.1:0").unwrap()).collect();
        let state = Arc::new(State::new(Timestamp::UNIX_EPOCH));
        let setup = Setup {
            server: Server { done: done_sender, sockets },
            in_force: in_force(&watched, "one"),
            load: Loader { path, watched },
            read: SystemTime::now(),
            state: Arc::clone(&state),
            socket: Some(ControlSocket::bind(&instance).unwrap()),
            clock: Arc::new(FixedClock::new(Timestamp::UNIX_EPOCH)),
        };
        let tell = move |told: &Told| drop(told_sender.send(told.clone()));
        let (commands, received) = channel();
        let control = Control::without_signals(setup, tell, commands.clone(), received).unwrap();
        Self { directory, instance, state, done, told, commands, control: Some(control) }
    }

    fn write(&self, text: &str) {
        let (new, path) = (self.directory.path().join(".new"), self.directory.path().join("server.toml"));
        fs::write(&new, text).unwrap();
        fs::rename(new, path).unwrap();
    }

    fn reload(&self) -> Reload {
        socket::reload(&self.instance).unwrap()
    }

    fn done(&self) -> Done {
        self.done.recv_timeout(SOON).unwrap()
    }

    fn told(&self) -> Told {
        self.told.recv_timeout(SOON).unwrap()
    }

    /// The next reload that is told of and came to `outcome`.
    fn reloaded(&self, outcome: Outcome) -> Reload {
        loop {
            match self.told() {
                Told::Reloaded(reload) if reload.outcome == outcome => return reload,
                Told::Reloaded(_) => {}
                other => panic!("{other}"),
            }
        }
    }

    fn signal(&self, wish: Wish) {
        self.commands.send(Command::Signal(wish)).unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Some(control) = self.control.take() {
            control.finish();
        }
    }
}

#[test]
fn a_reload_that_is_asked_for_is_in_force_when_it_is_answered() {
    let running = Running::new();
    running.write("two");
    let reload = running.reload();
    assert_eq!((reload.outcome, reload.generation), (Outcome::Changed, 2));
    assert_eq!(reload.difference.to_string(), "setting `text` changed (one → two)");
    assert_eq!(running.done(), Done::Updated("two".to_owned()));
    let status = socket::status(&running.instance).unwrap();
    assert_eq!((status.phase, status.reload.generation), (Phase::Serving, 2));
    assert_eq!(status.reload.last.unwrap().outcome, Outcome::Changed);
}

#[test]
fn where_nothing_changed_nothing_is_swapped() {
    let running = Running::new();
    let reload = running.reload();
    assert_eq!((reload.outcome, reload.generation), (Outcome::Unchanged, 1));
    assert_eq!(running.done.try_recv(), Err(std::sync::mpsc::TryRecvError::Empty));
    assert_eq!(running.told().to_string(), "`tls-server reload`: nothing changed");
}

#[test]
fn a_changed_file_is_read_without_being_asked_again_and_again() {
    let running = Running::watching();
    for text in ["two", "three"] {
        running.write(text);
        assert_eq!(running.done(), Done::Updated(text.to_owned()));
        assert_eq!(running.reloaded(Outcome::Changed).trigger, Trigger::Files);
    }
    assert_eq!(running.state.reload().generation, 3);
}

#[test]
fn what_cannot_be_read_changes_nothing_and_is_told_with_every_reason_until_it_is_mended() {
    let running = Running::watching();
    running.write("bad");
    let refused = running.reloaded(Outcome::Refused);
    assert_eq!((refused.generation, refused.problems.len()), (1, 2));
    assert_eq!(running.state.reload().last.unwrap().outcome, Outcome::Refused);
    running.write("two");
    assert_eq!(running.done(), Done::Updated("two".to_owned()));
    assert_eq!(running.reloaded(Outcome::Changed).generation, 2);
}

#[test]
fn what_the_server_refuses_is_not_in_force() {
    let running = Running::new();
    running.write("unbindable");
    let reload = running.reload();
    assert_eq!((reload.outcome, reload.generation), (Outcome::Refused, 1));
    assert_eq!(reload.problems, [Problem::new("cannot listen on 192.0.2.1:1")]);
    running.write("one");
    assert_eq!(running.reload().outcome, Outcome::Unchanged);
}

#[test]
fn a_file_that_was_missing_is_looked_for() {
    let running = Running::new();
    let missing = running.directory.path().join("other/cert.pem");
    fs::create_dir(missing.parent().unwrap()).unwrap();
    running.write(&format!("also {}", missing.display()));
    assert_eq!(running.reload().outcome, Outcome::Refused);
    assert_eq!(running.reloaded(Outcome::Refused).trigger, Trigger::Command);
    fs::write(&missing, "x").unwrap();
    assert_eq!(running.reloaded(Outcome::Refused).trigger, Trigger::Files);
}

#[test]
fn a_panic_while_reading_is_a_refused_reload() {
    let running = Running::new();
    running.write("panic");
    assert_eq!(running.reload().outcome, Outcome::Refused);
    running.write("two");
    assert_eq!(running.reload().outcome, Outcome::Changed);
}

#[test]
fn many_who_ask_at_once_are_all_answered_with_what_is_in_force() {
    let running = Running::new();
    running.write("two");
    std::thread::scope(|scope| {
        let instance = &running.instance;
        let asking: Vec<_> = (0..6).map(|_| scope.spawn(|| socket::reload(instance).unwrap())).collect();
        for reload in asking {
            assert_eq!(reload.join().unwrap().generation, 2);
        }
    });
}

#[test]
fn the_first_signal_drains_the_second_stops_and_nothing_is_reloaded_between() {
    let running = Running::new();
    assert!(running.state.phase().is_ready());
    running.signal(Wish::End(Signal::Terminate));
    assert_eq!(running.done(), Done::Drained(DRAIN));
    assert_eq!(running.state.phase(), Phase::Draining);
    assert_eq!(
        running.told().to_string(),
        "SIGTERM: nothing new is accepted, and 3 connections may go on for 7s; a second signal stops at once"
    );
    running.write("two");
    let refused = socket::reload(&running.instance).unwrap_err();
    assert!(matches!(&refused, ClientError::Refused { reason, .. } if reason == "it is draining"), "{refused}");
    running.signal(Wish::Reload);
    assert_eq!(running.told(), Told::NotReloaded(Trigger::Signal));
    running.signal(Wish::End(Signal::Interrupt));
    assert_eq!(running.done(), Done::Stopped);
    assert_eq!(running.told().to_string(), "SIGINT: ending 3 connections");
}

#[test]
fn a_hangup_reloads() {
    let running = Running::new();
    running.signal(Wish::Reload);
    assert_eq!(running.reloaded(Outcome::Unchanged).trigger, Trigger::Signal);
}

#[test]
fn when_it_has_ended_nobody_is_there() {
    let mut running = Running::new();
    running.control.take().unwrap().finish();
    assert!(!running.instance.path().exists());
    assert!(matches!(socket::status(&running.instance), Err(ClientError::Absent { .. })));
}

#[test]
fn a_successor_gets_every_socket_and_the_name_and_only_then_the_old_one_drains() {
    let mut running = Running::with(3 * 64 + 5, |_path| Vec::new());
    let mut taking = TakeOver::ask(&running.instance).unwrap();
    assert_eq!(taking.process(), std::process::id());
    let sockets = taking.take_sockets();
    assert_eq!(sockets.len(), 3 * 64 + 5);
    assert_eq!(running.told(), Told::TakenOver { process: std::process::id() });
    assert_eq!(running.state.phase(), Phase::Serving);
    assert!(running.done.try_recv().is_err());

    let client = std::net::TcpStream::connect(sockets[0].local_addr().unwrap()).unwrap();
    let socket = taking.ready().unwrap();
    assert_eq!(running.done(), Done::HandedOver(DRAIN));
    assert_eq!(running.state.phase(), Phase::HandedOver);
    assert!(matches!(running.told(), Told::HandedOver { connections: 3, deadline: DRAIN, .. }));
    assert_eq!(sockets[0].accept().unwrap().1, client.local_addr().unwrap());

    running.control.take().unwrap().finish();
    assert!(running.instance.path().exists(), "the name is the successor's");
    drop(socket);
    assert!(!running.instance.path().exists());
}

#[test]
fn a_successor_that_fails_or_goes_is_forgotten_and_the_next_one_is_welcome() {
    let running = Running::new();
    for reason in [Some("its certificate has expired"), None] {
        let taking = TakeOver::ask(&running.instance).unwrap();
        assert!(matches!(running.told(), Told::TakenOver { .. }));
        match reason {
            Some(reason) => taking.fail(reason),
            None => drop(taking),
        }
        let expected = reason.unwrap_or("it ended without a word");
        assert!(matches!(running.told(), Told::GoesOn { reason, .. } if reason == expected));
    }
    assert!(running.state.phase().is_ready());
    assert_eq!(running.reload().outcome, Outcome::Unchanged);
}

#[test]
fn one_successor_at_a_time_and_none_of_a_server_that_ends() {
    let running = Running::new();
    let first = TakeOver::ask(&running.instance).unwrap();
    let second = TakeOver::ask(&running.instance).unwrap_err();
    assert!(second.to_string().contains("is taking over already"), "{second}");
    running.signal(Wish::End(Signal::Terminate));
    assert_eq!(running.done(), Done::Drained(DRAIN));
    first.ready().unwrap();
    let late = TakeOver::ask(&running.instance).unwrap_err();
    assert!(matches!(late, UpgradeError::Client(ClientError::Absent { .. })), "{late}: the name is free again");
    assert!(running.done.try_recv().is_err(), "it drains already");
}

#[test]
fn a_first_signal_after_the_handing_over_cuts_nobody_off() {
    let running = Running::new();
    let _socket = TakeOver::ask(&running.instance).unwrap().ready().unwrap();
    assert_eq!(running.done(), Done::HandedOver(DRAIN));
    running.signal(Wish::End(Signal::Terminate));
    running.signal(Wish::End(Signal::Terminate));
    assert_eq!(running.done(), Done::Stopped);
}
