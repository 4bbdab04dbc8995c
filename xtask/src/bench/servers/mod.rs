//! The servers that are measured, each started on the servers' core with one worker unless it is told otherwise.

mod others;
mod ours;
mod scripts;

use std::fs;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use rustix::process::{Pid, Signal, kill_process};
use rustix::thread::CpuSet;
use serde::{Deserialize, Serialize};

pub(super) use ours::{Options, Service, start as start_ours};

use super::cores::{Pinned, servers_core};
use super::site::{Certificate, Site};
use crate::peers;

const START: Duration = Duration::from_secs(60);

/// Who can be measured.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Contestant {
    Latchkey,
    Nginx,
    Haproxy,
    Hitch,
    Stunnel,
    /// A plain forwarder for plain clients: what forwarding costs by itself.
    Plain,
    /// `openssl s_server -HTTP`.
    OpensslServer,
    /// The script that people use.
    Python,
}

impl Contestant {
    /// Everyone there is.
    pub(super) const ALL: [Self; 8] = [
        Self::Latchkey,
        Self::Nginx,
        Self::Haproxy,
        Self::Hitch,
        Self::Stunnel,
        Self::Plain,
        Self::OpensslServer,
        Self::Python,
    ];

    /// What it is called on the command line.
    pub(super) const fn short_name(self) -> &'static str {
        match self {
            Self::Latchkey => "latchkey",
            Self::Nginx => "nginx",
            Self::Haproxy => "haproxy",
            Self::Hitch => "hitch",
            Self::Stunnel => "stunnel",
            Self::Plain => "plain",
            Self::OpensslServer => "s_server",
            Self::Python => "python",
        }
    }

    /// What it is called in tables.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Latchkey => "latchkey",
            Self::Nginx => "nginx stream",
            Self::Haproxy => "HAProxy tcp",
            Self::Hitch => "hitch",
            Self::Stunnel => "stunnel",
            Self::Plain => "plain forwarder",
            Self::OpensslServer => "openssl s_server",
            Self::Python => "Python script",
        }
    }

    /// The program that has to be installed for it.
    pub(super) const fn program(self) -> Option<&'static str> {
        match self {
            Self::Latchkey | Self::Plain => None,
            Self::Nginx => Some("nginx"),
            Self::Haproxy => Some("haproxy"),
            Self::Hitch => Some("hitch"),
            Self::Stunnel => Some("stunnel4"),
            Self::OpensslServer => Some("openssl"),
            Self::Python => Some("python3"),
        }
    }

    pub(super) fn is_here(self) -> bool {
        self.program().is_none_or(|program| peers::find(program).is_some())
    }

    /// What its program says of its version; ours is the commit's.
    pub(super) fn version(self) -> Option<String> {
        let argument = match self {
            Self::Latchkey | Self::Plain => return None,
            Self::Stunnel => "-version",
            Self::OpensslServer => "version",
            Self::Nginx | Self::Haproxy => "-v",
            Self::Hitch | Self::Python => "--version",
        };
        let output = Command::new(self.program()?).arg(argument).output().ok()?;
        let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
        version_in(&text).map(str::to_owned)
    }

    /// Starts it in front of `backend`, or, where it answers by itself, alone.
    pub(super) fn start(self, site: &Site, certificate: Certificate, backend: SocketAddr) -> Result<Server> {
        let _pinned = Pinned::to(&servers_core()?)?;
        let server = match self {
            Self::Latchkey => ours::start(site, &Options::one_worker(Service::Forward(backend), certificate)),
            Self::Nginx => others::nginx(site, certificate, backend),
            Self::Haproxy => others::haproxy(site, certificate, backend),
            Self::Hitch => others::hitch(site, certificate, backend),
            Self::Stunnel => others::stunnel(site, certificate, backend),
            Self::Plain => scripts::plain(site, backend),
            Self::OpensslServer => scripts::openssl(site, certificate),
            Self::Python => scripts::python(site, certificate),
        };
        server.with_context(|| format!("starting {}", self.name()))
    }
}

/// A running server; it ends with the value.
pub(super) struct Server {
    child: Child,
    pub(super) address: SocketAddr,
}

