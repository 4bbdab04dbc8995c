//! The work itself: every core signs, one thread commits what has been signed since, in groups.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::thread;
use std::time::{Duration, Instant};

use store::{Change, Store};

use super::input::Row;
use super::job::{Done, Job, Refused};

/// The most rows of one commit.
const GROUP: usize = 512;

/// How long a commit waits for its group to be full: so much work at most is lost when the process is killed.
const PATIENCE: Duration = Duration::from_millis(100);

/// What happens while a batch runs.
#[derive(Debug)]
#[non_exhaustive]
pub enum Event<'a> {
    /// These rows are issued and on stable storage.
    Committed(&'a [Done]),
    /// A row is not issued.
    Refused {
        /// Its place in the input, from 0.
        index: usize,
        /// Why.
        why: &'a Refused,
    },
}

/// How many rows became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Issued and kept.
    pub issued: usize,
    /// Not issued.
    pub refused: usize,
}

/// A batch was cut off. What was committed before stays, and the same job takes it up again.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError<E: std::error::Error + 'static> {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] store::Error),
    /// Who was told of an event failed.
    #[error(transparent)]
    Listener(E),
}

type Signed = (usize, Result<store::BatchRow, Refused>);

/// Issues `rows` with `threads` at once, and tells `each` what became of them, in the order of the commits.
///
/// # Errors
/// The store or `each` failed. No row is lost or done twice by that.
pub fn run<E: std::error::Error + 'static>(
    store: &dyn Store,
    job: &Job,
    rows: &[(usize, Row)],
    threads: usize,
    each: &mut dyn FnMut(Event<'_>) -> Result<(), E>,
) -> Result<Tally, BatchError<E>> {
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::sync_channel::<Signed>(2 * GROUP);
    thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || sign(job, rows, next, &sender));
        }
        drop(sender);
        // When this returns early the receiver is gone, and with it the reason to sign on.
        commit(store, job, receiver, each)
    })
}

fn sign(job: &Job, rows: &[(usize, Row)], next: &AtomicUsize, sender: &SyncSender<Signed>) {
    while let Some((index, row)) = rows.get(next.fetch_add(1, Ordering::Relaxed)) {
        if sender.send((*index, job.issue(row))).is_err() {
            return;
        }
    }
}

fn commit<E: std::error::Error + 'static>(
    store: &dyn Store,
    job: &Job,
    receiver: Receiver<Signed>,
    each: &mut dyn FnMut(Event<'_>) -> Result<(), E>,
) -> Result<Tally, BatchError<E>> {
    let mut tally = Tally::default();
    loop {
        let signed = group(&receiver);
        if signed.is_empty() {
            return Ok(tally);
        }
        let mut done = Vec::with_capacity(signed.len());
        for (index, outcome) in signed {
            match outcome {
                Ok(row) => done.push(Done { index, row }),
                Err(why) => {
                    tally.refused += 1;
                    each(Event::Refused { index, why: &why }).map_err(BatchError::Listener)?;
                }
            }
        }
        let rows = done.iter().map(|done| done.row.clone()).collect();
        store.apply(Change::new(format!("pki cert issue --batch, job {}", job.id)).record_batch(rows))?;
        tally.issued += done.len();
        each(Event::Committed(&done)).map_err(BatchError::Listener)?;
    }
}

/// What has been signed since; waits for the first, and then a while for more.
fn group(receiver: &Receiver<Signed>) -> Vec<Signed> {
    let mut group = Vec::new();
    let Ok(first) = receiver.recv() else { return group };
    group.push(first);
    let end = Instant::now() + PATIENCE;
    while group.len() < GROUP {
        match receiver.recv_timeout(end.saturating_duration_since(Instant::now())) {
            Ok(signed) => group.push(signed),
            Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => break,
        }
    }
    group
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::convert::Infallible;
    use std::sync::Arc;

    use common::FixedClock;
    use store::Location;

    use super::super::input::Ask;
    use super::*;
    use crate::authority::Rules;
    use crate::certificate::Validity;
    use crate::key::Algorithm;
    use crate::request::Spec;
    use crate::specimens::{authority, now};
    use crate::stored;

    fn rows(count: usize) -> Vec<(usize, Row)> {
        let row = |index: usize| {
            let name = if index == 3 { "a.other".to_owned() } else { format!("h{index}.example") };
            let spec = Spec::new(&[&name], None, None).unwrap();
            let (place, key) = (format!("t.csv:{index}"), format!("key {index}"));
            (index, Row { place, key, ask: Ask::Names(spec), file: name, days: None })
        };
        (0..count).map(row).collect()
    }

    #[test]
    fn what_was_cut_off_is_finished_without_a_gap_or_a_double_and_what_is_refused_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let clock = Arc::new(FixedClock::new(now()));
        let store = store::open(&Location::directory(directory.path()), clock).unwrap();
        let issuer = authority("A CA", None);
        let row = stored::authority_row("ca", &issuer, now());
        store.apply(Change::new("test").insert_authority(row)).unwrap();
        let rules = Rules::from_toml("[own]\nbase = 'server'\npermit = ['example']", "own").unwrap();
        let (id, authority) = ("a job".to_owned(), "ca".to_owned());
        let validity = Validity::days(now(), 30).unwrap();
        let job = Job { id, authority, issuer, rules, algorithm: Algorithm::P256, validity, now: now() };
        let all = rows(1500);

        let mut told = 0;
        let mut cut = |event: Event<'_>| match event {
            Event::Committed(done) => {
                told += done.len();
                Err(store::Error::NoHome)
            }
            Event::Refused { .. } => Ok(()),
        };
        assert!(matches!(run(&*store, &job, &all, 2, &mut cut), Err(BatchError::Listener(_))));
        let before = store.batch("a job").unwrap();
        assert_eq!(before.len(), told);
        assert!(told < all.len());

        let known: BTreeSet<String> = before.into_iter().map(|row| row.line).collect();
        let rest: Vec<_> = all.iter().filter(|(_, row)| !known.contains(&row.key)).cloned().collect();
        let mut refused = Vec::new();
        let mut each = |event: Event<'_>| {
            if let Event::Refused { index, .. } = event {
                refused.push(index);
            }
            Ok::<(), Infallible>(())
        };
        let tally = run(&*store, &job, &rest, 2, &mut each).unwrap();
        assert_eq!(refused, [3]);
        assert_eq!(tally, Tally { issued: all.len() - told - 1, refused: 1 });
        let issued = store.issued("ca").unwrap();
        let serials: BTreeSet<_> = issued.iter().map(|row| row.serial.clone()).collect();
        assert_eq!((issued.len(), serials.len()), (all.len() - 1, all.len() - 1));
        assert_eq!(store.batch("a job").unwrap().len(), all.len() - 1);
        let again = run(&*store, &job, &rest[10..11], 1, &mut |_| Ok::<(), Infallible>(()));
        assert!(again.is_err(), "a row is never done twice");
    }
}
