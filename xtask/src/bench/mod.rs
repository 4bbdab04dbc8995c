//! `cargo xtask bench`: our server beside its peers, on the same machine, in the same run, on the same work.

mod client;
mod compare;
mod cores;
mod docs;
mod errand;
mod figures;
mod micro;
mod own_load;
mod plot;
pub(crate) mod processes;
mod servers;
mod site;
mod statistics;
mod table;
mod works;

use std::path::PathBuf;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use self::client::Loader;
use self::figures::{Figures, Machine};
use self::servers::Contestant;
use self::site::Site;
use self::works::{Effort, What};
use crate::{peers, process, workspace};

/// What makes a processor fast or slow at this work; `sha_ni` decides what SHA-256 costs beside SHA-384.
const CRYPTOGRAPHY: [&str; 8] = ["adx", "aes", "avx2", "avx512f", "pclmulqdq", "sha_ni", "vaes", "vpclmulqdq"];

/// What is measured, and where the figures go.
#[derive(clap::Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    micro: Option<micro::Subcommand>,
    /// What to measure; everything unless told
    #[arg(value_enum)]
    what: Vec<What>,
    /// Rounds of each measurement; everyone takes a turn in each
    #[arg(long, default_value_t = 7)]
    rounds: usize,
    /// A tenth of the operations and one round: to see that it works
    #[arg(long, conflicts_with = "rounds")]
    quick: bool,
    /// Only these, beside ours
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    peers: Option<Vec<String>>,
    /// Take pki, tls-client and tls-server from DIR, and build nothing
    #[arg(long, value_name = "DIR")]
    programs: Option<PathBuf>,
    /// What else our server is told, such as `--with --quiet`
    #[arg(long, value_name = "ARGUMENT", allow_hyphen_values = true)]
    with: Vec<String>,
    /// Who puts the load on the servers
    #[arg(long, value_enum, default_value = "tls-client")]
    load: Loader,
    /// Write the figures here as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Draw the figures into DIR
    #[arg(long, value_name = "DIR")]
    svg: Option<PathBuf>,
    /// Say what has moved since the run that wrote FILE
    #[arg(long, value_name = "FILE")]
    compare: Option<PathBuf>,
    /// Measure nothing: take the figures from FILE, which an earlier run wrote; several are put together
    #[arg(long, value_name = "FILE", conflicts_with_all = ["what", "rounds", "quick", "programs", "with", "peers"])]
    from: Vec<PathBuf>,
    /// Put tables and plots into docs/performance.md
    #[arg(long)]
    write_docs: bool,
}

/// Measures, prints tables, and writes what it is asked to.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    if let Some(micro::Subcommand::Micro(arguments)) = &arguments.micro {
        return micro::run(arguments);
    }
    let old = arguments.compare.as_deref().map(Figures::read).transpose()?;
    let figures = match arguments.from.as_slice() {
        [] => measure(arguments)?,
        files => {
            let figures = together(files)?;
            println!("{}", table::of_figures(&figures));
            figures
        }
    };
    if let Some(path) = &arguments.json {
        figures.write(path)?;
    }
    if let Some(directory) = &arguments.svg {
        plot::write(&figures, directory)?;
    }
    if arguments.write_docs {
        docs::write(&figures)?;
    }
    if let Some(old) = old {
        println!("{}", compare::table(&old, &figures));
    }
    Ok(())
}

fn measure(arguments: &Arguments) -> Result<Figures> {
    process::raise_file_limit();
    let wanted = if arguments.what.is_empty() { What::all() } else { arguments.what.clone() };
    let effort = Effort { rounds: if arguments.quick { 1 } else { arguments.rounds.max(1) }, quick: arguments.quick };
    let chosen = chosen(arguments.peers.as_deref())?;
    let programs: Vec<&str> = chosen.iter().filter_map(|contestant| contestant.program()).collect();
    peers::provide(&programs)?;
    let programs = site::programs(arguments.programs.as_deref())?;
    let mut figures = Figures::new(commit()?, machine());
    let mut failures = Vec::new();
    for what in wanted {
        // A site of its own for each, so that nothing of one is in the way of the next.
        let site = Site::prepare(&programs, arguments.load, arguments.with.clone())?;
        let mut contestants = what.contestants().to_vec();
        contestants.retain(|contestant| chosen.contains(contestant) && contestant.is_here());
        for contestant in &contestants {
            let version = contestant.version();
            figures.versions.extend(version.map(|version| (contestant.name().to_owned(), version)));
        }
        match what.measure(&site, &contestants, effort) {
            Ok(works) => {
                works.iter().for_each(|work| println!("{}", table::of_work(work)));
                figures.works.extend(works);
            }
            Err(error) => {
                println!("{}: {error:#}\n", what.name());
                failures.push(what.name());
            }
        }
    }
    if !failures.is_empty() && figures.works.is_empty() {
        bail!("nothing could be measured");
    }
    if !failures.is_empty() {
        println!("not measured: {}", failures.join(", "));
    }
    Ok(figures)
}

/// Ours, and of the others those that are named; all of them where none is.
fn chosen(names: Option<&[String]>) -> Result<Vec<Contestant>> {
    let Some(names) = names else { return Ok(Contestant::ALL.to_vec()) };
    let mut chosen = vec![Contestant::Latchkey];
    for name in names {
        let found = Contestant::ALL.iter().find(|contestant| contestant.short_name() == name);
        let known = Contestant::ALL.map(Contestant::short_name).join(", ");
        chosen.push(*found.with_context(|| format!("there is no peer {name:?}; there are {known}"))?);
    }
    Ok(chosen)
}

/// Figures of several runs as one, in the usual order; of a work that is in several, the last.
fn together(files: &[PathBuf]) -> Result<Figures> {
    let mut all = files.iter().map(|path| Figures::read(path));
    let mut figures = all.next().context("no file")??;
    for more in all {
        let more = more?;
        figures.commit = more.commit;
        figures.machine = more.machine;
        figures.versions.extend(more.versions);
        for work in more.works {
            match figures.works.iter_mut().find(|other| other.name == work.name) {
                Some(other) => *other = work,
                None => figures.works.push(work),
            }
        }
    }
    figures.works.sort_by_key(|work| What::of(&work.name));
    Ok(figures)
}

fn commit() -> Result<String> {
    first_line("git", &["describe", "--always", "--dirty"])
}

fn machine() -> Machine {
    let said = |program: &str, arguments: &[&str]| first_line(program, arguments).unwrap_or_else(|_| "unknown".into());
    Machine {
        processor: process::processor(),
        instructions: process::instructions(&CRYPTOGRAPHY),
        cores: std::thread::available_parallelism().map_or(1, std::num::NonZero::get),
        memory_gib: process::memory_of_machine() >> 30,
        kernel: said("uname", &["-sr"]),
        rust: said("rustc", &["--version"]),
    }
}

fn first_line(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program).args(arguments).current_dir(workspace::root()?).output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(text.lines().next().unwrap_or("unknown").to_owned())
}
