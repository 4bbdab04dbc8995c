//! A page in Chromium speaks to a WebSocket service behind `forward`: what it sends comes back as it was, and both ends
//! close as the standard says.

use anyhow::{Result, ensure};
use rustix::process::Signal;

use super::browser::{browser, make_store, trust};
use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    make_store(harness)?;
    trust(harness)?;
    let backend = harness.python("websocket_server.py")?.start()?;
    let target = format!("127.0.0.1:{}", backend.wait_for_port()?);
    let identity = harness.fixture("leaf/combined.pem");
    let forward = harness.serve(["forward", &target, "--alpn", "http/1.1", "--pem", &identity])?;

    // With a port for debuggers it does not end by itself once the page is there.
    let page = format!("file://{}#{}", harness.fixture("peers/websocket.html"), forward.target());
    let browser = browser(harness)?.arguments(["--remote-debugging-port=0", &page]).start()?;
    backend.wait_for_text("closed by us: 1001")?;
    let last = backend.wait_for("the page's own close", |line| {
        let words = ["closed by the client: ", "broken: "];
        words.iter().find_map(|word| line.strip_prefix(word)).map(str::to_owned)
    })?;
    ensure!(last == "4000", "something was not as the page expects it: it ended by {last}");
    browser.signal(Signal::TERM)?;
    browser.finish()?;
    Ok(())
}
