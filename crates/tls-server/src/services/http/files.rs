//! A file for a client: found, held against what the client has, and read piece by piece. All of it may wait for a
//! disk, so it is done by the [readers](super::readers) and never by a worker.

use std::fs::{File, Metadata};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};

use jiff::Timestamp;

use super::conditions::{Validators, Verdict};
use super::date;
use super::path::{FilePath, media_type};
use super::request::{Conditions, Method};
use super::response::{self, Head, Manner};
use super::root::{Absent, Entry, Root};
use super::status::{Refusal, Status};

/// The most that is read at once, and so the most that is held of a file for one connection.
const PIECE: usize = 256 * 1024;

/// What a client asks for.
#[derive(Debug)]
pub(super) struct Wanted {
    pub(super) path: FilePath,
    /// The query, for the place that the client is sent on to.
    pub(super) query: String,
    pub(super) conditions: Conditions,
    pub(super) manner: Manner,
}

/// What is answered.
#[derive(Debug)]
pub(super) enum Answer {
    /// There is no such file, so that something else may be meant by the path.
    Nothing(FilePath, Manner),
    /// These bytes, and then the rest.
    Piece(Vec<u8>, Option<Rest>),
}

/// What is to be sent yet.
#[derive(Debug)]
pub(super) struct Rest {
    file: File,
    at: u64,
    end: u64,
}

impl Wanted {
    /// Looks for it below `root`, and reads the first piece.
    pub(super) fn find(self, root: &Root) -> Answer {
        match root.entry(&self.path.file()) {
            Ok(Entry::File(file, metadata)) => self.answer(file, &metadata),
            Ok(Entry::Directory) if !self.path.is_directory() => self.send_on(root),
            Ok(Entry::Directory) | Err(Absent::NotFound) => Answer::Nothing(self.path, self.manner),
            Err(Absent::Forbidden) => self.refuse(Status::FORBIDDEN, "This file may not be read"),
            Err(Absent::Failed) => self.fail(),
        }
    }

    /// A directory is named with its slash, or the links on its index would lead astray; without an index there is
    /// nothing to see of it.
    fn send_on(self, root: &Root) -> Answer {
        match root.entry(&self.path.index()) {
            Ok(Entry::File(..)) => {
                let location = format!("{}{}", self.path.with_slash(), self.query);
                Answer::Piece(response::moved(&location, &self.manner), None)
            }
            _ => Answer::Nothing(self.path, self.manner),
        }
    }

    fn answer(&self, file: File, metadata: &Metadata) -> Answer {
        let validators = Validators::of(metadata, self.manner.now);
        let (status, range) = match validators.judge(self.manner.method, &self.conditions, self.manner.now) {
            Verdict::Whole => (Status::OK, 0..validators.size),
            Verdict::Part(range) => (Status::PARTIAL_CONTENT, range),
            Verdict::NotModified => return Answer::Piece(self.head(Status::NOT_MODIFIED, &validators).finish(), None),
            Verdict::Failed => {
                return self.refuse(Status::PRECONDITION_FAILED, "The file is not the one that was asked about");
            }
            Verdict::Unsatisfiable => return Answer::Piece(self.unsatisfiable(&validators), None),
        };
        let mut head = self.head(status, &validators);
        head.field("Content-Type", media_type(&self.path.file()));
        head.field("X-Content-Type-Options", "nosniff");
        if status == Status::PARTIAL_CONTENT {
            let (first, last, size) = (range.start, range.end - 1, validators.size);
            head.field("Content-Range", &format!("bytes {first}-{last}/{size}"));
        }
        let mut bytes = head.of_length(range.end - range.start);
        if self.manner.method == Method::Head || range.is_empty() {
            return Answer::Piece(bytes, None);
        }
        match (Rest { file, at: range.start, end: range.end }).read() {
            Ok((piece, rest)) => {
                bytes.extend_from_slice(&piece);
                Answer::Piece(bytes, rest)
            }
            Err(_) => self.fail(),
        }
    }

