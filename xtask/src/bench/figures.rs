//! What a run of `cargo xtask bench` found, as it is kept in a file.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use serde::{Deserialize, Serialize};

use super::statistics::Spread;

/// The form of the document.
const SCHEMA: &str = "xtask.bench/1";

/// The whole of it.
#[derive(Serialize, Deserialize)]
pub(super) struct Figures {
    pub(super) schema: String,
    pub(super) commit: String,
    pub(super) machine: Machine,
    /// Of each program that took part, by its name here.
    pub(super) versions: BTreeMap<String, String>,
    pub(super) works: Vec<Work>,
}

/// Where it was measured.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Machine {
    pub(super) processor: String,
    /// What it has for cryptography, as the kernel calls it.
    pub(super) instructions: Vec<String>,
    pub(super) cores: usize,
    pub(super) memory_gib: u64,
    pub(super) kernel: String,
    pub(super) rust: String,
}

/// One kind of work, and how everyone did.
#[derive(Clone, Serialize, Deserialize)]
pub(super) struct Work {
    /// Its name on the command line.
    pub(super) name: String,
    pub(super) title: String,
    /// What `figure` is in.
    pub(super) unit: String,
    /// The row that the ratios are to.
    pub(super) against: String,
    pub(super) rounds: usize,
    pub(super) rows: Vec<Row>,
}

/// How one of them did.
#[derive(Clone, Default, Serialize, Deserialize)]
pub(super) struct Row {
    pub(super) name: String,
    /// Smaller is better.
    pub(super) figure: Option<Spread>,
    pub(super) ratio: Option<Spread>,
    /// What the ratio is to be at most.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) to_reach: Option<f64>,
    /// Operations in a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) rate: Option<Spread>,
    /// Bytes in a second.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) bytes_per_second: Option<Spread>,
    /// Microseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) p50_us: Option<Spread>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) p90_us: Option<Spread>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) p99_us: Option<Spread>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) p999_us: Option<Spread>,
    /// How much of its core the load's busiest thread took.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) load_share: Option<Spread>,
    /// What was agreed on, or anything else that there is to say.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
    /// Why the figure is not to be believed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) invalid: Option<String>,
}

impl Figures {
    pub(super) fn new(commit: String, machine: Machine) -> Self {
        Self { schema: SCHEMA.to_owned(), commit, machine, versions: BTreeMap::new(), works: Vec::new() }
    }

    pub(super) fn read(path: &Path) -> Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
        let figures: Self = serde_json::from_str(&text).with_context(|| format!("reading {}", path.display()))?;
        ensure!(figures.schema == SCHEMA, "{} is {}, and {SCHEMA} is read here", path.display(), figures.schema);
        Ok(figures)
    }

    pub(super) fn write(&self, path: &Path) -> Result<()> {
        let text = serde_json::to_string_pretty(self)?;
        fs::write(path, text + "\n").with_context(|| format!("writing {}", path.display()))
    }
}

impl Work {
    pub(super) fn row(&self, name: &str) -> Option<&Row> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// Sets each row's ratio to the one that they are held against.
    pub(super) fn compare_rows(&mut self) {
        let base = self.row(&self.against).and_then(|row| row.figure.clone());
        for row in &mut self.rows {
            row.ratio = row.figure.as_ref().zip(base.as_ref()).and_then(|(figure, base)| figure.over(base));
        }
    }
}
