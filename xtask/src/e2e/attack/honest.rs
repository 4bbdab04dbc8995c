//! Clients that come, are answered and go, as long as an attack lasts.

use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};

use crate::load::Client;

/// Between two visits.
const PAUSE: Duration = Duration::from_millis(20);

/// Someone who visits an `echo` again and again.
pub(in crate::e2e) struct Honest {
    enough: Arc<AtomicBool>,
    visits: JoinHandle<Result<Visits>>,
}

/// How it went.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::e2e) struct Visits {
    /// All of them were answered in full.
    pub(in crate::e2e) count: usize,
    /// The one that took longest.
    pub(in crate::e2e) slowest: Duration,
}

impl Honest {
    /// Begins to visit.
    pub(in crate::e2e) fn visit(client: Client) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let told = Arc::clone(&enough);
        let visits = thread::spawn(move || {
            let mut visits = Visits::default();
            while !told.load(Ordering::Relaxed) {
                let begin = Instant::now();
                once(&client).with_context(|| format!("visit {} of an honest client", visits.count + 1))?;
                visits.slowest = visits.slowest.max(begin.elapsed());
                visits.count += 1;
                thread::sleep(PAUSE);
            }
            Ok(visits)
        });
        Self { enough, visits }
    }

    /// Ends it: every visit was answered, and there was at least one.
    pub(in crate::e2e) fn leave(self) -> Result<Visits> {
        self.enough.store(true, Ordering::Relaxed);
        let visits = self.visits.join().map_err(|_| anyhow!("the honest client panicked"))??;
        ensure!(visits.count > 0, "the honest client never came to visit");
        Ok(visits)
    }
}

/// Says more than a record holds, and has it back to the last byte and in order.
fn once(client: &Client) -> Result<()> {
    let said: Vec<u8> = (0..20_000_u32).map(|n| n.to_le_bytes()[0]).collect();
    let mut stream = client.connect()?;
    stream.write_all(&said).context("speaking")?;
    let mut heard = vec![0; said.len()];
    stream.read_exact(&mut heard).context("hearing it back")?;
    ensure!(heard == said, "something else came back");
    stream.conn.send_close_notify();
    stream.flush().context("saying goodbye")?;
    let rest = stream.read(&mut [0; 16]).context("hearing the goodbye")?;
    ensure!(rest == 0, "something came behind the echo");
    Ok(())
}