    fn head(&self, status: Status, validators: &Validators) -> Head {
        let mut head = Head::new(status, &self.manner);
        head.field("ETag", &validators.tag);
        if let Some(modified) = validators.modified.and_then(date::written) {
            head.field("Last-Modified", &modified);
        }
        head.field("Accept-Ranges", "bytes");
        head
    }

    fn unsatisfiable(&self, validators: &Validators) -> Vec<u8> {
        let mut head = Head::new(Status::RANGE_NOT_SATISFIABLE, &self.manner);
        head.field("Content-Range", &format!("bytes */{}", validators.size));
        head.of_length(0)
    }

    fn refuse(&self, status: Status, why: &'static str) -> Answer {
        Answer::Piece(response::refused(&Refusal::new(status, why), &self.manner), None)
    }

    fn fail(&self) -> Answer {
        self.refuse(Status::INTERNAL_SERVER_ERROR, "The file could not be read")
    }
}

impl Rest {
    /// Reads the next piece, and says what is left.
    ///
    /// # Errors
    /// It cannot be read, or the file has become shorter: what was announced can never be sent.
    pub(super) fn read(mut self) -> io::Result<(Vec<u8>, Option<Self>)> {
        let left = usize::try_from(self.end - self.at).unwrap_or(usize::MAX);
        let mut piece = vec![0; left.min(PIECE)];
        self.file.read_exact_at(&mut piece, self.at)?;
        self.at += piece.len() as u64;
        let rest = (self.at < self.end).then_some(self);
        Ok((piece, rest))
    }
}

impl Validators {
    /// The tag changes with the file's place, size and time of change, to the nanosecond.
    fn of(metadata: &Metadata, now: Timestamp) -> Self {
        let (seconds, nanoseconds) = (metadata.mtime(), metadata.mtime_nsec());
        Self {
            tag: format!("\"{:x}-{:x}-{seconds:x}.{nanoseconds:x}\"", metadata.ino(), metadata.len()),
            modified: Timestamp::from_second(seconds).ok().filter(|modified| *modified <= now),
            size: metadata.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::super::request::Connection;
    use super::*;

    const NOW: &str = "2100-01-01T00:00:00Z";

    struct Site {
        directory: tempfile::TempDir,
        root: Root,
    }

    impl Site {
        fn new(files: &[(&str, &[u8])]) -> Self {
            let directory = tempfile::tempdir().unwrap();
            for (path, content) in files {
                let path = directory.path().join(path);
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, content).unwrap();
            }
            let root = Root::open(directory.path()).unwrap();
            Self { directory, root }
        }

        fn find(&self, method: Method, path: &str, conditions: Conditions) -> Answer {
            let manner = Manner { method, connection: Connection::Stays, now: NOW.parse().unwrap() };
            Wanted { path: FilePath::read(path).unwrap(), query: "?q".into(), conditions, manner }.find(&self.root)
        }

        /// Head and body.
        fn get(&self, path: &str, conditions: Conditions) -> (String, Vec<u8>) {
            parts(self.find(Method::Get, path, conditions))
        }
    }

    fn parts(answer: Answer) -> (String, Vec<u8>) {
        let Answer::Piece(mut bytes, mut rest) = answer else { panic!("nothing") };
        while let Some(left) = rest {
            let (piece, next) = left.read().unwrap();
            assert!(piece.len() <= PIECE);
            bytes.extend(piece);
            rest = next;
        }
        let end = bytes.windows(4).position(|end| end == b"\r\n\r\n").unwrap() + 4;
        let body = bytes.split_off(end);
        (String::from_utf8(bytes).unwrap(), body)
    }

    fn field(head: &str, name: &str) -> Option<String> {
        head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(Into::into))
    }

    #[test]
    fn a_file_is_sent_whole_however_long_it_is() {
        let long: Vec<u8> = (0..PIECE * 2 + 17).map(|n| (n * 7 + n / 251) as u8).collect();
        let site = Site::new(&[("long.bin", &long), ("empty.txt", b"")]);
        let (head, body) = site.get("/long.bin", Conditions::default());
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        assert_eq!(field(&head, "Content-Length"), Some(long.len().to_string()));
        assert_eq!(field(&head, "Content-Type").as_deref(), Some("application/octet-stream"));
        assert!(body == long);
        let (head, body) = site.get("/empty.txt", Conditions::default());
        assert_eq!((field(&head, "Content-Length").as_deref(), body.len()), (Some("0"), 0));
    }

