//! Which certificate this client is shown: by its name, what it can verify, and the dates. Look-ups only.

use std::sync::Arc;

use jiff::Timestamp;
use rustls::server::{self, ResolvesServerCert};
use rustls::sign::CertifiedKey;
use rustls::{AlertDescription, CipherSuite, ProtocolVersion, SignatureScheme};
use wire::ClientHello;

use super::entry::{Asked, Entry};
use super::kind::Kinds;
use super::{Identities, Unknown, Waiter};

/// Whether a session can go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ready {
    /// What it is to be shown is there.
    Yes,
    /// It is being loaded, and the waiter will be called.
    Later,
    /// There is nothing to show it.
    Refuse(AlertDescription),
}

impl Identities {
    /// Whether there is something to show the client that sent `hello`; what is not loaded yet is asked for, and
    /// `waiter` makes what is called then. Without a `hello` (it could not be read) there is nothing to wait for.
    ///
    /// Where no name was sent and none is shown by default, the alert is `missing_extension` (RFC 8446 section 9.2);
    /// where the name is not known, `unrecognized_name` (RFC 6066 section 3); where a client of TLS 1.2 can verify no
    /// key that there is, `handshake_failure` (RFC 5246 section 7.4.1.4.1); where what there is cannot be loaded,
    /// `internal_error`.
    pub fn ready(&self, hello: Option<&ClientHello<'_>>, waiter: &dyn Fn() -> Waiter) -> Ready {
        let Some(hello) = hello else { return Ready::Yes };
        let numbers = match self.find(hello.server_name) {
            Ok(numbers) => numbers,
            Err(alert) => return Ready::Refuse(alert),
        };
        let now = self.terms.clock.now();
        let kinds = Kinds::offered(
            &self.suites,
            |suite| hello.suites.contains(suite.into()),
            |scheme| hello.signature_schemes.contains(scheme.into()),
        );
        if !self.can_sign(numbers, hello) {
            return Ready::Refuse(AlertDescription::HandshakeFailure);
        }
        for entry in self.in_order(numbers, kinds, now) {
            match entry.ask(now, waiter, || self.loader.queue(entry, &self.terms)) {
                Asked::Loaded => return Ready::Yes,
                Asked::Waits => return Ready::Later,
                Asked::Crowded => break,
                Asked::Failed => {}
            }
        }
        Ready::Refuse(AlertDescription::InternalError)
    }

    /// Whether one of the entries' keys can sign for the client. In TLS 1.3 rustls looks for itself, and says so with
    /// the right alert; in TLS 1.2 it finds out too late for one.
    fn can_sign(&self, numbers: &[u32], hello: &ClientHello<'_>) -> bool {
        let speaks_tls13 = hello.versions.contains(ProtocolVersion::TLSv1_3.into())
            && self.suites.iter().any(|suite| suite.version().version == ProtocolVersion::TLSv1_3);
        let mut entries = numbers.iter().filter_map(|number| self.entries.get(*number as usize));
        let can = |entry: &Arc<Entry>| {
            entry.leaf.kind.schemes().iter().any(|scheme| hello.signature_schemes.contains((*scheme).into()))
        };
        speaks_tls13 || hello.signature_schemes.is_empty() || entries.any(can)
    }

    /// The entries for a name, or the default ones, or the alert where there are none.
    fn find(&self, server_name: Option<&str>) -> Result<&[u32], AlertDescription> {
        // Where the name is an address, rustls acts as if there were none (RFC 6066 section 3 forbids it).
        let name = server_name.filter(|name| name.parse::<std::net::IpAddr>().is_err());
        if let Some(found) = name.and_then(|name| self.index.find(name)) {
            return Ok(found);
        }
        match (self.unknown, name) {
            (Unknown::Default, _) => Ok(&self.fallback),
            (Unknown::Refuse, Some(_)) => Err(AlertDescription::UnrecognisedName),
            (Unknown::Refuse, None) => Err(AlertDescription::MissingExtension),
        }
    }

    /// The entries in the order in which they are tried: those that are valid now before those that are not, and
    /// only those that the client can verify. If it can verify none, any will do: rustls then says so.
    fn in_order<'a>(
        &'a self,
        numbers: &'a [u32],
        kinds: Kinds,
        now: Timestamp,
    ) -> impl Iterator<Item = &'a Arc<Entry>> {
        let entries = move || numbers.iter().filter_map(|number| self.entries.get(*number as usize));
        let any = !entries().any(|entry| kinds.contains(entry.leaf.kind));
        let wanted = move |valid: bool| {
            entries().filter(move |entry| {
                (any || kinds.contains(entry.leaf.kind)) && entry.shown().is_valid_at(now) == valid
            })
        };
        wanted(true).chain(wanted(false))
    }
}

impl ResolvesServerCert for Identities {
    fn resolve(&self, hello: server::ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let numbers = self.find(hello.server_name()).ok()?;
        let kinds = Kinds::offered(
            &self.suites,
            |suite: CipherSuite| hello.cipher_suites().contains(&suite),
            |scheme: SignatureScheme| hello.signature_schemes().contains(&scheme),
        );
        self.in_order(numbers, kinds, self.terms.clock.now())
            .find_map(|entry| entry.loaded())
            .map(|loaded| Arc::clone(&loaded.certified))
    }
}
