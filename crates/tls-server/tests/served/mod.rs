//! A server in this process, and a client of rustls that trusts it.

use std::io::BufReader;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, LazyLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use common::context::{Identity, Provider, ServerContext};
use common::input::Blob;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use tls_server::{Handle, Server};

pub(crate) type Stream = StreamOwned<ClientConnection, TcpStream>;

static IDENTITY: LazyLock<(Identity, CertificateDer<'static>)> = LazyLock::new(|| {
    let made = rcgen::generate_simple_self_signed(["localhost".into()]).unwrap();
    let blob = |pem: String| Blob::new("the test", pem.into_bytes());
    let (certificate, key) = (blob(made.cert.pem()), blob(made.signing_key.serialize_pem()));
    (Identity::from_files(&certificate, &key, None, Provider::AwsLc).unwrap(), made.cert.der().clone())
});

/// A server that runs until it is dropped.
pub(crate) struct Running {
    address: SocketAddr,
    handle: Handle,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Runs what `bind` makes of a context with a certificate for localhost.
    pub(crate) fn start(bind: impl FnOnce(&ServerContext) -> Server) -> Self {
        let server = bind(&ServerContext::new(&IDENTITY.0));
        let (address, handle) = (server.addresses()[0], server.handle());
        Self {
            address,
            handle,
            thread: Some(thread::spawn(move || {
                server.run().unwrap();
            })),
        }
    }

    pub(crate) fn connect(&self) -> BufReader<Stream> {
        let mut roots = RootCertStore::empty();
        roots.add(IDENTITY.1.clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let socket = TcpStream::connect(self.address).unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        BufReader::new(StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), socket))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.handle.stop();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
