//! Serial numbers (RFC 5280 section 4.1.2.2).

use std::fmt;
use std::str::FromStr;

use common::random;
use data_encoding::{HEXLOWER, HEXLOWER_PERMISSIVE};

/// A certificate's number at its issuer: positive, and at most 20 bytes long.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Serial(Vec<u8>);

/// A text is no serial number, or the system has no randomness for one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SerialProblem {
    /// The text is no number in decimal or hexadecimal.
    #[error("`{text}` is no serial number; write it in decimal, or in hexadecimal as in 0x3e8")]
    Form {
        /// The text.
        text: String,
    },
    /// Zero.
    #[error("a serial number is at least 1")]
    Zero,
    /// Longer than a certificate may have it.
    #[error("a serial number has at most 20 bytes (159 bits)")]
    TooLong,
    /// The system had no random bytes.
    #[error("the system gave no random bytes for a serial number")]
    NoRandomness,
}

impl Serial {
    /// 16 random bytes, positive: twice the 64 bits that keep a chosen-prefix collision out of reach.
    ///
    /// # Errors
    /// The system has no randomness.
    pub fn random() -> Result<Self, SerialProblem> {
        let mut bytes = [0_u8; 16];
        random::fill(&mut bytes).map_err(|_| SerialProblem::NoRandomness)?;
        // A clear top bit keeps it positive, a set one below it keeps every number at 16 bytes.
        bytes[0] = bytes[0] & 0x7f | 0x40;
        Ok(Self(bytes.to_vec()))
    }

    /// The number, most significant byte first, without leading zeros.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn from_bytes(bytes: &[u8]) -> Result<Self, SerialProblem> {
        let first = bytes.iter().position(|byte| *byte != 0).ok_or(SerialProblem::Zero)?;
        let bytes = bytes.get(first..).unwrap_or_default();
        // As a DER INTEGER it has a zero byte in front where the top bit is set.
        if bytes.len() > 20 || bytes.len() == 20 && bytes[0] & 0x80 != 0 {
            return Err(SerialProblem::TooLong);
        }
        Ok(Self(bytes.to_vec()))
    }
}

impl fmt::Display for Serial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for Serial {
    type Err = SerialProblem;

    /// Decimal, or hexadecimal after `0x`.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let form = || SerialProblem::Form { text: text.to_owned() };
        if let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
            let padded = if digits.len() % 2 == 0 { digits.to_owned() } else { format!("0{digits}") };
            let bytes = HEXLOWER_PERMISSIVE.decode(padded.as_bytes()).map_err(|_| form())?;
            return if digits.is_empty() { Err(form()) } else { Self::from_bytes(&bytes) };
        }
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(form());
        }
        if text.trim_start_matches('0').len() > 49 {
            return Err(SerialProblem::TooLong);
        }
        Self::from_bytes(&from_decimal(text))
    }
}

/// Long multiplication; 24 bytes hold every number of 49 digits.
fn from_decimal(digits: &str) -> [u8; 24] {
    let mut number = [0_u8; 24];
    for digit in digits.bytes() {
        let mut carry = u16::from(digit - b'0');
        for byte in number.iter_mut().rev() {
            let product = u16::from(*byte) * 10 + carry;
            *byte = (product & 0xff) as u8;
            carry = product >> 8;
        }
    }
    number
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimal_and_hexadecimal_are_the_same_number() {
        assert_eq!("1000".parse::<Serial>().unwrap().to_string(), "03e8");
        assert_eq!("1000".parse::<Serial>(), "0x3e8".parse());
        assert_eq!("0x00000000000000000000000000000000000000000001".parse::<Serial>(), "1".parse());
        let largest = "730750818665451459101842416358141509827966271487"; // 2^159 - 1
        assert_eq!(largest.parse::<Serial>().unwrap().to_string(), format!("7f{}", "ff".repeat(19)));
        assert_eq!("730750818665451459101842416358141509827966271488".parse::<Serial>(), Err(SerialProblem::TooLong));
        for text in ["", "0x", "-1", "12a", "0xzz", "1.5"] {
            assert!(matches!(text.parse::<Serial>(), Err(SerialProblem::Form { .. })), "{text}");
        }
        assert_eq!("0".parse::<Serial>(), Err(SerialProblem::Zero));
    }
}
