//! SIGTERM: no new connection is taken, those that are open are served to their end, and then the server exits 0.

use anyhow::{Result, ensure};
use rustix::process::Signal;

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    for signal in [Signal::TERM, Signal::INT] {
        let mut server = harness.serve_fixture("echo")?;
        let mut client = harness
            .peer("openssl")?
            .arguments(["s_client", "-connect", &server.target(), "-CAfile", &harness.fixture("ca/root.pem")])
            .words("-verify_return_error -quiet -no_ign_eof")
            .open_input()
            .start()?;
        client.write("before\n")?;
        client.wait_for_text("before")?;

        server.program.signal(signal)?;
        server.program.wait_for_text("drain")?;
        let late = harness.tls_client().arguments(["report", &server.target()]).run()?;
        late.exits(11)?;
        client.write("after\n")?;
        client.wait_for_text("after")?;
        server.program.still_runs()?;

        client.close_input();
        client.finish()?;
        let ended = server.program.finish()?.succeeds()?;
        ensure!(!ended.stderr.contains(" ERROR "), "a drain is no error\n{}", ended.transcript());
    }
    Ok(())
}
