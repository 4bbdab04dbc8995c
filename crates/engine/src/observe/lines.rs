//! Lines for a log: a bounded queue from the workers to one thread that writes.
//!
//! A worker gathers the lines of a turn and hands them on as one batch. When the writer cannot keep up, batches are
//! dropped and their lines counted: a slow disk slows no connection.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

/// Batches that may wait.
const BATCHES: usize = 256;

/// A batch is handed on when it has grown to this, whether the turn is over or not.
const BATCH_BYTES: usize = 16 * 1024;

/// The writer rests after each write, so that under load it writes many lines at once and is woken seldom.
const REST: Duration = Duration::from_millis(5);

#[derive(Debug)]
struct Batch {
    bytes: Vec<u8>,
    lines: u64,
}

/// The writer's end. Dropping it without [`finish`](Self::finish) leaves the thread to itself.
#[derive(Debug)]
pub struct Writer {
    /// Nothing is ever sent: the other end is dropped when the thread ends.
    ended: Receiver<()>,
}

/// A worker's end; every worker has its own clone.
#[derive(Debug)]
pub struct Lines {
    queue: SyncSender<Batch>,
    state: Arc<State>,
    batch: Batch,
}

/// How a log's queue is doing, for whoever watches.
#[derive(Debug, Clone)]
pub struct Queue(Arc<State>);

/// Touched once a batch, as the queue itself is.
#[derive(Debug, Default)]
struct State {
    /// Batches.
    waiting: AtomicU64,
    /// Lines, since the last note about them.
    missing: AtomicU64,
    /// Lines, since the start.
    lost: AtomicU64,
}

impl State {
    fn lose(&self, lines: u64) {
        self.missing.fetch_add(lines, Relaxed);
        self.lost.fetch_add(lines, Relaxed);
    }
}

impl Queue {
    /// Batches that wait to be written.
    pub fn waiting(&self) -> u64 {
        self.0.waiting.load(Relaxed)
    }

    /// Lines that were lost since the start.
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Relaxed)
    }
}

/// Starts the thread that writes to `output`. Lines that were lost are told by a line of their own: `note` makes it.
///
/// # Errors
/// The thread cannot be started.
pub fn start(
    output: impl Write + Send + 'static,
    note: impl Fn(u64) -> String + Send + 'static,
) -> io::Result<(Lines, Writer)> {
    let (sender, receiver) = sync_channel(BATCHES);
    let state = Arc::new(State::default());
    let shared = Arc::clone(&state);
    let (ending, ended) = sync_channel(0);
    thread::Builder::new().name("log-writer".into()).spawn(move || {
        write_batches(output, &receiver, &shared, note);
        drop(ending);
    })?;
    Ok((Lines { queue: sender, state, batch: Batch { bytes: Vec::new(), lines: 0 } }, Writer { ended }))
}

impl Lines {
    /// Adds a line, which has no line end of its own, to the batch.
    pub fn push(&mut self, line: &str) {
        self.batch.bytes.extend_from_slice(line.as_bytes());
        self.batch.bytes.push(b'\n');
        self.batch.lines += 1;
        if self.batch.bytes.len() >= BATCH_BYTES {
            self.flush();
        }
    }

    /// Hands the batch on; to be called at the end of a turn.
    pub fn flush(&mut self) {
        if self.batch.lines == 0 {
            return;
        }
        let batch = std::mem::replace(&mut self.batch, Batch { bytes: Vec::new(), lines: 0 });
        let lines = batch.lines;
        // Counted before it can be taken out.
        self.state.waiting.fetch_add(1, Relaxed);
        if self.queue.try_send(batch).is_err() {
            self.state.waiting.fetch_sub(1, Relaxed);
            self.state.lose(lines);
        }
    }

    /// How the queue is doing.
    pub fn queue(&self) -> Queue {
        Queue(Arc::clone(&self.state))
    }
}

impl Clone for Lines {
    fn clone(&self) -> Self {
        let (queue, state) = (self.queue.clone(), Arc::clone(&self.state));
        Self { queue, state, batch: Batch { bytes: Vec::new(), lines: 0 } }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.flush();
    }
}

impl Writer {
    /// Waits until everything is written, which needs every [`Lines`] to be dropped; but no longer than `patience`,
    /// as a pipe that nobody reads would hold up the end of the program for ever. Whether all is written.
    pub fn finish(self, patience: Duration) -> bool {
        self.ended.recv_timeout(patience) == Err(RecvTimeoutError::Disconnected)
    }
}

fn write_batches(mut output: impl Write, queue: &Receiver<Batch>, state: &State, note: impl Fn(u64) -> String) {
    while let Ok(first) = queue.recv() {
        state.waiting.fetch_sub(1, Relaxed);
        let mut bytes = first.bytes;
        let mut lines = first.lines;
        while let Ok(next) = queue.try_recv() {
            state.waiting.fetch_sub(1, Relaxed);
            bytes.extend_from_slice(&next.bytes);
            lines += next.lines;
        }
        let missing = state.missing.swap(0, Relaxed);
        if missing > 0 {
            bytes.extend_from_slice(note(missing).as_bytes());
            bytes.push(b'\n');
        }
        if output.write_all(&bytes).and_then(|()| output.flush()).is_err() {
            state.lose(lines);
            state.missing.fetch_add(missing, Relaxed);
        }
        thread::sleep(REST);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Writes into memory, and only while `gate` is not held.
    #[derive(Clone, Default)]
    struct Gated {
        gate: Arc<Mutex<()>>,
        written: Arc<Mutex<Vec<u8>>>,
    }

    impl Write for Gated {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _open = self.gate.lock().unwrap();
            self.written.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn an_output_that_takes_nothing_does_not_hold_up_the_end() {
        let output = Gated::default();
        let _shut = output.gate.lock().unwrap();
        let (mut lines, writer) = start(output.clone(), |lost| format!("lost {lost}")).unwrap();
        lines.push("nobody reads this");
        drop(lines);
        assert!(!writer.finish(Duration::from_millis(1)));
    }

    #[test]
    fn every_line_is_written_or_counted() {
        let output = Gated::default();
        let (mut lines, writer) = start(output.clone(), |lost| format!("lost {lost}")).unwrap();
        let queue = lines.queue();
        let total = 4 * BATCHES as u64;
        {
            let _shut = output.gate.lock().unwrap();
            for n in 0..total {
                lines.push(&format!("line {n}"));
                lines.flush();
            }
            assert!(queue.waiting() >= BATCHES as u64, "{} wait", queue.waiting());
        }
        let mut more = 0;
        // Wait until the writer has room again, so that the note about the lost ones has a batch to follow.
        while !String::from_utf8_lossy(&output.written.lock().unwrap()).contains("lost") {
            more += 1;
            lines.push("more");
            lines.flush();
            thread::yield_now();
        }
        drop(lines);
        assert!(writer.finish(Duration::from_secs(20)));
        let written = String::from_utf8(output.written.lock().unwrap().clone()).unwrap();
        let kept = written.lines().filter(|line| line.starts_with("line")).count() as u64;
        assert!(kept >= BATCHES as u64 && kept < total, "{kept} of {total}");
        let kept_more = written.lines().filter(|line| *line == "more").count() as u64;
        assert_eq!(kept + kept_more + queue.lost(), total + more, "{queue:?}");
        assert_eq!(queue.waiting(), 0);
        assert!(written.ends_with('\n'));
    }
}
