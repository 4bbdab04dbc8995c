//! What answers in process, one client after another: the script that people use and `openssl s_server`; and the plain
//! forwarder, which is a process of xtask's own.

use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::others::quiet;
use super::{Server, free_address};
use crate::bench::site::{Certificate, Site};
use crate::workspace;

/// fixtures/peers/plain_server.py, as the tutorials have it.
pub(super) fn python(site: &Site, certificate: Certificate) -> Result<Server> {
    let script = workspace::root()?.join("fixtures/peers/tutorial.py");
    let address = free_address()?;
    let mut command = quiet("python3", site, "python.err")?;
    command.arg("-B").arg(script).args([certificate.chain(), certificate.key(), address.port().to_string()]);
    Server::that_says_where(command, site, "python.out")
}

/// `openssl s_server`, which answers `GET /hello` with the file of that name.
pub(super) fn openssl(site: &Site, certificate: Certificate) -> Result<Server> {
    let address = free_address()?;
    let answer = "HTTP/1.0 200 OK\r\nContent-Length: 18\r\n\r\nHello from server!";
    fs::write(site.path().join("hello"), answer).context("writing what s_server answers")?;
    let mut command = quiet("openssl", site, "openssl.err")?;
    command.args(["s_server", "-HTTP", "-quiet", "-accept", &address.to_string()]).args([
        "-cert",
        &certificate.chain(),
        "-key",
        &certificate.key(),
    ]);
    Server::at(command, address, &site.path().join("openssl.err"))
}

/// The plain forwarder in front of `target`.
pub(super) fn plain(site: &Site, target: SocketAddr) -> Result<Server> {
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["bench-plain", &target.to_string()]).stdin(Stdio::piped());
    Server::that_says_where(command, site, "plain.out")
}
