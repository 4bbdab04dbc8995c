//! Signals, turned into commands by a thread of their own.

use std::io::{self, IsTerminal as _};
use std::thread::{self, JoinHandle};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

/// The signals that end a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM: a service manager's way.
    Terminate,
    /// SIGINT: Ctrl-C.
    Interrupt,
    /// SIGHUP because the terminal that the server was started on is gone.
    Hangup,
}

impl Signal {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terminate => "SIGTERM",
            Self::Interrupt => "SIGINT",
            Self::Hangup => "SIGHUP (the terminal is gone)",
        }
    }
}

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wish {
    /// To end.
    End(Signal),
    /// To read everything again.
    Reload,
}

/// The thread that waits for signals.
#[derive(Debug)]
pub(super) struct Listening {
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Listening {
    /// From now on signals are told to `wish`, on a thread of its own, and do nothing else.
    pub(super) fn start(mut wish: impl FnMut(Wish) + Send + 'static) -> io::Result<Self> {
        let mut signals = Signals::new([SIGTERM, SIGINT, SIGHUP])?;
        let handle = signals.handle();
        let had_terminal = io::stdin().is_terminal();
        let thread = thread::Builder::new().name("signals".into()).spawn(move || {
            for number in signals.forever() {
                wish(match number {
                    SIGINT => Wish::End(Signal::Interrupt),
                    SIGTERM => Wish::End(Signal::Terminate),
                    // A terminal that hangs up sends the same signal that asks for a reload, and is none any more.
                    _ if had_terminal && !io::stdin().is_terminal() => Wish::End(Signal::Hangup),
                    _ => Wish::Reload,
                });
            }
        })?;
        Ok(Self { handle, thread: Some(thread) })
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        self.handle.close();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed by then.
            let _ = thread.join();
        }
    }
}
