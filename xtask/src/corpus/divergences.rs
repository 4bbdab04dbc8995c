//! The cases that are judged otherwise than their suite expects, or that it leaves open, each with the reason.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context, Result};
use serde::Deserialize;

use crate::workspace;

/// `corpus/divergences.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Divergences {
    /// Cases of bad certificates that leave the verdict open, by their id.
    pub(super) policy: BTreeMap<String, Policy>,
    /// Cases of limbo that are judged otherwise, by their id.
    limbo: BTreeMap<String, Divergence>,
    /// Cases that are refused, many for one reason.
    #[serde(default)]
    refused: Vec<Refused>,
}

/// What was decided where either verdict can be defended.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Policy {
    /// By `pki cert verify`.
    pub(super) verify: Verdict,
    /// In a handshake of `tls-client`.
    pub(super) connect: Verdict,
    #[expect(dead_code, reason = "for whoever reads the list")]
    pub(super) why: String,
}

/// A verdict that is not the expected one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Divergence {
    verdict: Verdict,
    #[expect(dead_code, reason = "for whoever reads the list")]
    why: String,
}

/// Cases that are expected to hold and are refused.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Refused {
    #[expect(dead_code, reason = "for whoever reads the list")]
    why: String,
    cases: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Verdict {
    Accept,
    Reject,
}

impl Divergences {
    pub(super) fn read() -> Result<Self> {
        let path = workspace::root()?.join("corpus/divergences.toml");
        let text = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        toml::from_str(&text).with_context(|| format!("reading {}", path.display()))
    }

    /// The verdict on a case of limbo that is listed as not the expected one.
    pub(super) fn listed(&self, id: &str) -> Option<Verdict> {
        let refused = || self.refused.iter().any(|group| group.cases.iter().any(|case| case == id));
        let listed = self.limbo.get(id).map(|divergence| divergence.verdict);
        listed.or_else(|| refused().then_some(Verdict::Reject))
    }
}

impl Verdict {
    /// In the words of either runner; none where it did not come to one.
    pub(super) fn of(word: &str) -> Option<Self> {
        match word {
            "accept" | "SUCCESS" => Some(Self::Accept),
            "reject" | "FAILURE" => Some(Self::Reject),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_can_be_read() {
        let divergences = Divergences::read().unwrap();
        assert_eq!(divergences.policy.len(), 11);
    }
}
