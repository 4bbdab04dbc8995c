//! The directory whose files are served. No path and no symbolic link leads out of it.

use std::fs::{File, Metadata};
use std::io;
use std::os::fd::OwnedFd;
use std::path::Path;

use rustix::fs::{Mode, OFlags, ResolveFlags, open, openat, openat2};
use rustix::io::Errno;

/// An open directory, and how files below it are opened.
#[derive(Debug)]
pub(super) struct Root {
    directory: OwnedFd,
    way: Way,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// The kernel keeps the whole path below the directory (openat2, Linux 5.6): links within it are followed.
    Beneath,
    /// Name by name, and no link is followed.
    NameByName,
}

/// What a path leads to.
#[derive(Debug)]
pub(super) enum Entry {
    File(File, Metadata),
    Directory,
}

/// Why a path leads to nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Absent {
    /// There is nothing, or nothing that is served.
    NotFound,
    /// We may not read it.
    Forbidden,
    /// We could not look.
    Failed,
}

impl Root {
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let directory = open(path, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let has_openat2 = openat2(&directory, ".", OFlags::PATH, Mode::empty(), RESOLVE).is_ok();
        Ok(Self { directory, way: if has_openat2 { Way::Beneath } else { Way::NameByName } })
    }

    /// Opens what `path` leads to, names with slashes between them. Only regular files are served; nothing else is
    /// waited for, be it a pipe without a writer.
    pub(super) fn entry(&self, path: &[u8]) -> Result<Entry, Absent> {
        let opened = match self.way {
            Way::Beneath => self.beneath(path),
            Way::NameByName => self.name_by_name(path),
        };
        let file = File::from(opened.map_err(absent)?);
        let metadata = file.metadata().map_err(|_| Absent::Failed)?;
        match metadata.file_type() {
            kind if kind.is_file() => Ok(Entry::File(file, metadata)),
            kind if kind.is_dir() => Ok(Entry::Directory),
            _ => Err(Absent::NotFound),
        }
    }

    fn beneath(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        // EAGAIN: something was renamed meanwhile, so that the kernel could not be sure.
        let mut tries = 0..3;
        loop {
            match openat2(&self.directory, path, READ, Mode::empty(), RESOLVE) {
                Err(Errno::AGAIN) if tries.next().is_some() => {}
                opened => return opened,
            }
        }
    }

    fn name_by_name(&self, path: &[u8]) -> Result<OwnedFd, Errno> {
        let mut directory: Option<OwnedFd> = None;
        let mut names = path.split(|&byte| byte == b'/').peekable();
        while let Some(name) = names.next() {
            if name.is_empty() || name == b"." || name == b".." {
                return Err(Errno::NOENT);
            }
            let flags = if names.peek().is_some() { OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC } else { READ };
            let within = directory.as_ref().unwrap_or(&self.directory);
            directory = Some(openat(within, name, flags | OFlags::NOFOLLOW, Mode::empty())?);
        }
        directory.ok_or(Errno::NOENT)
    }
}

/// Never waits for the other end of a pipe, and never takes a terminal for its own.
const READ: OFlags = OFlags::RDONLY.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

const RESOLVE: ResolveFlags = ResolveFlags::BENEATH.union(ResolveFlags::NO_MAGICLINKS);

fn absent(error: Errno) -> Absent {
    match error {
        Errno::NOENT
        | Errno::NOTDIR
        | Errno::LOOP
        | Errno::XDEV
        | Errno::NAMETOOLONG
        | Errno::INVAL
        | Errno::NXIO
        | Errno::NODEV => Absent::NotFound,
        Errno::ACCESS | Errno::PERM => Absent::Forbidden,
        _ => Absent::Failed,
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::io::Read as _;
    use std::os::unix::fs::symlink;

    use rustix::fs::{CWD, mkfifoat};

    use super::*;

    fn tree() -> (tempfile::TempDir, [Root; 2]) {
        let outer = tempfile::tempdir().unwrap();
        fs::write(outer.path().join("secret"), "secret").unwrap();
        let path = outer.path().join("root");
        fs::create_dir_all(path.join("a/b")).unwrap();
        fs::write(path.join("a/b/file"), "content").unwrap();
        symlink("../secret", path.join("out")).unwrap();
        symlink("..", path.join("up")).unwrap();
        symlink("/etc", path.join("absolute")).unwrap();
        symlink("a/b/file", path.join("within")).unwrap();
        symlink("loop", path.join("loop")).unwrap();
        mkfifoat(CWD, path.join("pipe"), Mode::RUSR | Mode::WUSR).unwrap();
        let roots = [Way::Beneath, Way::NameByName].map(|way| Root { way, ..Root::open(&path).unwrap() });
        (outer, roots)
    }

    fn content(entry: Result<Entry, Absent>) -> Result<String, Absent> {
        entry.map(|entry| match entry {
            Entry::File(mut file, metadata) => {
                let mut content = String::new();
                file.read_to_string(&mut content).unwrap();
                assert_eq!(metadata.len(), content.len() as u64);
                content
            }
            Entry::Directory => "a directory".into(),
        })
    }

    #[test]
    fn files_and_directories_are_found() {
        let (_outer, roots) = tree();
        for root in roots {
            assert_eq!(content(root.entry(b"a/b/file")).as_deref(), Ok("content"), "{root:?}");
            assert_eq!(content(root.entry(b"a/b")).as_deref(), Ok("a directory"));
            for missing in [&b"x"[..], b"a/x/file", b"a/b/file/x", &[b'x'; 300]] {
                assert_eq!(content(root.entry(missing)), Err(Absent::NotFound));
            }
        }
    }

    #[test]
    fn nothing_leads_out_of_the_root() {
        let (_outer, roots) = tree();
        for root in roots {
            for path in
                ["out", "up/secret", "up", "absolute/passwd", "../secret", "a/../../secret", "/etc/passwd", "loop"]
            {
                assert_eq!(content(root.entry(path.as_bytes())), Err(Absent::NotFound), "{path} {root:?}");
            }
        }
    }

    #[test]
    fn a_link_within_is_followed_where_the_kernel_watches_it() {
        let (_outer, [beneath, by_name]) = tree();
        assert_eq!(content(beneath.entry(b"within")).as_deref(), Ok("content"));
        assert_eq!(content(by_name.entry(b"within")), Err(Absent::NotFound));
    }

    #[test]
    fn a_pipe_is_not_waited_for() {
        let (_outer, roots) = tree();
        for root in roots {
            assert_eq!(content(root.entry(b"pipe")), Err(Absent::NotFound));
        }
    }
}
