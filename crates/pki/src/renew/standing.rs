//! How a certificate stands: fresh, due, urgent or over, by its own dates.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

/// No name is issued for again within this time of the last.
pub const HOLD: SignedDuration = SignedDuration::from_hours(1);

/// Where a certificate is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(tag = "standing", rename_all = "snake_case")]
pub enum Standing {
    /// Its first second is still to come: a clock is wrong, or it was made in advance.
    Early {
        /// From when it holds.
        begins: Timestamp,
    },
    /// Less than two thirds of its life are over.
    Fresh {
        /// When it is due.
        due: Timestamp,
    },
    /// It is to be renewed.
    Due {
        /// Since when.
        since: Timestamp,
    },
    /// Less than a twentieth of its life is left.
    Urgent {
        /// When it ends.
        ends: Timestamp,
    },
    /// It is over.
    Expired {
        /// Since when.
        since: Timestamp,
    },
}

impl Standing {
    /// How a certificate stands that holds from `not_before` to `not_after`. It is due when two thirds of that are over,
    /// and up to a twentieth later, by `lot`: any bytes that are this certificate's alone, so that what was issued at once
    /// is not renewed at once.
    pub fn of(not_before: Timestamp, not_after: Timestamp, lot: &[u8], now: Timestamp) -> Self {
        let (begins, ends) = (not_before.as_second(), not_after.as_second());
        let life = ends.saturating_sub(begins).max(0);
        let share = |numerator: i64, denominator: i64| life / denominator * numerator;
        let due = begins.saturating_add(share(2, 3)).saturating_add(drawn(lot, share(1, 20)));
        let urgent = ends.saturating_sub(share(1, 20));
        let time = |second| Timestamp::from_second(second).unwrap_or(not_after);
        match now.as_second() {
            now if now > ends => Self::Expired { since: not_after },
            now if now < begins => Self::Early { begins: not_before },
            now if now >= urgent => Self::Urgent { ends: not_after },
            now if now >= due => Self::Due { since: time(due) },
            _ => Self::Fresh { due: time(due) },
        }
    }

    /// Whether it is to be renewed.
    pub const fn is_due(self) -> bool {
        matches!(self, Self::Due { .. } | Self::Urgent { .. } | Self::Expired { .. })
    }
}

/// A number below `range` that `lot` stands for.
fn drawn(lot: &[u8], range: i64) -> i64 {
    let hash = digest(&SHA256, lot);
    let first = hash.as_ref().first_chunk::<8>().copied().unwrap_or_default();
    let below = (u128::from(u64::from_be_bytes(first)) * u128::from(range.unsigned_abs())) >> 64;
    i64::try_from(below).unwrap_or(0)
}

/// Until when a name is left alone that was last issued for at `last`; none where it may be issued for now. A clock that
/// went back counts as one that stands still.
pub fn held_until(last: Timestamp, now: Timestamp) -> Option<Timestamp> {
    let until = last.checked_add(HOLD).ok()?;
    (now < until).then_some(until)
}

impl fmt::Display for Standing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let day = |time: &Timestamp| time.strftime("%F %H:%M UTC").to_string();
        match self {
            Self::Early { begins } => write!(f, "does not hold before {}", day(begins)),
            Self::Fresh { due } => write!(f, "is due on {}", day(due)),
            Self::Due { since } => write!(f, "is due since {}", day(since)),
            Self::Urgent { ends } => write!(f, "has less than a twentieth of its life left and ends on {}", day(ends)),
            Self::Expired { since } => write!(f, "expired on {}", day(since)),
        }
    }
}
