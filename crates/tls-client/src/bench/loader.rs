//! A load: threads that each make connections, and what they all have counted in the span between.

mod slot;

use std::sync::atomic::Ordering;
use std::sync::{Arc, Barrier, OnceLock};
use std::time::{Duration, Instant};

use mio::{Events, Interest, Poll, Token};
use rustls::ClientConfig;

use self::slot::{Slot, Step};
use super::alarm::Alarm;
use super::figures::Figures;
use super::line::Lent;
use super::plan::{Amount, Plan};
use super::server::Tree;
use super::span::{Busy, Tally};
use super::summary::figures;
use super::{BenchError, Course};

/// How long a poll sleeps at most: deadlines and the order to stop are looked at in between.
const LOOK: Duration = Duration::from_millis(50);
/// What a transfer leaves of its core, so that it is the server that is measured.
const PACE: f64 = 0.7;
/// Failures in a row, of all connections of a thread, after which it gives up.
const HOPELESS: u64 = 2000;
/// No slot has this number.
const ALARM: Token = Token(usize::MAX);

/// What all threads share.
struct Shared<'a> {
    plan: &'a Plan,
    config: &'a Arc<ClientConfig>,
    course: &'a Course,
    threads: usize,
    /// Everybody is warm; the span begins; it is over; everything may go.
    stages: [Barrier; 4],
    began: OnceLock<Instant>,
}

pub(super) fn run(plan: &Plan, config: &Arc<ClientConfig>, course: &Course) -> Result<Figures, BenchError> {
    let threads = plan.threads.clamp(1, plan.connections.max(1));
    let polls: Vec<(Poll, Alarm)> =
        (0..threads).map(|_| poll()).collect::<Result<_, _>>().map_err(BenchError::System)?;
    let stage = || Barrier::new(threads + 1);
    let shared =
        Shared { plan, config, course, threads, stages: [stage(), stage(), stage(), stage()], began: OnceLock::new() };
    let tree = plan.pid.map(Tree);
    let before = look(tree, Tree::pss)?;
    std::thread::scope(|scope| {
        let running: Vec<_> = polls
            .into_iter()
            .enumerate()
            .map(|(number, (poll, alarm))| {
                let shared = &shared;
                scope.spawn(move || Loader::new(shared, number, poll, alarm).run())
            })
            .collect();
        shared.stages[0].wait();
        let (cpu, began) = (look(tree, Tree::cpu), *shared.began.get_or_init(Instant::now));
        shared.stages[1].wait();
        shared.stages[2].wait();
        let (seconds, cpu_after, held) = (began.elapsed().as_secs_f64(), look(tree, Tree::cpu), look(tree, Tree::pss));
        shared.stages[3].wait();
        let mut tally = Tally::default();
        running.into_iter().filter_map(|thread| thread.join().ok()).for_each(|one| tally.join(one));
        let server = match tree {
            Some(_) => Some((cpu_after?.since(cpu?), before, held?, look(tree, Tree::pss)?)),
            None => None,
        };
        Ok(figures(plan, threads, seconds, tally, server))
    })
}

fn poll() -> std::io::Result<(Poll, Alarm)> {
    let poll = Poll::new()?;
    let alarm = Alarm::new(&poll, ALARM)?;
    Ok((poll, alarm))
}

struct Loader<'a> {
    shared: &'a Shared<'a>,
    number: usize,
    poll: Poll,
    alarm: Alarm,
    /// When the alarm is set for.
    alarmed: Option<Instant>,
    slots: Vec<Slot>,
    free: Vec<usize>,
    lent: Lent,
    tally: Tally,
    /// Operations begun in this phase.
    begun: u64,
    ended: u64,
    in_a_row: u64,
    busy: Busy,
    rested: u64,
    /// When the phase is over.
    until: Option<Instant>,
}

/// A part of a run.
struct Phase {
    quota: Option<u64>,
    until: Option<Instant>,
    /// When the first operation is due and how far they are apart; none in a closed loop.
    pace: Option<(Instant, Duration)>,
}

