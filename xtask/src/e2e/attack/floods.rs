//! What can be sent again and again, in each phase of a connection.

use std::io::Write as _;
use std::net::SocketAddr;

use anyhow::{Context, Result};

use super::forged::{Forger, alert, kind};
use super::raw::{connect, drained, reset};
use crate::e2e::harness::Harness;
use crate::load::Client;

/// Something to flood a server with: its name, and one connection's worth of it.
pub(in crate::e2e) type Flood = (&'static str, fn(&Target<'_>) -> Result<()>);

/// Who is flooded.
pub(in crate::e2e) struct Target<'a> {
    /// Where the fixtures are.
    pub(in crate::e2e) harness: &'a Harness<'a>,
    /// Where hellos come from.
    pub(in crate::e2e) client: &'a Client,
}

/// Of small records in one connection.
const MANY: usize = 10_000;

/// Before there is a ClientHello, between it and the Finished, and in an open connection of either version.
pub(in crate::e2e) const FLOODS: [Flood; 16] = [
    ("resets instead of a ClientHello", |target| reset(connect(target.address())?)),
    ("resets within a ClientHello", |target| reset(target.client.half_hello()?)),
    ("the end of the stream within a ClientHello", |target| target.client.half_hello().map(drop)),
    ("garbage", |target| target.say(&[0x5a; 4096])),
    ("warning alerts before a ClientHello", |target| target.say(&plain(kind::ALERT, &alert(1, 90)).repeat(MANY))),
    ("empty handshake records", |target| target.say(&plain(kind::HANDSHAKE, &[]).repeat(MANY))),
    ("a ClientHello byte by byte", |target| {
        let hello = target.client.hello()?;
        let records = hello.get(5..).unwrap_or_default().iter().flat_map(|byte| plain(kind::HANDSHAKE, &[*byte]));
        target.say(&records.collect::<Vec<u8>>())
    }),
    ("resets behind a ClientHello", |target| {
        let mut socket = connect(target.address())?;
        socket.write_all(&target.client.hello()?)?;
        reset(socket)
    }),
    ("ChangeCipherSpec behind a ClientHello", |target| target.behind_hello(&plain(kind::CHANGE, &[1]).repeat(MANY))),
    ("warning alerts behind a ClientHello", |target| {
        target.behind_hello(&plain(kind::ALERT, &alert(1, 90)).repeat(MANY))
    }),
    ("KeyUpdates", |target| {
        let mut forger = target.open("1.3")?;
        let updates = forger.key_updates(MANY, false)?;
        target.pour(forger, &updates)
    }),
    ("KeyUpdates that ask for one back", |target| {
        let mut forger = target.open("1.3")?;
        let updates = forger.key_updates(MANY, true)?;
        target.pour(forger, &updates)
    }),
    ("empty records of data", |target| target.repeat("1.3", kind::DATA, &[])),
    ("alerts that mean nothing", |target| target.repeat("1.3", kind::ALERT, &alert(1, 90))),
    ("alerts that mean nothing in TLS 1.2", |target| target.repeat("1.2", kind::ALERT, &alert(1, 90))),
    ("renegotiation", |target| {
        let hello = target.client.hello()?;
        target.repeat("1.2", kind::HANDSHAKE, hello.get(5..).context("a ClientHello is longer than a record's head")?)
    }),
];

impl Target<'_> {
    fn address(&self) -> SocketAddr {
        self.client.address()
    }

    fn open(&self, version: &str) -> Result<Forger> {
        Forger::open(self.harness, self.address(), version)
    }

    /// Says `bytes` and hears the server out. That it ends the connection while we speak is its right.
    fn say(&self, bytes: &[u8]) -> Result<()> {
        drained(connect(self.address())?, bytes)
    }

    fn behind_hello(&self, bytes: &[u8]) -> Result<()> {
        self.say(&[self.client.hello()?, bytes.to_vec()].concat())
    }

    fn repeat(&self, version: &str, kind: u8, content: &[u8]) -> Result<()> {
        let mut forger = self.open(version)?;
        let records = forger.records(kind, content, MANY)?;
        self.pour(forger, &records)
    }

    #[expect(clippy::unused_self, reason = "a flood is read as what is done to its target")]
    fn pour(&self, forger: Forger, bytes: &[u8]) -> Result<()> {
        drained(forger.socket, bytes)
    }
}

/// A record in the clear.
fn plain(kind: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len()).unwrap_or(u16::MAX).to_be_bytes();
    [&[kind, 3, 3], &length[..], content].concat()
}
