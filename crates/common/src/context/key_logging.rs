//! Session secrets for Wireshark, only ever when asked for.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use rustls::{KeyLog, NoKeyLog};

use super::ContextError;

/// Whether session secrets are written down.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum KeyLogging {
    /// They are not.
    #[default]
    Off,
    /// They are appended to this file (0600) in the SSLKEYLOGFILE format (RFC 9850). Whoever has the file can
    /// read the recorded traffic.
    File(PathBuf),
}

impl KeyLogging {
    pub(super) fn open(&self) -> Result<Arc<dyn KeyLog>, ContextError> {
        match self {
            Self::Off => Ok(Arc::new(NoKeyLog)),
            Self::File(path) => {
                let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(path);
                let file = opened.map_err(|source| ContextError::KeyLog { path: path.clone(), source })?;
                Ok(Arc::new(KeyLogFile(Mutex::new(file))))
            }
        }
    }
}

#[derive(Debug)]
struct KeyLogFile(Mutex<File>);

impl KeyLog for KeyLogFile {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        let line = format!("{label} {} {}\n", hex(client_random), hex(secret));
        let mut file = self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // A connection does not fail because its key log is full; the line is missing in the file, and that is seen.
        let _ = file.write_all(line.as_bytes());
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
