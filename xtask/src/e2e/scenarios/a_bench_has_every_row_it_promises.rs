//! `cargo xtask bench` measures ours and the plain forwarder, and its document is whole. What it measured is
//! nobody's business here: the machine is busy with other scenarios.

use anyhow::{Context as _, Result, ensure};
use serde_json::Value;

use crate::e2e::harness::Harness;
use crate::workspace::programs;

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let programs = programs()?;
    let finished = harness
        .program(programs.join("xtask")) // ours may have been built anew since it was started
        .words("bench full download --quick --peers plain --json figures.json --programs")
        .arguments([programs.display().to_string().as_str()])
        .run()?;
    finished.succeeds()?;
    let figures: Value = serde_json::from_str(&harness.read("figures.json")?).context("figures.json is no JSON")?;
    for field in ["schema", "commit", "machine", "versions"] {
        ensure!(!figures[field].is_null(), "figures.json has no {field}");
    }
    let works = figures["works"].as_array().context("figures.json has no works")?;
    let names: Vec<&str> = works.iter().filter_map(|work| work["name"].as_str()).collect();
    ensure!(names == ["full", "download"], "measured was {names:?}");
    for work in works {
        let rows = work["rows"].as_array().context("a work without rows")?;
        let names: Vec<&str> = rows.iter().filter_map(|row| row["name"].as_str()).collect();
        ensure!(names == ["latchkey", "plain forwarder", "floor"], "the rows are {names:?}");
        for row in rows {
            let rounds = row["figure"]["rounds"].as_array().context("a row without figures")?;
            ensure!(rounds.len() == 1 && rounds[0].as_f64() > Some(0.0), "a figure is {}", row["figure"]);
        }
    }
    Ok(())
}
