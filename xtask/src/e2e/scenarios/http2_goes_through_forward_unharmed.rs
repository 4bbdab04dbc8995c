//! HTTP/2 is agreed on by ALPN, and many streams at once go through `forward` to a plain HTTP/2 server.
//!
//! The client is Node: transfers of curl 7.88 that run in parallel on one connection hang now and then, whoever ends TLS.

use anyhow::Result;

use crate::e2e::attack;
use crate::e2e::harness::Harness;

const STREAMS: usize = 20;
const LENGTH: usize = 300_000;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let behind = harness.node("h2c.js")?;
    let server = attack::serve(harness, &format!("forward 127.0.0.1:{}", behind.port), "--alpn h2")?;
    let client = [harness.fixture("peers/h2_client.js"), server.port.to_string(), harness.fixture("ca/root.pem")];
    let client = harness.peer("node")?.arguments(client).arguments([STREAMS.to_string(), LENGTH.to_string()]);
    client.run()?.succeeds()?.mentions(&format!("h2 {STREAMS} whole")).map(|_| ())
}
