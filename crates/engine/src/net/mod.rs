//! The shell: sockets, polls, workers. Everything that touches the system is here.

mod accept;
mod connection;
mod slab;
mod timers;
mod worker;

pub(crate) use self::accept::listen;
pub(crate) use self::worker::Worker;
