//! A server with a service of its own, in a Rust program: `cargo run -p tls-server --example shout -- cert.pem key.pem`
//!
//! `pki cert self-signed localhost --out cert.pem --key-out key.pem` makes the files, and
//! `tls-client connect localhost:8444 --ca cert.pem --send 'is anybody there?'` gets the answer.

use std::error::Error;

use common::context::{Identity, Provider, ServerContext};
use common::input::Blob;
use tls_server::{Builder, Opened, Out, Service};

/// Returns what it gets in capitals. Called by the worker that owns the connection, so it needs no lock.
struct Shout;

impl Service for Shout {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        out.write(&data.to_ascii_uppercase());
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(certificate), Some(key)) = (arguments.next(), arguments.next()) else {
        return Err("usage: shout CERT KEY".into());
    };
    let identity =
        Identity::from_files(&Blob::read(certificate.as_ref())?, &Blob::read(key.as_ref())?, None, Provider::AwsLc)?;
    let server = Builder::new(&ServerContext::new(&identity))
        .listen("127.0.0.1:8444".parse()?)
        .bind(|_worker| |_opened: &Opened<'_>| Box::new(Shout) as Box<dyn Service>)?;
    server.run()?;
    Ok(())
}
