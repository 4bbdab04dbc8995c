//! The figures of a run, as JSON and as a table.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::{Deserialize, Serialize};

use crate::bench::figures::Machine;

/// A run.
#[derive(Serialize, Deserialize)]
pub(super) struct Figures {
    pub(super) commit: String,
    pub(super) machine: Machine,
    pub(super) benches: Vec<Figure>,
}

/// What one operation costs.
#[derive(Serialize, Deserialize)]
pub(super) struct Figure {
    pub(super) name: String,
    pub(super) nanoseconds: Nanoseconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) instructions: Option<u64>,
}

/// Of the samples.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Nanoseconds {
    pub(super) median: f64,
    pub(super) least: f64,
    pub(super) most: f64,
}

impl Figures {
    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        serde_json::from_str(&text).with_context(|| format!("{} holds no figures of micro benchmarks", path.display()))
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        fs::write(path, text + "\n").with_context(|| format!("writing {}", path.display()))
    }
}

/// In Markdown, so that it can go into a page as it is; with what has moved since `old`.
pub(super) fn table(figures: &Figures, old: Option<&Figures>) -> String {
    let mut table = format!("{}, {}, commit {}", figures.machine.processor, figures.machine.rust, figures.commit);
    if let Some(old) = old {
        let _ = write!(table, ", beside {}", old.commit);
    }
    table += "\n\n| what | ns | least to most | instructions |";
    table += if old.is_some() {
        " ns since | instructions since |\n|---|---|---|---|---|---|\n"
    } else {
        "\n|---|---|---|---|\n"
    };
    for figure in &figures.benches {
        let Nanoseconds { median, least, most } = figure.nanoseconds;
        let counted = figure.instructions.map_or("–".to_owned(), |count| count.to_string());
        let _ = write!(table, "| {} | {median:.0} | {least:.0} to {most:.0} | {counted} |", figure.name);
        if let Some(old) = old {
            let before = old.benches.iter().find(|other| other.name == figure.name);
            let _ = write!(table, " {} | {} |", time_moved(before, figure), count_moved(before, figure));
        }
        table.push('\n');
    }
    table
}

/// Nothing where the samples of both runs reach into each other.
fn time_moved(before: Option<&Figure>, now: &Figure) -> String {
    let Some(Figure { nanoseconds: then, .. }) = before else { return "new".into() };
    let now = now.nanoseconds;
    if now.least <= then.most && then.least <= now.most { "–".into() } else { percent(now.median / then.median) }
}

/// Nothing below a thousandth: addresses and random numbers move that much.
#[expect(clippy::cast_precision_loss, reason = "no count has 2⁵² instructions")]
fn count_moved(before: Option<&Figure>, now: &Figure) -> String {
    let then = before.and_then(|figure| figure.instructions).filter(|&count| count > 0);
    let (Some(then), Some(now)) = (then, now.instructions) else { return "–".into() };
    let ratio = now as f64 / then as f64;
    if (ratio - 1.0).abs() < 0.001 { "–".into() } else { percent(ratio) }
}

fn percent(ratio: f64) -> String {
    format!("{:+.1} %", (ratio - 1.0) * 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(least: f64, most: f64, instructions: Option<u64>) -> Figures {
        let nanoseconds = Nanoseconds { median: f64::midpoint(least, most), least, most };
        let benches = vec![Figure { name: "a thing".into(), nanoseconds, instructions }];
        Figures { commit: "abc".into(), machine: Machine::default(), benches }
    }

    #[test]
    fn what_the_noise_may_have_moved_has_not_moved() {
        let old = run(100.0, 120.0, Some(10_000));
        let same = table(&run(119.0, 140.0, Some(10_009)), Some(&old));
        assert!(same.contains("| a thing | 130 | 119 to 140 | 10009 | – | – |"), "{same}");
        let slower = table(&run(150.0, 180.0, Some(11_000)), Some(&old));
        assert!(slower.contains("| +50.0 % | +10.0 % |"), "{slower}");
    }

    #[test]
    fn what_was_not_there_is_new_and_what_was_not_counted_has_not_moved() {
        let mut old = run(100.0, 120.0, None);
        let uncounted = table(&run(100.0, 120.0, Some(5)), Some(&old));
        assert!(uncounted.contains("| 5 | – | – |"), "{uncounted}");
        old.benches.clear();
        let new = table(&run(100.0, 120.0, None), Some(&old));
        assert!(new.contains("| – | new | – |"), "{new}");
    }
}
