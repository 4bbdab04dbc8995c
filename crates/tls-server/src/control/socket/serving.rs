//! Answering on the control socket.

use std::io;
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::net::{Shutdown, shutdown};
use rustix::process::geteuid;

use super::{Answer, ControlSocket, Conversation, Request, Status, peer};
use crate::control::command::Command;
use crate::control::phase::State;
use crate::control::upgrade;

/// How long the other side may take for a line.
const PATIENCE: Duration = Duration::from_secs(10);
/// Conversations at one time; who comes beyond is told so.
const MOST: usize = 8;

/// A socket that is answered on, until this is dropped.
#[derive(Debug)]
pub(in crate::control) struct Serving {
    socket: Arc<ControlSocket>,
    thread: Option<JoinHandle<()>>,
}

/// What a conversation needs.
struct Desk<P> {
    instance: String,
    state: Arc<State>,
    commands: Sender<Command<P>>,
    open: AtomicUsize,
}

impl Serving {
    /// Answers on `socket` from now on, on threads of its own. What the control thread has to do goes to `commands`.
    pub(in crate::control) fn start<P: Send + 'static>(
        socket: ControlSocket,
        state: Arc<State>,
        commands: Sender<Command<P>>,
    ) -> io::Result<Self> {
        let instance = socket.instance().name().to_owned();
        let socket = Arc::new(socket);
        let desk = Arc::new(Desk { instance, state, commands, open: AtomicUsize::new(0) });
        let accepting = Arc::clone(&socket);
        let thread = thread::Builder::new().name("control-socket".into()).spawn(move || accept(&accepting, &desk))?;
        Ok(Self { socket, thread: Some(thread) })
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        // It wakes the thread: accept fails from now on.
        let _ = shutdown(self.socket.listener().as_fd(), Shutdown::Both);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed by then.
            let _ = thread.join();
        }
    }
}

fn accept<P: Send + 'static>(socket: &ControlSocket, desk: &Arc<Desk<P>>) {
    loop {
        match socket.listener().accept() {
            Ok((stream, _)) => receive(stream, desk),
            // The socket was shut.
            Err(error) if error.kind() == io::ErrorKind::InvalidInput => return,
            // A full file table, which passes.
            Err(_) => thread::sleep(Duration::from_millis(100)),
        }
    }
}

fn receive<P: Send + 'static>(stream: UnixStream, desk: &Arc<Desk<P>>) {
    if desk.open.fetch_add(1, Ordering::AcqRel) >= MOST {
        desk.open.fetch_sub(1, Ordering::AcqRel);
        refuse(stream, "the control socket is busy with others");
        return;
    }
    let of_thread = Arc::clone(desk);
    let spawned = thread::Builder::new().name("control-answer".into()).spawn(move || {
        // Whoever asked has gone where it fails, and there is nobody left to tell.
        let _ = converse(stream, &of_thread);
        of_thread.open.fetch_sub(1, Ordering::AcqRel);
    });
    if spawned.is_err() {
        desk.open.fetch_sub(1, Ordering::AcqRel);
    }
}

fn refuse(stream: UnixStream, reason: &str) {
    let Ok(mut conversation) = Conversation::new(stream, Duration::from_millis(100)) else { return };
    let _ = conversation.send(&Answer::Refused { reason: reason.to_owned() });
}

fn converse<P>(stream: UnixStream, desk: &Desk<P>) -> io::Result<()> {
    let peer = peer(&stream)?;
    let mut conversation = Conversation::new(stream, PATIENCE)?;
    if peer.user != geteuid().as_raw() && peer.user != 0 {
        let reason = format!("user {} may not control this server", peer.user);
        return conversation.send(&Answer::Refused { reason });
    }
    let request = conversation.receive();
    // Nobody sends any; they would stay open for as long as the conversation does.
    conversation.take_descriptors();
    let answer = match request {
        Ok(None) => return Ok(()),
        Ok(Some(Request::Reload)) => desk.reload(),
        Ok(Some(Request::Status)) => desk.status(),
        Ok(Some(Request::TakeOver)) => return upgrade::give(conversation, peer.process, &desk.commands),
        Ok(Some(Request::Ready | Request::Failed { .. })) => {
            Answer::Refused { reason: "nothing was taken over on this connection".to_owned() }
        }
        Err(error) => Answer::Refused { reason: format!("the request cannot be read: {error}") },
    };
    conversation.send(&answer)
}

impl<P> Desk<P> {
    fn reload(&self) -> Answer {
        let (reply, replied) = channel();
        let sent = self.commands.send(Command::Reload(reply)).is_ok();
        match replied.recv() {
            Ok(Ok(reload)) if sent => Answer::Reloaded { reload },
            Ok(Err(reason)) => Answer::Refused { reason },
            _ => Answer::Refused { reason: "the server is ending".to_owned() },
        }
    }

    fn status(&self) -> Answer {
        Answer::Status {
            status: Status {
                instance: self.instance.clone(),
                process: std::process::id(),
                version: env!("CARGO_PKG_VERSION").to_owned(),
                phase: self.state.phase(),
                reload: self.state.reload(),
            },
        }
    }
}
