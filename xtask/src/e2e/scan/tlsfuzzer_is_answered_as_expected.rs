//! tlsfuzzer's scripts get the answers that the RFCs ask for, but for what stands in the table with its reason; and the
//! server, which is built with debug assertions, never panics over them.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;

use super::expected::{Expected, Script, Serving};
use super::fuzzer;
use crate::e2e::harness::{Harness, Listening, Skip};
use crate::scan;

/// What the scripts offer, and what rustls has in its place.
const CBC: &str = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA";
const GCM: &str = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256";

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let expected = Expected::read()?;
    if !scan::directory()?.join("tlsfuzzer/scripts").is_dir() {
        return Err(Skip::new("no checkout of tlsfuzzer was given: --tlsfuzzer DIR").into());
    }
    rewrite(&scan::directory()?)?;
    let mut wrong = Vec::new();
    let mut tests = 0;
    for service in ["echo", "http"] {
        for serving in [Serving::Rsa, Serving::P256, Serving::Clients] {
            let server = serve(harness, service, serving)?;
            for script in expected.script.iter().filter(|script| script.server == serving) {
                if script.echo_only && service != "echo" {
                    continue;
                }
                tests += check(harness, script, &server, &mut wrong)
                    .with_context(|| format!("{} on {service}", script.name))?;
            }
            server.program.signal(Signal::TERM)?;
            server.program.finish()?.succeeds()?;
        }
    }
    ensure!(
        wrong.is_empty(),
        "{} of {tests} tests failed, and the table does not allow it:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    println!("        {tests} tests of {} scripts", expected.script.len());
    Ok(())
}

fn serve(harness: &Harness<'_>, service: &str, serving: Serving) -> Result<Listening> {
    let leaf = if serving == Serving::P256 { "leaf/localhost-p256" } else { "leaf/localhost" };
    let (certificate, key) = (harness.fixture(&format!("{leaf}.pem")), harness.fixture(&format!("{leaf}.key")));
    // The scripts send no certificate but the client's own.
    let issuer = harness.fixture("ca/intermediate.pem");
    let mut arguments = vec![service, "--cert", &certificate, "--key", &key];
    if serving == Serving::Clients {
        arguments.extend(["--client-auth", "optional", "--client-ca", &issuer]);
    }
    harness.serve(arguments)
}

/// Runs one script, notes what the table does not allow, and says how many tests there were.
fn check(harness: &Harness<'_>, script: &Script, server: &Listening, wrong: &mut Vec<String>) -> Result<usize> {
    let outcome = fuzzer::run(harness, script, server)?;
    let unexpected = script.unexpected(&outcome.failures);
    println!(
        "        {} {}: {} tests, {} fail as they should, {} otherwise",
        script.name,
        script.arguments,
        outcome.tests,
        outcome.failures.len() - unexpected.len(),
        unexpected.len()
    );
    wrong.extend(unexpected.iter().map(|failure| format!("  {}: {:?}: {}", script.name, failure.test, failure.why)));
    Ok(outcome.tests)
}

/// A second checkout whose scripts offer what rustls has.
fn rewrite(directory: &Path) -> Result<()> {
    let (from, to) = (directory.join("tlsfuzzer"), directory.join("tlsfuzzer-gcm"));
    copy(&from, &to).context("copying tlsfuzzer")
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&source, &target)?;
        } else if let Some(text) = fs::read(&source).ok().and_then(|bytes| String::from_utf8(bytes).ok()) {
            // The longer names that begin alike, as with SHA256, are others.
            fs::write(
                &target,
                text.replace(&format!("{CBC}256"), "\0").replace(CBC, GCM).replace('\0', &format!("{CBC}256")),
            )?;
        }
    }
    Ok(())
}
