//! The watcher on real files and a real store.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::mpsc::{self, Receiver};

use common::SystemClock;
use store::{Authority, Change, Location};

use super::*;
use crate::control::reload::WatchedStore;

/// Nothing that is tested here waits for a poll of the files.
const SOON: Duration = Duration::from_secs(20);

struct Watching {
    watcher: Watcher,
    seen: Receiver<Seen>,
    watched: Watched,
}

impl Watching {
    fn paths(paths: &[&Path]) -> Self {
        Self::new(Watched { paths: paths.iter().map(|path| path.to_path_buf()).collect(), store: None })
    }

    fn new(watched: Watched) -> Self {
        let (sender, seen) = mpsc::channel();
        let watcher = Watcher::start(move |seen| drop(sender.send(seen))).unwrap();
        let watching = Self { watcher, seen, watched };
        watching.settle();
        watching
    }

    /// Watches once more, as after a reload, and waits until the thread takes it.
    fn again(&self) {
        self.watcher.watch(self.watched.clone(), SystemTime::now() + Duration::from_secs(3600));
        while self.watcher.shared.next.lock().unwrap().is_some() {
            thread::yield_now();
        }
    }

    /// Everything that was seen of what has happened by now: when the thread takes the second, it is done with the first.
    fn settle(&self) -> Vec<Seen> {
        self.again();
        self.again();
        self.seen.try_iter().collect()
    }

    fn sees(&self, expected: Seen) {
        assert_eq!(self.seen.recv_timeout(SOON), Ok(expected));
    }
}

fn directory() -> (tempfile::TempDir, PathBuf) {
    let scratch = tempfile::tempdir().unwrap();
    let root = fs::canonicalize(scratch.path()).unwrap();
    (scratch, root)
}

#[test]
fn a_file_renamed_into_place_is_seen() {
    let (_scratch, root) = directory();
    let (cert, new) = (root.join("cert.pem"), root.join(".new"));
    fs::write(&cert, "old").unwrap();
    let watching = Watching::paths(&[&cert]);
    fs::write(&new, "new").unwrap();
    fs::rename(&new, &cert).unwrap();
    watching.sees(Seen::Files);
}

#[test]
fn a_file_written_in_place_is_seen_and_so_is_its_loss_and_return() {
    let (_scratch, root) = directory();
    let cert = root.join("cert.pem");
    fs::write(&cert, "one").unwrap();
    let watching = Watching::paths(&[&cert]);
    let acts: [fn(&Path) -> io::Result<()>; 3] =
        [|path| fs::write(path, "longer than it was"), |path| fs::remove_file(path), |path| fs::write(path, "x")];
    for act in acts {
        act(&cert).unwrap();
        watching.sees(Seen::Files);
        // A write in place may be seen twice: when the file is emptied, and when it is full.
        watching.settle();
    }
}

#[test]
fn a_swapped_link_is_seen_again_and_again() {
    let (_scratch, root) = directory();
    let put = |version: &str| {
        fs::create_dir(root.join(version)).unwrap();
        fs::write(root.join(version).join("tls.crt"), version).unwrap();
        symlink(version, root.join("..data_tmp")).unwrap();
        fs::rename(root.join("..data_tmp"), root.join("..data")).unwrap();
    };
    put("..1");
    symlink("..data/tls.crt", root.join("tls.crt")).unwrap();
    let watching = Watching::paths(&[&root.join("tls.crt")]);
    for version in ["..2", "..3", "..4"] {
        put(version);
        watching.sees(Seen::Files);
        watching.settle();
    }
}

#[test]
fn what_happens_beside_the_files_is_no_change() {
    let (_scratch, root) = directory();
    let cert = root.join("cert.pem");
    fs::write(&cert, "one").unwrap();
    let watching = Watching::paths(&[&cert]);
    fs::write(root.join("other"), "x").unwrap();
    fs::rename(root.join("other"), root.join("another")).unwrap();
    assert_eq!(watching.settle(), []);
    fs::write(&cert, "longer").unwrap();
    watching.sees(Seen::Files);
}

#[test]
fn a_file_that_comes_into_a_watched_directory_is_seen() {
    let (_scratch, root) = directory();
    let certs = root.join("certs");
    fs::create_dir(&certs).unwrap();
    fs::write(certs.join("a.pem"), "a").unwrap();
    let watching = Watching::paths(&[&certs]);
    fs::write(root.join("b.pem"), "b").unwrap();
    fs::rename(root.join("b.pem"), certs.join("b.pem")).unwrap();
    watching.sees(Seen::Files);
    watching.settle();
    fs::write(certs.join("a.pem"), "longer").unwrap();
    watching.sees(Seen::Files);
}

#[test]
fn what_changed_while_it_was_read_is_seen_though_it_was_not_watched() {
    let (_scratch, root) = directory();
    let cert = root.join("cert.pem");
    let (sender, seen) = mpsc::channel();
    let watcher = Watcher::start(move |seen| drop(sender.send(seen))).unwrap();
    let read = SystemTime::now();
    fs::write(&cert, "written after the reading began").unwrap();
    watcher.watch(Watched { paths: vec![cert], store: None }, read);
    assert_eq!(seen.recv_timeout(SOON), Ok(Seen::Files));
}

#[test]
fn a_change_of_the_store_by_whoever_is_seen() {
    let (_scratch, root) = directory();
    let open = || store::open(&Location::directory(root.join("store")), Arc::new(SystemClock)).unwrap();
    let (ours, theirs) = (open(), open());
    let watching = Watching::new(Watched { paths: Vec::new(), store: Some(WatchedStore { store: ours, version: 0 }) });
    for name in ["a", "b"] {
        let created = jiff::Timestamp::UNIX_EPOCH;
        let authority = Authority { name: name.to_owned(), chain: vec![vec![1]], key: None, created };
        theirs.apply(Change::new("test").insert_authority(authority)).unwrap();
        watching.sees(Seen::Store);
    }
}
