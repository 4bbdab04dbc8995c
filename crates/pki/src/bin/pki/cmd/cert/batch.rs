//! `pki cert issue --batch`

use std::collections::BTreeMap;
use std::fs;
use std::io::IsTerminal as _;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use common::terminal::{CliError, Exit, Ui};
use jiff::Timestamp;
use pki::authority::Issuer;
use pki::batch::{Ask, BatchError, Event, Job, Refused, Row, read, run as run_batch};
use pki::certificate::{IssueError, Validity};
use pki::stored::StoredError;
use serde::Serialize;
use store::{BatchRow, Store};

use super::batch_files::Directory;
use super::issue::{Args, dates};
use crate::error::{OrExplain, what_would_pass};
use crate::output::is_stdout;
use crate::session::Session;

/// How often progress is shown, where somebody watches.
const BEAT: Duration = Duration::from_secs(1);

/// The `latchkey.batch/1` document.
#[derive(Serialize)]
struct Summary {
    schema: &'static str,
    job: String,
    rows: usize,
    issued: usize,
    done_before: usize,
    files_written: usize,
    cut_short: usize,
    refused: Vec<RefusedRow>,
    seconds: f64,
    exit_code: u8,
}

#[derive(Serialize)]
struct RefusedRow {
    place: String,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    advice: Option<String>,
}

impl RefusedRow {
    fn new(place: String, why: &Refused) -> Self {
        let advice = match why {
            Refused::Issue(IssueError::Refused(refusal)) => what_would_pass(refusal),
            _ => None,
        };
        Self { place, why: common::terminal::ui::chain(why), advice }
    }
}

/// What has become of the batch so far.
#[derive(Default)]
struct Outcome {
    issued: usize,
    done_before: usize,
    files_written: usize,
    /// How many end with their CA, earlier than asked.
    cut_short: usize,
    refused: Vec<RefusedRow>,
}

pub(super) fn run(args: &Args, input: &Path, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let begun = Instant::now();
    if is_stdout(input) {
        return Err(CliError::usage("a batch is not read from standard input, where it could not be taken up again")
            .advise("write it to a file that ends in .csv or .jsonl"));
    }
    let rules = args.rules.rules(session)?;
    let rows = read(input).or_explain()?;
    let store = session.require_store()?;
    let chosen = args.issuer.of_store(&*store)?;
    let authority = chosen.name.clone().unwrap_or_default();
    let (asked, validity) = dates(args, &rules, &chosen, session)?;
    let id = job_id(args, input, &authority);
    let done = store.batch(&id).map_err(StoredError::from)?;
    let directory = args.out_dir.as_deref().map(|path| Directory::open(path, args.force)).transpose()?;

    let (open, before) = part(rows, done);
    refuse_collisions(&open, &*store, directory.as_ref(), &before)?;
    let job = Job { id, authority, issuer: chosen.issuer, rules, algorithm: args.alg, validity, now: session.now() };
    let files_written = finish(&before, directory.as_ref(), &*store, &job.issuer)?;
    let mut outcome = Outcome { done_before: before.len(), files_written, ..Outcome::default() };
    let total = open.len();
    let mut progress = Progress { last: Instant::now(), total, done: 0, shown: std::io::stderr().is_terminal() };
    let mut each = |event: Event<'_>| -> Result<(), CliError> {
        match event {
            Event::Refused { index, why } => {
                progress.done += 1;
                outcome.refused.push(RefusedRow::new(place(&open, index), why));
            }
            Event::Committed(done) => {
                progress.done += done.len();
                progress.tell(ui);
                for done in done {
                    let Some((_, row)) = open.get(done.index) else { continue };
                    outcome.cut_short += usize::from(is_cut_short(row, &done.row, asked, job.now));
                    if let Some(directory) = &directory {
                        outcome.files_written += directory.write(row, &done.row, &job.issuer)?;
                    }
                }
            }
            _ => {}
        }
        Ok(())
    };
    let threads = args.jobs.map_or_else(|| thread::available_parallelism().map_or(1, usize::from), usize::from);
    outcome.issued = run_batch(&*store, &job, &open, threads, &mut each).map_err(in_words)?.issued;
    if let Some(directory) = &directory {
        directory.sync()?;
    }
    tell(args, &job, outcome, begun.elapsed(), ui)
}

/// Whether it ends with its CA, before the end that was asked for.
fn is_cut_short(row: &Row, done: &BatchRow, asked: Validity, now: Timestamp) -> bool {
    let asked = row.days.map_or(Ok(asked), |days| Validity::days(now, days));
    asked.is_ok_and(|asked| done.issued.not_after < asked.not_after())
}

/// The same for the same input under the same CA, so that what was cut off is found again.
fn job_id(args: &Args, input: &Path, authority: &str) -> String {
    let input = fs::canonicalize(input).unwrap_or_else(|_| input.to_owned());
    let job = args.job.as_deref().unwrap_or("1");
    format!("{authority} {} {} {job}", args.rules.profile, input.display())
}

