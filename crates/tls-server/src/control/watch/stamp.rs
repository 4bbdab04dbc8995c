//! What tells one version of a file from another without reading it.

use std::collections::BTreeMap;
use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// The kernel stamps files by a clock that ticks this seldom at most.
const TICK: Duration = Duration::from_millis(20);

/// The stamps of files, and of all files in directories. What is not there has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Stamps(BTreeMap<PathBuf, Option<Stamp>>);

/// Where a file lies, how long it is, and when it was changed; a symbolic link is followed.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    place: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl Stamps {
    /// As the files are now.
    pub(super) fn of(paths: &[PathBuf]) -> Self {
        let mut stamps = BTreeMap::new();
        for path in paths {
            let metadata = fs::metadata(path).ok();
            if metadata.as_ref().is_some_and(Metadata::is_dir) {
                stamps.extend(entries(path).map(|entry| (entry.clone(), Stamp::of(&entry))));
            }
            stamps.insert(path.clone(), metadata.as_ref().map(Stamp::from));
        }
        Self(stamps)
    }

    /// Whether anything is not as it is in `before`. What `before` does not know was read at `read` or later, and counts
    /// as changed if it was touched since.
    pub(super) fn changed_since(&self, before: &Self, read: SystemTime) -> bool {
        let read = read.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().saturating_sub(TICK);
        self.0.iter().any(|(path, stamp)| match before.0.get(path) {
            Some(before) => before != stamp,
            None => stamp.as_ref().is_none_or(|stamp| stamp.is_later_than(read)),
        })
    }
}

impl Stamp {
    fn of(path: &Path) -> Option<Self> {
        fs::metadata(path).ok().as_ref().map(Self::from)
    }

    /// Of times alone, as a file that is moved keeps its own.
    fn is_later_than(&self, time: Duration) -> bool {
        let since = |(seconds, nanos): (i64, i64)| {
            Some(Duration::new(u64::try_from(seconds).ok()?, u32::try_from(nanos).ok()?))
        };
        since(self.changed).is_none_or(|changed| changed >= time)
    }
}

impl From<&Metadata> for Stamp {
    fn from(metadata: &Metadata) -> Self {
        Self {
            place: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

fn entries(directory: &Path) -> impl Iterator<Item = PathBuf> {
    fs::read_dir(directory).into_iter().flatten().flatten().map(|entry| entry.path())
}
