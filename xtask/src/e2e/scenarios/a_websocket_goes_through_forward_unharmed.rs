//! A real browser gets a page through `forward`, and talks over a WebSocket with the plain server behind it.

use anyhow::Result;

use crate::e2e::attack;
use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let behind = harness.node("websocket.js")?;
    let server = attack::serve(harness, &format!("forward 127.0.0.1:{}", behind.port), "")?;
    harness.browse(&format!("https://localhost:{}/", server.port))?.says("all came back").map(|_| ())
}
