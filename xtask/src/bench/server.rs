//! The servers that are measured, and the site they share: one certificate.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use common::input::Blob;
use tempfile::TempDir;

use super::cores::{Pinned, servers_core};
use crate::{peers, workspace};

const START: Duration = Duration::from_secs(20);
/// The Debian packages of nginx with what we need of it.
const NGINX: &str = "nginx libnginx-mod-stream";

/// A directory with a certificate for localhost, and our programs as they are shipped.
pub(super) struct Site {
    directory: TempDir,
    programs: PathBuf,
}

/// A running server; it ends with the value.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Site {
    pub(super) fn prepare() -> Result<Self> {
        let packages = ["build", "--quiet", "--profile", "dist", "-p", "tls-server", "-p", "pki"];
        workspace::succeed(workspace::cargo(&packages)?)?;
        let target = workspace::programs()?.parent().context("the build directory stands in no other")?.to_owned();
        let site = Self { directory: tempfile::tempdir()?, programs: target.join("dist") };
        let made = Command::new(site.programs.join("pki"))
            .args(["cert", "self-signed", "localhost", "--out", "cert.pem", "--key-out", "key.pem"])
            .current_dir(site.directory.path())
            .output()
            .context("running pki")?;
        if !made.status.success() {
            bail!("pki made no certificate: {}", String::from_utf8_lossy(&made.stderr));
        }
        Ok(site)
    }

    /// The certificate, which is its own anchor.
    pub(super) fn anchor(&self) -> Result<Blob> {
        Ok(Blob::read(&self.directory.path().join("cert.pem"))?)
    }

    /// Ours as it starts by default, with a worker for each core.
    pub(super) fn latchkey(&self, mode: &str) -> Result<Server> {
        self.start_latchkey(mode, &[])
    }

    /// Ours with one worker, on the servers' core.
    pub(super) fn latchkey_on_one_core(&self, mode: &str) -> Result<Server> {
        let _pinned = Pinned::to(&servers_core()?)?;
        self.start_latchkey(mode, &["--workers", "1"])
    }

    fn start_latchkey(&self, mode: &str, more: &[&str]) -> Result<Server> {
        let mut child = Command::new(self.programs.join("tls-server"))
            .args([mode, "--listen", "127.0.0.1:0", "--cert", "cert.pem", "--key", "key.pem", "--quiet"])
            .args(more)
            .current_dir(self.directory.path())
            .env("LATCHKEY_STORE", self.directory.path().join("store"))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .context("starting tls-server")?;
        let output = child.stdout.take().context("tls-server has no standard output")?;
        let mut lines = BufReader::new(output).lines();
        let address = loop {
            let line = lines.next().context("tls-server ended before it listened")??;
            if let Some(address) = line.split("listening on ").nth(1) {
                let word = address.split_whitespace().next().unwrap_or_default();
                break word.parse().with_context(|| format!("`{word}` is no address"))?;
            }
        };
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Server { child, address })
    }

    /// nginx stream with one worker on the servers' core, which answers in process, as `tls-server hello` does.
    pub(super) fn nginx_on_one_core(&self) -> Result<Server> {
        if peers::find("nginx").is_none() {
            bail!("nginx is what ours is measured beside: sudo apt-get install -y {NGINX}");
        }
        let _pinned = Pinned::to(&servers_core()?)?;
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let config = format!(
            "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n\
             daemon off; master_process on; worker_processes 1; pid nginx.pid; error_log stderr crit;\n\
             events {{ worker_connections 16384; }}\n\
             stream {{ server {{ listen {address} ssl backlog=4096; ssl_protocols TLSv1.2 TLSv1.3;\n\
             ssl_certificate cert.pem; ssl_certificate_key key.pem; return 'Hello from server!'; }} }}\n"
        );
        let directory = self.directory.path();
        fs::write(directory.join("nginx.conf"), config)?;
        let child = Command::new("nginx")
            .arg("-p")
            .arg(directory)
            .args(["-c", "nginx.conf"])
            .stdin(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .context("starting nginx")?;
        let mut server = Server { child, address };
        server.wait_until_it_listens()?;
        Ok(server)
    }
}

impl Server {
    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    fn wait_until_it_listens(&mut self) -> Result<()> {
        let start = Instant::now();
        while TcpStream::connect(self.address).is_err() {
            if let Some(status) = self.child.try_wait()? {
                bail!("nginx ended before it listened ({status}); has it its stream module? apt-get install {NGINX}");
            }
            if start.elapsed() > START {
                bail!("nothing listens on {} after {} s", self.address, START.as_secs());
            }
            std::thread::yield_now();
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // nginx's master takes its worker with it on SIGTERM, not on SIGKILL.
        if let Some(process) = rustix::process::Pid::from_raw(self.child.id().cast_signed()) {
            let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        }
        let _ = self.child.wait();
    }
}
