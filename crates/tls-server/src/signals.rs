//! Signals: the first SIGTERM or SIGINT drains, a second one stops at once.

use std::io;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use engine::Handle as Server;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

/// What a signal brought about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// To drain, with this signal.
    Drain(Signal),
    /// To stop at once, with this signal.
    Stop(Signal),
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
    /// # Errors
    /// The system refused a handler or a thread.
    pub fn start(server: Server, deadline: Duration, told: impl FnMut(Told) + Send + 'static) -> io::Result<Self> {
        let mut signals = Signals::new([SIGTERM, SIGINT])?;
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
        let signal = if number == SIGINT { Signal::Interrupt } else { Signal::Terminate };
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
