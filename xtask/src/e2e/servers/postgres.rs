//! A PostgreSQL server of its own: its data, its port and its Unix socket are gone with it.

use std::fs;
use std::os::unix::fs::{PermissionsExt as _, chown};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use rustix::process::{Signal, geteuid};
use tempfile::TempDir;

use crate::e2e::harness::{Harness, Program, Running, Skip, free_port};

/// Whom the server knows, and by which password.
pub(super) const USER: &str = "alice";
pub(super) const PASSWORD: &str = "for tests only";

/// Whom it runs as where we are root, which it refuses to be.
const ACCOUNT: &str = "postgres";

/// A server that takes connections.
pub(super) struct Postgres {
    /// `None` once it is being ended.
    program: Option<Running>,
    port: u16,
    directory: TempDir,
}

impl Postgres {
    /// # Errors
    /// [`Skip`] where it is not installed.
    pub(super) fn start(harness: &Harness<'_>) -> Result<Self> {
        let programs = programs()?;
        let directory = directory()?;
        let own = |name: &str| own(harness, programs.join(name), directory.path());
        own("initdb")?
            .words("--no-sync --encoding=UTF8 --locale=C --auth=scram-sha-256")
            .arguments(["--username", USER])
            .words("--pwfile password -D data")
            .run()?
            .succeeds()?;
        let port = free_port()?;
        let program = own("postgres")?
            .words("-D data -c listen_addresses=127.0.0.1 -c fsync=off -p")
            .arguments([&port.to_string(), "-k", &directory.path().display().to_string()])
            .start()?;
        program.wait_for_text("ready to accept connections")?;
        Ok(Self { program: Some(program), port, directory })
    }

    /// Where it listens, as `tls-server forward` takes it: on a port, and on a Unix socket.
    pub(super) fn targets(&self) -> [String; 2] {
        let socket = self.directory.path().join(format!(".s.PGSQL.{}", self.port));
        [format!("127.0.0.1:{}", self.port), format!("unix:{}", socket.display())]
    }
}

impl Drop for Postgres {
    /// Killed, it would leave its processes and its shared memory behind; so it is asked, and given time.
    fn drop(&mut self) {
        if let Some(program) = self.program.take() {
            // It may have ended by itself, and then there is nobody to ask.
            let _ = program.signal(Signal::INT);
            let _ = program.finish();
        }
    }
}

/// Debian keeps the server's programs off the path, in a directory a version: the highest there is.
fn programs() -> Result<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let numbered = versions.filter_map(|entry| Some((entry.file_name().to_str()?.parse::<u32>().ok()?, entry.path())));
    let highest = numbered.map(|(number, path)| (number, path.join("bin"))).filter(|(_, path)| has_server(path)).max();
    match highest {
        Some((_, path)) => Ok(path),
        None => Err(Skip::missing("initdb", "postgresql").into()),
    }
}

fn has_server(programs: &Path) -> bool {
    ["initdb", "postgres"].iter().all(|name| programs.join(name).is_file())
}

/// A directory that belongs to whom the server runs as, with the password in it.
fn directory() -> Result<TempDir> {
    let directory = tempfile::Builder::new().prefix("latchkey-").tempdir().context("making a directory")?;
    let password = directory.path().join("password");
    fs::write(&password, PASSWORD).context("writing the password")?;
    fs::set_permissions(&password, fs::Permissions::from_mode(0o600))?;
    if geteuid().is_root() {
        let account = account()?;
        for path in [directory.path(), &password] {
            chown(path, Some(account), None).with_context(|| format!("giving {ACCOUNT} {}", path.display()))?;
        }
    }
    Ok(directory)
}

/// A program of PostgreSQL's, never as root.
fn own(harness: &Harness<'_>, program: PathBuf, directory: &Path) -> Result<Program> {
    let program = match geteuid().is_root() {
        false => harness.program(program),
        true => {
            let (user, group) = (format!("--reuid={ACCOUNT}"), format!("--regid={ACCOUNT}"));
            harness.peer("setpriv")?.arguments([&user, &group, "--clear-groups", "--"]).arguments([program])
        }
    };
    // What is waited for is in English.
    Ok(program.inside(directory).environment("LC_ALL", "C"))
}

/// The number of the account that Debian's package makes.
fn account() -> Result<u32> {
    let accounts = fs::read_to_string("/etc/passwd").context("reading /etc/passwd")?;
    for line in accounts.lines() {
        if let [name, _, number, ..] = line.split(':').collect::<Vec<_>>()[..]
            && name == ACCOUNT
        {
            return number.parse().context("a user's number in /etc/passwd");
        }
    }
    bail!("there is no user {ACCOUNT}, as whom PostgreSQL would run")
}
