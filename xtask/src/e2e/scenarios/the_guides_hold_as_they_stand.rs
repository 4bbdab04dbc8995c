//! `docs/guide/issuing.md` and `verifying.md`: every command of theirs runs in the order of the page, and prints what the
//! page shows; of serial numbers, dates and places only that there are some.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::e2e::harness::Harness;
use crate::workspace;

const PAGES: [&str; 2] = ["issuing.md", "verifying.md"];

/// Commands, and what they print where the page shows it.
#[derive(Default)]
struct Block {
    commands: String,
    shown: Option<String>,
}

pub(super) fn run(harness: &Harness) -> Result<()> {
    harness.peer("openssl")?;
    for page in PAGES {
        let text = fs::read_to_string(workspace::root()?.join("docs/guide").join(page)).context("reading the page")?;
        let directory = harness.path(page);
        fs::create_dir(&directory)?;
        let blocks = blocks(&text);
        ensure!(blocks.len() > 1, "{page} has no commands");
        for block in blocks {
            let shell = harness.shell(&block.commands)?.inside(&directory);
            let ended = shell.environment("LATCHKEY_STORE", directory.join("store")).run()?;
            let printed = [ended.stdout.as_str(), ended.stderr.as_str()].concat();
            match &block.shown {
                // What is shown may be a refusal, and notes may be left out.
                Some(shown) => {
                    let (shown, printed, results) = (masked(shown), masked(&printed), masked(&ended.stdout));
                    let is_as_shown = shown == printed || shown == results;
                    ensure!(is_as_shown, "{page}: `{}` prints\n{printed}\nand is shown as\n{shown}", block.commands);
                }
                None => drop(ended.succeeds().with_context(|| format!("in {page}"))?),
            }
        }
    }
    Ok(())
}

/// The blocks of commands that are ours to run to their end, each with the text that follows it.
fn blocks(page: &str) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut fences = page.split("```");
    fences.next();
    let (mut after_commands, mut is_inside) = (false, true);
    for part in fences {
        if is_inside {
            let (language, body) = part.split_once('\n').unwrap_or_default();
            match (language, blocks.last_mut()) {
                ("sh", _) => blocks.push(Block { commands: body.to_owned(), shown: None }),
                ("text", Some(block)) if after_commands => block.shown = Some(body.to_owned()),
                _ => {}
            }
            after_commands = language == "sh";
        } else if !part.trim().is_empty() {
            after_commands = false;
        }
        is_inside = !is_inside;
    }
    blocks
}

/// What is the same each time.
fn masked(text: &str) -> String {
    let line = |line: &str| line.split_whitespace().map(mask).collect::<Vec<_>>().join(" ");
    text.lines().map(|whole| line(whole.split(" (in ").next().unwrap_or_default())).collect::<Vec<_>>().join("\n")
}

/// Numbers, dates and times give way to a `0`, and so do serial numbers.
fn mask(word: &str) -> String {
    let bare = word.trim_end_matches([',', ';', '.']);
    let of_digits = bare.bytes().all(|byte| byte.is_ascii_digit() || b"-:".contains(&byte));
    let is_serial = bare.len() == 32 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
    if !bare.is_empty() && (of_digits || is_serial) { word.replacen(bare, "0", 1) } else { word.to_owned() }
}
