//! The path of a target, and which file is meant by it.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

/// A path below the root: every part of it a name that may be asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FilePath {
    /// The names with slashes between them: no empty one, none that begins with a dot, no slash or NUL within.
    joined: Vec<u8>,
    directory: bool,
}

/// Why a path means no file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum PathError {
    /// A `%` without two hexadecimal digits behind it.
    Encoding,
    /// A name that is never served.
    Name,
}

impl FilePath {
    /// Reads the path of a target, which begins with a slash.
    ///
    /// Names that begin with a dot are hidden, so that neither `..` nor a `.git` that was left lying is reached;
    /// but `.well-known` (RFC 8615) is there to be asked for.
    pub(super) fn read(path: &str) -> Result<Self, PathError> {
        let mut names = path.strip_prefix('/').ok_or(PathError::Name)?.split('/').peekable();
        let mut joined = Vec::new();
        while let Some(name) = names.next() {
            if name.is_empty() && names.peek().is_none() {
                return Ok(Self { joined, directory: true });
            }
            let name = decoded(name)?;
            let hidden = name.starts_with(b".") && name != b".well-known";
            if name.is_empty() || hidden || name.contains(&b'/') || name.contains(&0) {
                return Err(PathError::Name);
            }
            if !joined.is_empty() {
                joined.push(b'/');
            }
            joined.extend_from_slice(&name);
        }
        Ok(Self { joined, directory: false })
    }

    /// Whether it ends with a slash: what is asked for is a directory's index.
    pub(super) const fn is_directory(&self) -> bool {
        self.directory
    }

    /// The names, with slashes between them; nothing for the root.
    pub(super) fn name(&self) -> &[u8] {
        &self.joined
    }

    /// The file it names, or the index of the directory.
    pub(super) fn file(&self) -> Vec<u8> {
        if self.directory { self.index() } else { self.joined.clone() }
    }

    /// The index of the directory that it names.
    pub(super) fn index(&self) -> Vec<u8> {
        if self.joined.is_empty() { INDEX.to_vec() } else { [&self.joined, &b"/"[..], INDEX].concat() }
    }

    /// Percent-encoded, as the directory that it turned out to be.
    pub(super) fn with_slash(&self) -> String {
        let mut encoded = String::from("/");
        for &byte in &self.joined {
            if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
                encoded.push(char::from(byte));
            } else {
                encoded.push_str(&format!("%{byte:02X}"));
            }
        }
        if !self.joined.is_empty() {
            encoded.push('/');
        }
        encoded
    }
}

/// What is served for a directory.
const INDEX: &[u8] = b"index.html";

/// The media type by the extension of a file's name.
pub(super) fn media_type(file: &[u8]) -> &'static str {
    let extension = Path::new(OsStr::from_bytes(file)).extension().and_then(OsStr::to_str);
    let extension = extension.unwrap_or_default().to_ascii_lowercase();
    let known = MEDIA_TYPES.iter().find(|(extensions, _)| extensions.split(' ').any(|known| known == extension));
    known.map_or("application/octet-stream", |(_, media_type)| media_type)
}

