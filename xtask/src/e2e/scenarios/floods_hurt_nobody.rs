//! Floods of everything that can be sent, in each phase of a connection: honest clients are served throughout, and what
//! the server holds is back at what it was.

use std::thread;

use anyhow::{Context, Result, anyhow};

use crate::e2e::attack::{self, FLOODS, Honest, Room, Target, Usage};
use crate::e2e::harness::Harness;

/// Connections of each kind, in turns.
const CONNECTIONS: usize = 6;
/// At a time.
const AT_ONCE: usize = 3;
/// What the allocator may keep.
const ROOM: Room = Room(6 << 20);

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let mut server = attack::serve(harness, "echo", "--handshake-timeout 5s --quiet")?;
    let client = attack::client(harness, &server)?;
    client.knock()?;
    let base = Usage::of(&server.program)?;

    let honest = Honest::visit(attack::client(harness, &server)?);
    for (name, flood) in FLOODS {
        let target = Target { harness, client: &client };
        let pour = || (0..CONNECTIONS / AT_ONCE).try_for_each(|_| flood(&target));
        thread::scope(|scope| {
            let threads: Vec<_> = (0..AT_ONCE).map(|_| scope.spawn(pour)).collect();
            threads.into_iter().try_for_each(|thread| thread.join().map_err(|_| anyhow!("panicked"))?)
        })
        .with_context(|| name.to_owned())?;
    }
    honest.leave()?;
    base.returns(&server.program, ROOM)?;
    server.program.still_runs()
}
