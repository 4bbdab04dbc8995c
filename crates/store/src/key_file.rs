//! The file that holds the store key: one line of text, readable by its owner only.

use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use common::input::fsio::{self, Access, Existing, FileError};
use common::random;
use data_encoding::HEXLOWER;
use zeroize::Zeroizing;

use crate::error::{Error, Result};
use crate::seal::StoreKey;

/// What the line begins with; the key follows in hexadecimal.
const LABEL: &[u8] = b"latchkey-store-key-1 ";
const LINE_LEN: usize = LABEL.len() + 2 * StoreKey::LEN + 1;

/// The key in that file.
pub(crate) fn load(path: &Path) -> Result<StoreKey> {
    let failed = |source| Error::File(FileError::Read { path: path.to_owned(), source });
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            return Err(Error::KeyMissing { path: path.to_owned() });
        }
        Err(error) => return Err(failed(error)),
    };
    let mode = file.metadata().map_err(failed)?.permissions().mode() & 0o7777;
    if mode & 0o077 != 0 {
        return Err(Error::KeyExposed { path: path.to_owned(), mode });
    }
    // One byte more than the line, so that a longer file is seen to be one.
    let mut line = Zeroizing::new([0; LINE_LEN + 1]);
    let mut length = 0;
    while length < line.len() {
        match file.read(&mut line[length..]) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(failed(error)),
        }
    }
    parse(&line[..length]).ok_or_else(|| Error::KeyMalformed { path: path.to_owned() })
}

/// The key in that file, which is made with a new key if it is absent. Of several that make it at once one
/// succeeds, and all return its key: the file has its whole content before it has its name.
pub(crate) fn load_or_create(path: &Path) -> Result<StoreKey> {
    match load(path) {
        Err(Error::KeyMissing { .. }) => {}
        loaded => return loaded,
    }
    match fsio::write(path, &new_line()?, Access::Private, Existing::Keep) {
        Ok(()) | Err(FileError::Exists { .. }) => load(path),
        Err(error) => Err(error.into()),
    }
}

fn parse(line: &[u8]) -> Option<StoreKey> {
    let digits = line.strip_prefix(LABEL)?.strip_suffix(b"\n")?;
    if digits.len() != 2 * StoreKey::LEN {
        return None;
    }
    let mut bytes = Zeroizing::new([0; StoreKey::LEN]);
    HEXLOWER.decode_mut(digits, bytes.as_mut_slice()).ok()?;
    StoreKey::new(&bytes).ok()
}

fn new_line() -> Result<Zeroizing<Vec<u8>>> {
    let mut bytes = Zeroizing::new([0; StoreKey::LEN]);
    random::fill(bytes.as_mut_slice()).map_err(|_| Error::Sealing)?;
    let mut line = Zeroizing::new(vec![b'\n'; LINE_LEN]);
    line[..LABEL.len()].copy_from_slice(LABEL);
    HEXLOWER.encode_mut(bytes.as_slice(), &mut line[LABEL.len()..LINE_LEN - 1]);
    Ok(line)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_new_key_is_0600_and_is_read_back() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.key");
        let made = load_or_create(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o600);
        let place = crate::seal::Place { column: "t.c", row: "1" };
        let envelope = made.seal(place, b"x").unwrap();
        assert_eq!(load_or_create(&path).unwrap().open(place, &envelope).unwrap().expose(), b"x");
    }

    #[test]
    fn a_key_that_others_may_read_is_refused_with_its_mode() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("store.key");
        load_or_create(&path).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        assert!(matches!(load(&path), Err(Error::KeyExposed { mode: 0o640, .. })));
    }

    proptest! {
        #[test]
        fn only_a_whole_line_is_a_key(length in 0..LINE_LEN, bytes: Vec<u8>) {
            let line = new_line().unwrap();
            prop_assert!(parse(&line).is_some());
            prop_assert!(parse(&line[..length]).is_none());
            prop_assert!(parse(&bytes).is_none());
        }
    }
}
