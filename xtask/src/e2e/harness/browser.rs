//! A real browser, which trusts the CA of the fixtures and nobody else that it did not before.

use std::fs;

use anyhow::{Context, Result};

use super::Harness;
use super::finished::Finished;

impl Harness<'_> {
    /// What a headless Chromium has of the page at `url` once it is loaded.
    pub(in crate::e2e) fn browse(&self, url: &str) -> Result<Finished> {
        // Chromium looks for its own anchors below the home directory.
        let database = self.path(".pki/nssdb");
        fs::create_dir_all(&database).context("making a certificate database")?;
        let database = format!("sql:{}", database.display());
        let certutil = || Ok::<_, anyhow::Error>(self.peer("certutil")?.arguments(["-d", &database]));
        certutil()?.words("-N --empty-password").run()?.succeeds()?;
        let root = self.fixture("ca/root.pem");
        certutil()?.words("-A -n fixtures -t C,, -i").arguments([root]).run()?.succeeds()?;
        let chromium = self.peer("chromium")?.environment("HOME", self.path(""));
        let chromium = chromium.words("--headless=new --no-sandbox --disable-gpu --disable-background-networking");
        let profile = format!("--user-data-dir={}", self.path("profile").display());
        chromium.words("--no-first-run --disable-dev-shm-usage --dump-dom").arguments([&profile, url]).run()?.succeeds()
    }
}
