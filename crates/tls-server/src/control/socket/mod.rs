//! The control socket: how a running server is told to reload, asked how it is, and relieved by its successor.
//!
//! It is a Unix socket, 0600 in a directory 0700, and answers to its owner and to root alone. One connection carries one
//! request: one JSON document on a line each way.

mod client;
mod conversation;
mod instance;
mod listener;
mod serving;

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use self::client::{ClientError, reload, status};
pub(super) use self::client::{begin, failed, unexpected};
pub(super) use self::conversation::{Conversation, DESCRIPTORS};
pub use self::instance::Instance;
pub use self::listener::ControlSocket;
pub(super) use self::listener::{Staged, connect, peer};
pub(super) use self::serving::Serving;

use super::phase::Phase;
use super::reload::{Reload, ReloadStatus};

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SocketError {
    /// The name cannot be a file's, or might be another's.
    #[error("`{name}` cannot name an instance: up to 64 letters, digits, `.`, `_` and `-`, and no `.` in front")]
    Name {
        /// The name.
        name: String,
    },
    /// Others could put a socket there.
    #[error(
        "the directory of control sockets {path} belongs to user {owner} with the mode {mode:04o}, and must be our own \
         with 0700",
        path = path.display()
    )]
    Exposed {
        /// The directory.
        path: PathBuf,
        /// Whose it is.
        owner: u32,
        /// Its permission bits.
        mode: u32,
    },
    /// A server with that name is running.
    #[error("process {process} is the instance `{instance}` already")]
    Live {
        /// The name.
        instance: String,
        /// The process.
        process: u32,
    },
    /// The system refused.
    #[error("the control socket {path}", path = path.display())]
    Io {
        /// The socket, or its directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// What is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub(super) enum Request {
    /// To read everything again.
    Reload,
    /// How it is.
    Status,
    /// For the listening sockets; [`Request::Ready`] or [`Request::Failed`] follows on the same connection.
    TakeOver,
    /// The successor serves.
    Ready,
    /// It never will.
    Failed {
        /// Why.
        reason: String,
    },
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "answer", rename_all = "snake_case")]
pub(super) enum Answer {
    /// A reload ended, one way or the other.
    Reloaded {
        /// How.
        reload: Reload,
    },
    /// How it is.
    Status {
        /// That.
        status: Status,
    },
    /// Descriptors are beside this line, one for each address.
    Sockets {
        /// The addresses as bound.
        addresses: Vec<SocketAddr>,
        /// Whether another such line follows.
        more: bool,
    },
    /// This server accepts no more.
    HandedOver,
    /// What was asked is not done.
    Refused {
        /// Why.
        reason: String,
    },
}

/// How a server is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its name.
    pub instance: String,
    /// Its process.
    pub process: u32,
    /// Its program's version.
    pub version: String,
    /// Where it is in its life.
    pub phase: Phase,
    /// What is in force, and how the last reload went.
    pub reload: ReloadStatus,
}
