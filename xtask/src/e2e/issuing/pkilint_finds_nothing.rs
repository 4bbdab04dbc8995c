//! pkilint has no error and no warning about certificates by RFC 5280, and none about lists.

use anyhow::{Result, bail};

use crate::e2e::harness::{Harness, Skip};
use crate::e2e::hierarchy::{self, LEAVES};
use crate::verifiers;

pub(super) fn run(harness: &Harness) -> Result<()> {
    let bin = verifiers::directory()?.join("python/bin");
    if !bin.join("lint_pkix_cert").exists() {
        return Err(Skip::new("pkilint is missing: `cargo xtask verifiers` installs it").into());
    }
    hierarchy::make(harness)?;
    let mut found = String::new();
    let mut lint = |program: &str, arguments: &[&str]| -> Result<()> {
        let ended = harness.program(bin.join(program)).arguments(arguments).run()?;
        let is_bad = |line: &&str| ["WARNING", "ERROR", "FATAL"].iter().any(|level| line.contains(level));
        // RFC 5280 section 4.2.1.6 leaves open what `*` means, and RFC 6125 section 6.4.3 says it.
        let is_wildcard = |line: &&str| line.contains("pkix.invalid_domain_name_syntax") && line.contains("\"*.");
        let bad = ended.stdout.lines().filter(is_bad).filter(|line| !is_wildcard(line)).count();
        if bad > 0 || !ended.stderr.trim().is_empty() {
            found.push_str(&format!("{}{}\n", arguments.join(" "), ended.transcript()));
        }
        Ok(())
    };
    for leaf in LEAVES {
        lint("lint_pkix_cert", &["lint", &format!("{}.leaf", leaf.file)])?;
    }
    for ca in ["root.pem", "issuing.pem"] {
        lint("lint_pkix_cert", &["lint", ca])?;
    }
    for list in ["root.crl", "issuing.crl"] {
        lint("lint_crl", &["lint", "--type", "CRL", "--profile", "PKIX", list])?;
    }
    match found.is_empty() {
        true => Ok(()),
        false => bail!("pkilint has something to say:\n{found}"),
    }
}
