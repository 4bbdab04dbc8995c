//! The text files of the workspace: what is written by people, or committed as if it were.

use std::fs;
use std::path::Path;

use anyhow::{Context, Result};

/// Directories whose content is made, not written.
const MADE: [&str; 5] = [".git", "target", "__pycache__", "corpus", "artifacts"];

/// A file of text.
pub(super) struct SourceFile {
    /// Its path from the workspace's directory, with `/` between the parts.
    pub(super) path: String,
    /// What it says.
    pub(super) text: String,
}

impl SourceFile {
    /// The lines with their numbers, from 1.
    pub(super) fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }
}

/// Every text file below `root`, in order of their paths. What is not UTF-8 is no text.
pub(super) fn files(root: &Path) -> Result<Vec<SourceFile>> {
    let mut found = Vec::new();
    walk(root, "", &mut found)?;
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(directory: &Path, prefix: &str, found: &mut Vec<SourceFile>) -> Result<()> {
    for entry in fs::read_dir(directory).with_context(|| format!("listing {}", directory.display()))? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}/{name}") };
        let kind = entry.file_type()?;
        if kind.is_dir() && !MADE.contains(&name.as_str()) {
            walk(&entry.path(), &path, found)?;
        } else if kind.is_file() {
            let bytes = fs::read(entry.path()).with_context(|| format!("reading {path}"))?;
            if let Ok(text) = String::from_utf8(bytes) {
                found.push(SourceFile { path, text });
            }
        }
    }
    Ok(())
}
