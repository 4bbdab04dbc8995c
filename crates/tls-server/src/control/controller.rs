//! The control thread: takes commands and the time, and acts on the server.

use std::io;
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use common::Clock;

use super::Serve;
use super::command::Command;
use super::phase::{Phase, State};
use super::reload::{InForce, Load, Loaded, Outcome, Problem, Reload, Schedule, Trigger, Unloadable};
use super::signal::{Signal, Wish};
use super::summary::Difference;
use super::told::Told;
use super::watch::{Seen, Watcher};

/// How often keys that change with time are looked after.
const TEND_EVERY: Duration = Duration::from_secs(30);

/// Who waits for a reload.
type Waiting = Sender<Result<Reload, String>>;

/// What the control thread has.
pub(super) struct Controller<S, F> {
    server: S,
    state: Arc<State>,
    clock: Arc<dyn Clock>,
    told: F,
    in_force: InForce,
    watcher: Watcher,
    loads: Sender<()>,
    schedule: Schedule,
    waiting: Vec<Waiting>,
    running: Option<Running>,
    taking_over: Option<u32>,
    was_told_to_end: bool,
}

/// A reload that is being read.
struct Running {
    trigger: Trigger,
    began: SystemTime,
    waiting: Vec<Waiting>,
}

impl<S: Serve, F: FnMut(&Told)> Controller<S, F> {
    pub(super) fn new(
        server: S,
        state: Arc<State>,
        clock: Arc<dyn Clock>,
        told: F,
        in_force: InForce,
        watcher: Watcher,
        loads: Sender<()>,
    ) -> Self {
        Self {
            server,
            state,
            clock,
            told,
            in_force,
            watcher,
            loads,
            schedule: Schedule::default(),
            waiting: Vec::new(),
            running: None,
            taking_over: None,
            was_told_to_end: false,
        }
    }

    /// Until [`Command::Finish`].
    pub(super) fn run(mut self, commands: &Receiver<Command<S::Plan>>) {
        let mut tend = Instant::now() + TEND_EVERY;
        loop {
            let until = self.schedule.due().map_or(tend, |due| due.min(tend));
            match commands.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(Command::Finish) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(command) => self.take(command),
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            if let Some(trigger) = self.schedule.begin(now) {
                self.begin(trigger);
            }
            if now >= tend {
                self.tend();
                tend = now + TEND_EVERY;
            }
        }
    }

    fn take(&mut self, command: Command<S::Plan>) {
        match command {
            Command::Signal(Wish::End(signal)) => self.end(signal),
            Command::Signal(Wish::Reload) => self.ask(Trigger::Signal),
            Command::Seen(Seen::Files) => self.ask(Trigger::Files),
            Command::Seen(Seen::Store) => self.ask(Trigger::Store),
            Command::Seen(Seen::Blind(error)) => (self.told)(&Told::Blind(error)),
            Command::Reload(reply) => self.ask_for(reply),
            Command::Loaded(loaded) => self.loaded(loaded),
            Command::TakeOver(process, reply) => self.give_sockets(process, &reply),
            Command::Ready(process, reply) => self.hand_over(process, &reply),
            Command::GivenUp(process, reason) => {
                self.taking_over = None;
                (self.told)(&Told::GoesOn { process, reason });
            }
            Command::Finish => {}
        }
    }

    /// A signal to end: the first one drains, unless that is under way, and the second one stops.
    fn end(&mut self, signal: Signal) {
        let connections = self.server.connections();
        if self.was_told_to_end {
            self.state.enter(Phase::Stopping);
            (self.told)(&Told::Stop { signal, connections });
            self.server.stop();
            return;
        }
        self.was_told_to_end = true;
        let deadline = self.in_force.drain;
        (self.told)(&Told::Drain { signal, connections, deadline });
        if self.state.phase() < Phase::Draining {
            self.state.enter(Phase::Draining);
            self.server.drain(deadline);
        }
    }

    fn ask(&mut self, trigger: Trigger) {
        if self.state.phase().is_ready() {
            self.schedule.ask(Instant::now(), trigger);
        } else if trigger == Trigger::Signal {
            (self.told)(&Told::NotReloaded(trigger));
        }
    }

    fn ask_for(&mut self, reply: Waiting) {
        if self.state.phase().is_ready() {
            self.waiting.push(reply);
            self.ask(Trigger::Command);
        } else {
            // Whoever asked may have gone; then nobody is told.
            let _ = reply.send(Err(ending(self.state.phase())));
        }
    }

    fn begin(&mut self, trigger: Trigger) {
        let waiting = std::mem::take(&mut self.waiting);
        self.running = Some(Running { trigger, began: SystemTime::now(), waiting });
        if self.loads.send(()).is_err() {
            self.loaded(Err(Unloadable {
                problems: vec![Problem::new("the thread that reads has ended")],
                paths: Vec::new(),
            }));
        }
    }

