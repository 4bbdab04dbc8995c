//! The house rules that no other tool checks. Every breach is listed, with its file and line.

mod decisions;
mod exit_codes;
mod length;
mod links;
mod manifests;
mod schemas;
mod source;
mod text;

use anyhow::{Result, bail};

use crate::workspace::root;
use source::SourceFile;

/// What one rule found.
#[derive(Default)]
struct Findings {
    breaches: Vec<String>,
    advice: Vec<String>,
}

impl Findings {
    /// Something that must be mended, at `file`, and at `line` (from 1) where there is one.
    fn breach(&mut self, file: &SourceFile, line: Option<usize>, what: &str) {
        self.breaches.push(place(file, line, what));
    }

    /// Something to look at; it fails nothing.
    fn advise(&mut self, file: &SourceFile, what: &str) {
        self.advice.push(place(file, None, what));
    }
}

fn place(file: &SourceFile, line: Option<usize>, what: &str) -> String {
    match line {
        Some(line) => format!("{}:{line}: {what}", file.path),
        None => format!("{}: {what}", file.path),
    }
}

/// Holds every file of the workspace against every rule.
pub(crate) fn run() -> Result<()> {
    let root = root()?;
    let files = source::files(&root)?;
    let own_paths = text::own_paths(&root);
    let mut findings = Findings::default();
    for file in &files {
        text::check(file, &own_paths, &mut findings);
        length::check(file, &mut findings);
        manifests::check(file, &mut findings);
        links::check(file, &root, &mut findings);
    }
    decisions::check(&files, &mut findings);
    exit_codes::check(&files, &mut findings);
    schemas::check(&files, &mut findings);

    for advice in &findings.advice {
        println!("   note: {advice}");
    }
    for breach in &findings.breaches {
        println!("   {breach}");
    }
    match findings.breaches.len() {
        0 => Ok(()),
        1 => bail!("tidy found 1 breach in {} files", files.len()),
        count => bail!("tidy found {count} breaches in {} files", files.len()),
    }
}
