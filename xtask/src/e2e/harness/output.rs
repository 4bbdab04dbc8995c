//! What a program has said so far, line by line, kept by threads that read until the end.

use std::io::{BufRead, BufReader, Read};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

/// Which stream a line came from.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Stream {
    Stdout,
    Stderr,
}

/// The lines of both streams in the order they were read.
#[derive(Default)]
pub(super) struct Output {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    lines: Vec<(Stream, String)>,
    open: usize,
}

impl Output {
    /// Reads `source` to its end on a thread of its own.
    pub(super) fn follow(self: &Arc<Self>, stream: Stream, source: impl Read + Send + 'static) {
        self.lock().open += 1;
        let output = Arc::clone(self);
        thread::spawn(move || {
            let mut reader = BufReader::new(source);
            let mut line = Vec::new();
            while matches!(reader.read_until(b'\n', &mut line), Ok(length) if length > 0) {
                let text = String::from_utf8_lossy(&line).trim_end_matches(['\n', '\r']).to_owned();
                output.lock().lines.push((stream, text));
                output.changed.notify_all();
                line.clear();
            }
            output.lock().open -= 1;
            output.changed.notify_all();
        });
    }

    /// Waits until `seek` finds what it wants in a line, the streams end, or the deadline passes.
    pub(super) fn wait_for<T>(&self, mut seek: impl FnMut(&str) -> Option<T>, deadline: Instant) -> Result<T, Ended> {
        let mut seen = 0;
        let mut state = self.lock();
        loop {
            if let Some(found) = state.lines[seen..].iter().find_map(|(_, line)| seek(line)) {
                return Ok(found);
            }
            seen = state.lines.len();
            if state.open == 0 {
                return Err(Ended::Streams);
            }
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Ended::Deadline);
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits until both streams have ended, or the deadline has passed.
    pub(super) fn wait_for_end(&self, deadline: Instant) {
        let _ = self.wait_for(|_| None::<()>, deadline);
    }

    /// What one stream has said so far.
    pub(super) fn text(&self, wanted: Stream) -> String {
        let state = self.lock();
        let lines = state.lines.iter().filter(|(stream, _)| *stream == wanted);
        lines.flat_map(|(_, line)| [line.as_str(), "\n"]).collect()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Why nothing more is waited for.
pub(super) enum Ended {
    Streams,
    Deadline,
}
