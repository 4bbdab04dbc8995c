//! The shell: sockets, polls, workers. Everything that touches the system is here.

mod accept;
mod admission;
mod backend;
mod connection;
mod crowd;
mod listeners;
#[cfg(feature = "measure")]
pub mod measure;
mod rate;
mod running;
mod slab;
mod sockets;
mod timers;
mod worker;
mod write;

pub(crate) use self::crowd::Sketches;
pub(crate) use self::sockets::{Next, Sockets, Sought};
pub(crate) use self::worker::{Made, Worker};
