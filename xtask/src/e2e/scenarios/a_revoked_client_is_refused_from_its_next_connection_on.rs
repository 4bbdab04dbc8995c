//! A client that was let in is revoked by a new list: it is refused as soon as the list is there, by a full handshake
//! and with the ticket that it was given before.

use std::fs;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use common::context::{ClientContext, Identity, Provider, Trust};
use common::input::Blob;
use rustls::{AlertDescription, HandshakeKind};

use crate::e2e::attack;
use crate::e2e::harness::Harness;
use crate::load::Client;

/// It takes a fraction of a second; the machine may be busy with other things.
const SOON: Duration = Duration::from_secs(20);

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    list(harness, "crl/intermediate-before.pem")?;
    let (root, list_file) = (harness.fixture("ca/root.pem"), harness.path("list.pem"));
    let more = format!("--client-auth required --client-ca {root} --crl {}", list_file.display());
    let server = attack::serve(harness, "echo", &more)?;
    let (new, known) = (client(harness, server.port)?, client(harness, server.port)?);
    ensure!(new.kind()? == HandshakeKind::Full && known.kind()? == HandshakeKind::Full, "the first is a full one");
    ensure!(known.kind()? == HandshakeKind::Resumed, "a client that comes again resumes its session");

    list(harness, "crl/intermediate.pem")?;
    let deadline = Instant::now() + SOON;
    while known.kind().is_ok() {
        ensure!(Instant::now() < deadline, "a revoked client is let in still");
    }
    for client in [known, new] {
        let error = client.kind().err().context("a revoked client is let in again")?;
        let alert = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>()).map(ToString::to_string);
        let named = format!("{:?}", AlertDescription::CertificateRevoked);
        ensure!(alert.as_deref().is_some_and(|alert| alert.contains(&named)), "it is told {alert:?}");
    }
    server.program.wait_for_text("`revoked` was revoked on")
}

/// Puts a list of the intermediate's into force, in one step, beside that of the root.
fn list(harness: &Harness<'_>, name: &str) -> Result<()> {
    let all = [fs::read(harness.fixture("crl/root.pem"))?, fs::read(harness.fixture(name))?].concat();
    harness.write("list.new", all)?;
    fs::rename(harness.path("list.new"), harness.path("list.pem")).context("replacing the list")
}

/// A client with the certificate that is going to be revoked, and sessions of its own.
fn client(harness: &Harness<'_>, port: u16) -> Result<Client> {
    let mut trust = Trust::new();
    trust.add_file(&Blob::read(harness.fixture("ca/root.pem").as_ref())?)?;
    let mut context = ClientContext::webpki(&trust, Provider::AwsLc)?;
    let chain = Blob::read(harness.fixture("client/revoked.pem").as_ref())?;
    let key = Blob::read(harness.fixture("client/alice.key").as_ref())?;
    context.identity = Some(Identity::from_files(&chain, &key, None, Provider::AwsLc)?);
    Ok(Client::with(([127, 0, 0, 1], port).into(), context.config()?))
}
