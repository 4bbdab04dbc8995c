//! Those who mean harm, those who do not and have to be served meanwhile, and what all of it costs the server.

mod floods;
mod forged;
mod honest;
mod raw;
mod usage;

use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use common::context::{ClientContext, Groups, Policy, Provider, Suites, Trust, Versions};
use common::input::Blob;
use rustls::ClientConfig;

pub(in crate::e2e) use floods::{FLOODS, Target};
pub(in crate::e2e) use forged::{Forger, kind};
pub(in crate::e2e) use honest::Honest;
pub(in crate::e2e) use raw::send_until_blocked;
pub(in crate::e2e) use usage::{Room, Usage};

use super::harness::{Harness, Listening};
use crate::load::Client;

/// A suite whose records are simple to write, in either version.
const SUITES: &str = "TLS_AES_128_GCM_SHA256:ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256";

/// What the fixtures' clients offer: `version` alone, one cheap group, and no sessions kept.
fn config(harness: &Harness<'_>, version: Option<&str>) -> Result<ClientConfig> {
    let mut trust = Trust::new();
    trust.add_file(&Blob::read(harness.fixture("ca/root.pem").as_ref())?)?;
    let mut context = ClientContext::webpki(&trust, Provider::AwsLc)?;
    context.policy = Policy {
        versions: Versions::new(version, version)?,
        suites: Suites::parse(SUITES)?,
        groups: Groups::parse("x25519", Provider::AwsLc)?,
        ..Policy::default()
    };
    context.resumption = false;
    Ok(ClientConfig::clone(&*context.config()?))
}

/// A client that means no harm, for this server.
pub(in crate::e2e) fn client(harness: &Harness<'_>, server: &Listening) -> Result<Client> {
    Ok(Client::with(address(server), Arc::new(config(harness, None)?)))
}

/// Where a server listens.
pub(in crate::e2e) fn address(server: &Listening) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], server.port))
}

/// The quick identity of fixtures/, as arguments.
pub(in crate::e2e) fn identity(harness: &Harness<'_>) -> [String; 4] {
    [
        "--cert".to_owned(),
        harness.fixture("leaf/localhost-p256.pem"),
        "--key".to_owned(),
        harness.fixture("leaf/localhost-p256.key"),
    ]
}

/// A server with this service, the quick identity, and further arguments.
pub(in crate::e2e) fn serve(harness: &Harness<'_>, service: &str, more: &str) -> Result<Listening> {
    let identity = identity(harness);
    let arguments =
        service.split_whitespace().chain(identity.iter().map(String::as_str)).chain(more.split_whitespace());
    harness.serve(arguments).with_context(|| format!("serving {service} {more}"))
}
