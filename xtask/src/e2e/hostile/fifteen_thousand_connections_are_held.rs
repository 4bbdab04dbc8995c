//! Fifteen thousand open connections on `echo`: newcomers are served beside them, every one of them answers at the end,
//! and what they took is given back.

use std::io::{Read as _, Write as _};
use std::thread;

use anyhow::{Context, Result, anyhow, ensure};

use crate::e2e::attack::{self, Honest, Room, Usage};
use crate::e2e::harness::{Harness, Listening};
use crate::load::{Client, Connection};

const CONNECTIONS: usize = 15_000;
const THREADS: usize = 2;
/// What the allocator may keep of their memory.
const ROOM: Room = Room(16 << 20);

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let server = attack::serve(harness, "echo", "--quiet")?;
    hold_and_look(harness, &server, CONNECTIONS, 1)
}

/// Holds `count` connections on something that returns every byte, for each of which it needs `files`.
pub(super) fn hold_and_look(harness: &Harness<'_>, server: &Listening, count: usize, files: usize) -> Result<()> {
    let client = attack::client(harness, server)?;
    client.knock()?;
    let base = Usage::of(&server.program)?;

    let honest = Honest::visit(attack::client(harness, server)?);
    let mut held = hold(&client, count)?;
    let full = Usage::of(&server.program)?;
    ensure!(full.descriptors >= count * files, "the server holds {full}");
    for (number, connection) in held.iter_mut().enumerate() {
        answers(connection).with_context(|| format!("connection {number} of {count}"))?;
    }
    let visits = honest.leave()?;
    drop(held);
    let after = base.returns(&server.program, ROOM)?;
    println!("        before {base}; with {count} connections {full}; after {after}");
    println!("        {} honest visits, the slowest {} ms", visits.count, visits.slowest.as_millis());
    Ok(())
}

/// Opens them all.
fn hold(client: &Client, count: usize) -> Result<Vec<Connection>> {
    let some = || (0..count / THREADS).map(|_| client.knock()).collect::<Result<Vec<_>>>();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(some)).collect();
        let mut all = Vec::new();
        for thread in threads {
            all.append(&mut thread.join().map_err(|_| anyhow!("a client panicked"))??);
        }
        Ok(all)
    })
}

fn answers(connection: &mut Connection) -> Result<()> {
    connection.write_all(b"?")?;
    connection.read_exact(&mut [0; 1])?;
    Ok(())
}
