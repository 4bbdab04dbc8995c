//! Peers that are spoken to in the clear before TLS: each says its lines, and then stands aside.

use std::io::{self, Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use anyhow::{Context, Result};

/// What is done, one after the other, on every connection.
#[derive(Clone, Copy)]
pub(in crate::e2e) enum Line {
    /// Say this.
    Says(&'static [u8]),
    /// Wait until this has been heard.
    Hears(&'static [u8]),
}

/// A listener that keeps to a script and then passes everything on to a TLS server, as long as the scenario lasts.
pub(in crate::e2e) struct Relay {
    port: u16,
}

impl Relay {
    /// Listens on a port of its own, in front of the server at `behind`. Its threads end with the process.
    pub(in crate::e2e) fn start(script: &'static [Line], behind: u16) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("listening")?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || serve(stream, script, behind));
            }
        });
        Ok(Self { port })
    }

    /// Where it listens.
    pub(in crate::e2e) fn port(&self) -> u16 {
        self.port
    }
}

/// Errors are the other side's going away, which ends the conversation and nothing else.
fn serve(mut stream: TcpStream, script: &[Line], behind: u16) -> io::Result<()> {
    for line in script {
        match line {
            Line::Says(words) => stream.write_all(words)?,
            Line::Hears(words) => {
                // Byte by byte: what follows is TLS's.
                let (mut heard, mut byte) = (Vec::new(), [0]);
                while !heard.ends_with(words) {
                    stream.read_exact(&mut byte)?;
                    heard.extend(byte);
                }
            }
        }
    }
    let server = TcpStream::connect(("127.0.0.1", behind))?;
    let (back, forth) = (server.try_clone()?, stream.try_clone()?);
    thread::spawn(move || pass_on(back, forth));
    pass_on(stream, server)
}

fn pass_on(mut from: TcpStream, mut to: TcpStream) -> io::Result<()> {
    io::copy(&mut from, &mut to)?;
    to.shutdown(Shutdown::Write)
}
