//! What can be wrong with files and standard input, in the library's words.

use super::fsio::FileError;
use crate::pbe::Fault;

/// What is wrong with input that was read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InputError {
    /// The file itself.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is nothing in it.
    #[error("{name} is empty")]
    Empty {
        /// Where it came from.
        name: String,
    },
    /// Text in an encoding of two bytes a letter.
    #[error("{name} is text in UTF-16, which is how PowerShell writes what `>` is given; PEM is ASCII")]
    Utf16 {
        /// Where it came from.
        name: String,
    },
    /// Neither PEM nor DER.
    #[error("{name} holds neither PEM nor DER")]
    Unrecognised {
        /// Where it came from.
        name: String,
    },
    /// Java's own form of a key store, from before PKCS#12.
    #[error("{name} is a key store in Java's old form ({form}), which is not read here")]
    JavaKeyStore {
        /// Where it came from.
        name: String,
        /// `JKS` or `JCEKS`.
        form: &'static str,
    },
    /// A line of `authorized_keys`.
    #[error("{name} is a public key in OpenSSH's form, which is written here and not read")]
    OpenSshPublicKey {
        /// Where it came from.
        name: String,
    },
    /// DER that ends before it should.
    #[error("{name} is DER that is cut off: it should be {wanted} bytes long, and is {found}")]
    TruncatedDer {
        /// Where it came from.
        name: String,
        /// How long it says that it is.
        wanted: usize,
        /// How long it is.
        found: usize,
    },
    /// A PEM block that begins and does not end.
    #[error("{name}: the PEM block `{label}` that begins on line {line} has no END line; the file is cut off")]
    TruncatedPem {
        /// Where it came from.
        name: String,
        /// The label between the dashes.
        label: String,
        /// The line of its BEGIN, from 1.
        line: usize,
    },
    /// A PEM block that ends and does not begin.
    #[error("{name}: line {line} ends a PEM block `{label}` that nothing began; the file is cut off in front of it")]
    HeadlessPem {
        /// Where it came from.
        name: String,
        /// The label between the dashes.
        label: String,
        /// The line of its END, from 1.
        line: usize,
    },
    /// A PEM block that is not made as one is.
    #[error("{name}: the PEM block `{label}` that begins on line {line} is damaged: {reason}")]
    DamagedPem {
        /// Where it came from.
        name: String,
        /// The label between the dashes.
        label: String,
        /// The line of its BEGIN, from 1.
        line: usize,
        /// What is wrong with it.
        reason: String,
    },
    /// A DER structure that is not alone.
    #[error("{name}: more bytes follow the DER structure ({count}), which is to be all there is")]
    TrailingBytes {
        /// Where it came from.
        name: String,
        /// How many.
        count: usize,
    },
    /// What was asked for is not in it.
    #[error("{name} holds no {wanted}{}", found_instead(found))]
    Missing {
        /// Where it came from.
        name: String,
        /// `certificate`, `private key`, …
        wanted: &'static str,
        /// What is there instead.
        found: Vec<String>,
    },
    /// A container (PKCS#12, PKCS#7) that does not open.
    #[error("{name}: {fault}")]
    Container {
        /// Where it came from.
        name: String,
        /// Why not.
        fault: Fault,
    },
    /// More private keys than one.
    #[error("{name} holds {count} private keys, and it is not clear which one is meant")]
    SeveralKeys {
        /// Where it came from.
        name: String,
        /// How many.
        count: usize,
    },
    /// The key, or the file, is encrypted and no passphrase was given.
    #[error("{name} is encrypted, and no passphrase was given")]
    PassphraseNeeded {
        /// Where it came from.
        name: String,
    },
    /// The passphrase does not open the key.
    #[error("the passphrase does not open the private key in {name}")]
    WrongPassphrase {
        /// Where it came from.
        name: String,
    },
    /// The key is encrypted in a way that is not read.
    #[error("the private key in {name} is encrypted in a form that is not read here: {form}")]
    UnsupportedEncryption {
        /// Where it came from.
        name: String,
        /// What form it is.
        form: String,
    },
}

fn found_instead(found: &[String]) -> String {
    if found.is_empty() { String::new() } else { format!(" (it holds: {})", found.join(", ")) }
}
