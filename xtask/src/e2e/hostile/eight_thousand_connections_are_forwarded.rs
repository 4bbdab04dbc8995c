//! Eight thousand open connections on `forward`: newcomers are served beside them, every one of them answers at the end,
//! and what they took is given back.

use anyhow::Result;

use super::fifteen_thousand_connections_are_held::hold_and_look;
use crate::e2e::attack;
use crate::e2e::harness::Harness;

const CONNECTIONS: usize = 8000;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let behind = harness.node("echo.js")?;
    let server = attack::serve(harness, &format!("forward 127.0.0.1:{}", behind.port), "--quiet")?;
    hold_and_look(harness, &server, CONNECTIONS, 2)
}
