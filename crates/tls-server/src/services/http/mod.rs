//! A visitor's own connection as a page, and files below a directory.
//!
//! As far as a request goes (`incoming` cuts it out, `request` reads it, `service` answers), everything but `root`,
//! `files` and `readers` is pure.

mod chunks;
mod conditions;
mod date;
mod fields;
mod files;
mod fuzzing;
pub(super) mod greeting;
mod incoming;
mod page;
mod path;
mod readers;
mod request;
mod response;
mod root;
mod service;
#[cfg(test)]
mod specimens;
mod status;
mod visit;
mod words;

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use engine::{Opened, Service, Services};
use thiserror::Error;

#[doc(hidden)]
pub use self::fuzzing::http_requests;
use self::readers::Readers;
use self::root::Root;
use self::service::Conversation;

/// What is served.
#[derive(Debug, Clone, Default)]
pub struct HttpOptions {
    /// The directory whose files are served. Default: none.
    ///
    /// It is opened once: where a path is made to lead elsewhere later, the files of the first directory are served
    /// until [`Http`] is made anew.
    pub root: Option<PathBuf>,
    /// What the page says to a visitor without a certificate. Default: that none was asked for.
    pub client_certificates: ClientCertificates,
}

/// Whether clients are asked for a certificate.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ClientCertificates {
    /// They are not.
    #[default]
    NotAsked,
    /// They are, whether or not they have to show one.
    Asked,
}

/// Why nothing can be served.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum HttpError {
    /// The root cannot be opened, or is no directory.
    #[error("the files under {} cannot be served", path.display())]
    Root {
        /// Which it is.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The threads that read files cannot be started.
    #[error("the threads that read files cannot be started")]
    Threads(#[source] io::Error),
}

/// Serves HTTP/1.0 and HTTP/1.1 (RFC 9110, RFC 9112): at `/` a page that shows visitors their own connection, at
/// `/json` the same as `latchkey.visit/1`, and files.
///
/// Files come first: with an `index.html` in the root the page is gone, and with a file `json` so is that. A path is
/// followed below the root and nowhere else; names that begin with a dot are hidden, but for `.well-known`;
/// directories are not listed. Of a file that is being sent one piece of 256 KiB is held, read by two threads that
/// all clones share.
///
/// Every clone serves the same, so that each worker can have its own.
#[derive(Debug, Clone)]
pub struct Http {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    readers: Option<Readers>,
    client_certificates: ClientCertificates,
}

impl Http {
    /// Opens the root, and starts the threads that read below it.
    ///
    /// # Errors
    /// The root cannot be opened, or no thread started.
    pub fn new(options: HttpOptions) -> Result<Self, HttpError> {
        let HttpOptions { root, client_certificates } = options;
        let readers = match root {
            Some(path) => {
                let root = Root::open(&path).map_err(|source| HttpError::Root { path, source })?;
                Some(Readers::start(root).map_err(HttpError::Threads)?)
            }
            None => None,
        };
        Ok(Self { shared: Arc::new(Shared { readers, client_certificates }) })
    }
}

impl Services for Http {
    fn open(&mut self, opened: &Opened<'_>) -> Box<dyn Service> {
        Box::new(Conversation::new(Arc::clone(&self.shared), opened.peer, opened.facts))
    }
}
