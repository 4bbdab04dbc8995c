//! Every identity of a server as it is now, for `/status` and the metrics.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::Identities;
use super::entry::{Entry, Progress};
use super::leaf::Leaf;

/// One identity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct IdentityStatus {
    /// The certificate's file, or `store:NAME`.
    pub source: String,
    /// The DNS names and addresses that it is for.
    pub names: Vec<String>,
    /// By RFC 4514.
    pub issuer: String,
    /// Hexadecimal.
    pub serial: String,
    /// `ECDSA P-256`, `RSA 2048`.
    pub key: String,
    /// From when it is valid.
    pub not_before: Timestamp,
    /// Until when.
    pub not_after: Timestamp,
    /// SHA-256 of the certificate that clients are shown, in hexadecimal.
    pub fingerprint: String,
    /// The same of what lies where it came from now; none where that cannot be read.
    pub fingerprint_on_disk: Option<String>,
    /// Whether it is shown to clients that ask for no name, or one that is not known.
    pub default: bool,
    /// How far it is.
    pub state: LoadState,
    /// Why it could not be loaded, where it could not.
    pub problem: Option<String>,
    /// What is not as good as it could be, where it is loaded.
    pub warnings: Vec<String>,
}

/// How far an identity is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum LoadState {
    /// It could not be loaded when it was last asked for.
    Failed,
    /// It is served.
    Loaded,
    /// It is being read.
    Loading,
    /// Nobody has asked for it.
    NotLoaded,
}

/// How many identities there are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// All of them.
    pub identities: usize,
    /// Those whose key is in memory.
    pub loaded: usize,
    /// Those that could not be loaded when they were last asked for.
    pub failed: usize,
}

impl Identities {
    /// All of them, in the order of the sources. Blocks: what has changed on disk is read.
    pub fn status(&self) -> Vec<IdentityStatus> {
        (0..).zip(&self.entries).map(|(number, entry)| self.status_of(number, entry)).collect()
    }

    /// Those that are loaded, at most `most`, the ones that end first. Blocks as [`status`](Self::status) does, and
    /// looks at no others.
    pub fn first_to_end(&self, most: usize) -> Vec<IdentityStatus> {
        let loaded = (0..).zip(&self.entries).filter(|(_, entry)| entry.loaded().is_some());
        let mut loaded: Vec<(u32, &Arc<Entry>)> = loaded.collect();
        loaded.sort_by_key(|(_, entry)| entry.shown().not_after);
        loaded.into_iter().take(most).map(|(number, entry)| self.status_of(number, entry)).collect()
    }

    /// Those that could not be loaded when they were last asked for, at most `most`.
    pub fn failed(&self, most: usize) -> Vec<IdentityStatus> {
        let failed = (0..).zip(&self.entries).filter(|(_, entry)| state(entry) == LoadState::Failed);
        failed.take(most).map(|(number, entry)| self.status_of(number, entry)).collect()
    }

    /// How many there are. Reads nothing, and takes no lock that is ever held for long.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts { identities: self.entries.len(), ..Counts::default() };
        for entry in &self.entries {
            match state(entry) {
                LoadState::Loaded => counts.loaded += 1,
                LoadState::Failed => counts.failed += 1,
                LoadState::Loading | LoadState::NotLoaded => {}
            }
        }
        counts
    }

    fn status_of(&self, number: u32, entry: &Arc<Entry>) -> IdentityStatus {
        let leaf = entry.shown();
        let problem = match entry.progress() {
            Progress::Failed(problem) if entry.loaded().is_none() => Some(problem.to_string()),
            _ => None,
        };
        let warnings = entry.loaded().map(|loaded| loaded.warnings.iter().map(ToString::to_string).collect());
        IdentityStatus {
            source: entry.material.source(),
            names: leaf.names(),
            issuer: leaf.issuer.to_string(),
            serial: leaf.serial.to_string(),
            key: leaf.key.to_string(),
            not_before: leaf.not_before,
            not_after: leaf.not_after,
            fingerprint: leaf.fingerprint.to_string(),
            fingerprint_on_disk: on_disk(entry),
            default: self.fallback.contains(&number),
            state: state(entry),
            problem,
            warnings: warnings.unwrap_or_default(),
        }
    }
}

fn state(entry: &Arc<Entry>) -> LoadState {
    match entry.progress() {
        _ if entry.loaded().is_some() => LoadState::Loaded,
        Progress::NotLoaded => LoadState::NotLoaded,
        Progress::Loading => LoadState::Loading,
        Progress::Failed(_) => LoadState::Failed,
    }
}

/// Without reading what is as it was.
fn on_disk(entry: &Entry) -> Option<String> {
    if entry.material.stamp().ok()? == entry.stamp && entry.loaded().is_none_or(|loaded| loaded.leaf.is_none()) {
        return Some(entry.leaf.fingerprint.to_string());
    }
    let der = entry.material.look().ok()?.leaf?;
    Leaf::read(&der).ok().map(|leaf| leaf.fingerprint.into())
}
