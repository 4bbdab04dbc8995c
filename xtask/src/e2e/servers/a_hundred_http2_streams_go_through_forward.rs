//! HTTP/2 behind `forward --alpn h2`: a hundred streams of one connection are open at the same time, and the body of
//! each arrives whole, both ways.

use std::collections::HashSet;
use std::fs;

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::{Harness, Program, Skip};

const STREAMS: usize = 100;
/// Several times what HTTP/2 lets a stream send before there is room again.
const BODY: usize = 256 * 1024;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let curl = curl(harness)?;
    let script = harness.fixture("peers/http2_server.mjs");
    let backend = harness.peer("node")?.arguments([&script, &STREAMS.to_string()]).start()?;
    let target = format!("127.0.0.1:{}", backend.wait_for_port()?);
    let forward =
        harness.serve(["forward", &target, "--alpn", "h2", "--pem", &harness.fixture("leaf/combined.pem")])?;

    let bodies: Vec<Vec<u8>> = (0..STREAMS).map(body).collect();
    ensure!(bodies.iter().collect::<HashSet<_>>().len() == STREAMS, "two bodies are alike");
    for (number, body) in bodies.iter().enumerate() {
        harness.write(&format!("sent-{number}"), body)?;
    }
    harness.write("requests", requests(&harness.fixture("ca/root.pem"), &forward.target()))?;
    let finished = curl.words("-Z --parallel-max 100 --no-progress-meter -K requests").run()?.succeeds()?;

    backend.wait_for_text(&format!("{STREAMS} streams are open"))?;
    let mut answers: Vec<&str> = finished.stdout.lines().collect();
    answers.sort_unstable();
    // Version, status, and how many connections were made for it: one, for all of them.
    ensure!(answers.len() == STREAMS, "there are {} answers\n{}", answers.len(), finished.transcript());
    ensure!(answers.iter().all(|answer| answer.starts_with("2 200 ")), "{}", finished.transcript());
    ensure!(answers.iter().filter(|answer| **answer != "2 200 0").eq(&["2 200 1"]), "{}", finished.transcript());
    for (number, body) in bodies.iter().enumerate() {
        let answer = fs::read(harness.path(&format!("answer-{number}"))).context("reading an answer")?;
        ensure!(answer == *body, "the body of stream {number} came back as another one");
    }
    forward.program.wait_for_text("alpn=h2")
}

/// curl, if it was built with HTTP/2.
fn curl(harness: &Harness<'_>) -> Result<Program> {
    let features = harness.peer("curl")?.words("-q --version").run()?.succeeds()?.stdout;
    match features.split_whitespace().any(|feature| feature == "HTTP2") {
        true => Ok(harness.peer("curl")?.words("-q")),
        false => Err(Skip::new("curl is built without HTTP/2").into()),
    }
}

/// What curl is to do, in its configuration's words.
fn requests(root: &str, target: &str) -> String {
    let one = |number: usize| {
        format!(
            "url = \"https://{target}/{number}\"\ncacert = \"{root}\"\nnoproxy = \"*\"\nhttp2\nmax-time = 50\n\
             data-binary = \"@sent-{number}\"\noutput = \"answer-{number}\"\n\
             write-out = \"%{{http_version}} %{{response_code}} %{{num_connects}}\\n\"\n"
        )
    };
    (0..STREAMS).map(one).collect::<Vec<_>>().join("next\n")
}

/// Bytes in which nothing repeats that could hide a mistake, other ones for each `number`.
fn body(number: usize) -> Vec<u8> {
    let mut state = number as u64 + 1;
    let word = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 32) as u32
    };
    std::iter::repeat_with(word).take(BODY / 4).flat_map(u32::to_be_bytes).collect()
}
