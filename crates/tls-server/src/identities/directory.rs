//! Which files of a directory are identities, by the conventions of the programs that write them.
//!
//! | files | written by |
//! |---|---|
//! | `NAME.crt`, `NAME.cer`, `NAME.cert` or `NAME.pem` with `NAME.key` | most programs, lego, Caddy, Kubernetes (`tls.crt`) |
//! | `NAME.pem` with `NAME-key.pem` | mkcert |
//! | `NAME.pem` that holds the chain and the key | HAProxy, lighttpd |
//! | `fullchain.pem` with `privkey.pem` | certbot, in `live/NAME/` |
//! | `fullchain.cer` with `NAME.key` beside `NAME.cer` | acme.sh, in `NAME/` |
//!
//! Directories below are searched, too; hidden ones and hidden files are not.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// How many directories deep is searched: Caddy's certificates lie two below.
const DEEPEST: usize = 4;

/// What a certificate's file may end in; where several share a name, the first of these is meant.
const CERTIFICATE: [&str; 4] = ["crt", "cer", "cert", "pem"];

/// Files that may be an identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Found {
    /// A chain and its key.
    Pair(PathBuf, PathBuf),
    /// A chain whose key is in the same file, if there is one.
    Alone(PathBuf),
}

/// Everything that may be an identity in `directory` and below, in the order of the names, and what could not be read.
pub(super) fn search(directory: &Path) -> (Vec<Found>, Vec<(PathBuf, io::Error)>) {
    let mut search = Search::default();
    search.enter(directory, DEEPEST);
    (search.found, search.unreadable)
}

#[derive(Default)]
struct Search {
    found: Vec<Found>,
    unreadable: Vec<(PathBuf, io::Error)>,
    /// By device and inode, so that a link upwards is no circle.
    entered: HashSet<(u64, u64)>,
}

impl Search {
    fn enter(&mut self, directory: &Path, deeper: usize) {
        match fs::metadata(directory).and_then(|metadata| Ok((metadata, list(directory)?))) {
            Ok((metadata, listed)) if self.entered.insert((metadata.dev(), metadata.ino())) => {
                let place = |found: Named<'_>| match found {
                    Named::Pair(certificate, key) => Found::Pair(directory.join(certificate), directory.join(key)),
                    Named::Alone(file) => Found::Alone(directory.join(file)),
                };
                self.found.extend(sort_out(&listed.files).into_iter().map(place));
                if deeper > 0 {
                    listed.directories.iter().for_each(|name| self.enter(&directory.join(name), deeper - 1));
                }
            }
            Ok(_) => {}
            Err(error) => self.unreadable.push((directory.to_owned(), error)),
        }
    }
}

/// The names in a directory that are text and not hidden.
struct Listed {
    files: BTreeSet<String>,
    directories: BTreeSet<String>,
}

fn list(directory: &Path) -> io::Result<Listed> {
    let mut listed = Listed { files: BTreeSet::new(), directories: BTreeSet::new() };
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name.starts_with('.') {
            continue;
        }
        let kind = entry.file_type()?;
        // What a link that points nowhere was to be is told when it is read.
        let is_directory =
            kind.is_dir() || (kind.is_symlink() && fs::metadata(entry.path()).is_ok_and(|target| target.is_dir()));
        if is_directory { &mut listed.directories } else { &mut listed.files }.insert(name);
    }
    Ok(listed)
}

/// As [`Found`], by names.
#[derive(Debug, PartialEq, Eq)]
enum Named<'a> {
    Pair(&'a str, String),
    Alone(&'a str),
}

fn sort_out(files: &BTreeSet<String>) -> Vec<Named<'_>> {
    let mut found = Vec::new();
    let mut rest: BTreeSet<&str> = files.iter().map(String::as_str).collect();
    // Beside these pairs lie parts of them, which are not looked at.
    if let (Some(chain), true) = (rest.get("fullchain.pem").copied(), rest.contains("privkey.pem")) {
        found.push(Named::Pair(chain, "privkey.pem".to_owned()));
        for part in ["fullchain.pem", "privkey.pem", "cert.pem", "chain.pem"] {
            rest.remove(part);
        }
    }
    if let Some(chain) = rest.get("fullchain.cer").copied() {
        let has_key = |stem: &&str| rest.contains(format!("{stem}.key").as_str());
        let stem = rest.iter().find_map(|name| name.strip_suffix(".cer").filter(has_key));
        if let Some(stem) = stem.map(str::to_owned) {
            found.push(Named::Pair(chain, format!("{stem}.key")));
            for part in ["fullchain.cer", "ca.cer", &format!("{stem}.cer")] {
                rest.remove(part);
            }
        }
    }
    found.extend(by_stem(&rest).into_iter().flat_map(|(stem, endings)| of_stem(stem, &endings, &rest)));
    found
}

