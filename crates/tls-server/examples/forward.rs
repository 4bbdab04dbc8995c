//! TLS in front of plain services, in a Rust program:
//! `cargo run -p tls-server --example forward -- cert.pem key.pem 127.0.0.1:8080 127.0.0.1:8081`
//!
//! `pki cert self-signed localhost --out cert.pem --key-out key.pem` makes the files. The services are told who the
//! client is by a header of the PROXY protocol, so they have to expect one.

use std::error::Error;
use std::sync::Arc;

use common::context::{Identity, Provider, ServerContext};
use common::input::Blob;
use tls_server::Builder;
use tls_server::services::forward::{Backend, Forward, ProxyVersion, Settings};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(certificate), Some(key)) = (arguments.next(), arguments.next()) else {
        return Err("usage: forward CERT KEY ADDRESS…".into());
    };
    let backends = arguments.map(|address| Ok(Backend::Address(address.parse()?)));
    let backends = backends.collect::<Result<_, std::net::AddrParseError>>()?;
    let settings = Settings { proxy_protocol: Some(ProxyVersion::V2), ..Settings::new(backends) };
    let forward = Forward::start(settings, Arc::new(|notice| tracing::warn!("{notice}")))?;

    let identity =
        Identity::from_files(&Blob::read(certificate.as_ref())?, &Blob::read(key.as_ref())?, None, Provider::AwsLc)?;
    let server = Builder::new(&ServerContext::new(&identity))
        .listen("127.0.0.1:8444".parse()?)
        .bind(move |_worker| forward.worker())?;
    server.run()?;
    Ok(())
}
