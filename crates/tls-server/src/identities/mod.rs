//! Which certificate a client is shown: every identity of a server, found by the name that the client asks for.
//!
//! All certificates are read at the start for their names, and no key is. An identity that was named by itself (a
//! pair of files, an entry of the store) is loaded and checked as a bundle at once, and so is the default one; those
//! that were found in a directory or a whole store are loaded when they are first asked for, off the event loop,
//! while the session waits. What is loaded stays.
//!
//! A name is found exactly, else by a wildcard in place of its first label, else it is unknown: the default identity
//! is shown, or the client is refused. Of several certificates for one name, that is shown which the client can
//! verify and whose key signs fastest; of those with one kind of key, the one whose dates began last. One
//! that is not valid now, or cannot be loaded, is passed over as long as there is another. A client that sends no
//! name gets the default one whatever address it connects to.
//!
//! One that is not loaded takes about 1.5 KB, with two names and its place in the index; with an ECDSA key and a chain
//! of two it takes not quite 2 KB more once it is loaded (measured by the ignored test `a_hundred_thousand_names…`).
//!
//! [`Identities`] is one generation; it never changes, and [`Identities::reload`] makes the next, which shares with
//! it what is the same on disk.

mod directory;
mod entry;
mod index;
mod kind;
mod leaf;
mod loader;
mod material;
mod name;
mod problem;
mod reload;
mod resolver;
mod source;
mod stamp;
mod status;
#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::Arc;

use common::Clock;
use common::context::Policy;
use pki::certificate::Inspected;
use rustls::SupportedCipherSuite;
use rustls::pki_types::CertificateDer;

use self::entry::Entry;
use self::index::Index;
use self::loader::{Loader, Terms};
pub use self::problem::{Problem, Refused, Severity};
pub use self::reload::Difference;
pub use self::resolver::Ready;
pub use self::source::Source;
pub use self::status::{Counts, IdentityStatus, LoadState};

/// Called once, from any thread, to make a session ask again.
pub type Waiter = Box<dyn FnOnce() + Send>;

/// Told of what is wrong with an identity when it is loaded, on the thread that loads it.
pub type Report = Arc<dyn Fn(&Problem) + Send + Sync>;

/// What a client is shown that asks for no name, or for one that no certificate has.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Unknown {
    /// The default identity.
    #[default]
    Default,
    /// Nothing: it is refused (`--strict-sni`).
    Refuse,
}

/// What identities are served by, beside where they are.
#[derive(Clone)]
pub struct Options {
    /// Names that are not known.
    pub unknown: Unknown,
    /// The name whose certificate is the default one; without it, that is the first that there is.
    pub default_name: Option<String>,
    /// The server's policy, for its provider and its suites.
    pub policy: Policy,
    /// The time, by which certificates are chosen and checked.
    pub clock: Arc<dyn Clock>,
    /// Who is told of what cannot be loaded.
    pub report: Report,
}

/// The identities of a server. See the [module](self).
pub struct Identities {
    entries: Vec<Arc<Entry>>,
    index: Index,
    /// What is shown by default.
    fallback: Box<[u32]>,
    unknown: Unknown,
    suites: Vec<SupportedCipherSuite>,
    terms: Arc<Terms>,
    loader: Arc<Loader>,
}

impl Identities {
    /// Reads everything that `sources` name, and what is wrong with what they have.
    ///
    /// # Errors
    /// Something that was named cannot be used, a directory or a store cannot be read, or there is nothing to serve.
    /// All problems are in it.
    pub fn open(sources: &[Source], options: &Options) -> Result<(Self, Vec<Problem>), Refused> {
        reload::build(None, sources, options).map(|(identities, difference)| (identities, difference.problems))
    }

    /// Reads what has changed on disk since `self` was made, and keeps the rest as it is. What was served and cannot
    /// be used any more is kept as it was, unless it was named.
    ///
    /// # Errors
    /// As [`open`](Self::open). `self` is as good as before.
    pub fn reload(&self, sources: &[Source], options: &Options) -> Result<(Self, Difference), Refused> {
        reload::build(Some(self), sources, options)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// The chain that is shown by default, leaf first: to who asks for no name. It is loaded from the start.
    pub fn default_chain(&self) -> Option<Vec<CertificateDer<'static>>> {
        let mut shown = self.fallback.iter().filter_map(|number| self.entries.get(*number as usize));
        shown.find_map(|entry| entry.loaded()).map(|loaded| loaded.certified.cert.clone())
    }

    /// Where it is from: the certificate's file, or `store:NAME`.
    pub fn default_source(&self) -> Option<String> {
        let mut shown = self.fallback.iter().filter_map(|number| self.entries.get(*number as usize));
        shown.find(|entry| entry.loaded().is_some()).map(|entry| entry.material.source())
    }

    /// Its leaf, read.
    pub fn default_leaf(&self) -> Option<Inspected> {
        Inspected::from_der(self.default_chain()?.first()?).ok()
    }

    /// Whether there are none, which is never so.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }
}

impl fmt::Debug for Identities {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identities").field("count", &self.entries.len()).finish_non_exhaustive()
    }
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options").field("unknown", &self.unknown).field("policy", &self.policy).finish_non_exhaustive()
    }
}
