//! The program, and a signal that is no wish to end it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use rustix::process::{Pid, Signal, kill_process};

#[test]
fn a_hangup_without_a_terminal_is_told_and_ends_nothing() {
    let store = tempfile::tempdir().unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_tls-server"))
        .args(["--listen", "127.0.0.1:0", "--store"])
        .arg(store.path().join("store"))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let pid = Pid::from_child(&server);
    let mut lines = BufReader::new(server.stderr.take().unwrap()).lines().map(Result::unwrap);

    let command = lines.find(|line| line.contains("openssl s_client")).unwrap();
    let target = command.split_whitespace().skip_while(|&word| word != "-connect").nth(1).unwrap();
    // Whoever is answered knows that signals are waited for.
    let mut peer = TcpStream::connect(target).unwrap();
    peer.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
    assert_ne!(peer.read(&mut [0; 8]).unwrap(), 0);
    drop(peer);

    kill_process(pid, Signal::HUP).unwrap();
    assert!(lines.any(|line| line.contains("SIGHUP: nothing was read again")));
    kill_process(pid, Signal::TERM).unwrap();
    assert!(lines.any(|line| line.contains("SIGTERM")));
    assert!(server.wait().unwrap().success());
}
