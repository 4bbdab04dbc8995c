//! Bound tickets with rustls on both sides, in memory.
#![expect(clippy::unwrap_used, reason = "a test ends where its premise fails")]

mod pair;

use std::sync::Arc;

use common::SystemClock;
use common::context::tickets::{Binding, TicketKeys, Ticketer};
use common::context::{
    ClientContext, Clients, Identity, Provider, Resumption, ServerContext, Versions, client_verifier,
};
use common::input::fsio::{self, Access, Existing};
use rustls::{ClientConfig, HandshakeKind, ServerConnection};

use pair::{Pair, handshake, identity, self_signed, trust};

/// A server's identity, a client's, and ticket keys.
struct Site {
    server: Pair,
    client: Pair,
    keys: Arc<TicketKeys>,
}

impl Site {
    fn new() -> Self {
        let keys = Arc::new(TicketKeys::random(Arc::new(SystemClock)).unwrap());
        Self { server: self_signed("localhost"), client: self_signed("client"), keys }
    }

    fn server(&self, clients: Clients, binding: &Binding) -> ServerContext {
        let ticketer = Ticketer::new(Arc::clone(&self.keys), binding.digest(), Ticketer::LIFETIME);
        let resumption = Resumption::Tickets(ticketer);
        ServerContext { clients, resumption, ..ServerContext::new(&identity(&self.server)) }
    }

    fn required(&self) -> Clients {
        Clients::Required(client_verifier(&trust(&self.client), Provider::AwsLc).unwrap())
    }

    fn optional(&self) -> Clients {
        Clients::Optional(client_verifier(&trust(&self.client), Provider::AwsLc).unwrap())
    }

    /// A client that keeps its tickets for as long as the configuration lives.
    fn client(&self, version: &str, identity: Option<Identity>) -> Arc<ClientConfig> {
        let mut context = ClientContext::webpki(&trust(&self.server), Provider::AwsLc).unwrap();
        context.policy.versions = Versions::new(Some(version), Some(version)).unwrap();
        context.identity = identity;
        context.config().unwrap()
    }
}

/// Shakes hands and takes the tickets that follow; how it went, and the server's side.
fn connect(client: &Arc<ClientConfig>, server: &ServerContext) -> (HandshakeKind, ServerConnection) {
    let (mut client, mut server) = handshake(Arc::clone(client), server.config().unwrap(), "localhost").unwrap();
    let mut tickets = Vec::new();
    while server.wants_write() {
        server.write_tls(&mut tickets).unwrap();
    }
    let mut rest = tickets.as_slice();
    while !rest.is_empty() {
        client.read_tls(&mut rest).unwrap();
        client.process_new_packets().unwrap();
    }
    assert_eq!(client.handshake_kind(), server.handshake_kind());
    (server.handshake_kind().unwrap(), server)
}

const VERSIONS: [&str; 2] = ["1.2", "1.3"];

#[test]
fn a_session_resumes_across_configurations_with_the_same_keys_and_binding() {
    let site = Site::new();
    for version in VERSIONS {
        let client = site.client(version, None);
        let binding = Binding::new().listener("public");
        assert_eq!(connect(&client, &site.server(Clients::None, &binding)).0, HandshakeKind::Full, "{version}");
        assert_eq!(connect(&client, &site.server(Clients::None, &binding)).0, HandshakeKind::Resumed, "{version}");
    }
}

#[test]
fn a_verified_client_resumes_and_its_chain_is_restored() {
    let site = Site::new();
    for version in VERSIONS {
        let client = site.client(version, Some(identity(&site.client)));
        let binding = Binding::new().anchor(b"the client's own");
        let (full, first) = connect(&client, &site.server(site.required(), &binding));
        let (resumed, second) = connect(&client, &site.server(site.required(), &binding));
        assert_eq!((full, resumed), (HandshakeKind::Full, HandshakeKind::Resumed), "{version}");
        assert_eq!(first.peer_certificates().unwrap(), second.peer_certificates().unwrap(), "{version}");
    }
}

#[test]
fn after_a_change_of_what_is_trusted_the_handshake_is_a_full_one() {
    let site = Site::new();
    for version in VERSIONS {
        let client = site.client(version, Some(identity(&site.client)));
        let before = Binding::new().listener("public").anchor(b"root");
        let revoked = before.clone().revoked(b"root", &[1]);
        assert_eq!(connect(&client, &site.server(site.required(), &before)).0, HandshakeKind::Full, "{version}");
        assert_eq!(connect(&client, &site.server(site.required(), &before)).0, HandshakeKind::Resumed, "{version}");
        assert_eq!(connect(&client, &site.server(site.required(), &revoked)).0, HandshakeKind::Full, "{version}");
    }
}

#[test]
fn a_client_that_is_trusted_no_more_is_refused_though_it_has_a_ticket() {
    let site = Site::new();
    for version in VERSIONS {
        let client = site.client(version, Some(identity(&site.client)));
        connect(&client, &site.server(site.required(), &Binding::new().anchor(b"the client's own")));
        let other = Clients::Required(client_verifier(&trust(&self_signed("other")), Provider::AwsLc).unwrap());
        let server = site.server(other, &Binding::new().anchor(b"another"));
        let refused = handshake(client, server.config().unwrap(), "localhost");
        assert!(matches!(refused, Err(rustls::Error::InvalidCertificate(_))), "{version}");
    }
}

#[test]
fn a_ticket_without_a_certificate_is_worth_nothing_where_one_is_required() {
    let site = Site::new();
    for version in VERSIONS {
        let client = site.client(version, None);
        // The same binding throughout, as if its maker had forgotten to put the mode in.
        let binding = Binding::new();
        for clients in [Clients::None, site.optional()] {
            connect(&client, &site.server(clients, &binding));
            let required = site.server(site.required(), &binding).config().unwrap();
            let refused = handshake(Arc::clone(&client), required, "localhost");
            assert!(matches!(refused, Err(rustls::Error::NoCertificatesPresented)), "{version}");
        }
    }
}

#[test]
fn with_client_certificates_a_ticket_lives_for_an_hour() {
    let site = Site::new();
    let lifetime = |clients| site.server(clients, &Binding::new()).config().unwrap().ticketer.lifetime();
    assert_eq!(lifetime(Clients::None), 12 * 3600);
    assert_eq!((lifetime(site.optional()), lifetime(site.required())), (3600, 3600));
}

#[test]
fn two_servers_with_one_file_resume_each_others_sessions() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("keys");
    let line = b"bGF0Y2hrZXkgdGlja2V0IGtleXMgaW4gYSB0ZXN0LCAzMiBieXRlcyBhdCBsZWFzdA==\n";
    fsio::write(&path, line, Access::Private, Existing::Keep).unwrap();
    let mut site = Site::new();
    let client = site.client("1.3", None);
    for expected in [HandshakeKind::Full, HandshakeKind::Resumed] {
        site.keys = Arc::new(TicketKeys::from_file(&path, Arc::new(SystemClock)).unwrap());
        assert_eq!(connect(&client, &site.server(Clients::None, &Binding::new().listener("public"))).0, expected);
    }
}
