//! PostgreSQL behind `forward` on its Unix socket: `psql` verifies everything that it can, and gets its rows.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use crate::e2e::attack;
use crate::e2e::harness::{Harness, Program, Running, Skip};
use crate::workspace::succeed;

/// Bytes of one long row.
const LONG: usize = 3_000_000;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let database = Database::start(harness)?;
    let server = attack::serve(harness, &format!("forward unix:{}", database.socket().display()), "")?;
    let target = format!(
        "host=localhost port={} user=tester dbname=postgres sslmode=verify-full sslrootcert={}",
        server.port,
        harness.fixture("ca/root.pem")
    );
    let ask = |question: &str| {
        let psql = harness.peer("psql")?.words("--no-psqlrc -tA -c").arguments([question, &target]);
        psql.environment("LC_ALL", "C").run()?.succeeds()
    };
    ask("select 6 * 7")?.says("42\n")?;
    let row = ask(&format!("select repeat('x', {LONG})"))?.stdout;
    ensure!(row.trim_end().len() == LONG, "a long row has {} bytes", row.trim_end().len());
    Ok(())
}

/// A PostgreSQL of our own, in a directory of its own; gone with the value.
struct Database {
    directory: TempDir,
    program: Option<Running>,
}

impl Drop for Database {
    fn drop(&mut self) {
        // Killed, it would leave its processes and its shared memory behind.
        let program = self.program.take();
        let _ = program.map(|program| program.signal(Signal::INT).and_then(|()| program.finish()));
    }
}

impl Database {
    fn start(harness: &Harness<'_>) -> Result<Self> {
        let programs = programs()?;
        let directory = tempfile::Builder::new().prefix("latchkey-pg-").tempdir()?;
        let path = directory.path().display().to_string();
        give_away(directory.path())?;
        let program =
            |name: &str| as_nobody(harness, &programs.join(name)).map(|program| program.environment("LC_ALL", "C"));
        program("initdb")?.words("--no-sync -A trust -U tester -D").arguments([&path]).run()?.succeeds()?;
        let server =
            program("postgres")?.arguments(["-D", &path, "-k", &path]).words("-F -c listen_addresses=").start()?;
        server.wait_for_text("ready to accept connections")?;
        Ok(Self { directory, program: Some(server) })
    }

    fn socket(&self) -> PathBuf {
        self.directory.path().join(".s.PGSQL.5432")
    }
}

/// Where Debian keeps the server's programs.
fn programs() -> Result<PathBuf> {
    let versions =
        fs::read_dir("/usr/lib/postgresql").map(|entries| entries.flatten().map(|entry| entry.path().join("bin")));
    let found = versions.ok().and_then(|mut paths| paths.find(|path| path.join("initdb").exists()));
    found.ok_or_else(|| Skip::new("PostgreSQL is missing: sudo apt-get install -y postgresql").into())
}

/// It will not run as root, so that root runs it as Debian's own user for it.
fn as_nobody(harness: &Harness<'_>, path: &Path) -> Result<Program> {
    if !geteuid().is_root() {
        return Ok(harness.program(path.to_path_buf()));
    }
    let setpriv = harness.peer("setpriv")?.words("--reuid=postgres --regid=postgres --clear-groups");
    Ok(setpriv.arguments([path]).directory("/"))
}

/// Its directory is to belong to whom it runs as.
fn give_away(directory: &Path) -> Result<()> {
    if !geteuid().is_root() {
        return Ok(());
    }
    let mut chown = Command::new("chown");
    chown.arg("postgres:postgres").arg(directory);
    succeed(chown).context("giving PostgreSQL its directory")
}
