//! A program that runs: what it says is waited for, and it is killed when it is no longer looked at.

use std::fs;
use std::io::Write as _;
use std::process::{Child, ChildStdin, ExitStatus};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, bail};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Resource, Rlimit, Signal, kill_process, pidfd_open, prlimit};

use super::command::PATIENCE;
use super::finished::Finished;
use super::output::{Ended, Output, Stream};

/// A started program.
pub(in crate::e2e) struct Running {
    child: Child,
    shown: String,
    output: Arc<Output>,
    stdin: Option<ChildStdin>,
}

impl Running {
    pub(super) fn new(mut child: Child, shown: String) -> Result<Self> {
        let output = Arc::new(Output::default());
        output.follow(Stream::Stdout, child.stdout.take().context("no standard output")?);
        output.follow(Stream::Stderr, child.stderr.take().context("no standard error")?);
        Ok(Self { child, shown, output, stdin: None })
    }

    /// Writes all of `text` and closes, beside whatever the program says meanwhile.
    pub(super) fn feed(&self, mut pipe: ChildStdin, text: Vec<u8>) {
        // A program that reads no further is judged by what it says, not by this.
        thread::spawn(move || pipe.write_all(&text));
    }

    /// Keeps its input open.
    pub(super) fn keep(&mut self, pipe: ChildStdin) {
        self.stdin = Some(pipe);
    }

    /// Writes to its input, which must have been left open.
    pub(in crate::e2e) fn write(&mut self, text: &str) -> Result<()> {
        let pipe = self.stdin.as_mut().context("its input was not left open")?;
        pipe.write_all(text.as_bytes()).with_context(|| format!("writing to `{}`", self.shown))
    }

    /// Closes its input.
    pub(in crate::e2e) fn close_input(&mut self) {
        self.stdin = None;
    }

    /// Waits for a line, of either stream, in which `seek` finds something. Lines that were said before count.
    pub(in crate::e2e) fn wait_for<T>(&self, what: &str, seek: impl FnMut(&str) -> Option<T>) -> Result<T> {
        self.output.wait_for(seek, Instant::now() + PATIENCE).map_err(|ended| {
            let why = match ended {
                Ended::Streams => "it ended first",
                Ended::Deadline => "it did not say so in time",
            };
            anyhow!("waiting for {what}: {why}\n{}", self.transcript())
        })
    }

    /// Waits for a line that contains `text`.
    pub(in crate::e2e) fn wait_for_text(&self, text: &str) -> Result<()> {
        self.wait_for(&format!("{text:?}"), |line| line.contains(text).then_some(()))
    }

    /// Waits for the first line that names a port of this machine's loopback where it serves, and returns the port.
    pub(in crate::e2e) fn wait_for_port(&self) -> Result<u16> {
        self.wait_for("a port", |line| {
            let (before, rest) = line.split_once("127.0.0.1:")?;
            let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
            // Where our server's admin pages are and whom it forwards to is on another stream, which may be read first.
            let is_elsewhere = ["admin", "forward"].iter().any(|word| before.contains(word));
            digits.parse().ok().filter(|port| *port != 0 && !is_elsewhere)
        })
    }

    /// Its process's number.
    pub(in crate::e2e) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal.
    pub(in crate::e2e) fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(self.pid()?, signal).with_context(|| format!("signalling `{}`", self.shown))
    }

    /// Leaves it room for `more` files beside those that it has open.
    pub(in crate::e2e) fn limit_files(&self, more: u64) -> Result<()> {
        let open = fs::read_dir(format!("/proc/{}/fd", self.child.id())).context("counting its open files")?.count();
        let limit = Some(open as u64 + more);
        prlimit(Some(self.pid()?), Resource::Nofile, Rlimit { current: limit, maximum: limit })?;
        Ok(())
    }

    /// Waits for its end.
    pub(in crate::e2e) fn finish(self) -> Result<Finished> {
        self.finish_within(PATIENCE)
    }

    /// Waits for its end, which must come within `patience`.
    pub(in crate::e2e) fn finish_within(mut self, patience: Duration) -> Result<Finished> {
        let deadline = Instant::now() + patience;
        let Some(status) = self.wait(patience)? else {
            bail!("it did not end within {} s\n{}", patience.as_secs(), self.transcript());
        };
        self.output.wait_for_end(deadline);
        Finished::new(
            std::mem::take(&mut self.shown),
            status,
            self.output.text(Stream::Stdout),
            self.output.text(Stream::Stderr),
        )
    }

    /// Fails if it has ended.
    pub(in crate::e2e) fn still_runs(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            None => Ok(()),
            Some(status) => bail!("it ended ({status}) and should run\n{}", self.transcript()),
        }
    }

    /// The file descriptor of a process becomes readable when it ends.
    fn wait(&mut self, patience: Duration) -> Result<Option<ExitStatus>> {
        if let Some(status) = self.child.try_wait()? {
            return Ok(Some(status));
        }
        let process = pidfd_open(self.pid()?, PidfdFlags::empty())?;
        let timeout = Timespec::try_from(patience)?;
        let ready = poll(&mut [PollFd::new(&process, PollFlags::IN)], Some(&timeout))?;
        if ready == 0 { Ok(None) } else { Ok(Some(self.child.wait()?)) }
    }

    fn pid(&self) -> Result<Pid> {
        i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).context("a process has a positive id")
    }

    /// What was run and what it said, for a message.
    fn transcript(&self) -> String {
        super::finished::transcript(&self.shown, &self.output.text(Stream::Stdout), &self.output.text(Stream::Stderr))
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It may have ended by itself, and then there is nothing to kill.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
