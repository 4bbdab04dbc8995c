//! The programs that tasks run and talk to: what Debian calls them, and how they come onto the machine.

use std::env;
use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::succeed;

/// A program that tasks need, and the Debian package it is in.
struct Peer {
    program: &'static str,
    package: &'static str,
}

const PEERS: [Peer; 27] = [
    Peer { program: "busybox", package: "busybox" },
    Peer { program: "cc", package: "gcc" },
    Peer { program: "certtool", package: "gnutls-bin" },
    Peer { program: "certutil", package: "libnss3-tools" },
    Peer { program: "chromium", package: "chromium" },
    Peer { program: "curl", package: "curl" },
    Peer { program: "gnutls-cli", package: "gnutls-bin" },
    Peer { program: "gnutls-serv", package: "gnutls-bin" },
    Peer { program: "go", package: "golang-go" },
    Peer { program: "groff", package: "groff" },
    Peer { program: "haproxy", package: "haproxy" },
    Peer { program: "hexdump", package: "bsdextrautils" },
    Peer { program: "hitch", package: "hitch" },
    Peer { program: "javac", package: "default-jdk-headless" },
    Peer { program: "keytool", package: "default-jdk-headless" },
    Peer { program: "nginx", package: "nginx-light libnginx-mod-stream" },
    Peer { program: "node", package: "nodejs" },
    Peer { program: "openssl", package: "openssl" },
    Peer { program: "psql", package: "postgresql" },
    Peer { program: "python3", package: "python3" },
    Peer { program: "ssh-keygen", package: "openssh-client" },
    Peer { program: "strace", package: "strace" },
    Peer { program: "stunnel4", package: "stunnel4" },
    Peer { program: "testssl", package: "testssl.sh" },
    Peer { program: "tshark", package: "tshark" },
    Peer { program: "tstclnt", package: "libnss3-tools" },
    Peer { program: "valgrind", package: "valgrind" },
];

/// Installs those of `programs` that are missing where we may, and otherwise says what a person has to type.
///
/// # Errors
/// An installation that was tried failed.
pub(crate) fn provide(programs: &[&str]) -> Result<()> {
    let is_wanted = |peer: &&Peer| programs.contains(&peer.program) && find(peer.program).is_none();
    let missing: Vec<&Peer> = PEERS.iter().filter(is_wanted).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages = missing.iter().map(|peer| peer.package).collect::<Vec<_>>().join(" ");
    let programs = missing.iter().map(|peer| peer.program).collect::<Vec<_>>().join(", ");
    if !rustix::process::geteuid().is_root() || find("apt-get").is_none() {
        println!("missing: {programs}. What needs them is skipped; to install them:");
        println!("    sudo apt-get update && sudo apt-get install -y {packages}");
        return Ok(());
    }
    println!("installing what is talked to: {packages}");
    apt_get(&["update", "-q"])?;
    let mut arguments = vec!["install", "-q", "-y", "--no-install-recommends"];
    arguments.extend(missing.iter().flat_map(|peer| peer.package.split(' ')));
    apt_get(&arguments)
}

fn apt_get(arguments: &[&str]) -> Result<()> {
    let mut command = Command::new("apt-get");
    command.args(arguments).env("DEBIAN_FRONTEND", "noninteractive");
    succeed(command).context("installing the programs that are talked to")
}

/// The package that `program` is in, as far as we know one.
pub(crate) fn package_of(program: &str) -> Option<&'static str> {
    PEERS.iter().find(|peer| peer.program == program).map(|peer| peer.package)
}

/// The first `program` on the path.
pub(crate) fn find(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path).map(|directory| directory.join(program)).find(|candidate| candidate.is_file())
}
