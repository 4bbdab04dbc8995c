//! Other people's terminators, set up as their manuals do for one worker: nothing is logged for a connection, and the
//! listener's queue is as long as ours.

use std::fs;
use std::net::SocketAddr;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result};

use super::{Server, free_address};
use crate::bench::site::{Certificate, Site};

/// nginx with its stream module.
pub(super) fn nginx(site: &Site, certificate: Certificate, backend: SocketAddr) -> Result<Server> {
    let (address, chain, key) = (free_address()?, certificate.chain(), certificate.key());
    let directory = site.path().join(format!("nginx-{}", address.port()));
    fs::create_dir(&directory).context("making a directory for nginx")?;
    let here = site.path().display();
    let config = format!(
        "load_module /usr/lib/nginx/modules/ngx_stream_module.so;\n\
         daemon off; master_process on; worker_processes 1;\n\
         user root; pid nginx.pid; error_log stderr crit;\n\
         events {{ worker_connections 16384; }}\n\
         stream {{ server {{ listen {address} ssl backlog=4096; ssl_protocols TLSv1.2 TLSv1.3;\n\
         ssl_certificate {here}/{chain}; ssl_certificate_key {here}/{key}; proxy_pass {backend}; }} }}\n"
    );
    fs::write(directory.join("nginx.conf"), config)?;
    let mut command = quiet("nginx", site, "nginx.err")?;
    command.arg("-p").arg(&directory).args(["-e", "stderr", "-c", "nginx.conf"]);
    Server::at(command, address, &site.path().join("nginx.err"))
}

/// HAProxy in tcp mode.
pub(super) fn haproxy(site: &Site, certificate: Certificate, backend: SocketAddr) -> Result<Server> {
    let (address, combined) = (free_address()?, certificate.combined());
    let config = format!(
        "global\n  nbthread 1\n\
         defaults\n  mode tcp\n  backlog 4096\n  timeout connect 5s\n  timeout client 5m\n  \
         timeout server 5m\n\
         frontend tls\n  bind {address} ssl crt {combined}\n  default_backend plain\n\
         backend plain\n  server one {backend}\n"
    );
    let name = format!("haproxy-{}.cfg", address.port());
    fs::write(site.path().join(&name), config)?;
    let mut command = quiet("haproxy", site, "haproxy.err")?;
    command.args(["-db", "-q", "-f", &name]);
    Server::at(command, address, &site.path().join("haproxy.err"))
}

/// hitch with one worker.
pub(super) fn hitch(site: &Site, certificate: Certificate, backend: SocketAddr) -> Result<Server> {
    let (address, combined) = (free_address()?, certificate.combined());
    // It will not work as root, and takes another user only from root.
    let user = if rustix::process::geteuid().is_root() { "user = \"nobody\"\n" } else { "" };
    let config = format!(
        "{user}frontend = \"[127.0.0.1]:{}\"\nbackend = \"[127.0.0.1]:{}\"\npem-file = \"{}/{combined}\"\n\
         workers = 1\nbacklog = 4096\nlog-level = 0\n",
        address.port(),
        backend.port(),
        site.path().display()
    );
    let name = format!("hitch-{}.conf", address.port());
    fs::write(site.path().join(&name), config)?;
    let mut command = quiet("hitch", site, "hitch.err")?;
    command.args(["--config", &name]);
    Server::at(command, address, &site.path().join("hitch.err"))
}

/// stunnel, which has a thread for each connection.
pub(super) fn stunnel(site: &Site, certificate: Certificate, backend: SocketAddr) -> Result<Server> {
    let (address, chain, key) = (free_address()?, certificate.chain(), certificate.key());
    let config = format!(
        "foreground = yes\npid =\nsyslog = no\ndebug = err\n\
         [tls]\naccept = {address}\nconnect = {backend}\ncert = {chain}\nkey = {key}\n"
    );
    let name = format!("stunnel-{}.conf", address.port());
    fs::write(site.path().join(&name), config)?;
    let mut command = quiet("stunnel4", site, "stunnel.err")?;
    command.arg(&name);
    Server::at(command, address, &site.path().join("stunnel.err"))
}

/// A program that reads nothing, and whose words are kept in a file.
pub(super) fn quiet(program: &str, site: &Site, log: &str) -> Result<Command> {
    let mut command = Command::new(program);
    let output = site.log(log)?;
    command.current_dir(site.path()).stdin(Stdio::null()).stdout(output.try_clone()?).stderr(output);
    Ok(command)
}
