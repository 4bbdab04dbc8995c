//! Watching files and the store for changes: inotify wakes, and what is there decides.
//!
//! The *directories* of the files are watched, and of every symbolic link on the way to them, so that a file that is
//! renamed into its place is seen and so is a link that is swapped, as Kubernetes does with `..data`. An event says only
//! that it is time to look: whether anything changed is told by the files' stamps, and by the store's version. A slow poll
//! looks, too, for file systems without events and for what the directories above go through.

mod directories;
mod stamp;
#[cfg(test)]
mod tests;

use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use rustix::event::{EventfdFlags, PollFd, PollFlags, Timespec, eventfd, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};

use self::stamp::Stamps;
use super::reload::Watched;

/// Without an event the files are looked at this often.
const FILES_EVERY: Duration = Duration::from_secs(30);
/// Without an event the store is asked this often.
const STORE_EVERY: Duration = Duration::from_secs(1);
/// After a look the next one waits this long, whatever comes: a directory may be busy with other things.
const REST: Duration = Duration::from_millis(20);

/// What is waited for in the directory of a file. Not every write: whoever writes in place closes the file at the end.
const OF_FILES: WatchFlags = WatchFlags::CLOSE_WRITE
    .union(WatchFlags::MOVE)
    .union(WatchFlags::CREATE)
    .union(WatchFlags::DELETE)
    .union(WatchFlags::ATTRIB)
    .union(WatchFlags::MOVE_SELF)
    .union(WatchFlags::DELETE_SELF)
    .union(WatchFlags::ONLYDIR);
/// In the store's directory every write counts: a database stays open.
const OF_STORE: WatchFlags = OF_FILES.union(WatchFlags::MODIFY);

/// What was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seen {
    /// A watched file is not as it was.
    Files,
    /// The store was changed.
    Store,
    /// Events cannot be had, for this reason, and polling is all there is.
    Blind(String),
}

/// A thread that watches until it is dropped.
#[derive(Debug)]
pub(super) struct Watcher {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    wake: OwnedFd,
    next: Mutex<Option<(Watched, SystemTime)>>,
    end: AtomicBool,
}

impl Watcher {
    /// Starts with nothing to watch. `seen` is called on the watcher's thread.
    pub(super) fn start(seen: impl FnMut(Seen) + Send + 'static) -> io::Result<Self> {
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        let shared = Arc::new(Shared { wake, next: Mutex::new(None), end: AtomicBool::new(false) });
        let watch = Watch::new(Arc::clone(&shared), seen);
        let thread = thread::Builder::new().name("watch".into()).spawn(move || watch.run())?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Watches these from now on, and no others. They were read at `read` or later: what changed since is seen, even
    /// though it was not watched yet.
    pub(super) fn watch(&self, watched: Watched, read: SystemTime) {
        *self.shared.next.lock().unwrap_or_else(PoisonError::into_inner) = Some((watched, read));
        self.shared.wake();
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        self.shared.end.store(true, Ordering::Release);
        self.shared.wake();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been printed by then.
            let _ = thread.join();
        }
    }
}

impl Shared {
    fn wake(&self) {
        // It fails where the counter is full, and then the thread is woken already.
        let _ = rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
    }
}

/// What the thread has.
struct Watch<F> {
    shared: Arc<Shared>,
    seen: F,
    watched: Watched,
    stamps: Stamps,
    version: Option<i64>,
    events: Option<Events>,
    is_blind: bool,
}

impl<F: FnMut(Seen)> Watch<F> {
    fn new(shared: Arc<Shared>, seen: F) -> Self {
        Self {
            shared,
            seen,
            watched: Watched::default(),
            stamps: Stamps::default(),
            version: None,
            events: None,
            is_blind: false,
        }
    }

    fn run(mut self) {
        let mut files_due = Instant::now() + FILES_EVERY;
        let mut store_due = Instant::now() + STORE_EVERY;
        loop {
            let until = if self.watched.store.is_some() { files_due.min(store_due) } else { files_due };
            let (woken, event) = self.wait(until);
            if self.shared.end.load(Ordering::Acquire) {
                return;
            }
            if woken {
                self.take_over();
            }
            let now = Instant::now();
            if event || now >= files_due {
                self.look_at_files();
                files_due = now + FILES_EVERY;
            }
            if event || now >= store_due {
                self.ask_store();
                store_due = now + STORE_EVERY;
            }
            if event {
                self.rest();
            }
        }
    }

