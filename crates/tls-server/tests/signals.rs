//! The program, and a signal that is no wish to end it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

fn program(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tls-server"));
    command.env("XDG_RUNTIME_DIR", directory).stdin(Stdio::null()).stdout(Stdio::null());
    command
}

#[test]
fn a_hangup_without_a_terminal_reloads_and_ends_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut server = program(directory.path())
        .args(["--listen", "127.0.0.1:0", "--store"])
        .arg(directory.path().join("store"))
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = Pid::from_child(&server);
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines().map(Result::unwrap);

    // A server that answers there waits for signals, too.
    while !program(directory.path()).arg("reload").stderr(Stdio::null()).status().unwrap().success() {
        assert!(server.try_wait().unwrap().is_none());
        thread::sleep(Duration::from_millis(20));
    }
    kill_process(pid, Signal::HUP).unwrap();
    assert!(lines.any(|line| line.contains("SIGHUP: nothing changed")));
    kill_process(pid, Signal::TERM).unwrap();
    assert!(lines.any(|line| line.contains("SIGTERM")));
    assert!(server.wait().unwrap().success());
}
