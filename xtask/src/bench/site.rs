//! What every server of a run shares: certificates, our programs, the plain service behind them, and the cores.

use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use common::input::Blob;
use tempfile::TempDir;

use super::client::Loader;
use super::cores::{Pinned, other_cores};
use crate::workspace;

/// A key and a certificate that it signed itself, for `localhost`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Certificate {
    P256,
    Rsa2048,
}

impl Certificate {
    const ALL: [Self; 2] = [Self::P256, Self::Rsa2048];

    const fn name(self) -> &'static str {
        match self {
            Self::P256 => "p256",
            Self::Rsa2048 => "rsa-2048",
        }
    }

    /// The file of the chain, in the site's directory.
    pub(super) fn chain(self) -> String {
        format!("{}.pem", self.name())
    }

    /// The file of the key.
    pub(super) fn key(self) -> String {
        format!("{}.key", self.name())
    }

    /// The file that holds both.
    pub(super) fn combined(self) -> String {
        format!("{}.both.pem", self.name())
    }
}

/// A directory with certificates, our programs, and a plain service that runs as long as the value lives.
pub(super) struct Site {
    directory: TempDir,
    programs: PathBuf,
    pub(super) backend: Backend,
    /// Who puts TLS load on the servers.
    pub(super) loader: Loader,
    /// More arguments for our server, such as `--quiet`.
    pub(super) more: Vec<String>,
}

/// The plain service's ports.
pub(super) struct Backend {
    child: Child,
    /// Returns every byte.
    pub(super) echo: SocketAddr,
    /// Speaks HTTP: `GET /bytes/N`, and `POST` of anything.
    pub(super) http: SocketAddr,
}

impl Site {
    /// Makes the certificates and starts the plain service. `programs` is where ours are.
    pub(super) fn prepare(programs: &Path, loader: Loader, more: Vec<String>) -> Result<Self> {
        let programs = programs.to_owned();
        let site = Self { directory: tempfile::tempdir()?, programs, backend: Backend::start()?, loader, more };
        for certificate in Certificate::ALL {
            site.make(certificate)?;
        }
        Ok(site)
    }

    /// The directory that servers run in.
    pub(super) fn path(&self) -> &Path {
        self.directory.path()
    }

    /// One of our programs, to be run in the site's directory, with a store of the site's own.
    pub(super) fn ours(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs.join(program));
        command.current_dir(self.path()).stdin(Stdio::null());
        for name in ["LATCHKEY_STORE", "XDG_RUNTIME_DIR", "HOME"] {
            command.env(name, self.path());
        }
        command
    }

    /// A certificate, which is its own anchor.
    pub(super) fn anchor(&self, certificate: Certificate) -> Result<Blob> {
        Ok(Blob::read(&self.path().join(certificate.chain()))?)
    }

    fn make(&self, certificate: Certificate) -> Result<()> {
        let (chain, key) = (certificate.chain(), certificate.key());
        let made = self
            .ours("pki")
            .args(["cert", "self-signed", "localhost", "--alg", certificate.name(), "--out", &chain, "--key-out", &key])
            .output()
            .context("running pki")?;
        if !made.status.success() {
            bail!("pki made no certificate: {}", String::from_utf8_lossy(&made.stderr));
        }
        let read = |name: &str| fs::read_to_string(self.path().join(name)).with_context(|| format!("reading {name}"));
        fs::write(self.path().join(certificate.combined()), read(&key)? + &read(&chain)?)?;
        Ok(())
    }

    /// A new file for what a program says.
    pub(super) fn log(&self, name: &str) -> Result<File> {
        File::create(self.path().join(name)).with_context(|| format!("making {name}"))
    }
}

/// Where our programs are: in `there`, or built as they are shipped.
pub(super) fn programs(there: Option<&Path>) -> Result<PathBuf> {
    let programs = match there {
        Some(there) => fs::canonicalize(there).with_context(|| format!("looking for {}", there.display()))?,
        None => build()?,
    };
    for program in ["pki", "tls-client", "tls-server"] {
        ensure!(programs.join(program).is_file(), "{} holds no {program}", programs.display());
    }
    Ok(programs)
}

fn build() -> Result<PathBuf> {
    let packages = ["build", "--quiet", "--profile", "dist", "-p", "tls-server", "-p", "tls-client", "-p", "pki"];
    println!("building the programs as they are shipped");
    workspace::succeed(workspace::cargo(&packages)?)?;
    let target = workspace::programs()?.parent().context("the build directory stands in no other")?.to_owned();
    Ok(target.join("dist"))
}

impl Backend {
    /// Beside the load, so that it takes nothing of the servers' core.
    fn start() -> Result<Self> {
        let _pinned = Pinned::to(&other_cores()?)?;
        let mut child = Command::new(std::env::current_exe()?)
            .arg("bench-backend")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("starting the plain service")?;
        let output = child.stdout.take().context("the plain service has no output")?;
        let mut lines = BufReader::new(output).lines();
        let mut address = |name: &str| -> Result<SocketAddr> {
            let line = lines.next().context("the plain service ended before it listened")??;
            let address = line.strip_prefix(name).with_context(|| format!("`{line}` is not its {name} port"))?;
            address.trim().parse().with_context(|| format!("`{address}` is no address"))
        };
        let (echo, http) = (address("echo")?, address("http")?);
        Ok(Self { child, echo, http })
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        // It holds nothing that would have to be put in order.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
