//! In which directories something happens when a file is replaced.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// As many symbolic links as Linux follows.
const MOST_LINKS: usize = 40;

/// The directories of these files and of every symbolic link on the way to them; of a directory, also itself.
pub(super) fn of(paths: &[PathBuf]) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    for path in paths {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
        follow(&path, &mut found);
    }
    found
}

fn follow(path: &Path, found: &mut BTreeSet<PathBuf>) {
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Some((directory, target)) = first_link(&path) else { break };
        found.insert(directory);
        path = target;
    }
    if path.is_dir() {
        found.insert(path.clone());
    }
    found.extend(path.parent().map(Path::to_owned));
}

/// The directory of the first symbolic link in `path`, and `path` as it is behind it.
fn first_link(path: &Path) -> Option<(PathBuf, PathBuf)> {
    let mut walked = PathBuf::new();
    let mut rest = path.components();
    while let Some(component) = rest.next() {
        match component {
            // What is walked so far holds no link, so that its parent is the directory it lies in.
            Component::ParentDir => {
                walked.pop();
            }
            other => walked.push(other),
        }
        if let Ok(target) = fs::read_link(&walked) {
            let directory = walked.parent()?.to_owned();
            let behind = directory.join(target).join(rest.as_path());
            return Some((directory, behind));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn names(root: &Path, path: &str) -> Vec<String> {
        let found = of(&[root.join(path)]);
        found.iter().map(|path| path.strip_prefix(root).unwrap_or(path).display().to_string()).collect()
    }

    #[test]
    fn every_link_on_the_way_is_followed() {
        let scratch = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(scratch.path()).unwrap();
        fs::create_dir_all(root.join("mount/..2026")).unwrap();
        fs::create_dir_all(root.join("live")).unwrap();
        fs::write(root.join("mount/..2026/tls.crt"), "x").unwrap();
        symlink("..2026", root.join("mount/..data")).unwrap();
        symlink("..data/tls.crt", root.join("mount/tls.crt")).unwrap();
        symlink("../mount/tls.crt", root.join("live/cert.pem")).unwrap();
        assert_eq!(names(&root, "mount/tls.crt"), ["mount", "mount/..2026"]);
        assert_eq!(names(&root, "live/cert.pem"), ["live", "mount", "mount/..2026"]);
    }

    #[test]
    fn a_directory_is_watched_with_the_one_it_lies_in_and_a_loop_ends() {
        let scratch = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(scratch.path()).unwrap();
        fs::create_dir(root.join("certs")).unwrap();
        assert_eq!(names(&root, "certs"), ["", "certs"]);
        assert_eq!(names(&root, "absent/cert.pem"), ["absent"]);
        symlink("b", root.join("a")).unwrap();
        symlink("a", root.join("b")).unwrap();
        assert_eq!(names(&root, "a"), [""]);
    }
}
