//! The context as a Rust program uses it: files in, a handshake out, in memory.
#![expect(clippy::unwrap_used, reason = "a test ends where its premise fails")]

mod pair;

use std::sync::Arc;

use common::Secret;
use common::context::{
    ClientContext, Clients, HostnameCheck, Identity, IdentityError, Provider, Resumption, ServerContext, Suites,
    Versions, client_verifier, danger_accept_any_server, server_verifier, take_chosen_scheme,
};
use common::input::InputError;
use rustls::{CertificateError, Error, ProtocolVersion, SignatureScheme};

use pair::{Pair, blob, handshake, identity, self_signed, trust};

#[test]
fn a_self_signed_certificate_is_its_own_anchor() {
    let pair = self_signed("localhost");
    let server = ServerContext::new(&identity(&pair)).config().unwrap();
    let client = ClientContext::webpki(&trust(&pair), Provider::AwsLc).unwrap().config().unwrap();
    let (client, _) = handshake(client, server, "localhost").unwrap();
    assert_eq!(client.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(client.negotiated_key_exchange_group().unwrap().name(), rustls::NamedGroup::X25519MLKEM768);
    let suite = client.negotiated_cipher_suite().unwrap().suite();
    assert_eq!(suite, rustls::CipherSuite::TLS13_AES_128_GCM_SHA256);
}

#[test]
fn the_scheme_of_our_own_signature_is_known_once() {
    let pair = self_signed("localhost");
    let client = ClientContext::webpki(&trust(&pair), Provider::AwsLc).unwrap().config().unwrap();
    let server = ServerContext::new(&identity(&pair)).config().unwrap();
    assert_eq!(take_chosen_scheme(), None);
    handshake(client, server, "localhost").unwrap();
    assert_eq!(take_chosen_scheme(), Some(SignatureScheme::ECDSA_NISTP256_SHA256));
    assert_eq!(take_chosen_scheme(), None);
}

#[test]
fn the_hostname_check_can_be_turned_off_and_nothing_else_with_it() {
    let (pair, other) = (self_signed("localhost"), self_signed("localhost"));
    let server = ServerContext::new(&identity(&pair)).config().unwrap();
    let client = |trusted: &Pair, check| {
        ClientContext::new(server_verifier(&trust(trusted), check, Provider::AwsLc).unwrap()).config().unwrap()
    };
    let wrong = handshake(client(&pair, HostnameCheck::Required), Arc::clone(&server), "example.com");
    assert!(matches!(
        wrong,
        Err(Error::InvalidCertificate(
            CertificateError::NotValidForNameContext { .. } | CertificateError::NotValidForName
        ))
    ));
    handshake(client(&pair, HostnameCheck::Off), Arc::clone(&server), "example.com").unwrap();
    assert!(handshake(client(&other, HostnameCheck::Off), server, "localhost").is_err());
}

#[test]
fn cert_none_believes_anybody() {
    let server = ServerContext::new(&identity(&self_signed("localhost"))).config().unwrap();
    let client = ClientContext::new(danger_accept_any_server(Provider::AwsLc)).config().unwrap();
    handshake(client, server, "example.com").unwrap();
}

#[test]
fn required_clients_must_show_a_certificate_and_optional_ones_need_not() {
    let (pair, own) = (self_signed("localhost"), self_signed("client"));
    let server = |clients| {
        let mut context = ServerContext::new(&identity(&pair));
        context.clients = clients;
        context.config().unwrap()
    };
    let verifier = || client_verifier(&trust(&own), Provider::AwsLc).unwrap();
    let client = |identity| {
        let mut context = ClientContext::webpki(&trust(&pair), Provider::AwsLc).unwrap();
        context.identity = identity;
        context.config().unwrap()
    };
    let required = server(Clients::Required(verifier()));
    let refused = handshake(client(None), Arc::clone(&required), "localhost");
    assert_eq!(refused.unwrap_err(), Error::NoCertificatesPresented);
    let (_, taken) = handshake(client(Some(identity(&own))), required, "localhost").unwrap();
    assert_eq!(taken.peer_certificates().unwrap().len(), 1);
    handshake(client(None), server(Clients::Optional(verifier())), "localhost").unwrap();
    let stranger = Some(identity(&self_signed("client")));
    assert!(handshake(client(stranger), server(Clients::Optional(verifier())), "localhost").is_err());
}

#[test]
fn sessions_resume_by_ticket_unless_told_or_clients_are_verified() {
    let pair = self_signed("localhost");
    let resumes = |context: &ServerContext| {
        let (server, client) =
            (context.config().unwrap(), ClientContext::webpki(&trust(&pair), Provider::AwsLc).unwrap());
        let client = client.config().unwrap();
        let (mut first, mut peer) = handshake(Arc::clone(&client), Arc::clone(&server), "localhost").unwrap();
        let mut tickets = Vec::new();
        peer.write_tls(&mut tickets).unwrap();
        first.read_tls(&mut tickets.as_slice()).unwrap();
        first.process_new_packets().unwrap();
        let (second, _) = handshake(client, server, "localhost").unwrap();
        second.handshake_kind() == Some(rustls::HandshakeKind::Resumed)
    };
    let mut context = ServerContext::new(&identity(&pair));
    assert!(resumes(&context));
    context.clients = Clients::Optional(client_verifier(&trust(&pair), Provider::AwsLc).unwrap());
    assert!(!resumes(&context));
    context.clients = Clients::None;
    context.resumption = Resumption::Off;
    assert!(!resumes(&context));
}

#[test]
fn a_policy_is_what_is_agreed_on() {
    let pair = self_signed("localhost");
    let server = ServerContext::new(&identity(&pair)).config().unwrap();
    let mut context = ClientContext::webpki(&trust(&pair), Provider::Ring).unwrap();
    context.policy.versions = Versions::new(None, Some("1.2")).unwrap();
    context.policy.suites = Suites::parse("ECDHE-ECDSA-CHACHA20-POLY1305").unwrap();
    let (client, _) = handshake(context.config().unwrap(), server, "localhost").unwrap();
    assert_eq!(client.protocol_version(), Some(ProtocolVersion::TLSv1_2));
    let suite = client.negotiated_cipher_suite().unwrap().suite();
    assert_eq!(suite, rustls::CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256);
}

#[test]
fn suites_without_a_version_are_refused() {
    let mut context = ServerContext::new(&identity(&self_signed("localhost")));
    context.policy.versions = Versions::tls13();
    context.policy.suites =
        Suites::parse("!TLS_AES_128_GCM_SHA256:!TLS_AES_256_GCM_SHA384:!TLS_CHACHA20_POLY1305_SHA256:ALL").unwrap();
    assert!(context.config().is_err());
}

#[test]
fn a_combined_file_is_read_in_any_order() {
    let pair = self_signed("localhost");
    for text in [format!("{}{}", pair.certificate, pair.key), format!("{}\nsome words\n{}", pair.key, pair.certificate)]
    {
        Identity::from_combined(&blob("both.pem", &text), None, Provider::Ring).unwrap();
    }
}

#[test]
fn a_key_that_belongs_elsewhere_is_named() {
    let (pair, other) = (self_signed("localhost"), self_signed("other"));
    let mixed = |certificates: String| {
        Identity::from_files(&blob("cert.pem", &certificates), &blob("key.pem", &pair.key), None, Provider::AwsLc)
            .unwrap_err()
    };
    let mismatch = mixed(other.certificate.clone());
    assert_eq!(mismatch.to_string(), "the private key in key.pem does not belong to the certificate in cert.pem");
    let reversed = mixed(format!("{}{}", other.certificate, pair.certificate));
    assert!(matches!(reversed, IdentityError::OutOfOrder { position: 2, count: 2, .. }), "{reversed}");
}

#[test]
fn input_that_cannot_be_used_says_what_it_is() {
    let pair = self_signed("localhost");
    let error = |text: &str| {
        let key = blob("key.pem", text);
        match Identity::from_files(&blob("cert.pem", &pair.certificate), &key, None, Provider::AwsLc).unwrap_err() {
            IdentityError::Input(error) => error,
            other => panic!("{other}"),
        }
    };
    assert!(matches!(error(""), InputError::Empty { .. }));
    assert!(matches!(error(&pair.certificate), InputError::Missing { wanted: "private key", .. }));
    assert!(matches!(error(&format!("{}{}", pair.key, pair.key)), InputError::SeveralKeys { count: 2, .. }));
    assert!(matches!(error(&pair.key[..100]), InputError::TruncatedPem { line: 1, .. }));
    assert!(matches!(error(&pair.key.replace("MIG", "M!G")), InputError::DamagedPem { .. }));
    assert!(matches!(error("\u{1}\u{2}\u{3}"), InputError::Unrecognised { .. }));
}

#[test]
fn an_encrypted_key_opens_with_its_passphrase_only() {
    // openssl genpkey -algorithm ed25519 | openssl pkcs8 -topk8 -v2 aes-256-cbc -passout pass:test-only
    let key = blob("key.pem", include_str!("encrypted.key"));
    let open = |passphrase: Option<&str>| {
        let passphrase = passphrase.map(|text| Secret::new(text.as_bytes().to_vec()));
        key.pieces().unwrap().require_key(passphrase.as_ref())
    };
    assert!(matches!(open(None), Err(InputError::PassphraseNeeded { .. })));
    assert!(matches!(open(Some("wrong")), Err(InputError::WrongPassphrase { .. })));
    assert!(open(Some("test-only")).is_ok());
}
