//! What the tests of the context have in common.

use std::sync::Arc;

use common::context::{Identity, Provider, Trust};
use common::input::Blob;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, Error, ServerConfig, ServerConnection};

/// A certificate and its key, as PEM.
pub(crate) struct Pair {
    pub(crate) certificate: String,
    pub(crate) key: String,
}

pub(crate) fn self_signed(name: &str) -> Pair {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    Pair { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
}

pub(crate) fn blob(name: &str, text: &str) -> Blob {
    Blob::new(name, text.as_bytes().to_vec())
}

pub(crate) fn identity(pair: &Pair) -> Identity {
    Identity::from_files(&blob("cert.pem", &pair.certificate), &blob("key.pem", &pair.key), None, Provider::AwsLc)
        .unwrap()
}

pub(crate) fn trust(pair: &Pair) -> Trust {
    let mut trust = Trust::new();
    trust.add_bytes(pair.certificate.as_bytes()).unwrap();
    trust
}

/// Runs a handshake to its end or to the first error of either side.
pub(crate) fn handshake(
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
    name: &'static str,
) -> Result<(ClientConnection, ServerConnection), Error> {
    let mut client = ClientConnection::new(client, ServerName::try_from(name).unwrap()).unwrap();
    let mut server = ServerConnection::new(server).unwrap();
    while client.is_handshaking() || server.is_handshaking() {
        let mut flight = Vec::new();
        client.write_tls(&mut flight).unwrap();
        server.read_tls(&mut flight.as_slice()).unwrap();
        server.process_new_packets()?;
        flight.clear();
        server.write_tls(&mut flight).unwrap();
        client.read_tls(&mut flight.as_slice()).unwrap();
        client.process_new_packets()?;
    }
    Ok((client, server))
}
