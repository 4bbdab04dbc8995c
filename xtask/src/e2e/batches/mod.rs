//! What `cargo xtask kill-batch` runs, and what it shares with the short form: batches that are killed.

mod a_batch_of_ten_thousand_is_killed_a_hundred_times;

use std::collections::BTreeMap;
use std::fs;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;

use super::harness::Harness;

registry! {
    a_batch_of_ten_thousand_is_killed_a_hundred_times,
}

/// What the store's database says, read by Python's own SQLite and not by our code.
#[derive(serde::Deserialize)]
pub(super) struct Book {
    /// The SHA-256 of each certificate by its serial number in hexadecimal.
    pub(super) issued: BTreeMap<String, String>,
    /// How many rows there are, which is more than there are serial numbers where one was used twice.
    pub(super) rows: usize,
    /// The serial numbers of the rows that are done.
    pub(super) done: Vec<String>,
    /// The SHA-256 of the first certificate of each file of `issued/`, by the file's name.
    pub(super) files: BTreeMap<String, String>,
}

/// Reads the store of this scenario.
pub(super) fn book(harness: &Harness<'_>) -> Result<Book> {
    let read = harness.python("book.py")?.words("store/store.db issued").run()?.succeeds()?;
    serde_json::from_str(&read.stdout).context("reading what book.py says")
}

/// Issues `rows` certificates over and over, each time in a store of its own, and kills it at random moments until that
/// has happened `kills` times; after each kill, and at each end, the store and the files are looked at.
pub(super) fn kill(harness: &Harness<'_>, rows: usize, kills: usize) -> Result<()> {
    let table: String = (0..rows).map(|number| format!("h{number}.example\n")).collect();
    harness.write("hosts.csv", format!("names\n{table}"))?;
    let mut random = Random(0x9e37_79b9_7f4a_7c15 ^ u64::from(std::process::id()));
    let mut killed = 0;
    while killed < kills {
        for directory in ["store", "issued"] {
            let _ = fs::remove_dir_all(harness.path(directory));
        }
        harness.pki().words("ca new home").run()?.succeeds()?;
        let mut starts = 0;
        loop {
            starts += 1;
            ensure!(starts < 50 * kills, "the batch makes no progress");
            let running = harness.pki().words("cert issue --batch hosts.csv --ca home --out-dir issued").start()?;
            let process = running.id();
            if killed < kills {
                // The moment is to be any, so that there is nothing to wait for.
                thread::sleep(Duration::from_millis(random.below(700)));
            }
            // It may have ended by itself, and then there is nobody to kill.
            let is_dead = killed >= kills || running.signal(Signal::KILL).is_err();
            let ended = running.finish_within(Duration::from_secs(600));
            if is_dead || ended.as_ref().is_ok_and(|ended| ended.stderr.contains("issued ")) {
                ended.and_then(super::harness::Finished::succeeds)?;
                break;
            }
            killed += 1;
            check(&book(harness)?, rows, false).with_context(|| format!("after kill {killed} of process {process}"))?;
        }
        check(&book(harness)?, rows, true)?;
    }
    println!("        {killed} kills of a batch of {rows}");
    Ok(())
}

fn check(book: &Book, rows: usize, is_finished: bool) -> Result<()> {
    ensure!(book.rows == book.issued.len(), "a serial number was used twice");
    ensure!(book.done.len() == book.rows, "{} certificates for {} rows that are done", book.rows, book.done.len());
    let known: std::collections::BTreeSet<&String> = book.issued.values().collect();
    for (file, sha256) in &book.files {
        if !known.contains(sha256) {
            bail!("{file} is no certificate that the store knows, or is half written");
        }
    }
    let files = book.files.len();
    ensure!(!is_finished || (book.rows == rows && files == rows), "{} rows and {files} files of {rows}", book.rows);
    Ok(())
}

/// Numbers that need not be good, only many.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }
}
