//! Everything that wakes the control thread.

use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::sync::mpsc::Sender;

use super::reload::{Loaded, Reload, Unloadable};
use super::signal::Wish;
use super::watch::Seen;

/// One wake-up. The set is closed: nothing else reaches the thread.
pub(super) enum Command<P> {
    /// A signal.
    Signal(Wish),
    /// The watcher saw something.
    Seen(Seen),
    /// Somebody asked for a reload on the control socket, and waits for what comes of it.
    Reload(Sender<Result<Reload, String>>),
    /// The loader is done.
    Loaded(Result<Loaded<P>, Unloadable>),
    /// Another process asks for the listening sockets.
    TakeOver(u32, Sender<Result<Vec<(SocketAddr, OwnedFd)>, String>>),
    /// It serves, and this one is to drain.
    Ready(u32, Sender<Result<(), String>>),
    /// It does not, and this one goes on.
    GivenUp(u32, String),
    /// The server has ended.
    Finish,
}
