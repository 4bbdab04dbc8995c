//! A port that does not speak TLS: what it speaks is named, and what to do about it.

use anyhow::{Context, Result};

use crate::e2e::harness::{FirstWords, Harness, Speaker};

const OTHERS: [(&str, FirstWords); 3] = [
    ("HTTP", FirstWords::Answer("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")),
    ("SSH", FirstWords::Greeting("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")),
    ("SMTP", FirstWords::Greeting("220 mail.example ESMTP ready\r\n")),
];

pub(super) fn run(harness: &Harness) -> Result<()> {
    for (protocol, words) in OTHERS {
        let speaker = Speaker::start(words)?;
        let target = format!("localhost:{}", speaker.port());
        let report = harness.tls_client().arguments(["report", &target]).run()?;
        report.exits(12).and_then(|finished| finished.mentions(protocol)).with_context(|| protocol.to_owned())?;
    }
    Ok(())
}