/// Text is taken for UTF-8.
const MEDIA_TYPES: &[(&str, &str)] = &[
    ("html htm", "text/html; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("js mjs", "text/javascript; charset=utf-8"),
    ("json map", "application/json"),
    ("txt text log md", "text/plain; charset=utf-8"),
    ("csv", "text/csv; charset=utf-8"),
    ("xml", "text/xml; charset=utf-8"),
    ("xhtml", "application/xhtml+xml"),
    ("ics", "text/calendar; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("jpg jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("ico", "image/vnd.microsoft.icon"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("otf", "font/otf"),
    ("mp3", "audio/mpeg"),
    ("ogg oga opus", "audio/ogg"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("mp4", "video/mp4"),
    ("webm", "video/webm"),
    ("ogv", "video/ogg"),
    ("wasm", "application/wasm"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("gz tgz", "application/gzip"),
    ("zst", "application/zstd"),
    ("tar", "application/x-tar"),
    ("webmanifest", "application/manifest+json"),
    ("atom", "application/atom+xml"),
    ("rss", "application/rss+xml"),
    ("pem", "application/x-pem-file"),
    ("crt cer der", "application/pkix-cert"),
    ("crl", "application/pkix-crl"),
];

fn decoded(name: &str) -> Result<Vec<u8>, PathError> {
    let mut bytes = name.bytes();
    let mut decoded = Vec::with_capacity(name.len());
    while let Some(byte) = bytes.next() {
        if byte != b'%' {
            decoded.push(byte);
            continue;
        }
        let mut digit = || bytes.next().and_then(|digit| char::from(digit).to_digit(16));
        let (Some(high), Some(low)) = (digit(), digit()) else { return Err(PathError::Encoding) };
        decoded.push((high << 4 | low) as u8);
    }
    Ok(decoded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn file(path: &str) -> Result<String, PathError> {
        FilePath::read(path).map(|path| path.file().escape_ascii().to_string())
    }

    #[test]
    fn a_path_names_a_file() {
        for (path, expected) in [
            ("/", "index.html"),
            ("/a", "a"),
            ("/a/b.txt", "a/b.txt"),
            ("/a/", "a/index.html"),
            ("/a%20b/%C3%A9", r"a b/\xc3\xa9"),
            ("/a..b/c...", "a..b/c..."),
            ("/.well-known/acme-challenge/x", ".well-known/acme-challenge/x"),
            ("/a\\..\\b", r"a\\..\\b"),
        ] {
            assert_eq!(file(path).as_deref(), Ok(expected), "{path}");
        }
    }

    #[test]
    fn no_path_leads_out_or_to_what_is_hidden() {
        for path in [
            "",
            "a",
            "//",
            "//a",
            "/a//b",
            "/.",
            "/..",
            "/../a",
            "/a/..",
            "/a/../b",
            "/%2e%2e/a",
            "/.%2E/",
            "/a%2fb",
            "/%2F",
            "/a%00",
            "/.git/config",
            "/a/.htpasswd",
            "/%2ewell-known2",
            "/...",
        ] {
            assert_eq!(file(path), Err(PathError::Name), "{path}");
        }
        for path in ["/%", "/%2", "/%zz", "/a%+1"] {
            assert_eq!(file(path), Err(PathError::Encoding), "{path}");
        }
    }

    #[test]
    fn a_directory_is_named_with_its_slash() {
        let path = FilePath::read("/a%20b/c%3Fd\u{e9}").unwrap();
        assert_eq!(path.with_slash(), "/a%20b/c%3Fd%C3%A9/");
        assert_eq!(path.index(), b"a b/c?d\xc3\xa9/index.html");
        assert!(!path.is_directory() && FilePath::read("/a/").unwrap().is_directory());
    }

    #[test]
    fn the_type_goes_by_the_extension() {
        assert_eq!(media_type(b"a/b.HTML"), "text/html; charset=utf-8");
        assert_eq!(media_type(b"a.js/b"), "application/octet-stream");
        assert_eq!(media_type(b"a."), "application/octet-stream");
        assert_eq!(media_type(b"\xff.svg"), "image/svg+xml");
    }

    proptest! {
        #[test]
        fn whatever_is_asked_for_stays_below_the_root(path in "/(%2[eEfF]|%00|\\.|/|a|%[0-9a-f]{2}|é){0,12}") {
            if let Ok(read) = FilePath::read(&path) {
                let file = read.file();
                prop_assert!(!file.contains(&0));
                for name in file.split(|&byte| byte == b'/') {
                    prop_assert!(!name.is_empty() && (name[0] != b'.' || name == b".well-known"), "{}", path);
                }
                let location = read.with_slash();
                prop_assert!(location.starts_with('/') && !location.starts_with("//"), "{}", location);
                prop_assert!(location.bytes().all(|byte| byte.is_ascii_graphic()));
            }
        }
    }
}
