//! Each program prints completions that a shell reads, and a manual that groff sets without a warning.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::Harness;

pub(super) fn run(harness: &Harness) -> Result<()> {
    for program in ["pki", "tls-server", "tls-client"] {
        check(harness, program).with_context(|| program.to_owned())?;
    }
    Ok(())
}

fn check(harness: &Harness, program: &str) -> Result<()> {
    let ours = || match program {
        "pki" => harness.pki(),
        "tls-server" => harness.tls_server(),
        _ => harness.tls_client(),
    };
    for shell in ["bash", "zsh", "fish"] {
        let script = ours().words("completions").words(shell).run()?.succeeds()?.says(program)?;
        harness.write(&format!("{program}.{shell}"), &script.stdout)?;
    }
    harness.peer("bash")?.words(&format!("-n {program}.bash")).run()?.succeeds()?;
    ours().words("man").run()?.succeeds()?.says(".TH")?;

    let pages = harness.path(&format!("{program}-pages"));
    fs::create_dir(&pages).context("making a directory")?;
    ours().words("man --out").arguments([&pages]).run()?.succeeds()?;
    for page in fs::read_dir(&pages)? {
        let page = page?.path();
        let set = harness.peer("groff")?.words("-K utf8 -man -ww -z -Tutf8").arguments([&page]).run()?.succeeds()?;
        ensure!(set.stderr.is_empty(), "{}", set.transcript());
    }
    Ok(())
}