    /// Waits for an event, for [`Shared::wake`] or for `until`: whether it was woken, and whether there was an event.
    fn wait(&mut self, until: Instant) -> (bool, bool) {
        let events = self.events.as_ref().map(|events| events.inotify.as_fd());
        let [woken, event] = ready([Some(self.shared.wake.as_fd()), events], until);
        if woken {
            let _ = rustix::io::read(&self.shared.wake, &mut [0; 8]);
        }
        if event {
            self.events.as_ref().inspect(|events| events.drain());
        }
        (woken, event)
    }

    /// Lets what comes in a burst come together.
    fn rest(&self) {
        ready([Some(self.shared.wake.as_fd()), None], Instant::now() + REST);
    }

    /// Takes what [`Watcher::watch`] brought.
    fn take_over(&mut self) {
        let next = self.shared.next.lock().unwrap_or_else(PoisonError::into_inner).take();
        let Some((watched, read)) = next else { return };
        self.version = watched.store.as_ref().map(|watched| watched.version);
        self.watched = watched;
        // Events first, stamps second: what changes in between is seen by both, and never by neither.
        self.listen();
        let stamps = Stamps::of(&self.watched.paths);
        let changed = stamps.changed_since(&self.stamps, read);
        self.stamps = stamps;
        if changed {
            (self.seen)(Seen::Files);
        }
        self.ask_store();
    }

    fn look_at_files(&mut self) {
        if self.events.as_ref().is_some_and(|events| events.directories != self.directories()) {
            self.listen();
        }
        let stamps = Stamps::of(&self.watched.paths);
        if stamps != self.stamps {
            self.stamps = stamps;
            (self.seen)(Seen::Files);
        }
    }

    /// A store that cannot be asked has no version, which is another one than it had.
    fn ask_store(&mut self) {
        let Some(watched) = &self.watched.store else { return };
        let version = watched.store.version().unwrap_or(-1);
        if self.version.replace(version) != Some(version) {
            (self.seen)(Seen::Store);
        }
    }

    fn directories(&self) -> Vec<(PathBuf, WatchFlags)> {
        let files = directories::of(&self.watched.paths).into_iter().map(|path| (path, OF_FILES));
        let store = self.watched.store.iter().map(|watched| (watched.store.location().path().to_owned(), OF_STORE));
        files.chain(store).collect()
    }

    /// Asks for events of the directories as they are now.
    fn listen(&mut self) {
        match Events::of(self.directories()) {
            Ok(events) => self.events = Some(events),
            Err(error) => {
                self.events = None;
                if !std::mem::replace(&mut self.is_blind, true) {
                    (self.seen)(Seen::Blind(error.to_string()));
                }
            }
        }
    }
}

/// An inotify queue and what it is for.
struct Events {
    inotify: OwnedFd,
    directories: Vec<(PathBuf, WatchFlags)>,
}

impl Events {
    fn of(directories: Vec<(PathBuf, WatchFlags)>) -> io::Result<Self> {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK)?;
        for (path, flags) in &directories {
            match inotify::add_watch(&inotify, path, *flags | WatchFlags::MASK_ADD) {
                // What is gone, or not to be entered, is the poll's to see when it comes back.
                Ok(_) | Err(rustix::io::Errno::NOENT | rustix::io::Errno::NOTDIR | rustix::io::Errno::ACCESS) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(Self { inotify, directories })
    }

    /// Forgets what the events say: the files themselves are looked at.
    fn drain(&self) {
        let mut buffer = [MaybeUninit::uninit(); 4096];
        let mut reader = inotify::Reader::new(&self.inotify, &mut buffer);
        while reader.next().is_ok() {}
    }
}

/// Which of these can be read; waits until one can, or until `until`.
fn ready(descriptors: [Option<BorrowedFd<'_>>; 2], until: Instant) -> [bool; 2] {
    let mut polled: Vec<PollFd<'_>> =
        descriptors.iter().flatten().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
    let timeout = until.saturating_duration_since(Instant::now());
    // An interrupted wait is a short one.
    let _ = poll(&mut polled, Timespec::try_from(timeout).ok().as_ref());
    let mut revents = polled.iter().map(|polled| polled.revents().intersects(PollFlags::IN));
    descriptors.map(|descriptor| descriptor.is_some() && revents.next().unwrap_or(false))
}