impl Server {
    fn new(child: Child, address: SocketAddr) -> Self {
        Self { child, address }
    }

    /// Starts a program that listens where it is told, and waits until it does.
    fn at(mut command: Command, address: SocketAddr, said: &Path) -> Result<Self> {
        let child = command.spawn().context("starting it")?;
        let mut server = Self::new(child, address);
        let start = Instant::now();
        while TcpStream::connect(address).is_err() {
            server.still_starts(start).with_context(|| last_words(said))?;
        }
        Ok(server)
    }

    /// Starts a program that says `listening on ADDRESS` (or `serving on`) in the file `log`, and waits until it does.
    fn that_says_where(mut command: Command, site: &Site, log: &str) -> Result<Self> {
        let child = command.stdout(site.log(log)?).spawn().context("starting it")?;
        let mut server = Self::new(child, SocketAddr::from(([127, 0, 0, 1], 0)));
        let start = Instant::now();
        loop {
            let text = fs::read_to_string(site.path().join(log)).unwrap_or_default();
            let whole_lines = text.rsplit_once('\n').map_or("", |(lines, _)| lines);
            let said = whole_lines.lines().find_map(|line| line.split_once(" on 127.0.0.1:"));
            if let Some((_, rest)) = said {
                let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
                server.address.set_port(digits.parse().with_context(|| format!("`{rest}` begins with no port"))?);
                return Ok(server);
            }
            server.still_starts(start).with_context(|| last_words(&site.path().join(log).with_extension("err")))?;
        }
    }

    fn still_starts(&mut self, since: Instant) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            bail!("it ended before it listened ({status})");
        }
        if since.elapsed() > START {
            bail!("it does not listen after {} s", START.as_secs());
        }
        std::thread::sleep(Duration::from_millis(2)); // it starts on a core that we must leave it
        Ok(())
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn signal(&self, signal: Signal) -> Result<()> {
        let process = Pid::from_raw(self.child.id().cast_signed()).context("a process has a positive id")?;
        kill_process(process, signal).context("signalling a server")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // A master takes its workers with it on SIGTERM, not on SIGKILL; who drains first is asked twice.
        let _ = self.signal(Signal::TERM);
        let begin = Instant::now();
        while let Ok(None) = self.child.try_wait() {
            if begin.elapsed() > Duration::from_secs(3) {
                let _ = self.child.kill();
                let _ = self.child.wait();
                break;
            }
            if begin.elapsed() > Duration::from_millis(200) {
                let _ = self.signal(Signal::TERM);
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// The first word such as `1.22.1`, also behind a slash.
fn version_in(text: &str) -> Option<&str> {
    let words = text.split(|letter: char| letter.is_whitespace() || letter == '/');
    words.into_iter().find(|word| word.starts_with(|letter: char| letter.is_ascii_digit()) && word.contains('.'))
}

/// What a program that does not start has said of it.
fn last_words(said: &Path) -> String {
    let text = fs::read_to_string(said).unwrap_or_default();
    text.lines().rev().take(3).collect::<Vec<_>>().into_iter().rev().collect::<Vec<_>>().join(" ")
}

/// A port that is free now.
fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0").context("looking for a port")?.local_addr()?)
}

/// Starts something on these cores.
pub(super) fn with_cores<T>(cores: &CpuSet, start: impl FnOnce() -> Result<T>) -> Result<T> {
    let _pinned = Pinned::to(cores)?;
    start()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everyone_says_their_version_in_their_own_way() {
        for (said, version) in [
            ("nginx version: nginx/1.22.1", "1.22.1"),
            ("HAProxy version 2.6.12-1+deb12u4 2026/10/17 - https://haproxy.org/", "2.6.12-1+deb12u4"),
            ("Initializing inetd mode configuration\nstunnel 5.68 on x86_64-pc-linux-gnu platform", "5.68"),
            ("OpenSSL 3.0.22 25 Aug 2026 (Library: OpenSSL 3.0.22 25 Aug 2026)", "3.0.22"),
        ] {
            assert_eq!(version_in(said), Some(version));
        }
    }
}
