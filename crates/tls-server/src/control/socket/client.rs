//! Asking a running server, for `tls-server reload`.

use std::io;
use std::time::Duration;

use super::instance::check_private;
use super::listener::connect;
use super::{Answer, Conversation, Instance, Request, SocketError, Status};
use crate::control::reload::Reload;

/// How long a reload may take: reading and checking everything there is.
const PATIENCE: Duration = Duration::from_secs(120);

/// Why a server did not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClientError {
    /// The socket's directory cannot be trusted.
    #[error(transparent)]
    Socket(#[from] SocketError),
    /// Nobody listens under the name.
    #[error("no server runs as the instance `{instance}`")]
    Absent {
        /// The name.
        instance: String,
    },
    /// The server does not do it.
    #[error("the server `{instance}` does not do it: {reason}")]
    Refused {
        /// The name.
        instance: String,
        /// What it said.
        reason: String,
    },
    /// There was no answer in time.
    #[error("the server `{instance}` has not answered within {} seconds", PATIENCE.as_secs())]
    Deadline {
        /// The name.
        instance: String,
    },
    /// The conversation broke off.
    #[error("talking to the server `{instance}`")]
    Io {
        /// The name.
        instance: String,
        /// Why.
        source: io::Error,
    },
}

/// Tells the server to read everything again, and waits until every worker acts by it, or until it is refused.
///
/// # Errors
/// There is no such server, or it does not answer. That the reload itself was refused is in the [`Reload`].
pub fn reload(instance: &Instance) -> Result<Reload, ClientError> {
    match ask(instance, &Request::Reload)? {
        Answer::Reloaded { reload } => Ok(reload),
        other => Err(unexpected(instance, other)),
    }
}

/// Asks the server how it is.
///
/// # Errors
/// There is no such server, or it does not answer.
pub fn status(instance: &Instance) -> Result<Status, ClientError> {
    match ask(instance, &Request::Status)? {
        Answer::Status { status } => Ok(status),
        other => Err(unexpected(instance, other)),
    }
}

fn ask(instance: &Instance, request: &Request) -> Result<Answer, ClientError> {
    let mut conversation = begin(instance)?;
    let answer = conversation.send(request).and_then(|()| conversation.receive());
    answer.and_then(|answer| answer.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())).map_err(failed(instance))
}

/// A conversation with the server of that name.
pub(in crate::control) fn begin(instance: &Instance) -> Result<Conversation, ClientError> {
    let path = instance.path();
    let directory = path.parent().unwrap_or(&path);
    let absent = || ClientError::Absent { instance: instance.name().to_owned() };
    match check_private(directory) {
        Err(SocketError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => return Err(absent()),
        checked => checked?,
    }
    let stream = connect(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::ConnectionRefused => absent(),
        _ => failed(instance)(error),
    })?;
    Conversation::new(stream, PATIENCE).map_err(failed(instance))
}

/// What a failed read or write means.
pub(in crate::control) fn failed(instance: &Instance) -> impl Fn(io::Error) -> ClientError {
    let instance = instance.name().to_owned();
    move |source| match source.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ClientError::Deadline { instance: instance.clone() },
        _ => ClientError::Io { instance: instance.clone(), source },
    }
}

pub(in crate::control) fn unexpected(instance: &Instance, answer: Answer) -> ClientError {
    match answer {
        Answer::Refused { reason } => ClientError::Refused { instance: instance.name().to_owned(), reason },
        _ => failed(instance)(io::Error::new(io::ErrorKind::InvalidData, "it answered something else")),
    }
}
