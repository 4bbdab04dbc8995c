//! A log in a file that others may take away: rotation by renaming, and by a signal.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// So often it is looked at whether the file is still the one that has its name.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// A file that is appended to. When it has been renamed or removed, a new one is begun under its name, at a batch of
/// lines and never within a line. Where that cannot be done the old one goes on.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
    looked: Instant,
    /// The next write begins a batch.
    between: bool,
    reopen: Arc<AtomicBool>,
}

/// Has a [`LogFile`] opened again.
#[derive(Debug, Clone)]
pub struct Reopen(Arc<AtomicBool>);

impl Reopen {
    /// Before the next line the file is opened by its name again, whatever it looks like.
    pub fn ask(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl LogFile {
    /// Opens `path` for appending, or makes it with mode 0640.
    ///
    /// # Errors
    /// The system says why not.
    pub fn open(path: &Path) -> io::Result<(Self, Reopen)> {
        let reopen = Arc::new(AtomicBool::new(false));
        let (file, looked) = (append_to(path)?, Instant::now());
        let log = Self { path: path.to_owned(), file, looked, between: true, reopen: Arc::clone(&reopen) };
        Ok((log, Reopen(reopen)))
    }

    fn refresh(&mut self) {
        let asked = self.reopen.swap(false, Ordering::Relaxed);
        if !asked && self.looked.elapsed() < LOOK_EVERY {
            return;
        }
        self.looked = Instant::now();
        if (asked || self.is_another())
            && let Ok(file) = append_to(&self.path)
        {
            self.file = file;
        }
    }

    /// Whether the name belongs to another file by now, or to none.
    fn is_another(&self) -> bool {
        let number = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        match (fs::metadata(&self.path), self.file.metadata()) {
            (Ok(named), Ok(open)) => number(named) != number(open),
            _ => true,
        }
    }
}

fn append_to(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o640).open(path)
}

impl Write for LogFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if std::mem::take(&mut self.between) {
            self.refresh();
        }
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.between = true;
        self.file.flush()
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn batch(log: &mut LogFile, text: &str) {
        log.write_all(text.as_bytes()).unwrap();
        log.flush().unwrap();
    }

    #[test]
    fn what_is_there_is_kept_and_what_is_new_is_not_for_everybody() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("access.log");
        batch(&mut LogFile::open(&path).unwrap().0, "one\n");
        batch(&mut LogFile::open(&path).unwrap().0, "two\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "one\ntwo\n");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o137, 0);
    }

    #[test]
    fn a_renamed_file_is_begun_anew_when_asked() {
        let directory = tempfile::tempdir().unwrap();
        let (path, old) = (directory.path().join("access.log"), directory.path().join("access.log.1"));
        let (mut log, reopen) = LogFile::open(&path).unwrap();
        batch(&mut log, "one\n");
        fs::rename(&path, &old).unwrap();
        reopen.ask();
        batch(&mut log, "two\n");
        assert_eq!(
            (fs::read_to_string(&old).unwrap(), fs::read_to_string(&path).unwrap()),
            ("one\n".into(), "two\n".into())
        );
    }

    #[test]
    fn a_renamed_file_is_noticed_without_being_asked() {
        let directory = tempfile::tempdir().unwrap();
        let (path, old) = (directory.path().join("access.log"), directory.path().join("access.log.1"));
        let (mut log, _reopen) = LogFile::open(&path).unwrap();
        batch(&mut log, "one\n");
        fs::rename(&path, &old).unwrap();
        log.looked -= LOOK_EVERY;
        batch(&mut log, "two\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two\n");
        log.looked -= LOOK_EVERY;
        batch(&mut log, "three\n");
        assert_eq!(fs::read_to_string(&path).unwrap(), "two\nthree\n");
    }

    #[test]
    fn a_line_is_never_torn_and_where_no_new_file_can_be_had_the_old_one_goes_on() {
        let directory = tempfile::tempdir().unwrap();
        let within = directory.path().join("logs");
        fs::create_dir(&within).unwrap();
        let path = within.join("access.log");
        let (mut log, reopen) = LogFile::open(&path).unwrap();
        log.write_all(b"half ").unwrap();
        reopen.ask();
        log.write_all(b"a line\n").unwrap();
        log.flush().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "half a line\n");
        let moved = directory.path().join("moved");
        fs::rename(&within, &moved).unwrap();
        batch(&mut log, "still here\n");
        assert_eq!(fs::read_to_string(moved.join("access.log")).unwrap(), "half a line\nstill here\n");
    }
}
