//! sslyze finds Mozilla's intermediate profile as the server starts by default, and the modern one with `--profile
//! modern`.

use anyhow::{Context, Result};

use crate::e2e::harness::Harness;
use crate::scan;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    for (service, arguments, profile) in
        [("http", "", "intermediate"), ("echo", "", "intermediate"), ("http", "--profile modern", "modern")]
    {
        // With the certificate that it makes itself: that is judged, too.
        let server = harness.serve([service].into_iter().chain(arguments.split_whitespace()))?;
        harness.pki().words("ca export --force --out ca.pem").run()?.succeeds()?;
        let sslyze = harness.program(scan::directory()?.join("venv/bin/sslyze"));
        let sslyze = sslyze
            .words("--certinfo_ca_file=ca.pem")
            .arguments([&format!("--mozilla_config={profile}"), &server.target()]);
        let finished = sslyze.run()?;
        finished.says("COMPLIANCE").and_then(|it| it.succeeds()).with_context(|| format!("{service} {arguments}"))?;
    }
    Ok(())
}
