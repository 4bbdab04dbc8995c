//! Clients that send and never read the answer are not read themselves: each costs at most a megabyte, and no one else
//! notices them.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, anyhow, ensure};

use crate::e2e::attack::{self, Forger, Honest, Room, Usage, kind, send_until_blocked};
use crate::e2e::harness::Harness;

const CLIENTS: usize = 12;
const AT_ONCE: usize = 4;
/// What each would send, if it were taken.
const MUCH: usize = 64 << 20;
/// Without a byte taken in this time, none is.
const BLOCKED: Duration = Duration::from_secs(1);
/// Of the server's own memory, for each client.
const MOST: u64 = 1 << 20;
const ROOM: Room = Room(6 << 20);

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let server = attack::serve(harness, "echo", "--quiet")?;
    let client = attack::client(harness, &server)?;
    client.knock()?;
    let base = Usage::of(&server.program)?;

    let honest = Honest::visit(client);
    let fill = || -> Result<Forger> {
        let mut forger = Forger::open(harness, attack::address(&server), "1.3")?;
        let records = forger.records(kind::DATA, &[b'x'; 16_000], MUCH / 16_000)?;
        let sent = send_until_blocked(&mut forger.socket, &records, records.len(), BLOCKED)?;
        ensure!(sent < records.len(), "the server took {sent} bytes of a client that reads nothing");
        Ok(forger)
    };
    let held = (0..CLIENTS / AT_ONCE).map(|_| several(fill)).collect::<Result<Vec<_>>>()?;
    let full = Usage::of(&server.program)?;
    let each = full.memory.saturating_sub(base.memory) / CLIENTS as u64;
    ensure!(each <= MOST, "a client that never reads costs {} KiB", each / 1024);

    drop(held);
    honest.leave()?;
    base.returns(&server.program, ROOM).context("after they left").map(|_| ())
}

/// Several at once, as most of it is waiting.
fn several<T: Send>(make: impl Fn() -> Result<T> + Sync) -> Result<Vec<T>> {
    thread::scope(|scope| {
        let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(&make)).collect();
        threads.into_iter().map(|thread| thread.join().map_err(|_| anyhow!("a client panicked"))?).collect()
    })
}
