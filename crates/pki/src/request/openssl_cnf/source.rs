//! Where a configuration's other files and its environment come from. The parser itself reads nothing.

use std::path::{Path, PathBuf};

use common::input::fsio;

/// The surroundings of a configuration.
pub trait Source {
    /// The value of an environment variable, for `$ENV::NAME`.
    fn variable(&self, name: &str) -> Option<String>;

    /// The files that `.include PATH` names: the file itself, or those of a directory whose names end in `.cnf` or
    /// `.conf`, in the order of their names.
    ///
    /// # Errors
    /// It cannot be read; and why, in words.
    fn include(&self, path: &str) -> Result<Vec<(String, Vec<u8>)>, String>;
}

/// The file system and the environment of this process. A relative path is one from the working directory.
#[derive(Debug, Clone, Copy, Default)]
pub struct ProcessSource;

/// No environment and no other files.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoSource;

impl Source for ProcessSource {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var_os(name).map(|value| value.to_string_lossy().into_owned())
    }

    fn include(&self, path: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
        let read = |path: &Path| {
            let bytes = fsio::read(path).map_err(|error| error.to_string())?;
            Ok((path.display().to_string(), bytes))
        };
        let path = Path::new(path);
        if !path.is_dir() {
            return Ok(vec![read(path)?]);
        }
        let listing = std::fs::read_dir(path).map_err(|error| format!("listing {}: {error}", path.display()))?;
        let mut files: Vec<PathBuf> = listing.filter_map(|entry| Some(entry.ok()?.path())).collect();
        let is_config = |path: &PathBuf| path.extension().is_some_and(|end| end == "cnf" || end == "conf");
        files.retain(|path| is_config(path) && path.is_file());
        files.sort();
        files.iter().map(|path| read(path)).collect()
    }
}

impl Source for NoSource {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn include(&self, path: &str) -> Result<Vec<(String, Vec<u8>)>, String> {
        Err(format!("{path} is not read here"))
    }
}
