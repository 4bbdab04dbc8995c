//! PostgreSQL behind `forward`, on a port and on a Unix socket: psql verifies the server, 20 MB arrive whole in both
//! directions, and who cannot show the right certificate is refused.

use anyhow::{Context, Result, ensure};

use super::postgres::{PASSWORD, Postgres, USER};
use crate::e2e::harness::{Harness, Program};

const LINES: usize = 100_000;
/// About 20 MB, of which no two lines are alike.
const QUERY: &str = "select n || ':' || repeat(chr(97 + n % 26), 200) from generate_series(1, 100000) as n";

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let postgres = Postgres::start(harness)?;
    let [port, socket] = postgres.targets();
    for (target, seen) in [(&port, "127.0.0.1"), (&socket, "a socket")] {
        check(harness, target, seen).with_context(|| target.clone())?;
    }
    Ok(())
}

/// `seen` is where PostgreSQL sees its client.
fn check(harness: &Harness<'_>, target: &str, seen: &str) -> Result<()> {
    let forward = harness.serve(["forward", target, "--pem", &harness.fixture("leaf/combined.pem")])?;
    let psql = |host: &str, authority: &str| psql(harness, host, forward.port, authority);
    let good = || psql("localhost", "ca/root.pem");

    let asked = good()?.arguments(["-c", "\\conninfo", "-c", "select coalesce(host(inet_client_addr()), 'a socket')"]);
    asked.run()?.succeeds()?.says("SSL connection (protocol: TLSv1.3")?.says(seen)?;

    let expected = lines();
    good()?.arguments(["-o", "result", "-c", QUERY]).run()?.succeeds()?;
    ensure!(harness.read("result")? == expected, "the result of the query is not whole");

    good()?
        .arguments(["-o", "back", "-c", "create temporary table copied (number serial, line text)"])
        .arguments(["-c", "\\copy copied (line) from 'result'"])
        .arguments(["-c", "select line from copied order by number"])
        .run()?
        .succeeds()?;
    ensure!(harness.read("back")? == expected, "what was copied in is not whole");

    psql("localhost", "ca/stranger.pem")?.arguments(["-c", "select 1"]).run()?.exits(2)?.notes("verify failed")?;
    forward.program.wait_for_text("cause=alert_unknown_ca")?;
    let elsewhere = psql("elsewhere.test hostaddr=127.0.0.1", "ca/root.pem")?;
    elsewhere.arguments(["-c", "select 1"]).run()?.exits(2)?.notes("does not match host name")?;
    Ok(())
}

/// psql as a person would call it, without anything of their own.
fn psql(harness: &Harness<'_>, host: &str, port: u16, authority: &str) -> Result<Program> {
    let root = harness.fixture(authority);
    let to = format!("host={host} port={port} user={USER} dbname=postgres sslmode=verify-full sslrootcert='{root}'");
    let program = harness.peer("psql")?.environment("PGPASSWORD", PASSWORD).environment("HOME", harness.path(""));
    Ok(program.words("-X -q -A -t -v ON_ERROR_STOP=1 -d").arguments([to]).environment("LC_ALL", "C"))
}

/// What [`QUERY`] asks for.
fn lines() -> String {
    let letter = |n: usize| char::from(b'a' + (n % 26) as u8).to_string();
    (1..=LINES).map(|n| format!("{n}:{}\n", letter(n).repeat(200))).collect()
}
