//! Upgrading the program: a new process takes the listening sockets of a running one.
//!
//! The new one asks on the control socket, gets every socket, and sets itself up with them. Only when it says that it
//! serves does the old one stop accepting, without closing a socket that has a queue, and drains. Until then nothing is
//! lost: if the new one fails or dies, the old one simply goes on.

use std::io;
use std::net::{SocketAddr, TcpListener};
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use super::command::Command;
use super::socket::{
    Answer, ClientError, ControlSocket, Conversation, DESCRIPTORS, Instance, Request, SocketError, Staged, begin,
    connect, failed, peer, unexpected,
};

/// How long the new process may take to set itself up.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why a process cannot take over from another.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum UpgradeError {
    /// The running server cannot be asked, or does not want to.
    #[error(transparent)]
    Client(#[from] ClientError),
    /// It sent something that is no set of listening sockets.
    #[error("the server `{instance}` sent {reason}")]
    Sockets {
        /// Its name.
        instance: String,
        /// What.
        reason: String,
    },
    /// It waited for too long and goes on.
    #[error("the server `{instance}` (process {process}) goes on by itself")]
    GoesOn {
        /// Its name.
        instance: String,
        /// Its process.
        process: u32,
    },
    /// The name of the control socket cannot be taken.
    #[error(transparent)]
    Socket(#[from] SocketError),
}

/// The new side: sockets that were asked for, and a running server that waits to hear how it goes. When this is dropped
/// the running one goes on.
#[derive(Debug)]
pub struct TakeOver {
    instance: Instance,
    conversation: Conversation,
    process: u32,
    sockets: Vec<TcpListener>,
}

impl TakeOver {
    /// Asks the running server of that name for its listening sockets.
    ///
    /// # Errors
    /// There is none, it is ending, or another process is taking over already.
    pub fn ask(instance: &Instance) -> Result<Self, UpgradeError> {
        let mut conversation = begin(instance)?;
        let process = peer(conversation.stream()).map_err(failed(instance))?.process;
        conversation.send(&Request::TakeOver).map_err(failed(instance))?;
        let sockets = receive(instance, &mut conversation)?;
        Ok(Self { instance: instance.clone(), conversation, process, sockets })
    }

    /// The running server's process.
    pub const fn process(&self) -> u32 {
        self.process
    }

    /// Its listening sockets, for `engine::Settings::inherited`; given once.
    pub fn take_sockets(&mut self) -> Vec<TcpListener> {
        std::mem::take(&mut self.sockets)
    }

    /// Says that this process serves. When it returns the other one accepts no more, and the name is this one's.
    ///
    /// # Errors
    /// The other one has waited too long and goes on, or the name cannot be taken. This one is then to end.
    pub fn ready(mut self) -> Result<ControlSocket, UpgradeError> {
        let staged = Staged::new(&self.instance)?;
        let answered = self.conversation.send(&Request::Ready).and_then(|()| self.conversation.receive());
        match answered {
            Ok(Some(Answer::HandedOver)) => {}
            Ok(Some(other)) => return Err(unexpected(&self.instance, other).into()),
            // It has closed the connection: because it gave up, or because it is gone.
            Ok(None) | Err(_) if self.is_alive() => {
                return Err(UpgradeError::GoesOn { instance: self.instance.name().to_owned(), process: self.process });
            }
            Ok(None) | Err(_) => {}
        }
        Ok(staged.take_name()?)
    }

    /// Says why this process does not come to serve.
    pub fn fail(mut self, reason: &str) {
        // If it does not arrive, the end of the connection says the same without words.
        let _ = self.conversation.send(&Request::Failed { reason: reason.to_owned() });
    }

    /// Whether the other one still answers under the name.
    fn is_alive(&self) -> bool {
        connect(&self.instance.path()).and_then(|stream| peer(&stream)).is_ok_and(|peer| peer.process == self.process)
    }
}

fn receive(instance: &Instance, conversation: &mut Conversation) -> Result<Vec<TcpListener>, UpgradeError> {
    let wrong =
        |reason: &str| UpgradeError::Sockets { instance: instance.name().to_owned(), reason: reason.to_owned() };
    let mut sockets = Vec::new();
    loop {
        let answer = conversation.receive().map_err(failed(instance))?;
        let (addresses, more) = match answer {
            Some(Answer::Sockets { addresses, more }) => (addresses, more),
            Some(other) => return Err(unexpected(instance, other).into()),
            None => return Err(wrong("only a part of its sockets")),
        };
        let descriptors = conversation.take_descriptors();
        if descriptors.len() != addresses.len() {
            return Err(wrong("another number of sockets than it named"));
        }
        for (descriptor, address) in descriptors.into_iter().zip(addresses) {
            let socket = TcpListener::from(descriptor);
            if !socket.local_addr().is_ok_and(|bound| bound == address) {
                return Err(wrong("a socket that is not what it was named"));
            }
            sockets.push(socket);
        }
        if !more {
            return Ok(sockets);
        }
    }
}

/// The old side: gives the sockets away and waits to hear how it goes.
pub(super) fn give<P>(mut conversation: Conversation, process: u32, commands: &Sender<Command<P>>) -> io::Result<()> {
    let ending = || "the server is ending".to_owned();
    let (reply, replied) = channel();
    let _ = commands.send(Command::TakeOver(process, reply));
    let sockets = match replied.recv().unwrap_or_else(|_| Err(ending())) {
        Ok(sockets) => sockets,
        Err(reason) => return conversation.send(&Answer::Refused { reason }),
    };
    let given = send(&mut conversation, &sockets);
    // The duplicates are the other's from here on.
    drop(sockets);
    let heard = given.and_then(|()| conversation.wait_for(PATIENCE)).and_then(|()| conversation.receive());
    let reason = match heard {
        Ok(Some(Request::Ready)) => {
            let (reply, replied) = channel();
            let _ = commands.send(Command::Ready(process, reply));
            return match replied.recv().unwrap_or_else(|_| Err(ending())) {
                Ok(()) => conversation.send(&Answer::HandedOver),
                Err(reason) => conversation.send(&Answer::Refused { reason }),
            };
        }
        Ok(Some(Request::Failed { reason })) => reason,
        Ok(Some(_)) => "it said something else than that it is ready".to_owned(),
        Ok(None) => "it ended without a word".to_owned(),
        Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            format!("it was not ready within {} seconds", PATIENCE.as_secs())
        }
        Err(error) => format!("talking to it: {error}"),
    };
    let _ = commands.send(Command::GivenUp(process, reason));
    Ok(())
}

