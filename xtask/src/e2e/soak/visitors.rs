//! Clients of several kinds that come and go as long as a server is changed, each of which has to be served.

use std::fmt;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail, ensure};
use common::context::{ClientContext, Identity, Provider, Trust};
use common::input::Blob;

use crate::e2e::harness::Harness;
use crate::load::Client;
use crate::peers;

/// Between two visits of the same visitor.
const PAUSE: Duration = Duration::from_millis(50);
/// What the one that stays says in a visit, piece by piece.
const PIECES: usize = 30;

/// All of them, on a thread each.
pub(super) struct Visitors {
    enough: Arc<AtomicBool>,
    fault: Arc<Mutex<Option<String>>>,
    threads: Vec<(&'static str, Arc<AtomicUsize>, JoinHandle<()>)>,
}

/// How often each came, and was served.
pub(super) struct Visits(Vec<(&'static str, usize)>);

/// Visits once, and fails where anything is missing.
type Visit = Box<dyn FnMut() -> Result<()> + Send>;

impl Visitors {
    /// `ports` are those of an echo, of an echo for clients with certificates, and of the page.
    pub(super) fn begin(harness: &Harness<'_>, ports: [u16; 3]) -> Result<Self> {
        let [echo, clients, http] = ports;
        let root = harness.fixture("ca/root.pem");
        let alice = (harness.fixture("client/alice.pem"), harness.fixture("client/alice.key"));
        let (plain, resuming) = (client(&root, echo, None, false)?, client(&root, echo, None, true)?);
        let known = client(&root, clients, Some(&alice), true)?;
        let patient = client(&root, echo, None, false)?;
        let mut all: Vec<(&'static str, Visit)> = vec![
            ("new sessions", Box::new(move || once(&plain))),
            ("resumed sessions", Box::new(move || once(&resuming))),
            ("clients with certificates", Box::new(move || once(&known))),
            ("clients that stay", Box::new(move || stay(&patient))),
        ];
        if let Some(curl) = peers::find("curl") {
            let url = format!("https://localhost:{http}/json");
            let words = ["-q", "-sS", "--noproxy", "*", "--max-time", "30", "--cacert", &root, &url].map(str::to_owned);
            all.push(("curl", Box::new(move || said(&curl, &words, "latchkey."))));
        }
        if let Some(python) = peers::find("python3") {
            let script = harness.fixture("peers/client.py");
            let words = [script, root.clone(), echo.to_string(), "Hello from Python!".to_owned()];
            all.push(("Python", Box::new(move || said(&python, &words, "answer: Hello from Python!"))));
        }
        if let Some(openssl) = peers::find("openssl") {
            let words =
                format!("s_client -connect localhost:{echo} -CAfile {root} -verify_return_error -quiet -no_ign_eof");
            all.push(("OpenSSL", Box::new(move || spoken_to(&openssl, &words))));
        }
        Ok(Self::start(all))
    }

    fn start(all: Vec<(&'static str, Visit)>) -> Self {
        let enough = Arc::new(AtomicBool::new(false));
        let fault = Arc::new(Mutex::new(None));
        let threads = all.into_iter().map(|(name, mut visit)| {
            let count = Arc::new(AtomicUsize::new(0));
            let (told, noted, counted) = (Arc::clone(&enough), Arc::clone(&fault), Arc::clone(&count));
            let thread = thread::spawn(move || {
                while !told.load(Ordering::Relaxed) {
                    if let Err(error) = visit() {
                        let number = counted.load(Ordering::Relaxed) + 1;
                        let mut fault = noted.lock().unwrap_or_else(PoisonError::into_inner);
                        fault.get_or_insert(format!("visit {number} of {name}: {error:#}"));
                        return;
                    }
                    counted.fetch_add(1, Ordering::Relaxed);
                    thread::sleep(PAUSE);
                }
            });
            (name, count, thread)
        });
        let threads = threads.collect();
        Self { enough, fault, threads }
    }

    /// Fails where one of them was not served.
    pub(super) fn are_well(&self) -> Result<()> {
        match &*self.fault.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(fault) => bail!("{fault}"),
            None => Ok(()),
        }
    }

    /// Ends it: all of them came, and all of them were served.
    pub(super) fn leave(mut self) -> Result<Visits> {
        self.enough.store(true, Ordering::Relaxed);
        let mut visits = Vec::new();
        for (name, count, thread) in std::mem::take(&mut self.threads) {
            thread.join().map_err(|_| anyhow!("{name} panicked"))?;
            visits.push((name, count.load(Ordering::Relaxed)));
        }
        self.are_well()?;
        if let Some((name, _)) = visits.iter().find(|(_, count)| *count == 0) {
            bail!("{name} never came to visit");
        }
        Ok(Visits(visits))
    }
}

impl Drop for Visitors {
    fn drop(&mut self) {
        self.enough.store(true, Ordering::Relaxed);
    }
}

impl fmt::Display for Visits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> = self.0.iter().map(|(name, count)| format!("{count} of {name}")).collect();
        f.write_str(&each.join(", "))
    }
}

/// A client of ours that trusts the fixtures' CA.
fn client(root: &str, port: u16, alice: Option<&(String, String)>, resumption: bool) -> Result<Client> {
    let mut trust = Trust::new();
    trust.add_file(&Blob::read(root.as_ref())?)?;
    let mut context = ClientContext::webpki(&trust, Provider::AwsLc)?;
    context.resumption = resumption;
    if let Some((certificate, key)) = alice {
        let (certificate, key) = (Blob::read(certificate.as_ref())?, Blob::read(key.as_ref())?);
        context.identity = Some(Identity::from_files(&certificate, &key, None, Provider::AwsLc)?);
    }
    Ok(Client::with(([127, 0, 0, 1], port).into(), context.config()?))
}

fn once(client: &Client) -> Result<()> {
    converse(client, 1, Duration::ZERO)
}

/// Stays for longer than a change takes.
fn stay(client: &Client) -> Result<()> {
    converse(client, PIECES, Duration::from_millis(50))
}

/// Says so many pieces, has each back to the last byte, and parts in order.
fn converse(client: &Client, pieces: usize, pause: Duration) -> Result<()> {
    let mut stream = client.connect()?;
    let mut heard = vec![0; 20_000];
    for piece in 0..pieces {
        let said: Vec<u8> = (0..heard.len()).map(|place| ((place + piece) % 251) as u8).collect();
        stream.write_all(&said).with_context(|| format!("saying piece {piece}"))?;
        stream.read_exact(&mut heard).with_context(|| format!("hearing piece {piece}"))?;
        ensure!(heard == said, "piece {piece} came back as something else");
        thread::sleep(pause);
    }
    stream.conn.send_close_notify();
    stream.flush().context("saying goodbye")?;
    ensure!(stream.read(&mut [0; 16]).context("hearing the goodbye")? == 0, "something came behind the echo");
    Ok(())
}

/// Runs a program to its end, which must be a good one, with this in its output.
fn said(program: &PathBuf, words: &[String], text: &str) -> Result<()> {
    let output = Command::new(program).args(words).stdin(Stdio::null()).output().context("starting it")?;
    let said = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success() && said.contains(text), "{}: {said}{complaint}", output.status);
    Ok(())
}

/// `openssl s_client`, which ends with its input: it is held open until the echo has come.
fn spoken_to(program: &PathBuf, words: &str) -> Result<()> {
    const TEXT: &str = "Hello from OpenSSL!";
    let mut child = Command::new(program)
        .args(words.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .context("starting it")?;
    let mut input = child.stdin.take().context("it has no input")?;
    let output = child.stdout.take().context("it has no output")?;
    // Where it is gone already, it says nothing below.
    let _ = writeln!(input, "{TEXT}");
    let answered = BufReader::new(output).lines().map_while(Result::ok).any(|line| line == TEXT);
    drop(input);
    let ended = child.wait_with_output()?;
    ensure!(answered, "{}: {}", ended.status, String::from_utf8_lossy(&ended.stderr));
    Ok(())
}