    /// What the loader read is put in force, if it is good and another than what is.
    fn loaded(&mut self, loaded: Result<Loaded<S::Plan>, Unloadable>) {
        self.schedule.ended();
        let Some(running) = self.running.take() else { return };
        let phase = self.state.phase();
        if !phase.is_ready() {
            for reply in running.waiting {
                let _ = reply.send(Err(ending(phase)));
            }
            return;
        }
        let (outcome, difference, problems) = match loaded {
            Ok(loaded) => self.compare(loaded, running.began),
            Err(Unloadable { problems, paths }) => {
                self.watch_also(paths, running.began);
                (Outcome::Refused, Difference::default(), problems)
            }
        };
        let generation = self.state.reload().generation + u64::from(outcome == Outcome::Changed);
        let at = self.clock.now();
        let reload = Reload { at, trigger: running.trigger, outcome, generation, difference, problems };
        self.state.reloaded(reload.clone());
        (self.told)(&Told::Reloaded(reload.clone()));
        for reply in running.waiting {
            let _ = reply.send(Ok(reload.clone()));
        }
    }

    fn compare(&mut self, loaded: Loaded<S::Plan>, began: SystemTime) -> (Outcome, Difference, Vec<Problem>) {
        let Loaded { plan, in_force } = loaded;
        let difference = self.in_force.summary.difference(&in_force.summary);
        if difference.is_empty() {
            self.in_force.watched = in_force.watched;
            self.watcher.watch(self.in_force.watched.clone(), began);
            return (Outcome::Unchanged, difference, Vec::new());
        }
        match self.server.update(plan) {
            Ok(()) => {
                self.in_force = in_force;
                self.watcher.watch(self.in_force.watched.clone(), began);
                (Outcome::Changed, difference, Vec::new())
            }
            Err(problems) => {
                self.watch_also(in_force.watched.paths, began);
                (Outcome::Refused, Difference::default(), problems)
            }
        }
    }

    /// Watches what is in force, and what might be if it were mended.
    fn watch_also(&self, paths: Vec<std::path::PathBuf>, began: SystemTime) {
        let mut watched = self.in_force.watched.clone();
        watched.paths.extend(paths);
        if let Some(store) = &mut watched.store {
            // As it was when the reload began it has been read in vain; only another change can mend it.
            store.version = store.store.version().unwrap_or(store.version);
        }
        self.watcher.watch(watched, began);
    }

    fn give_sockets(&mut self, process: u32, reply: &Sender<Result<Vec<(SocketAddr, OwnedFd)>, String>>) {
        let phase = self.state.phase();
        let answer = match self.taking_over {
            _ if !phase.is_ready() => Err(ending(phase)),
            Some(other) => Err(format!("process {other} is taking over already")),
            None => self.server.sockets().map_err(|error| format!("its sockets cannot be duplicated: {error}")),
        };
        let is_given = answer.is_ok();
        if reply.send(answer).is_ok() && is_given {
            self.taking_over = Some(process);
            (self.told)(&Told::TakenOver { process });
        }
    }

    fn hand_over(&mut self, process: u32, reply: &Sender<Result<(), String>>) {
        self.taking_over = None;
        // One that was told to end meanwhile accepts no more already, and its successor serves.
        if self.state.phase().is_ready() {
            let deadline = self.in_force.drain;
            let connections = self.server.connections();
            self.state.enter(Phase::HandedOver);
            (self.told)(&Told::HandedOver { process, connections, deadline });
            self.server.hand_over(deadline);
        }
        let _ = reply.send(Ok(()));
    }

    fn tend(&mut self) {
        let Some(keys) = &self.in_force.ticket_keys else { return };
        match keys.rotate_if_due() {
            Ok(true) => (self.told)(&Told::TicketKey),
            Ok(false) => {}
            Err(error) => (self.told)(&Told::NoTicketKey(error.to_string())),
        }
    }
}

fn ending(phase: Phase) -> String {
    format!("it is {phase}")
}

/// A thread that reads everything each time it is told to, and sends what it read as a command.
pub(super) fn loader<L: Load>(mut load: L, commands: Sender<Command<L::Plan>>) -> io::Result<Sender<()>> {
    let (wanted, wants) = channel();
    thread::Builder::new().name("load".into()).spawn(move || {
        while wants.recv().is_ok() {
            // A reload that panics is one that fails: the server goes on.
            let loaded = catch_unwind(AssertUnwindSafe(|| load.load())).unwrap_or_else(|_| {
                let problems = vec![Problem::new("reading panicked, which is a fault of this program")];
                Err(Unloadable { problems, paths: Vec::new() })
            });
            if commands.send(Command::Loaded(loaded)).is_err() {
                return;
            }
        }
    })?;
    Ok(wanted)
}
