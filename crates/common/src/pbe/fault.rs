//! Why something under a passphrase does not open.

/// What is wrong with it, in words that continue `FILE: `.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// It is encrypted and no passphrase was given.
    #[error("it is encrypted, and no passphrase was given")]
    PassphraseNeeded,
    /// The passphrase does not open it.
    #[error("the passphrase does not open it")]
    WrongPassphrase,
    /// The passphrase opens it, and its check sum (MAC) is not that of what is in it.
    #[error("the passphrase opens it, but its integrity check fails: it was changed or damaged after it was made")]
    Altered,
    /// The passphrase is that of the file, and what is encrypted in it does not open.
    #[error("the passphrase is that of the file, but something in it has another one or is damaged")]
    Inner,
    /// It is not made as such a thing is.
    #[error("it is damaged: {part} cannot be read")]
    Damaged {
        /// The part that cannot be read.
        part: &'static str,
    },
    /// An algorithm that is not read here.
    #[error("it is encrypted in a form that is not read here: {algorithm}")]
    Unsupported {
        /// Its name, else its OID.
        algorithm: String,
    },
    /// Opening it would take more than is done for a file.
    #[error("opening it would take {asked}, more than is done for a file here")]
    TooMuchWork {
        /// How much.
        asked: String,
    },
}

impl Fault {
    /// What a person can do about it, where that is known.
    pub fn advice(&self) -> Option<&'static str> {
        Some(match self {
            Self::PassphraseNeeded => "give --passphrase-file FILE or --passphrase-env VARIABLE",
            Self::WrongPassphrase => "check --passphrase-file or --passphrase-env",
            Self::Inner => "have it made again with one passphrase for everything in it",
            Self::Altered | Self::Damaged { .. } => "copy the file again, as binary, or have it made again",
            Self::Unsupported { .. } => {
                "take it apart with `openssl pkcs12 -legacy -in FILE -out NEW.pem`, or have it made again with AES"
            }
            Self::TooMuchWork { .. } => {
                "have it made again with less: 600,000 rounds of PBKDF2, or scrypt with N=16384, r=8 and p=1"
            }
        })
    }
}