/// In as many messages as it takes; one at least.
fn send(conversation: &mut Conversation, sockets: &[(SocketAddr, OwnedFd)]) -> io::Result<()> {
    let mut rest = sockets;
    loop {
        let (now, later) = rest.split_at(rest.len().min(DESCRIPTORS));
        let addresses = now.iter().map(|(address, _)| *address).collect();
        let descriptors: Vec<_> = now.iter().map(|(_, descriptor)| descriptor.as_fd()).collect();
        conversation.send_with(&Answer::Sockets { addresses, more: !later.is_empty() }, &descriptors)?;
        if later.is_empty() {
            return Ok(());
        }
        rest = later;
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    /// A server that answers the request for its sockets as `answers` does, and then hangs up; it goes on listening.
    fn giving(
        directory: &tempfile::TempDir,
        answers: fn(&mut Conversation),
    ) -> (Instance, ControlSocket, thread::JoinHandle<()>) {
        let instance = Instance::named("test").unwrap().within(&directory.path().join("run"));
        let socket = ControlSocket::bind(&instance).unwrap();
        let listener = socket.listener().try_clone().unwrap();
        let thread = thread::spawn(move || {
            let mut conversation = Conversation::new(listener.accept().unwrap().0, Duration::from_secs(20)).unwrap();
            assert_eq!(conversation.receive().unwrap(), Some(Request::TakeOver));
            answers(&mut conversation);
        });
        (instance, socket, thread)
    }

    fn none(conversation: &mut Conversation) {
        conversation.send(&Answer::Sockets { addresses: Vec::new(), more: false }).unwrap();
    }

    #[test]
    fn who_comes_too_late_does_not_serve_beside_the_old_one() {
        let directory = tempfile::tempdir().unwrap();
        let (instance, socket, thread) = giving(&directory, none);
        let taking = TakeOver::ask(&instance).unwrap();
        thread.join().unwrap();
        let error = taking.ready().unwrap_err();
        assert!(matches!(error, UpgradeError::GoesOn { process, .. } if process == std::process::id()), "{error}");
        connect(&socket.instance().path()).unwrap();
    }

    #[test]
    fn who_outlives_the_old_one_serves() {
        let directory = tempfile::tempdir().unwrap();
        let (instance, socket, thread) = giving(&directory, none);
        let taking = TakeOver::ask(&instance).unwrap();
        thread.join().unwrap();
        drop(socket);
        let socket = taking.ready().unwrap();
        connect(&socket.instance().path()).unwrap();
    }

    #[test]
    fn sockets_that_are_not_what_they_are_named_are_refused() {
        let unnamed = |conversation: &mut Conversation| {
            conversation.send(&Answer::Sockets { addresses: vec![elsewhere()], more: false }).unwrap();
        };
        let other = |conversation: &mut Conversation| {
            let socket = TcpListener::bind("127.0.0.1:0").unwrap();
            let answer = Answer::Sockets { addresses: vec![elsewhere()], more: false };
            conversation.send_with(&answer, &[socket.as_fd()]).unwrap();
        };
        let cut = |conversation: &mut Conversation| {
            conversation.send(&Answer::Sockets { addresses: Vec::new(), more: true }).unwrap();
        };
        let answers: [fn(&mut Conversation); 3] = [unnamed, other, cut];
        for answers in answers {
            let directory = tempfile::tempdir().unwrap();
            let (instance, _socket, thread) = giving(&directory, answers);
            let error = TakeOver::ask(&instance).unwrap_err();
            assert!(matches!(error, UpgradeError::Sockets { .. }), "{error}");
            thread.join().unwrap();
        }
    }

    fn elsewhere() -> SocketAddr {
        "127.0.0.1:1".parse().unwrap()
    }
}
