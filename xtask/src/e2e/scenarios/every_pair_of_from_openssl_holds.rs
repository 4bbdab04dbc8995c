//! `docs/from-openssl.md`: of every row OpenSSL's command and ours are run, each in a directory of its own, and what the
//! third column asks is answered alike in both.

use std::fs;

use anyhow::{Context, Result, bail, ensure};

use crate::e2e::harness::{Harness, Program, Running};
use crate::workspace;

/// What stands in the page, in its order.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    /// A file that both directories have, and its content.
    File(String, String),
    /// A line that is run in both.
    Line(String),
    Pair(Pair),
}

/// A row of a table of pairs.
#[derive(Debug, PartialEq, Eq)]
struct Pair {
    section: String,
    theirs: String,
    ours: String,
    /// Asked in both directories; each says the same in both.
    asked: Vec<String>,
}

/// The port in the page, in whose place the one that is free stands here.
const PORT: &str = "8443";
const HEADER: &str = "| OpenSSL | here | the same from both |";

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.peer("openssl")?;
    let page = fs::read_to_string(workspace::root()?.join("docs/from-openssl.md")).context("reading the page")?;
    let parts = parts(&page)?;
    let pairs = parts.iter().filter(|part| matches!(part, Part::Pair(_))).count();
    ensure!(pairs >= 80, "only {pairs} pairs were found in the page");
    let mut sides = [Side::new(harness, "theirs")?, Side::new(harness, "ours")?];
    for part in &parts {
        match part {
            Part::File(name, content) => {
                for side in &sides {
                    fs::write(harness.path(side.name).join(name), content).with_context(|| name.clone())?;
                }
            }
            Part::Line(line) => {
                for side in &mut sides {
                    side.run(line)?;
                }
            }
            Part::Pair(pair) => {
                try_pair(pair, &mut sides).with_context(|| format!("in the section {:?} of the page", pair.section))?;
            }
        }
    }
    Ok(())
}

fn try_pair(pair: &Pair, [theirs, ours]: &mut [Side; 2]) -> Result<()> {
    theirs.run(&pair.theirs)?;
    ours.run(&pair.ours)?;
    for line in &pair.asked {
        let (said, by_ours) = (theirs.run(line)?, ours.run(line)?);
        if said != by_ours || said.trim().is_empty() && !line.ends_with("-noout") {
            bail!("`{line}` says after `{}`\n{said}\nand after `{}`\n{by_ours}", pair.theirs, pair.ours);
        }
    }
    Ok(())
}

/// One of the two directories, and what runs in the background there.
struct Side<'h> {
    harness: &'h Harness<'h>,
    name: &'static str,
    port: Option<u16>,
    server: Option<Running>,
}

impl<'h> Side<'h> {
    fn new(harness: &'h Harness<'_>, name: &'static str) -> Result<Self> {
        fs::create_dir(harness.path(name)).context(name)?;
        Ok(Self { harness, name, port: None, server: None })
    }

    /// What the line prints, which succeeds; one that ends in `&` is left running, and its port known.
    fn run(&mut self, line: &str) -> Result<String> {
        if let Some(line) = line.strip_suffix(" &") {
            let server = self.shell(&format!("exec {}", line.replace(PORT, "0")))?.open_input().start()?;
            self.port = Some(server.wait_for_port()?);
            self.server = Some(server);
            return Ok(String::new());
        }
        let line = self.port.map_or_else(|| line.to_owned(), |port| line.replace(PORT, &port.to_string()));
        Ok(self.shell(&line)?.run()?.succeeds()?.stdout)
    }

    fn shell(&self, line: &str) -> Result<Program> {
        let directory = self.harness.path(self.name);
        let store = directory.join("store");
        Ok(self.harness.shell(line)?.inside(&directory).environment("LATCHKEY_STORE", store))
    }
}

/// The blocks of the page that say `ini`, each named by the line above it; those that say `sh`; and the rows of pairs.
fn parts(page: &str) -> Result<Vec<Part>> {
    let (mut section, mut named, mut is_pairs) = (String::new(), String::new(), false);
    let mut parts = Vec::new();
    let mut lines = page.lines();
    while let Some(line) = lines.next() {
        let block = |lines: &mut std::str::Lines<'_>| -> Vec<String> {
            lines.take_while(|line| *line != "```").map(str::to_owned).collect()
        };
        match line {
            "```ini" => parts.push(Part::File(named.clone(), block(&mut lines).join("\n") + "\n")),
            "```sh" => parts.extend(block(&mut lines).into_iter().map(Part::Line)),
            HEADER => is_pairs = true,
            "" => is_pairs = false,
            row if is_pairs && row.starts_with("| ") => {
                parts.push(Part::Pair(pair(&section, row)?));
            }
            _ => {}
        }
        if let Some(title) = line.strip_prefix("## ") {
            title.clone_into(&mut section);
        }
        if let Some(name) = commands(line).into_iter().find(|name| name.ends_with(".cnf") && !name.contains(' ')) {
            named = name;
        }
    }
    Ok(parts)
}

fn pair(section: &str, row: &str) -> Result<Pair> {
    let cells: Vec<Vec<String>> = row.trim_matches('|').replace("\\|", "\u{0}").split('|').map(commands).collect();
    let [theirs, ours, asked] = cells.as_slice() else { bail!("this row has not three columns: {row}") };
    let ([theirs], [ours]) = (theirs.as_slice(), ours.as_slice()) else {
        bail!("this row is no command beside another: {row}");
    };
    Ok(Pair { section: section.to_owned(), theirs: theirs.clone(), ours: ours.clone(), asked: asked.clone() })
}

/// What stands between backquotes.
fn commands(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(|command| command.replace('\u{0}', "|")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_lines_and_pairs_are_found_in_their_order() {
        let page = format!(
            "The rows use this `a.cnf`:\n```ini\n[req]\n```\n## Keys\n{HEADER}\n|---|---|---|\n| `x \\| y` | `z` | `q` `r` |\n\n\
             | in the file | OpenSSL | here |\n| `one` | `two` | |\n```sh\nmake\n```\n"
        );
        let pair = Pair {
            section: "Keys".to_owned(),
            theirs: "x | y".to_owned(),
            ours: "z".to_owned(),
            asked: vec!["q".to_owned(), "r".to_owned()],
        };
        let expected =
            [Part::File("a.cnf".to_owned(), "[req]\n".to_owned()), Part::Pair(pair), Part::Line("make".to_owned())];
        assert_eq!(parts(&page).unwrap(), expected);
        assert!(parts(&format!("{HEADER}\n| `x` | `y` |\n")).is_err());
        assert!(parts(&format!("{HEADER}\n| `x` | none | |\n")).is_err());
    }
}