impl<'a> Loader<'a> {
    fn new(shared: &'a Shared<'a>, number: usize, poll: Poll, alarm: Alarm) -> Self {
        let count = share(shared.plan.connections as u64, shared.threads, number) as usize;
        Self {
            shared,
            number,
            poll,
            alarm,
            alarmed: None,
            slots: (0..count).map(|_| Slot::default()).collect(),
            free: (0..count).rev().collect(),
            lent: Lent::new(),
            tally: Tally::default(),
            begun: 0,
            ended: 0,
            in_a_row: 0,
            busy: Busy::now(),
            rested: 0,
            until: None,
        }
    }

    fn run(mut self) -> Tally {
        let plan = self.shared.plan;
        let mut events = Events::with_capacity(1024);
        let warmup = share(plan.warmup, self.shared.threads, self.number).max(u64::from(plan.warmup > 0));
        // Connections that are kept are made before the span, whether or not something is said on them.
        let kept = if plan.mode.keeps_connections() { self.slots.len() as u64 } else { 0 };
        self.phase(&Phase { quota: Some(warmup.max(kept)), until: None, pace: None }, &mut events);
        let hopeless = self.tally.operations == 0 && self.tally.failures() > 0;
        let mut counted = Tally::default();
        if hopeless {
            counted.failed.clone_from(&self.tally.failed);
        }
        self.tally = counted;
        self.slots.iter_mut().for_each(Slot::discard);
        self.shared.stages[0].wait();
        self.shared.stages[1].wait();
        self.busy = Busy::now();
        self.rested = 0;
        if !hopeless {
            self.phase(&self.measured(), &mut events);
        }
        if plan.mode.is_transfer() {
            self.tally.operations += self.slots.iter().filter(|slot| slot.is_waiting()).count() as u64;
        }
        self.tally.cpu = self.busy.used();
        self.tally.busiest = self.busy.share();
        self.shared.stages[2].wait();
        self.shared.stages[3].wait();
        self.tally
    }

    fn measured(&self) -> Phase {
        let Shared { plan, threads, began, .. } = self.shared;
        let began = began.get().copied().unwrap_or_else(Instant::now);
        let (quota, until) = match plan.amount {
            Amount::Count(count) => (Some(share(count, *threads, self.number)), None),
            Amount::For(time) => (None, Some(began + time)),
        };
        let pace = plan.rate.filter(|rate| *rate > 0.0).map(|rate| {
            let apart = Duration::from_secs_f64(1.0 / rate);
            (began + apart * u32::try_from(self.number).unwrap_or(0), apart * u32::try_from(*threads).unwrap_or(1))
        });
        Phase { quota, until, pace }
    }

    /// Begins what is due and drives what is under way until the phase is over.
    fn phase(&mut self, phase: &Phase, events: &mut Events) {
        (self.begun, self.ended, self.in_a_row, self.until) = (0, 0, 0, phase.until);
        let mut looked = Instant::now();
        loop {
            let now = Instant::now();
            if self.is_over(phase, now) {
                return;
            }
            let next = self.begin_due(phase, now);
            let wait = self.set_alarm(next, now);
            if self.is_over(phase, now) || self.poll.poll(events, Some(wait)).is_err() {
                continue; // interrupted: look again
            }
            for event in &*events {
                let Token(number) = event.token();
                if let Some(line) = self.slots.get_mut(number).and_then(|slot| slot.line.as_mut()) {
                    line.event(event);
                }
                self.drive(number);
            }
            if looked.elapsed() >= LOOK {
                looked = Instant::now();
                self.check_deadlines();
            }
        }
    }

    fn is_over(&self, phase: &Phase, now: Instant) -> bool {
        phase.quota.is_some_and(|quota| self.ended >= quota)
            || phase.until.is_some_and(|until| now >= until)
            || self.in_a_row >= HOPELESS
            || self.shared.course.stop.load(Ordering::Relaxed)
    }

