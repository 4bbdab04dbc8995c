//! A real Chromium that trusts our CA shows the page, which says what the browser and the server agreed on.

use anyhow::Result;

use crate::e2e::attack;
use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let server = attack::serve(harness, "http", "--alpn http/1.1")?;
    let page = harness.browse(&format!("https://localhost:{}/", server.port))?;
    ["TLS 1.3", "X25519MLKEM768", "http/1.1", "localhost"].iter().try_fold(page, |page, text| page.says(text))?;
    server.program.wait_for_text("localhost")
}
