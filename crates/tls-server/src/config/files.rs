//! Whether what a configuration names is there, and can be read by this process.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use super::nearest::nearest;
use super::problem::Fault;

/// A file that can be read. What is neither a file nor a directory (a pipe) can be read once, and is left alone.
pub(super) fn readable(path: &Path) -> Result<(), Fault> {
    let metadata = fs::metadata(path).map_err(|error| absent(path, &error))?;
    if metadata.is_dir() {
        return Err(Fault::new("this is a directory, not a file").advise("name the file in it"));
    }
    if metadata.is_file() {
        File::open(path).map_err(|error| absent(path, &error))?;
    }
    Ok(())
}

/// A directory that can be listed.
pub(super) fn directory(path: &Path) -> Result<(), Fault> {
    let metadata = fs::metadata(path).map_err(|error| absent(path, &error))?;
    if !metadata.is_dir() {
        return Err(Fault::new("this is a file, not a directory").advise("name the directory that it is in"));
    }
    fs::read_dir(path).map(drop).map_err(|error| absent(path, &error))
}

/// A file that can be made or added to: the directory that it is in is there.
pub(super) fn writable(path: &Path) -> Result<(), Fault> {
    if fs::metadata(path).is_ok_and(|metadata| metadata.is_dir()) {
        return Err(Fault::new("this is a directory, not a file").advise("name the file in it"));
    }
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => directory(parent).map_err(|fault| Fault {
            problem: format!("the directory {}: {}", parent.display(), fault.problem),
            advice: Fault::new("").advise("make the directory, or choose another").advice,
        }),
        _ => Ok(()),
    }
}

/// What is wrong with who may read a file that holds a secret; its owner alone should.
pub(super) fn loose(path: &Path) -> Option<Fault> {
    let metadata = fs::metadata(path).ok().filter(fs::Metadata::is_file)?;
    let mode = metadata.permissions().mode() & 0o777;
    (mode & 0o077 != 0).then(|| {
        Fault::new(format_args!("others than its owner may read this secret (mode {mode:04o})"))
            .advise(format_args!("run `chmod 600 {}`", path.display()))
    })
}

/// A file with a secret, which nobody else may read.
pub(super) fn private(path: &Path) -> Result<(), Fault> {
    readable(path)?;
    loose(path).map_or(Ok(()), Err)
}

fn absent(path: &Path, error: &std::io::Error) -> Fault {
    match error.kind() {
        ErrorKind::NotFound => match beside(path) {
            Some(near) => Fault::new("there is no such file").advise(format_args!("did you mean {near}?")),
            None => Fault::new("there is no such file"),
        },
        ErrorKind::PermissionDenied => {
            Fault::new("this process may not read it").advise("give its user the right, or run as another one")
        }
        ErrorKind::InvalidInput => Fault::new("this is no path"),
        _ => Fault::new(format_args!("it cannot be read: {error}")),
    }
}

/// A file in the same directory whose name is near.
fn beside(path: &Path) -> Option<String> {
    // Enough for a person's directory, and quick on one of a hundred thousand files.
    const LOOKED_AT: usize = 1_000;
    let written = path.file_name()?.to_str()?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let entries = fs::read_dir(parent).ok()?.take(LOOKED_AT).flatten();
    let names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    let near = nearest(written, names.iter().map(String::as_str))?;
    Some(near.to_owned())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::OpenOptionsExt as _;

    use super::*;
    use crate::config::problem::Advice;

    #[test]
    fn a_missing_file_is_told_with_one_that_is_near() {
        let directory = tempfile::tempdir().unwrap();
        fs::write(directory.path().join("cert.pem"), "").unwrap();
        let fault = readable(&directory.path().join("certs.pem")).unwrap_err();
        assert_eq!(fault.problem, "there is no such file");
        let Some(Advice::Say(advice)) = fault.advice else { panic!("no advice") };
        assert_eq!(advice, "did you mean cert.pem?");
        assert!(readable(directory.path()).is_err() && self::directory(directory.path()).is_ok());
    }

    #[test]
    fn a_secret_that_others_can_read_is_told() {
        let directory = tempfile::tempdir().unwrap();
        let made = |name: &str, mode: u32| {
            let path = directory.path().join(name);
            fs::OpenOptions::new().create(true).write(true).truncate(true).mode(mode).open(&path).unwrap();
            path
        };
        assert_eq!(loose(&made("closed", 0o600)), None);
        let told = loose(&made("open", 0o640)).unwrap().problem;
        assert!(told.contains("0640") || told.contains("0600"), "{told}");
    }

    #[test]
    fn a_log_needs_a_directory() {
        let directory = tempfile::tempdir().unwrap();
        assert_eq!(writable(&directory.path().join("new.log")), Ok(()));
        assert!(writable(&directory.path().join("missing/new.log")).is_err());
        assert!(writable(directory.path()).is_err());
    }
}
