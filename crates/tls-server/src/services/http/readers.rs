//! The threads that read files, so that no worker ever waits for a disk.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use engine::Reply;

use super::files::{Answer, Rest, Wanted};
use super::root::Root;

/// How many there are, whatever the number of workers.
const READERS: usize = 2;

/// The most jobs before a reader that one more file is still opened.
const QUEUE: usize = 256;

/// Readers of the files below one root. They end when the last handle is gone.
#[derive(Debug)]
pub(super) struct Readers {
    readers: Vec<Reader>,
}

#[derive(Debug)]
struct Reader {
    jobs: Sender<Job>,
    waiting: Arc<AtomicUsize>,
}

/// There is more to read than can be read.
#[derive(Debug)]
pub(super) struct Busy;

/// What a service is told through its [`Reply`].
#[derive(Debug)]
pub(super) enum Told {
    /// What was found.
    Found(Answer),
    /// The next piece.
    Piece(Vec<u8>, Option<Rest>),
    /// The rest cannot be read.
    Broken,
}

#[derive(Debug)]
enum Work {
    Find(Wanted),
    Read(Rest),
}

type Job = (Work, Reply);

impl Readers {
    pub(super) fn start(root: Root) -> io::Result<Self> {
        let root = Arc::new(root);
        let readers = (0..READERS).map(|_| Reader::start(Arc::clone(&root))).collect::<io::Result<_>>()?;
        Ok(Self { readers })
    }

    /// Looks for a file.
    pub(super) fn find(&self, wanted: Wanted, reply: Reply) -> Result<(), Busy> {
        let reader = self.least_busy().filter(|reader| reader.waiting() < QUEUE).ok_or(Busy)?;
        reader.give((Work::Find(wanted), reply))
    }

    /// Reads on. As a connection has one job at most, this needs no bound: there are no more than open files.
    pub(super) fn read(&self, rest: Rest, reply: Reply) -> Result<(), Busy> {
        self.least_busy().ok_or(Busy)?.give((Work::Read(rest), reply))
    }

    fn least_busy(&self) -> Option<&Reader> {
        self.readers.iter().min_by_key(|reader| reader.waiting())
    }
}

impl Reader {
    fn start(root: Arc<Root>) -> io::Result<Self> {
        let (sender, receiver) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&waiting);
        thread::Builder::new().name("file reader".into()).spawn(move || work(&root, &receiver, &counter))?;
        Ok(Self { jobs: sender, waiting })
    }

    fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    fn give(&self, job: Job) -> Result<(), Busy> {
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.jobs.send(job).map_err(|_| Busy)
    }
}

fn work(root: &Root, jobs: &Receiver<Job>, waiting: &AtomicUsize) {
    for (work, reply) in jobs {
        let told = match work {
            Work::Find(wanted) => Told::Found(wanted.find(root)),
            Work::Read(rest) => match rest.read() {
                Ok((piece, rest)) => Told::Piece(piece, rest),
                Err(_) => Told::Broken,
            },
        };
        waiting.fetch_sub(1, Ordering::Relaxed);
        // Where the worker has no room for a letter, the connection ends by its deadline.
        let _ = reply.tell(Box::new(told));
    }
}
