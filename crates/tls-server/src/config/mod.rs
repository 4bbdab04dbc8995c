//! What a server is told: `server.toml` or flags, checked whole before anything is done.
//!
//! [`Raw`] is what was written, in the file or as flags. [`check()`] makes a [`Checked`] of it, which asks for nothing
//! that cannot be, or says everything that is wrong at once. What needs a certificate to be read is decided by who
//! loads it; here each file is there and can be read.

mod check;
mod checked;
mod document;
mod files;
pub mod keys;
mod look;
mod nearest;
mod origin;
mod problem;
mod raw;
mod shown;
#[cfg(test)]
mod tests;
mod values;

use std::path::Path;

use common::input::fsio::{self, FileError};

pub use check::check;
pub use checked::{
    AccessLog, Admin, Balance, Checked, Clients, Forward, Identity, IdentitySource, Limits, Listener, Log, Passphrase,
    PolicyChoice, ProxyVersion, Service, Target, Tickets, Vouched,
};
pub use origin::{Origin, Set};
pub use problem::{Problem, Problems, Severity};
pub use raw::{Raw, Section, Source};
pub use values::Place;

/// A configuration file as it was read, with what is wrong with its form; [`Document::check`] finds the rest.
#[derive(Debug, Clone)]
pub struct Document {
    /// What was written. Flags and the environment may be added to it.
    pub raw: Raw,
    problems: Vec<Problem>,
}

impl Document {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn read(path: &Path) -> Result<Self, FileError> {
        let bytes = fsio::read(path)?;
        Ok(Self::parse(&String::from_utf8_lossy(&bytes), path))
    }

    /// Reads the text of the file at `path`.
    pub fn parse(text: &str, path: &Path) -> Self {
        let (raw, problems) = document::read(text, path);
        Self { raw, problems }
    }

    /// Checks what was written.
    ///
    /// # Errors
    /// Everything that is wrong. Where the text is no TOML, what depends on the whole of it is not looked at.
    pub fn check(self) -> Result<Checked, Problems> {
        if document::is_broken(&self.problems) {
            let mut problems = self.problems;
            problem::sort(&mut problems);
            return Err(Problems(problems));
        }
        check::check_after(&self.raw, self.problems)
    }
}
