//! What a scenario works with: a directory and a store of its own, the programs, the fixtures, and the peers.

mod browser;
mod command;
mod finished;
mod output;
mod page;
mod peers;
mod port;
mod relay;
mod running;
mod silent;

use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::{peers as machine, workspace};

pub(super) use command::Program;
pub(super) use finished::Finished;
pub(super) use page::page;
pub(super) use peers::{Listening, Sends};
pub(super) use port::{ClosedPort, free_port};
pub(super) use relay::{Line, Relay};
pub(super) use running::Running;
pub(super) use silent::{FirstWords, Speaker};

/// What all scenarios share.
pub(super) struct Bench {
    programs: PathBuf,
    fixtures: PathBuf,
    default_port: Mutex<()>,
}

impl Bench {
    pub(super) fn new() -> Result<Self> {
        let fixtures = workspace::root()?.join("fixtures");
        Ok(Self { programs: workspace::programs()?, fixtures, default_port: Mutex::new(()) })
    }
}

/// One scenario's own surroundings; gone, with everything that was started, when it is dropped.
pub(super) struct Harness<'a> {
    bench: &'a Bench,
    directory: TempDir,
}

/// The reason why a scenario cannot be tried on this machine.
#[derive(Debug)]
pub(super) struct Skip(String);

impl fmt::Display for Skip {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Skip {}

impl Skip {
    /// With what would have to be done so that it could be tried.
    pub(super) fn new(why: &str) -> Self {
        Self(why.to_owned())
    }

    /// A program that is not there.
    pub(super) fn missing(program: &str, package: &str) -> Self {
        Self(format!("{program} is missing: sudo apt-get install -y {package}"))
    }
}

impl<'a> Harness<'a> {
    pub(super) fn new(bench: &'a Bench) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("latchkey-").tempdir().context("making a directory")?;
        Ok(Self { bench, directory })
    }

    /// `name` in this scenario's directory, which is where every program runs.
    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.directory.path().join(name)
    }

    /// A file below fixtures/.
    pub(super) fn fixture(&self, name: &str) -> String {
        self.bench.fixtures.join(name).display().to_string()
    }

    /// A copy of a file below fixtures/ that is for its owner alone, as a private key should be and a checkout cannot
    /// have it.
    pub(super) fn private_fixture(&self, name: &str) -> Result<String> {
        let copy = self.path(&file_name(Path::new(name)));
        fs::copy(self.fixture(name), &copy).with_context(|| format!("copying {name}"))?;
        fs::set_permissions(&copy, fs::Permissions::from_mode(0o600)).with_context(|| format!("closing {name}"))?;
        Ok(copy.display().to_string())
    }

    /// Writes a file into this scenario's directory.
    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
        fs::write(self.path(name), content).with_context(|| format!("writing {name}"))
    }

    /// The text of a file in this scenario's directory.
    pub(super) fn read(&self, name: &str) -> Result<String> {
        fs::read_to_string(self.path(name)).with_context(|| format!("reading {name}"))
    }

    /// Our `pki`.
    pub(super) fn pki(&self) -> Program {
        self.ours("pki")
    }

    /// Our `tls-server`.
    pub(super) fn tls_server(&self) -> Program {
        self.ours("tls-server")
    }

    /// Our `tls-client`.
    pub(super) fn tls_client(&self) -> Program {
        self.ours("tls-client")
    }

    fn ours(&self, name: &str) -> Program {
        self.at_home(Program::new(self.bench.programs.join(name), self.directory.path()))
    }

    /// `program` with a store and a home of its own, and nothing of the developer's.
    fn at_home(&self, program: Program) -> Program {
        program
            .environment("LATCHKEY_STORE", self.path("store"))
            .environment("HOME", self.directory.path())
            .environment("XDG_RUNTIME_DIR", self.directory.path())
            .without("XDG_DATA_HOME")
            .without("CARGO_MANIFEST_DIR")
            .without("LATCHKEY_LOG")
    }

    /// Somebody else's program.
    ///
    /// # Errors
    /// [`Skip`] where it is not installed.
    pub(super) fn peer(&self, name: &str) -> Result<Program> {
        let Some(path) = machine::find(name) else {
            let package = machine::package_of(name).unwrap_or(name);
            return Err(Skip::missing(name, package).into());
        };
        Ok(Program::new(path, self.directory.path()))
    }

    /// A program at this path.
    pub(super) fn program(&self, path: PathBuf) -> Program {
        Program::new(path, self.directory.path())
    }

    /// A Python program of fixtures/peers, which leaves nothing there.
    pub(super) fn python(&self, script: &str) -> Result<Program> {
        Ok(self.peer("python3")?.arguments(["-u", "-B", &self.fixture(&format!("peers/{script}"))]))
    }

    /// A line for a shell, as a person would paste it, with our programs on the path.
    pub(super) fn shell(&self, line: &str) -> Result<Program> {
        let mut path = self.bench.programs.clone().into_os_string();
        path.push(":");
        path.push(std::env::var_os("PATH").unwrap_or_default());
        let program = Program::new("/bin/sh".into(), self.directory.path()).environment("PATH", path);
        Ok(self.at_home(program).arguments(["-c", line]))
    }

    /// Files that no command should take, each named after what it is, in this scenario's directory.
    pub(super) fn write_bad_files(&self) -> Result<()> {
        self.write("empty", "")?;
        self.write("random", (0..2000_u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect::<Vec<_>>())?;
        fs::create_dir(self.path("directory")).context("making a directory")?;
        for (name, fixture) in [
            ("only.pem", "leaf/localhost.pem"),
            ("only.key", "leaf/localhost.key"),
            ("encrypted.key", "leaf/localhost.encrypted.key"),
            ("mismatched.key", "broken/mismatched.key"),
            ("reversed.pem", "broken/reversed-chain.pem"),
            ("truncated.pem", "broken/truncated.pem"),
            ("truncated.key", "broken/truncated.key"),
        ] {
            fs::copy(self.fixture(fixture), self.path(name)).with_context(|| format!("copying {fixture}"))?;
        }
        Ok(())
    }

    /// The right to use port 8443, which one scenario at a time has.
    ///
    /// # Errors
    /// [`Skip`] where something that is not ours listens there.
    pub(super) fn default_port(&self) -> Result<MutexGuard<'a, ()>> {
        let guard = self.bench.default_port.lock().unwrap_or_else(PoisonError::into_inner);
        match port::is_free("127.0.0.1:8443") {
            true => Ok(guard),
            false => Err(Skip("something else listens on 127.0.0.1:8443".to_owned()).into()),
        }
    }

    /// Fails unless `name` is absent from this scenario's directory.
    pub(super) fn is_absent(&self, name: &str) -> Result<()> {
        if self.path(name).exists() {
            bail!("{name} was written, and nothing should have been");
        }
        Ok(())
    }
}

/// The last part of a path, as messages show it.
fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}
