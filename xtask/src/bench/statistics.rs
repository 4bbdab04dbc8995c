//! Medians and spreads, and whether two of them differ by more than chance.

use serde::{Deserialize, Serialize};

/// The figures of every round, and what they come to.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Spread {
    pub(super) median: f64,
    /// A quarter of the rounds is below.
    pub(super) lower: f64,
    /// A quarter of the rounds is above.
    pub(super) upper: f64,
    pub(super) least: f64,
    pub(super) most: f64,
    /// In the order of the rounds.
    pub(super) rounds: Vec<f64>,
}

impl Spread {
    /// Nothing where there was no round.
    pub(super) fn of(rounds: Vec<f64>) -> Option<Self> {
        let mut sorted = rounds.clone();
        sorted.sort_by(f64::total_cmp);
        let (least, most) = (*sorted.first()?, *sorted.last()?);
        Some(Self {
            median: quantile(&sorted, 0.5),
            lower: quantile(&sorted, 0.25),
            upper: quantile(&sorted, 0.75),
            least,
            most,
            rounds,
        })
    }

    /// Each round's figure over the other's of the same round.
    pub(super) fn over(&self, other: &Self) -> Option<Self> {
        Self::of(self.rounds.iter().zip(&other.rounds).map(|(ours, theirs)| ours / theirs).collect())
    }

    /// How far the middle half of the rounds reaches.
    pub(super) fn noise(&self) -> f64 {
        self.upper - self.lower
    }
}

/// Between the neighbours where it falls between two.
#[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "few rounds")]
pub(super) fn quantile(sorted: &[f64], share: f64) -> f64 {
    let place = share * (sorted.len().saturating_sub(1)) as f64;
    let (below, above) = (place.floor() as usize, place.ceil() as usize);
    match (sorted.get(below), sorted.get(above)) {
        (Some(low), Some(high)) => low + (high - low) * (place - place.floor()),
        _ => f64::NAN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_lies_between_neighbours() {
        let spread = Spread::of(vec![4.0, 1.0, 3.0, 2.0]).unwrap();
        assert_eq!((spread.least, spread.lower, spread.median, spread.upper, spread.most), (1.0, 1.75, 2.5, 3.25, 4.0));
        assert_eq!(Spread::of(Vec::new()), None);
    }

    #[test]
    fn a_ratio_is_of_figures_of_the_same_round() {
        // The machine was twice as slow in the second round, for both.
        let ratio = Spread::of(vec![1.0, 2.0]).unwrap().over(&Spread::of(vec![4.0, 8.0]).unwrap()).unwrap();
        assert_eq!((ratio.median, ratio.noise()), (0.25, 0.0));
    }
}
