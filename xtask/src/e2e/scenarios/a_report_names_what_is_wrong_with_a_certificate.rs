//! `tls-client report` against OpenSSL's server: each defect gets its exit code, a sentence that names it, a line that
//! mends it, and the chain is shown all the same.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

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
        names: "is trusted by",
        mends: "",
    },
    Case {
        certificate: "broken/self-signed.pem",
        sends: Sends::LeafAlone,
        trust: "broken/self-signed.pem",
        exit: 0,
        names: "is trusted directly",
        mends: "",
    },
    Case {
        certificate: "broken/expired.pem",
        sends: Sends::WithIntermediate,
        trust: "ca/root.pem",
        exit: 32,
        names: "expired on 2021-01-01",
        mends: "renew",
    },
    Case {
        certificate: "broken/not-yet-valid.pem",
        sends: Sends::WithIntermediate,
        trust: "ca/root.pem",
        exit: 32,
        names: "not valid before 2099-01-01",
        mends: "clock",
    },
    Case {
        certificate: "broken/wrong-name.pem",
        sends: Sends::WithIntermediate,
        trust: "ca/root.pem",
        exit: 33,
        names: "is for elsewhere.example, not for `localhost`",
        mends: "--server-name elsewhere.example",
    },
    Case {
        certificate: "broken/self-signed.pem",
        sends: Sends::LeafAlone,
        trust: "ca/root.pem",
        exit: 31,
        names: "is self-signed",
        mends: "--ca",
    },
    Case {
        certificate: "broken/missing-intermediate.pem",
        sends: Sends::LeafAlone,
        trust: "ca/root.pem",
        exit: 31,
        names: "was not sent",
        mends: "append the certificate of `Latchkey test intermediate",
    },
    Case {
        certificate: "broken/client-auth-only.pem",
        sends: Sends::WithIntermediate,
        trust: "ca/root.pem",
        exit: 34,
        names: "is for clientAuth only",
        mends: "--profile server",
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
    report().run()?.exits(case.exit)?.says("Chain as sent")?.says("O=Latchkey tests")?;

    let document = report().words("--json").run()?.exits(case.exit)?.json("latchkey.report/1")?;
    let text = |pointer: &str| document.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let (sentence, mend) = (text("/verdict/sentence"), text("/verdict/mend"));
    ensure!(sentence.contains(case.names), "the sentence should name {:?}: {sentence:?}", case.names);
    ensure!(mend.contains(case.mends), "what mends should name {:?}: {mend:?}", case.mends);
    ensure!(document["exit_code"] == case.exit, "exit_code is {}", document["exit_code"]);
    ensure!(document["verdict"]["trusted"] == (case.exit == 0), "trusted is {}", document["verdict"]["trusted"]);

    let sent = if let Sends::LeafAlone = case.sends { 1 } else { 2 };
    let length = |pointer: &str| document.pointer(pointer).and_then(Value::as_array).map_or(0, Vec::len);
    ensure!(length("/chain") == sent, "{} certificates are shown of {sent}", length("/chain"));
    let defects = usize::from(case.exit != 0);
    ensure!(length("/findings") == defects, "one defect was built in, and found are {}", document["findings"]);
    Ok(())
}
