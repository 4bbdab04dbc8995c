//! HTTP/2 is agreed on by ALPN, and many streams at once go through `forward` to a plain HTTP/2 server.

use anyhow::{Result, ensure};

use crate::e2e::attack;
use crate::e2e::harness::Harness;

const STREAMS: usize = 20;
const LENGTH: usize = 300_000;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let behind = harness.node("h2c.js")?;
    let server = attack::serve(harness, &format!("forward 127.0.0.1:{}", behind.port), "--alpn h2")?;
    let curl = harness.peer("curl")?.words("-q -sS --noproxy * --http2 --parallel --max-time 50 --cacert");
    let curl =
        curl.arguments([&harness.fixture("ca/root.pem"), "-w", "version %{http_version} size %{size_download}\n"]);
    let urls = (0..STREAMS)
        .flat_map(|_| ["-o".to_owned(), "/dev/null".to_owned(), format!("https://localhost:{}/{LENGTH}", server.port)]);
    let finished = curl.arguments(urls).run()?.succeeds()?;
    let whole = finished.stdout.lines().filter(|line| *line == format!("version 2 size {LENGTH}")).count();
    ensure!(whole == STREAMS, "{whole} of {STREAMS} streams came whole\n{}", finished.transcript());
    Ok(())
}
