//! Changing a server while it runs: signals, reloads, upgrades and the end.
//!
//! One thread decides, and one closed set of commands wakes it. Signals, the watcher, the loader and the control socket
//! have threads of their own, which only send; none of them is on the path of a connection.

mod command;
mod controller;
mod phase;
pub mod reload;
mod serve;
mod signal;
pub mod socket;
mod summary;
#[cfg(test)]
mod tests;
mod told;
pub mod upgrade;
mod watch;

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::SystemTime;

use common::Clock;

use self::command::Command;
use self::controller::Controller;
pub use self::phase::{Phase, State};
use self::reload::{InForce, Load};
pub use self::serve::Serve;
pub(crate) use self::serve::problem;
use self::signal::Listening;
pub use self::signal::Signal;
use self::socket::{ControlSocket, Serving};
pub use self::summary::{Change, Difference, Kind, Summary, What};
pub use self::told::Told;
use self::watch::Watcher;

/// Everything that the control thread needs.
pub struct Setup<S: Serve, L> {
    /// The server.
    pub server: S,
    /// What reads everything anew.
    pub load: L,
    /// What is in force at the start.
    pub in_force: InForce,
    /// When reading of it began: what changed since is read again.
    pub read: SystemTime,
    /// Where others see how it is.
    pub state: Arc<State>,
    /// Where it can be asked, if anywhere.
    pub socket: Option<ControlSocket>,
    /// The time of reloads.
    pub clock: Arc<dyn Clock>,
}

/// The control thread.
pub struct Control {
    signals: Option<Listening>,
    _serving: Option<Serving>, // until it is dropped
    finish: Box<dyn FnOnce() + Send>,
    thread: JoinHandle<()>,
}

impl Control {
    /// From now on the server is controlled: it is serving, and signals are its.
    ///
    /// The first SIGTERM or SIGINT drains it, a second one stops it at once. SIGHUP, a request on the control socket and
    /// a change of what is watched reload. `told` is called on the control thread, for the log.
    ///
    /// # Errors
    /// The system refused a handler or a thread.
    pub fn start<S, L>(setup: Setup<S, L>, told: impl FnMut(&Told) + Send + 'static) -> io::Result<Self>
    where
        S: Serve,
        L: Load<Plan = S::Plan>,
    {
        let (commands, received) = channel();
        // First, so that signals are waited for by the time that the control socket answers.
        let signals = Listening::start(sending(&commands, Command::Signal))?;
        let control = Self::without_signals(setup, told, commands, received)?;
        Ok(Self { signals: Some(signals), ..control })
    }

    /// The same, but for signals: whoever has a sender may send what one would.
    fn without_signals<S, L>(
        setup: Setup<S, L>,
        told: impl FnMut(&Told) + Send + 'static,
        commands: Sender<Command<S::Plan>>,
        received: Receiver<Command<S::Plan>>,
    ) -> io::Result<Self>
    where
        S: Serve,
        L: Load<Plan = S::Plan>,
    {
        let watcher = Watcher::start(sending(&commands, Command::Seen))?;
        watcher.watch(setup.in_force.watched.clone(), setup.read);
        let loads = controller::loader(setup.load, commands.clone())?;
        setup.state.enter(Phase::Serving);
        let serving = match setup.socket {
            Some(socket) => Some(Serving::start(socket, Arc::clone(&setup.state), commands.clone())?),
            None => None,
        };
        let controller = Controller::new(setup.server, setup.state, setup.clock, told, setup.in_force, watcher, loads);
        let thread = thread::Builder::new().name("control".into()).spawn(move || controller.run(&received))?;
        let finish = Box::new(move || drop(commands.send(Command::Finish)));
        Ok(Self { signals: None, _serving: serving, finish, thread })
    }

    /// Ends the thread, once the server has ended. Signals have no effect any more, and the control socket is gone.
    pub fn finish(self) {
        drop(self.signals);
        (self.finish)();
        // A panic of the thread has been printed by then.
        let _ = self.thread.join();
    }
}

/// Sends what a thread has to say as a command. Where it fails the control thread has ended, and nobody listens.
fn sending<T, P: Send + 'static>(
    commands: &Sender<Command<P>>,
    command: fn(T) -> Command<P>,
) -> impl FnMut(T) + Send + use<T, P> {
    let commands = commands.clone();
    move |said| drop(commands.send(command(said)))
}