    /// Begins operations while there are connections for them and they are due. When the next one is, where that is
    /// what is waited for.
    fn begin_due(&mut self, phase: &Phase, now: Instant) -> Option<Instant> {
        while phase.quota.is_none_or(|quota| self.begun < quota) {
            let due = match phase.pace {
                Some((first, apart)) => first + apart.mul_f64(self.begun as f64),
                None => now,
            };
            if due > now {
                return Some(due);
            }
            let number = self.free.pop()?;
            self.begun += 1;
            self.begin(number, due);
        }
        None
    }

    /// Sees to it that the poll wakes when the next operation is due. How long it may sleep.
    fn set_alarm(&mut self, next: Option<Instant>, now: Instant) -> Duration {
        let Some(due) = next else { return LOOK };
        if self.alarmed != next {
            if self.alarm.set(due.saturating_duration_since(now)).is_err() {
                return (due - now).min(LOOK);
            }
            self.alarmed = next;
        }
        LOOK
    }

    fn begin(&mut self, number: usize, due: Instant) {
        let Shared { plan, config, .. } = self.shared;
        let Some(slot) = self.slots.get_mut(number) else { return };
        let result = slot.begin(plan, config, due);
        if let (Ok(true), Some(line)) = (&result, &mut slot.line) {
            let interest = Interest::READABLE | Interest::WRITABLE;
            if let Err(error) = self.poll.registry().register(&mut line.socket, Token(number), interest) {
                return self.failed(number, &super::line::Fault::Io(error));
            }
        }
        match result {
            Ok(_) => self.drive(number),
            Err(fault) => self.failed(number, &fault),
        }
    }

    fn drive(&mut self, number: usize) {
        let plan = self.shared.plan;
        loop {
            let Some(slot) = self.slots.get_mut(number) else { return };
            let before = self.tally.bytes;
            match slot.drive(plan, &mut self.lent, &mut self.tally) {
                Ok(Step::Wait) => {
                    self.keep_pace();
                    return;
                }
                Ok(Step::Again) => {
                    self.keep_pace();
                    if self.until.is_some_and(|until| Instant::now() >= until) {
                        return; // what is left unread is nobody's
                    }
                }
                Ok(Step::Done) => {
                    self.ended += 1;
                    self.in_a_row = 0;
                    self.shared.course.done.fetch_add(1, Ordering::Relaxed);
                    self.free.push(number);
                    return;
                }
                Err(fault) => {
                    self.tally.bytes = before;
                    return self.failed(number, &fault);
                }
            }
        }
    }

    fn failed(&mut self, number: usize, fault: &super::line::Fault) {
        self.tally.fail(fault);
        self.ended += 1;
        self.in_a_row += 1;
        if let Some(slot) = self.slots.get_mut(number) {
            *slot = Slot::default();
        }
        self.free.push(number);
    }

    fn check_deadlines(&mut self) {
        let now = Instant::now();
        for number in 0..self.slots.len() {
            match self.slots.get_mut(number).map(|slot| slot.look_at(now, self.shared.plan.limit)) {
                Some(Some(Ok(()))) => {
                    self.ended += 1;
                    self.free.push(number);
                }
                Some(Some(Err(fault))) => self.failed(number, &fault),
                _ => {}
            }
        }
    }

    /// A transfer rests a little now and then.
    fn keep_pace(&mut self) {
        const PIECE: u64 = 1 << 20;
        if self.shared.plan.mode.is_transfer() && self.tally.bytes - self.rested.min(self.tally.bytes) >= PIECE {
            self.rested = self.tally.bytes;
            self.busy.rest(PACE);
        }
    }
}

/// What `what` says of the server's process; nothing where it is not known.
pub(super) fn look<T: Default>(tree: Option<Tree>, what: fn(Tree) -> std::io::Result<T>) -> Result<T, BenchError> {
    match tree {
        Some(tree) => what(tree).map_err(|source| BenchError::Process { pid: tree.0, source }),
        None => Ok(T::default()),
    }
}

/// The part of `whole` that falls to one of `among`.
fn share(whole: u64, among: usize, number: usize) -> u64 {
    let (among, number) = (among as u64, number as u64);
    whole / among + u64::from(number < whole % among)
}
