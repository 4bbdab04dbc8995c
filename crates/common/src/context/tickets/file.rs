//! Ticket keys in a file, for servers that open each other's tickets.

use std::fs::{self, File};
use std::io::Read as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use aws_lc_rs::error::Unspecified;
use data_encoding::BASE64;
use zeroize::Zeroizing;

use super::key::TicketKey;
use crate::input::fsio::FileError;

/// The fewest bytes of a key.
const SHORTEST: usize = 32;
/// The most keys in one file: with more of them something is not cleared up.
const MOST: usize = 16;
/// The largest file: as many keys as there may be, with room for words about each.
const LARGEST: u64 = 64 * 1024;

/// Why there are no ticket keys. None of these says anything of a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TicketKeysError {
    /// The file itself.
    #[error("the ticket keys: {0}")]
    File(#[from] FileError),
    /// It is a pipe, a device or a socket, or too large to be a list of keys.
    #[error("the ticket keys in {path}: it is no regular file of at most {LARGEST} bytes", path = path.display())]
    NoKeyFile {
        /// The file.
        path: PathBuf,
    },
    /// Others than the owner have rights to it.
    #[error("the ticket keys in {path} have the mode {mode:04o}: others may read or change them", path = path.display())]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A line is not Base64.
    #[error("the ticket keys in {path}: line {line} is no Base64", path = path.display())]
    NotBase64 {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// A key is too short.
    #[error("the ticket keys in {path}: line {line} has {length} bytes, and a key has {SHORTEST} or more", path = path.display())]
    TooShort {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// How many bytes there are.
        length: usize,
    },
    /// A key is there twice.
    #[error("the ticket keys in {path}: line {line} repeats the key of line {first}", path = path.display())]
    Twice {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The line where it is for the first time.
        first: usize,
    },
    /// There is none.
    #[error("{path} holds no ticket key", path = path.display())]
    Empty {
        /// The file.
        path: PathBuf,
    },
    /// There are too many.
    #[error("{path} holds more than {MOST} ticket keys", path = path.display())]
    TooMany {
        /// The file.
        path: PathBuf,
    },
    /// The system has no random bytes.
    #[error("making a ticket key: the system has no random bytes")]
    Random,
}

impl TicketKeysError {
    /// What to do about it.
    pub fn mend(&self) -> Option<String> {
        Some(match self {
            Self::Exposed { path, .. } => format!("chmod 600 {}", path.display()),
            Self::NotBase64 { .. } | Self::TooShort { .. } | Self::Empty { .. } => {
                "write one key a line, the newest first; `openssl rand -base64 48` makes one".to_owned()
            }
            Self::Twice { .. } => "remove one of the two lines".to_owned(),
            Self::TooMany { .. } => "remove the oldest: tickets live for twelve hours at most".to_owned(),
            _ => return None,
        })
    }
}

/// The keys in that file, in its order.
pub(super) fn read(path: &Path) -> Result<Vec<TicketKey>, TicketKeysError> {
    let text = text(path)?;
    let mut keys: Vec<TicketKey> = Vec::new();
    let mut lines: Vec<usize> = Vec::new();
    for (line, words) in (1..).zip(text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii)) {
        if words.is_empty() || words.starts_with(b"#") {
            continue;
        }
        let key = key(path, line, words)?;
        if let Some(at) = keys.iter().position(|known| known.name() == key.name()) {
            return Err(TicketKeysError::Twice { path: path.to_owned(), line, first: lines[at] });
        }
        keys.push(key);
        lines.push(line);
    }
    match keys.len() {
        0 => Err(TicketKeysError::Empty { path: path.to_owned() }),
        1..=MOST => Ok(keys),
        _ => Err(TicketKeysError::TooMany { path: path.to_owned() }),
    }
}

fn key(path: &Path, line: usize, words: &[u8]) -> Result<TicketKey, TicketKeysError> {
    let not_base64 = || TicketKeysError::NotBase64 { path: path.to_owned(), line };
    let mut bytes = Zeroizing::new(vec![0; BASE64.decode_len(words.len()).map_err(|_| not_base64())?]);
    let length = BASE64.decode_mut(words, &mut bytes).map_err(|_| not_base64())?;
    if length < SHORTEST {
        return Err(TicketKeysError::TooShort { path: path.to_owned(), line, length });
    }
    TicketKey::new(&bytes[..length]).map_err(|Unspecified| TicketKeysError::Random)
}

/// What the file says, if nobody but its owner can have written or read it.
fn text(path: &Path) -> Result<Zeroizing<Vec<u8>>, TicketKeysError> {
    let failed = |source| TicketKeysError::File(FileError::Read { path: path.to_owned(), source });
    let is_key_file = |metadata: &fs::Metadata| metadata.is_file() && metadata.len() <= LARGEST;
    // Before it is opened, as opening a pipe waits for whoever writes to it; and after, as it may be another one by then.
    let mut metadata = fs::metadata(path).map_err(failed)?;
    if !is_key_file(&metadata) {
        return Err(TicketKeysError::NoKeyFile { path: path.to_owned() });
    }
    let file = File::open(path).map_err(failed)?;
    metadata = file.metadata().map_err(failed)?;
    if !is_key_file(&metadata) {
        return Err(TicketKeysError::NoKeyFile { path: path.to_owned() });
    }
    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(TicketKeysError::Exposed { path: path.to_owned(), mode });
    }
    // There is room for all of it from the start, so that growing leaves no copy behind.
    let mut text = Zeroizing::new(Vec::with_capacity(LARGEST as usize + 1));
    file.take(LARGEST).read_to_end(&mut text).map_err(failed)?;
    Ok(text)
}
