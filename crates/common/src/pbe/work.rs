//! How much a file may ask for before it is opened.

use super::Fault;

/// Blocks that may still be hashed for a file, each in a good half of a microsecond.
#[derive(Debug)]
pub(crate) struct Work {
    blocks: u64,
}

/// What scrypt may take in memory, which is what OpenSSL gives it.
const MAX_SCRYPT_BYTES: u64 = 32 * 1024 * 1024;

/// What scrypt may take of time, as N·r·p. OpenSSL writes an eighth of it.
const MAX_SCRYPT_WORK: u64 = 1 << 20;

impl Work {
    /// For a file whose passphrase a person has given: as much as the PKCS#12 takes that NSS writes, and we. Two parts
    /// of it are under PBKDF2, two blocks a round, and one under a MAC, one a round, 600,000 rounds each.
    pub(crate) fn for_a_person() -> Self {
        Self { blocks: 3_200_000 }
    }

    /// For a file that nobody has given a passphrase for, to see whether it needs one: milliseconds.
    pub(crate) fn for_a_look() -> Self {
        Self { blocks: 60_000 }
    }

    /// Takes `rounds` that hash `blocks` each off what may be done.
    pub(crate) fn spend(&mut self, rounds: u32, blocks: usize) -> Result<(), Fault> {
        let asked = u64::from(rounds).saturating_mul(blocks as u64);
        self.take(asked).ok_or_else(|| Fault::TooMuchWork { asked: format!("{rounds} rounds of a hash") })
    }

    fn take(&mut self, blocks: u64) -> Option<()> {
        self.blocks = self.blocks.checked_sub(blocks)?;
        Some(())
    }

    /// Takes scrypt with these parameters (RFC 7914 section 2) off what may be done.
    pub(crate) fn spend_scrypt(&mut self, n: u64, r: u64, p: u64) -> Result<(), Fault> {
        let bytes = n.saturating_mul(r).saturating_mul(128);
        let work = n.saturating_mul(r).saturating_mul(p);
        let affordable = bytes <= MAX_SCRYPT_BYTES && work <= MAX_SCRYPT_WORK;
        let taken = affordable.then(|| self.take(work)).flatten();
        taken.ok_or_else(|| Fault::TooMuchWork { asked: format!("scrypt with N={n}, r={r}, p={p}") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_for_is_bounded() {
        let mut work = Work::for_a_person();
        assert_eq!(work.spend(600_000, 2), Ok(()));
        assert_eq!(work.spend_scrypt(1 << 14, 8, 1), Ok(()));
        assert!(work.spend_scrypt(1 << 16, 8, 1).is_err());
        assert!(work.spend_scrypt(1 << 40, 8, 1).is_err());
        assert!(work.spend_scrypt(1 << 14, 8, u64::MAX).is_err());
        assert!(work.spend(u32::MAX, 1).is_err());
        assert!(work.spend(u32::MAX, usize::MAX).is_err());
    }
}
