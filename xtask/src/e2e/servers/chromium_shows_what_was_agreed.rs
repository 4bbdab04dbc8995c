//! The page of `tls-server http` in Chromium: it names what the log names, and without trust there is no page.

use anyhow::{Result, ensure};

use super::browser::{browser, make_store, trust};
use crate::e2e::harness::{Finished, Harness};

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let server = harness.serve_fixture("http")?;
    let url = format!("https://{}/", server.target());

    make_store(harness)?;
    let refused = browse(harness, &url)?.mentions("ERR_CERT_AUTHORITY_INVALID")?;
    ensure!(!refused.stdout.contains("Your connection is encrypted"), "{}", refused.transcript());
    server.program.wait_for_text("cause=alert_certificate_unknown")?;

    trust(harness)?;
    let shown = browse(harness, &url)?.succeeds()?.says("Your connection is encrypted")?.says("<b>TLS 1.3</b>")?;
    let agreed = |field: &str| {
        server.program.wait_for(field, |line| {
            let words = line.contains(" INFO  connection ").then(|| line.split_whitespace())?;
            words.filter_map(|word| word.strip_prefix(field)).next().map(str::to_owned)
        })
    };
    let (suite, group) = (agreed("suite=")?, agreed("group=")?);
    let shown = [suite, group].iter().try_fold(shown, |shown, value| shown.says(&format!("<code>{value}</code>")))?;
    ensure!(agreed("version=")? == "TLS1.3", "{}", shown.transcript());
    Ok(())
}

/// What the browser makes of the page, in HTML.
fn browse(harness: &Harness<'_>, url: &str) -> Result<Finished> {
    browser(harness)?.arguments(["--dump-dom", url]).run()
}
