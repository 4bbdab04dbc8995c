//! How many connections the system lets this process hold.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Descriptors kept back: the standard streams, the store, logs, and what libraries open for a moment. Of a small
/// table it is a quarter.
const KEPT_BACK: u64 = 64;

/// What each worker has besides its connections: its poll, its waker, and room to accept one more and close it.
const PER_WORKER: u64 = 4;

/// The most that is taken unasked. It costs about half a gigabyte when every connection is idle.
const UNASKED: u64 = 65_536;

/// Raises this process's limit of open descriptors as far as it may, and returns it.
pub fn raise_descriptor_limit() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let (Some(current), maximum) = (limit.current, limit.maximum) else { return u64::MAX };
    let raised = maximum.unwrap_or(u64::MAX);
    // A limit that cannot be raised is the one that holds.
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => raised,
        Err(_) => current,
    }
}

/// The connections for which `descriptors` are enough, beside `workers` with `listeners` sockets each.
pub fn connections(descriptors: u64, workers: usize, listeners: usize) -> usize {
    let each = PER_WORKER.saturating_add(listeners as u64);
    let other = KEPT_BACK.min(descriptors / 4).saturating_add(each.saturating_mul(workers as u64));
    let left = descriptors.saturating_sub(other).clamp(1, UNASKED);
    usize::try_from(left).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_process_itself_needs_is_kept_back() {
        assert_eq!(connections(1024, 2, 1), 1024 - 64 - 10);
        assert_eq!(connections(64, 2, 1), 64 - 16 - 10);
        assert_eq!(connections(8, 2, 1), 1);
        assert_eq!(connections(u64::MAX, 64, 2), 65_536);
    }

    #[test]
    fn the_limit_is_what_the_system_then_says() {
        let limit = raise_descriptor_limit();
        assert_eq!(getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX), limit);
    }
}
