//! `hello` answers an HTTP request as HTTP, so that curl shows it without a flag of its own.

use anyhow::Result;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let server = harness.serve_fixture("hello")?;
    let curl = harness.peer("curl")?.words("-q -sS --fail --noproxy * --max-time 30 --cacert");
    let finished = curl.arguments([harness.fixture("ca/root.pem"), format!("https://{}/", server.target())]).run()?;
    finished.succeeds()?.says("Hello from server!")?;
    Ok(())
}