    #[test]
    fn a_part_is_sent_with_its_place() {
        let site = Site::new(&[("a.txt", b"0123456789")]);
        let range = |range: &str| Conditions { range: Some(range.into()), ..Conditions::default() };
        let (head, body) = site.get("/a.txt", range("bytes=2-4"));
        assert!(head.starts_with("HTTP/1.1 206 "), "{head}");
        assert_eq!(field(&head, "Content-Range").as_deref(), Some("bytes 2-4/10"));
        assert_eq!((field(&head, "Content-Length").as_deref(), &*body), (Some("3"), &b"234"[..]));
        let (head, body) = site.get("/a.txt", range("bytes=10-"));
        assert!(head.starts_with("HTTP/1.1 416 ") && body.is_empty(), "{head}");
        assert_eq!(field(&head, "Content-Range").as_deref(), Some("bytes */10"));
    }

    #[test]
    fn what_the_client_has_is_not_read() {
        let site = Site::new(&[("a.txt", b"old")]);
        let (head, _) = site.get("/a.txt", Conditions::default());
        let tag = field(&head, "ETag").unwrap();
        let has = || Conditions { if_none_match: Some(tag.clone()), ..Conditions::default() };
        let (head, body) = site.get("/a.txt", has());
        assert!(head.starts_with("HTTP/1.1 304 ") && body.is_empty(), "{head}");
        assert_eq!(field(&head, "ETag").as_ref(), Some(&tag));
        assert_eq!(field(&head, "Content-Length"), None);
        fs::write(site.directory.path().join("a.txt"), "newer").unwrap();
        assert_eq!(site.get("/a.txt", has()).1, b"newer");
        let must = Conditions { if_match: Some(tag), ..Conditions::default() };
        assert!(site.get("/a.txt", must).0.starts_with("HTTP/1.1 412 "));
    }

    #[test]
    fn head_says_what_get_would() {
        let site = Site::new(&[("a.html", b"<p>")]);
        let (get, _) = site.get("/a.html", Conditions::default());
        let (head, body) = parts(site.find(Method::Head, "/a.html", Conditions::default()));
        assert_eq!((head, body.len()), (get, 0));
    }

    #[test]
    fn a_directory_is_its_index_or_nothing() {
        let site = Site::new(&[("index.html", b"top"), ("a b/index.html", b"below"), ("bare/x", b"")]);
        assert_eq!(site.get("/", Conditions::default()).1, b"top");
        assert_eq!(site.get("/a%20b/", Conditions::default()).1, b"below");
        let (head, _) = site.get("/a%20b", Conditions::default());
        assert!(head.starts_with("HTTP/1.1 301 "), "{head}");
        assert_eq!(field(&head, "Location").as_deref(), Some("/a%20b/?q"));
        for path in ["/bare", "/bare/", "/bare/x/", "/index.html/", "/x"] {
            assert!(matches!(site.find(Method::Get, path, Conditions::default()), Answer::Nothing(..)), "{path}");
        }
    }

    #[test]
    fn a_file_that_shrinks_is_never_padded() {
        let site = Site::new(&[("a.bin", &vec![1; PIECE + 1])]);
        let Answer::Piece(_, Some(rest)) = site.find(Method::Get, "/a.bin", Conditions::default()) else { panic!() };
        fs::write(site.directory.path().join("a.bin"), "short").unwrap();
        assert!(rest.read().is_err());
    }

    #[test]
    fn a_time_to_come_is_no_date_of_change() {
        let site = Site::new(&[("a.txt", b"x")]);
        let file = File::options().write(true).open(site.directory.path().join("a.txt")).unwrap();
        file.set_modified("2200-01-01T00:00:00Z".parse::<Timestamp>().unwrap().into()).unwrap();
        let (head, _) = site.get("/a.txt", Conditions::default());
        assert!(field(&head, "Last-Modified").is_none() && field(&head, "ETag").is_some());
    }
}
