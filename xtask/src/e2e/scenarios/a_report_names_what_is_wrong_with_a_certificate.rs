//! `tls-client report` against OpenSSL's server: each defect gets its exit code, a sentence that names it, a line that
//! mends it, and the chain is shown all the same.

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::{Harness, Sends};

/// A certificate shown by the server, and what the report must make of it.
struct Case {
    certificate: &'static str,
    sends: Sends,
    trust: &'static str,
    exit: i32,
    /// The fault, in the sentence.
    names: &'static str,
    /// What would mend it.
    mends: &'static str,
}

const CASES: [Case; 8] = [
    Case {
        certificate: "leaf/localhost.pem",
        sends: Sends::WithIntermediate,
        trust: "ca/root.pem",
        exit: 0,
        names: "trusted",
        mends: "",
    },
    Case {
        certificate: "broken/self-signed.pem",
        sends: Sends::LeafAlone,
        trust: "broken/self-signed.pem",
        exit: 0,
        names: "trusted",
        mends: "",
    },
    Case {
        certificate: "broken/expired.pem",
        sends: Sends::WithIntermediate,
        trust: "ca/root.pem",
        exit: 32,
        names: "expired",
        mends: "renew",
    },
    Case {
        certificate: "broken/not-yet-valid.pem",
        sends: Sends::WithIntermediate,
        trust: "ca/root.pem",
        exit: 32,
        names: "not yet valid",
        mends: "clock",
    },
    Case {
        certificate: "broken/wrong-name.pem",
        sends: Sends::WithIntermediate,
        trust: "ca/root.pem",
        exit: 33,
        names: "elsewhere.example",
        mends: "--server-name elsewhere.example",
    },
    Case {
        certificate: "broken/self-signed.pem",
        sends: Sends::LeafAlone,
        trust: "ca/root.pem",
        exit: 31,
        names: "self-signed",
        mends: "--ca",
    },
    Case {
        certificate: "broken/missing-intermediate.pem",
        sends: Sends::LeafAlone,
        trust: "ca/root.pem",
        exit: 31,
        names: "Latchkey test intermediate",
        mends: "intermediate",
    },
    Case {
        certificate: "broken/client-auth-only.pem",
        sends: Sends::WithIntermediate,
        trust: "ca/root.pem",
        exit: 34,
        names: "client",
        mends: "server",
    },
];

pub(super) fn run(harness: &Harness) -> Result<()> {
    CASES.iter().try_for_each(|case| {
        check(harness, case).with_context(|| format!("{}, trusting {}", case.certificate, case.trust))
    })
}

fn check(harness: &Harness, case: &Case) -> Result<()> {
    let server = harness.openssl_server(case.certificate, case.sends, "")?;
    let trust = harness.fixture(case.trust);
    let report = || harness.tls_client().arguments(["report", &server.target(), "--ca", &trust]);
    let shown = report().run()?.exits(case.exit)?.mentions(case.names)?.mentions(case.mends)?;
    shown.says("O=Latchkey tests")?;

    let document = report().words("--json").run()?.exits(case.exit)?.json("latchkey.report/1")?;
    ensure!(document["exit_code"] == case.exit, "exit_code is {}", document["exit_code"]);
    Ok(())
}
