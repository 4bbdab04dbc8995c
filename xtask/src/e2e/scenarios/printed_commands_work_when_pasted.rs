//! What the server prints to connect with `tls-client`, `curl` and `openssl s_client` works in a shell as it stands.

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    for name in ["curl", "openssl"] {
        harness.peer(name)?;
    }
    let server = harness.serve([])?;
    for program in ["tls-client ", "curl ", "openssl s_client "] {
        let command = server.program.wait_for(&format!("a {program}command"), |line| {
            line.find(program).map(|at| line[at..].trim_end_matches('`').to_owned())
        })?;
        let finished = harness.shell(&command)?.input("Hello from a shell!\n").run()?.succeeds()?;
        let answered = finished.stdout.contains("Hello from server!");
        ensure!(answered, "no answer to what was printed\n{}", finished.transcript());
    }
    server.program.wait_for_text("GET /").context("curl asks as HTTP clients do")
}
