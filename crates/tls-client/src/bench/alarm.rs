//! A clock that wakes a poll to the microsecond.
//!
//! A poll's own time limit is in whole milliseconds, rounded up, and an operation that is begun late counts as a slow one.

use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::time::Duration;

use mio::unix::SourceFd;
use mio::{Interest, Poll, Token};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create, timerfd_settime,
};

/// Wakes the poll that it was made for.
#[derive(Debug)]
pub(super) struct Alarm(OwnedFd);

impl Alarm {
    /// It wakes `poll` with `token`.
    pub(super) fn new(poll: &Poll, token: Token) -> io::Result<Self> {
        let clock = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC)?;
        poll.registry().register(&mut SourceFd(&clock.as_raw_fd()), token, Interest::READABLE)?;
        Ok(Self(clock))
    }

    /// Wakes the poll once after `time`, and not when it was to be woken before.
    pub(super) fn set(&self, time: Duration) -> io::Result<()> {
        let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
        // A time of nothing would turn it off.
        let time = time.max(Duration::from_nanos(1));
        let it_value =
            Timespec { tv_sec: i64::try_from(time.as_secs()).unwrap_or(i64::MAX), tv_nsec: time.subsec_nanos().into() };
        timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &Itimerspec { it_interval, it_value })?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use mio::Events;

    use super::*;

    #[test]
    fn it_wakes_its_poll_each_time_that_it_is_set() {
        let mut poll = Poll::new().unwrap();
        let alarm = Alarm::new(&poll, Token(7)).unwrap();
        let mut events = Events::with_capacity(4);
        for time in [Duration::ZERO, Duration::from_micros(300), Duration::from_millis(2)] {
            let begun = Instant::now();
            alarm.set(time).unwrap();
            poll.poll(&mut events, Some(Duration::from_secs(60))).unwrap();
            assert!(events.iter().any(|event| event.token() == Token(7)), "{time:?}");
            assert!(begun.elapsed() >= time, "{time:?}");
        }
    }
}