/// The files that may hold certificates: what they end in, by what is in front of it, and the file each.
fn by_stem<'a>(files: &BTreeSet<&'a str>) -> BTreeMap<&'a str, BTreeMap<usize, &'a str>> {
    let mut stems = BTreeMap::<_, BTreeMap<_, _>>::new();
    for file in files {
        let Some((stem, ending)) = file.rsplit_once('.') else { continue };
        // lego's copy of the issuer; and mkcert's key.
        let is_part = stem.ends_with(".issuer")
            || stem.strip_suffix("-key").is_some_and(|own| files.contains(format!("{own}.pem").as_str()));
        if let (Some(rank), false) = (CERTIFICATE.iter().position(|known| *known == ending), is_part) {
            stems.entry(stem).or_default().insert(rank, *file);
        }
    }
    stems
}

/// With a key beside them they are one identity, and without one each may be one.
fn of_stem<'a>(stem: &str, endings: &BTreeMap<usize, &'a str>, files: &BTreeSet<&str>) -> Vec<Named<'a>> {
    let key = [format!("{stem}.key"), format!("{stem}-key.pem")].into_iter().find(|key| files.contains(key.as_str()));
    match (key, endings.values().next()) {
        (Some(key), Some(first)) => vec![Named::Pair(first, key)],
        _ => endings.values().map(|file| Named::Alone(file)).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `CERTIFICATE+KEY`, or one file.
    fn sorted(files: &[&str]) -> Vec<String> {
        let files = files.iter().map(|file| (*file).to_owned()).collect();
        let show = |named: Named<'_>| match named {
            Named::Pair(certificate, key) => format!("{certificate}+{key}"),
            Named::Alone(file) => file.to_owned(),
        };
        sort_out(&files).into_iter().map(show).collect()
    }

    #[test]
    fn each_convention_is_recognised() {
        assert_eq!(
            sorted(&["a.crt", "a.key", "b.pem", "b.key", "c.cer", "c.key"]),
            ["a.crt+a.key", "b.pem+b.key", "c.cer+c.key"]
        );
        assert_eq!(
            sorted(&["cert.pem", "chain.pem", "fullchain.pem", "privkey.pem", "README"]),
            ["fullchain.pem+privkey.pem"]
        );
        assert_eq!(
            sorted(&["a.example.cer", "a.example.key", "a.example.csr", "ca.cer", "fullchain.cer"]),
            ["fullchain.cer+a.example.key"]
        );
        assert_eq!(sorted(&["localhost+2.pem", "localhost+2-key.pem"]), ["localhost+2.pem+localhost+2-key.pem"]);
        assert_eq!(sorted(&["a.crt", "a.issuer.crt", "a.json", "a.key", "a.pem"]), ["a.crt+a.key"]);
        assert_eq!(sorted(&["site.pem", "ca.crt", "notes.txt", "lonely.key"]), ["ca.crt", "site.pem"]);
    }

    #[test]
    fn directories_below_are_searched_and_hidden_ones_and_circles_are_not() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        };
        for path in ["a.pem", "live/b/fullchain.pem", "live/b/privkey.pem", ".old/c.pem", "1/2/3/4/5/deep.pem"] {
            write(path);
        }
        std::os::unix::fs::symlink(root.path(), root.path().join("live/up")).unwrap();
        let (found, unreadable) = search(root.path());
        let pair = Found::Pair(root.path().join("live/b/fullchain.pem"), root.path().join("live/b/privkey.pem"));
        assert_eq!(found, [Found::Alone(root.path().join("a.pem")), pair]);
        assert!(unreadable.is_empty());

        let (found, unreadable) = search(&root.path().join("missing"));
        assert!(found.is_empty() && unreadable.len() == 1);
    }
}
