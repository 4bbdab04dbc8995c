//! `cargo xtask verifiers`: what Java, NSS and pkilint say of what we issue. OpenSSL, GnuTLS and Python are asked by
//! `cargo xtask test`.

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Result, bail};

use crate::e2e::{self, Set};
use crate::workspace::{root, succeed};
use crate::{long, peers, test};

/// The Python package, in an environment of its own.
const PKILINT: &str = "pkilint==0.13.3";

/// Runs what was asked for.
pub(crate) fn run(arguments: &long::Arguments) -> Result<()> {
    let filter = arguments.filter.as_deref();
    if arguments.list {
        e2e::list(Set::Verifiers, filter);
        return Ok(());
    }
    peers::provide(&["certutil", "javac", "openssl", "python3"])?;
    environment()?;
    test::build_programs()?;
    let tally = e2e::run(Set::Verifiers, filter)?;
    if tally.failed > 0 {
        bail!("{} failed", tally.failed);
    }
    Ok(())
}

/// Where pkilint is.
pub(crate) fn directory() -> Result<PathBuf> {
    Ok(root()?.join("target/verifiers"))
}

fn environment() -> Result<()> {
    let python = directory()?.join("python");
    if python.join("bin/lint_pkix_cert").exists() {
        return Ok(());
    }
    let mut make = Command::new("python3");
    make.args(["-m", "venv"]).arg(&python);
    succeed(make)?;
    let mut install = Command::new(python.join("bin/pip"));
    install.args(["install", "--quiet", PKILINT]);
    succeed(install)
}
