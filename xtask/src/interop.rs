//! `cargo xtask interop`: every TLS client on this machine against our server, held against what others achieved.
//!
//! The program that tries the cells, and the files that say which cells were good for other servers, come from outside:
//! nothing of them is kept here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::workspace::{cargo, programs, succeed};
use crate::{peers, workspace};

/// What `cargo xtask interop` takes.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// The directory with interop.py and its reference-*-server.json
    #[arg(long)]
    from: PathBuf,
    /// Keep the cells in this file
    #[arg(long)]
    save: Option<PathBuf>,
    /// What else interop.py is told, such as `-- --peers curl,go --features basic,mtls`
    #[arg(last = true)]
    more: Vec<String>,
}

/// The clients, and certutil, by which two of them get their trust.
const PEERS: [&str; 11] =
    ["busybox", "certutil", "chromium", "curl", "gnutls-cli", "go", "javac", "node", "openssl", "python3", "tstclnt"];

/// How our server is started for a cell; what stands in brackets is left out where the cell has no value for it.
const SERVE: &str = "http --listen 127.0.0.1:{port} --cert {chain} --key {key} --quiet \
    [--client-auth required --client-ca {clientca}] [--alpn {alpn}] --min-version {ver} --max-version {ver}";

/// The outcome of each cell, and a word about it.
type Cells = BTreeMap<String, (String, String)>;

/// Runs the matrix, and names the cells that were good for another server and are not for ours.
pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let references = references(&arguments.from)?;
    peers::provide(&PEERS)?;
    succeed(cargo(&["build", "--quiet", "-p", "tls-server"])?)?;
    let directory = tempfile::tempdir()?;
    let cells = try_cells(arguments, &directory)?;
    if let Some(save) = &arguments.save {
        let text = serde_json::to_string_pretty(&cells)?;
        fs::write(save, text).with_context(|| format!("writing {}", save.display()))?;
    }
    let worse = worse(&cells, &references);
    for (cell, (outcome, detail)) in &worse {
        println!("   {cell}: {outcome}, and good for others: {detail}");
    }
    ensure!(worse.is_empty(), "{} of {} cells are good for others and not for us", worse.len(), cells.len());
    println!("every cell that is good for others is good for us: {} cells", cells.len());
    Ok(())
}

/// Every file of cells of other servers.
fn references(from: &Path) -> Result<Vec<Cells>> {
    let mut references = Vec::new();
    for entry in fs::read_dir(from).with_context(|| format!("listing {}", from.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if name.starts_with("reference-") && name.ends_with("-server.json") {
            references.push(read(&path)?);
        }
    }
    ensure!(!references.is_empty(), "{} holds no reference-*-server.json", from.display());
    Ok(references)
}

fn read(path: &Path) -> Result<Cells> {
    let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    serde_json::from_str(&text).with_context(|| format!("reading the cells of {}", path.display()))
}

fn try_cells(arguments: &Arguments, directory: &TempDir) -> Result<Cells> {
    let server = programs()?.join("tls-server");
    let saved = directory.path().join("cells.json");
    let mut command = Command::new("python3");
    command
        .arg(arguments.from.join("interop.py"))
        .args(["server", "--cmd", &format!("{} {SERVE}", server.display()), "--save"])
        .arg(&saved)
        .args(&arguments.more)
        .env("LATCHKEY_STORE", directory.path().join("store"))
        .stdin(Stdio::null());
    let shown = workspace::show(&command);
    // It ends with 1 for any cell that is not good, which is judged here; without cells it has failed itself.
    let status = command.status().with_context(|| format!("starting `{shown}`"))?;
    if !saved.exists() {
        bail!("`{shown}` tried nothing ({status})");
    }
    read(&saved)
}

/// The cells that were good for any other server, and are not for ours.
fn worse<'a>(cells: &'a Cells, references: &[Cells]) -> Vec<(&'a String, &'a (String, String))> {
    let was_good =
        |cell: &str| references.iter().any(|them| them.get(cell).is_some_and(|(outcome, _)| outcome == "good"));
    cells.iter().filter(|(cell, (outcome, _))| outcome != "good" && was_good(cell)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(all: &[(&str, &str)]) -> Cells {
        all.iter().map(|(cell, outcome)| ((*cell).to_owned(), ((*outcome).to_owned(), String::new()))).collect()
    }

    #[test]
    fn a_cell_that_was_good_for_anybody_counts() {
        let ours = cells(&[("a", "good"), ("b", "bad"), ("c", "no server"), ("d", "n/a"), ("e", "bad")]);
        let theirs = [cells(&[("a", "good"), ("b", "bad"), ("c", "good")]), cells(&[("b", "good"), ("e", "bad")])];
        let worse: Vec<_> = worse(&ours, &theirs).into_iter().map(|(cell, _)| cell.as_str()).collect();
        assert_eq!(worse, ["b", "c"]);
    }
}
