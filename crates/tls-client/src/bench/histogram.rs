//! How long things took: many values in little memory, each within 0.1 % of what it was.

use std::time::Duration;

use hdrhistogram::Histogram as Counts;

use super::figures::Latency;

/// Times in nanoseconds.
#[derive(Clone)]
pub struct Histogram(Counts<u64>);

impl std::fmt::Debug for Histogram {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Histogram").field("count", &self.count()).finish_non_exhaustive()
    }
}

impl Default for Histogram {
    fn default() -> Self {
        Self::new()
    }
}

impl Histogram {
    /// An empty one.
    pub fn new() -> Self {
        let counts = Counts::new(3);
        #[expect(clippy::expect_used, reason = "three digits is within what it takes")]
        Self(counts.expect("three significant digits"))
    }

    pub(super) fn add(&mut self, time: Duration) {
        // It grows as it must, up to centuries.
        let _ = self.0.record(u64::try_from(time.as_nanos()).unwrap_or(u64::MAX).max(1));
    }

    pub(super) fn join(&mut self, other: &Self) {
        // Both grow as they must.
        let _ = self.0.add(&other.0);
    }

    /// How many.
    pub fn count(&self) -> u64 {
        self.0.len()
    }

    /// Microseconds that this share of them does not exceed.
    pub fn at(&self, quantile: f64) -> f64 {
        self.0.value_at_quantile(quantile) as f64 / 1000.0
    }

    /// How many there are in each of `steps` columns of equal width on a logarithmic scale from the least to the most:
    /// the column's upper end in microseconds, and the count.
    pub fn columns(&self, steps: usize) -> Vec<(f64, u64)> {
        let (least, most) = (self.0.min().max(1) as f64, self.0.max().max(2) as f64);
        let mut columns: Vec<(f64, u64)> =
            (1..=steps).map(|step| (least * (most / least).powf(step as f64 / steps as f64) / 1000.0, 0)).collect();
        for value in self.0.iter_recorded() {
            let time = value.value_iterated_to() as f64 / 1000.0;
            let place = columns.iter().position(|(end, _)| time <= *end).unwrap_or(steps.saturating_sub(1));
            if let Some((_, count)) = columns.get_mut(place) {
                *count += value.count_at_value();
            }
        }
        columns
    }

    pub(super) fn latency(&self) -> Option<Latency> {
        (self.count() > 0).then(|| Latency {
            count: self.count(),
            min: self.0.min() as f64 / 1000.0,
            mean: self.0.mean() / 1000.0,
            p50: self.at(0.5),
            p90: self.at(0.9),
            p99: self.at(0.99),
            p999: self.at(0.999),
            max: self.0.max() as f64 / 1000.0,
        })
    }
}
