//! Our server as it is deployed: with its log, its metrics, its deadlines and its limits.

use std::net::SocketAddr;

use anyhow::Result;

use super::Server;
use crate::bench::site::{Certificate, Site};

/// What it serves.
#[derive(Clone, Copy)]
pub(in crate::bench) enum Service {
    Hello,
    Echo,
    Forward(SocketAddr),
}

/// How it is started.
pub(in crate::bench) struct Options {
    pub(in crate::bench) service: Service,
    pub(in crate::bench) identity: Vec<String>,
    pub(in crate::bench) workers: usize,
}

impl Options {
    pub(in crate::bench) fn one_worker(service: Service, certificate: Certificate) -> Self {
        Self { service, identity: identity(certificate), workers: 1 }
    }
}

/// The flags that say which certificate is shown.
pub(in crate::bench) fn identity(certificate: Certificate) -> Vec<String> {
    vec!["--cert".into(), certificate.chain(), "--key".into(), certificate.key()]
}

/// Starts it where this thread may run.
pub(in crate::bench) fn start(site: &Site, options: &Options) -> Result<Server> {
    let mut command = site.ours("tls-server");
    match options.service {
        Service::Hello => command.arg("hello"),
        Service::Echo => command.arg("echo"),
        Service::Forward(target) => command.arg("forward").arg(target.to_string()),
    };
    command
        .args(["--listen", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--access-log", "access.log"])
        .args(["--workers", &options.workers.to_string()])
        .args(&options.identity)
        .args(&site.more)
        .stderr(site.log("latchkey.err")?);
    Server::that_says_where(command, site, "latchkey.out")
}