/// The rows that are still to be done, and those that are done with what was issued for them.
type Parts = (Vec<(usize, Row)>, Vec<(Row, BatchRow)>);

fn part(rows: Vec<Row>, done: Vec<BatchRow>) -> Parts {
    let mut known: BTreeMap<String, BatchRow> = done.into_iter().map(|row| (row.line.clone(), row)).collect();
    let (mut open, mut before) = (Vec::new(), Vec::new());
    for row in rows {
        match known.remove(&row.key) {
            Some(done) => before.push((row, done)),
            None => open.push((open.len(), row)),
        }
    }
    (open, before)
}

/// What would fail in the middle is an error before anything is issued.
fn refuse_collisions(
    open: &[(usize, Row)],
    store: &dyn Store,
    directory: Option<&Directory>,
    before: &[(Row, BatchRow)],
) -> Result<(), CliError> {
    if let Some(directory) = directory {
        directory.refuse_existing(open, before)?;
    }
    let makes_keys = open.iter().any(|(_, row)| matches!(row.ask, Ask::Names(_)));
    if !makes_keys {
        return Ok(());
    }
    let kept = store.identities().map_err(StoredError::from)?;
    let kept: std::collections::BTreeSet<&str> = kept.iter().map(|identity| identity.name.as_str()).collect();
    let taken = open.iter().find(|(_, row)| matches!(row.ask, Ask::Names(_)) && kept.contains(row.file.as_str()));
    match taken {
        None => Ok(()),
        Some((_, row)) => Err(CliError::usage(format_args!(
            "{}: the store at {} already has the identity `{}`",
            row.place,
            store.location(),
            row.file
        ))
        .advise("give the row another name in the column `out`")),
    }
}

/// Writes the files of rows that were committed before, and had none yet when the process was killed.
fn finish(
    before: &[(Row, BatchRow)],
    directory: Option<&Directory>,
    store: &dyn Store,
    issuer: &Issuer,
) -> Result<usize, CliError> {
    let Some(directory) = directory else { return Ok(0) };
    let mut written = 0;
    for (row, done) in before {
        if directory.is_complete(row, done, issuer)? {
            continue;
        }
        let mut done = done.clone();
        if matches!(row.ask, Ask::Names(_)) {
            done.identity = store.identity(&row.file).map_err(StoredError::from)?;
        }
        written += directory.write(row, &done, issuer)?;
    }
    Ok(written)
}

fn place(rows: &[(usize, Row)], index: usize) -> String {
    rows.get(index).map_or_else(String::new, |(_, row)| row.place.clone())
}

fn in_words(error: BatchError<CliError>) -> CliError {
    match error {
        BatchError::Listener(error) => error,
        BatchError::Store(error) => {
            let error = CliError::from(StoredError::from(error));
            if error.advice.is_some() {
                error
            } else {
                error.advise("the same command takes it up where it was cut off")
            }
        }
        error => CliError::environment(error),
    }
}

struct Progress {
    last: Instant,
    total: usize,
    done: usize,
    shown: bool,
}

impl Progress {
    fn tell(&mut self, ui: &mut Ui) {
        if self.shown && self.last.elapsed() >= BEAT {
            self.last = Instant::now();
            ui.note(format_args!("{} of {} rows", self.done, self.total));
        }
    }
}

fn tell(args: &Args, job: &Job, outcome: Outcome, took: Duration, ui: &mut Ui) -> Result<Exit, CliError> {
    let Outcome { issued, done_before, files_written, cut_short, refused } = outcome;
    let exit = if refused.is_empty() { Exit::Success } else { Exit::No };
    let rows = issued + refused.len() + done_before;
    if ui.is_json() {
        let (schema, job, seconds, exit_code) = ("latchkey.batch/1", job.id.clone(), took.as_secs_f64(), exit as u8);
        let summary =
            Summary { schema, job, rows, issued, done_before, files_written, cut_short, refused, seconds, exit_code };
        ui.document(&summary)?;
        return Ok(exit);
    }
    for row in &refused {
        ui.warn(format_args!("{}: {}", row.place, row.why));
        row.advice.iter().for_each(|advice| ui.note(format_args!("  try: {advice}")));
    }
    let several = |count: usize, what: &str| if count > 0 { format!(", {count} {what}") } else { String::new() };
    let (before, refusals) = (several(done_before, "done before"), several(refused.len(), "refused"));
    ui.note(format_args!("issued {issued} of {rows} certificates by `{}`{before}{refusals}", job.authority));
    if let Some(directory) = &args.out_dir {
        let files = if files_written == 1 { "file" } else { "files" };
        ui.note(format_args!("  wrote {files_written} {files} into {}", directory.display()));
    }
    if cut_short > 0 {
        ui.note(format_args!("  note: {cut_short} of them end with their CA, earlier than asked"));
    }
    Ok(exit)
}
