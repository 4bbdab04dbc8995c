//! How a PKCS#12 file is protected, chosen by who is to read it.

use std::fmt;

use super::mac::Hash;
use crate::pbe::{Fault, Scheme};

/// Who is to read a file, by the algorithms that their makers document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Recipe {
    /// OpenSSL 1.1 and later, Java 8u301 and later, Go, GnuTLS, NSS: AES-256 under PBKDF2 with SHA-256.
    #[default]
    Modern,
    /// Windows 10 1709, Server 2019 and later: the same with fewer rounds, as .NET bounds them.
    Windows,
    /// Java 8 before update 301: Triple DES under SHA-1.
    Java8,
    /// Windows before these, macOS before 15, and what else is old: as Java 8, with fewer rounds.
    Legacy,
}

/// Rounds, salt and hash of what is written.
pub(super) struct Parameters {
    pub(super) rounds: u32,
    pub(super) mac: Hash,
    is_old: bool,
}

impl Recipe {
    /// The words of `--for`.
    pub const NAMES: [&str; 4] = ["modern", "windows", "java8", "legacy"];

    /// The recipe that one of [`Self::NAMES`] means.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "modern" => Self::Modern,
            "windows" => Self::Windows,
            "java8" => Self::Java8,
            "legacy" => Self::Legacy,
            _ => return None,
        })
    }

    /// Who reads what is made so, in words.
    pub fn readers(self) -> &'static str {
        match self {
            Self::Modern => "OpenSSL, Java 8u301 and later, Go, GnuTLS and NSS",
            Self::Windows => "Windows 10 1709, Server 2019 and later, and what reads `modern`",
            Self::Java8 => "Java of every version; OpenSSL 3 with `-legacy` alone",
            Self::Legacy => "Windows and macOS of every version; OpenSSL 3 with `-legacy` alone",
        }
    }

    /// Whether it can be broken by who has time and money: SHA-1 and Triple DES.
    pub fn is_weak(self) -> bool {
        self.parameters().is_old
    }

    pub(super) fn parameters(self) -> Parameters {
        match self {
            Self::Modern => Parameters { rounds: 600_000, mac: Hash::Sha256, is_old: false },
            Self::Windows => Parameters { rounds: 100_000, mac: Hash::Sha256, is_old: false },
            Self::Java8 => Parameters { rounds: 100_000, mac: Hash::Sha1, is_old: true },
            Self::Legacy => Parameters { rounds: 2_000, mac: Hash::Sha1, is_old: true },
        }
    }
}

impl Parameters {
    pub(super) fn scheme(&self, salt: [u8; 16], iv: [u8; 16]) -> Result<Scheme, Fault> {
        if self.is_old {
            let mut short = [0; 8];
            short.iter_mut().zip(salt).for_each(|(to, from)| *to = from);
            return Ok(Scheme::triple_des(short, self.rounds));
        }
        let failed = |_| Fault::Unsupported { algorithm: "PBKDF2".to_owned() };
        let parameters = pkcs8::pkcs5::pbes2::Parameters::generate_pbkdf2_sha256_aes256cbc(self.rounds, &salt, iv)
            .map_err(failed)?;
        Ok(Scheme::Pbes2(Box::new(parameters)))
    }
}

impl fmt::Display for Recipe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parameters { rounds, mac, is_old } = self.parameters();
        let cipher = if is_old { "Triple DES under SHA-1" } else { "AES-256-CBC under PBKDF2 with SHA-256" };
        write!(f, "{cipher}, {rounds} rounds, MAC with {mac}")
    }
}
