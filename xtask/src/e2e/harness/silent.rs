//! Peers that do not speak TLS: they say something of their own, or nothing.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use anyhow::{Context, Result};

/// Who speaks first.
#[derive(Clone, Copy)]
pub(in crate::e2e) enum FirstWords {
    /// The peer greets, like SSH and SMTP.
    Greeting(&'static str),
    /// The peer answers whatever comes, like HTTP.
    Answer(&'static str),
    /// The peer never says anything, and never closes.
    None,
}

/// A listener that treats every connection alike, as long as the scenario lasts.
pub(in crate::e2e) struct Speaker {
    port: u16,
}

impl Speaker {
    /// Listens on a port of its own. Its thread ends with the process: it holds nothing but the socket.
    pub(in crate::e2e) fn start(words: FirstWords) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").context("listening")?;
        let port = listener.local_addr()?.port();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                thread::spawn(move || speak(stream, words));
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
fn speak(mut stream: TcpStream, words: FirstWords) -> std::io::Result<()> {
    let mut heard = [0; 2048];
    match words {
        FirstWords::Greeting(text) => stream.write_all(text.as_bytes())?,
        FirstWords::Answer(text) => {
            if stream.read(&mut heard)? > 0 {
                stream.write_all(text.as_bytes())?;
            }
            return Ok(());
        }
        FirstWords::None => {}
    }
    while stream.read(&mut heard)? > 0 {}
    Ok(())
}
