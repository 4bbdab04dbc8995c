//! Signals: the first SIGTERM or SIGINT drains, a second one stops at once. SIGHUP ends nothing that a terminal does
//! not end.

use std::io::{self, IsTerminal};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use engine::Handle as Server;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

/// What a signal brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// To drain, with this signal.
    Drain(Signal),
    /// To stop at once, with this signal.
    Stop(Signal),
    /// SIGHUP, which changes nothing.
    Hangup,
}

/// The signals that end a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM: a service manager's way.
    Terminate,
    /// SIGINT: Ctrl-C.
    Interrupt,
}

impl Signal {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Terminate => "SIGTERM",
            Self::Interrupt => "SIGINT",
        }
    }
}

/// The control thread, which waits for signals.
#[derive(Debug)]
pub struct Control {
    signals: Handle,
    thread: JoinHandle<()>,
}

impl Control {
    /// From now on the first SIGTERM or SIGINT drains `server` for at most `deadline`, and the next one stops it.
    /// `told` is called on the control thread before each.
    ///
    /// SIGHUP is told of and does nothing else, as service managers send it to have certificates read again; unless
    /// standard input is a terminal: then it says that the terminal is gone, and ends the process as it always did.
    ///
    /// # Errors
    /// The system refused a handler or a thread.
    pub fn start(server: Server, deadline: Duration, told: impl FnMut(Told) + Send + 'static) -> io::Result<Self> {
        let mut signals = Signals::new([SIGTERM, SIGINT])?;
        if !io::stdin().is_terminal() {
            signals.add_signal(SIGHUP)?;
        }
        let handle = signals.handle();
        let thread =
            thread::Builder::new().name("control".into()).spawn(move || wait(&mut signals, &server, deadline, told))?;
        Ok(Self { signals: handle, thread })
    }

    /// Ends the thread. Signals have no effect any more.
    pub fn finish(self) {
        self.signals.close();
        // A panic of the thread has been printed by then, and the server has ended.
        let _ = self.thread.join();
    }
}

fn wait(signals: &mut Signals, server: &Server, deadline: Duration, mut told: impl FnMut(Told)) {
    let mut draining = false;
    for number in signals.forever() {
        let signal = match number {
            SIGHUP => {
                told(Told::Hangup);
                continue;
            }
            SIGINT => Signal::Interrupt,
            _ => Signal::Terminate,
        };
        if draining {
            told(Told::Stop(signal));
            server.stop();
        } else {
            told(Told::Drain(signal));
            server.drain(deadline);
            draining = true;
        }
    }
}
