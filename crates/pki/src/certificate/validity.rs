//! From when until when a certificate holds.

use std::time::Duration;

use der::DateTime;
use jiff::{SignedDuration, Timestamp};
use x509_cert::time::{Time, Validity as Encoded};

/// How far a new certificate's beginning lies back, as clocks differ.
const BACKDATED: SignedDuration = SignedDuration::from_mins(5);

const DAY: i64 = 24 * 60 * 60;

/// The first and the last second of a certificate (RFC 5280 section 4.1.2.5).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Validity {
    not_before: Timestamp,
    not_after: Timestamp,
}

/// Why a certificate cannot have these dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ValidityError {
    /// It would end before it begins.
    #[error("it would end at {not_after}, which is not after its beginning at {not_before}")]
    Inverted {
        /// Its beginning.
        not_before: Timestamp,
        /// Its end.
        not_after: Timestamp,
    },
    /// A date that cannot be written in a certificate.
    #[error("a certificate's dates lie between 1970 and 9999")]
    OutOfRange,
    /// It shares no second with its issuer.
    #[error("its issuer holds from {not_before} to {not_after} only")]
    OutsideIssuer {
        /// The issuer's beginning.
        not_before: Timestamp,
        /// The issuer's end.
        not_after: Timestamp,
    },
}

impl Validity {
    /// From five minutes ago until `days` from now.
    ///
    /// # Errors
    /// No days at all, or an end beyond the year 9999.
    pub fn days(now: Timestamp, days: u32) -> Result<Self, ValidityError> {
        let not_after = after(now, days)?;
        if days == 0 {
            return Err(ValidityError::Inverted { not_before: now, not_after });
        }
        Self::until(now, not_after)
    }

    /// From five minutes ago until `not_after`.
    ///
    /// # Errors
    /// The end is not after the beginning, or a date cannot be written.
    pub fn until(now: Timestamp, not_after: Timestamp) -> Result<Self, ValidityError> {
        Self::between(now.checked_sub(BACKDATED).map_err(|_| ValidityError::OutOfRange)?, not_after)
    }

    /// From `not_before` until `days` later.
    ///
    /// # Errors
    /// As [`Self::days`].
    pub fn days_from(not_before: Timestamp, days: u32) -> Result<Self, ValidityError> {
        Self::between(not_before, after(not_before, days)?)
    }

    /// From one second to another, both included. Fractions of a second are cut off.
    ///
    /// # Errors
    /// The end is not after the beginning, or a date cannot be written.
    pub fn between(not_before: Timestamp, not_after: Timestamp) -> Result<Self, ValidityError> {
        let whole = |time: Timestamp| Timestamp::from_second(time.as_second()).map_err(|_| ValidityError::OutOfRange);
        let validity = Self { not_before: whole(not_before)?, not_after: whole(not_after)? };
        if validity.not_after <= validity.not_before {
            return Err(ValidityError::Inverted { not_before: validity.not_before, not_after: validity.not_after });
        }
        validity.encode().map(|_| validity).map_err(|_| ValidityError::OutOfRange)
    }

    /// The part of it that lies within an issuer's: no certificate outlives what it is checked against.
    ///
    /// # Errors
    /// There is no such part.
    pub fn within(self, issuer: Self) -> Result<Self, ValidityError> {
        let not_before = self.not_before.max(issuer.not_before);
        let not_after = self.not_after.min(issuer.not_after);
        let outside = ValidityError::OutsideIssuer { not_before: issuer.not_before, not_after: issuer.not_after };
        Self::between(not_before, not_after).map_err(|_| outside)
    }

    /// As long as this, from five minutes before `now` on.
    ///
    /// # Errors
    /// A date cannot be written.
    pub fn beginning(self, now: Timestamp) -> Result<Self, ValidityError> {
        let begins = now.checked_sub(BACKDATED).map_err(|_| ValidityError::OutOfRange)?;
        let life = self.not_after.duration_since(self.not_before);
        Self::between(begins, begins.checked_add(life).map_err(|_| ValidityError::OutOfRange)?)
    }

    /// Its first second.
    pub fn not_before(self) -> Timestamp {
        self.not_before
    }

    /// Its last second.
    pub fn not_after(self) -> Timestamp {
        self.not_after
    }

    /// UTCTime until 2049, GeneralizedTime from 2050 on.
    pub(super) fn encode(self) -> der::Result<Encoded> {
        let time = |time: Timestamp| {
            let seconds = u64::try_from(time.as_second()).map_err(|_| der::ErrorKind::DateTime)?;
            DateTime::from_unix_duration(Duration::from_secs(seconds)).map(Time::from)
        };
        Ok(Encoded::new(time(self.not_before)?, time(self.not_after)?))
    }
}

fn after(time: Timestamp, days: u32) -> Result<Timestamp, ValidityError> {
    let life = SignedDuration::from_secs(i64::from(days) * DAY);
    time.checked_add(life).map_err(|_| ValidityError::OutOfRange)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_change_their_form_in_2050() {
        let validity =
            Validity::between("2049-12-31T23:59:59Z".parse().unwrap(), "2050-01-01T00:00:00Z".parse().unwrap());
        let encoded = validity.unwrap().encode().unwrap();
        assert!(matches!(encoded.not_before, Time::UtcTime(_)));
        assert!(matches!(encoded.not_after, Time::GeneralTime(_)));
    }

    #[test]
    fn a_leaf_is_cut_to_its_issuer() {
        let now: Timestamp = "2026-11-21T00:00:00Z".parse().unwrap();
        let issuer = Validity::days(now, 10).unwrap();
        let leaf = Validity::days(now, 90).unwrap().within(issuer).unwrap();
        assert_eq!(leaf, issuer);
        let later = Validity::between("2027-01-01T00:00:00Z".parse().unwrap(), "2027-02-01T00:00:00Z".parse().unwrap());
        assert!(later.unwrap().within(issuer).is_err());
        assert!(Validity::days(now, 0).is_err());
        assert!(Validity::days(now, u32::MAX).is_err());
        assert!(Validity::days_from(now, 0).is_err());
        assert!(Validity::days_from(Timestamp::UNIX_EPOCH, 1).is_ok(), "nothing lies before what was asked for");
    }
}
