//! What a person should know of something before anything else.

use std::fs;
use std::net::IpAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use jiff::Timestamp;

use crate::certificate::{Inspected, Key, Purpose, Usage, word};
use crate::words::{date, span};

/// The longest serial number (RFC 5280 section 4.1.2.2), in hexadecimal digits.
const MAX_SERIAL: usize = 40;

/// What a person should know of a certificate before anything else.
pub fn warnings(certificate: &Inspected, at: Timestamp) -> Vec<String> {
    let it = certificate;
    let mut warnings = Vec::new();
    warnings.extend(dates(it, at));
    warnings.extend(weak_key(&it.key));
    if it.signature_algorithm.broken && !it.self_signed {
        warnings.push(format!("the signature rests on a broken hash: {}", it.signature_algorithm));
    }
    warnings.extend(names(it));
    if it.authority.ca && !it.may(Usage::KeyCertSign) {
        warnings.push("it is a CA's, and its keyUsage does not let it issue certificates (keyCertSign)".to_owned());
    }
    if it.version != 3 {
        warnings.push(format!("it is of version {}, and verifiers take only version 3", it.version));
    }
    warnings.extend(serial(&it.serial));
    if !it.unknown_critical.is_empty() {
        let extensions = named(&it.unknown_critical);
        warnings.push(format!("it has critical extensions that no verifier here takes: {extensions}"));
    }
    if !it.unreadable.is_empty() {
        let extensions = named(&it.unreadable);
        warnings.push(format!("it has extensions that cannot be read or are there twice: {extensions}"));
    }
    warnings
}

/// Extensions by name and OID, or by OID where they have no name.
fn named(oids: &[String]) -> String {
    let named = oids.iter().map(|oid| word(oid).map_or(oid.clone(), |name| format!("{name} ({oid})")));
    named.collect::<Vec<_>>().join(", ")
}

/// That a key is too weak, or of a kind that TLS has no use for.
pub(super) fn weak_key(key: &Key) -> Option<String> {
    let weak = crate::verify::is_weak(key);
    weak.then(|| format!("the key is weak or of a kind that TLS does not take: {key}"))
}

fn dates(it: &Inspected, at: Timestamp) -> Option<String> {
    if it.not_before > it.not_after {
        return Some(format!("ends on {}, before it begins on {}", date(it.not_after), date(it.not_before)));
    }
    if at.as_second() > it.not_after.as_second() {
        return Some(format!("expired on {}, {} ago", date(it.not_after), span(it.not_after, at)));
    }
    let early = at.as_second() < it.not_before.as_second();
    early.then(|| format!("not valid before {}, {} from now", date(it.not_before), span(at, it.not_before)))
}

/// Of a server's names. One is taken for a server's if it does not say that it is another's.
fn names(it: &Inspected) -> Option<String> {
    if it.authority.ca || !it.allows(&Purpose::ServerAuth) {
        return None;
    }
    if it.names.is_empty() {
        return Some("it has no subjectAltName, so as a server's it is for no name".to_owned());
    }
    let common = it.subject.common_name.as_ref()?;
    let is_host = common.parse::<IpAddr>().is_ok() || (common.contains('.') && !common.contains([' ', '@', '/', ':']));
    let is_named = it.names.all().iter().any(|name| name.eq_ignore_ascii_case(common));
    (is_host && !is_named).then(|| format!("the common name {common} is not among its names, and only those count"))
}

fn serial(serial: &str) -> Option<String> {
    let first = serial.as_bytes().first()?;
    if serial.bytes().all(|digit| digit == b'0') {
        return Some("the serial number is zero, and must be more".to_owned());
    }
    if matches!(first, b'8'..=b'9' | b'a'..=b'f') {
        return Some("the serial number is negative, and must be more than zero".to_owned());
    }
    let digits = serial.len() - usize::from(serial.starts_with("00")) * 2;
    (digits > MAX_SERIAL).then(|| format!("the serial number is {} bytes long, and may have 20", serial.len() / 2))
}

/// That others than its owner may read a file in which a private key lies in the clear.
pub fn loose_mode(path: &Path) -> Option<String> {
    let mode = fs::metadata(path).ok()?.permissions().mode() & 0o777;
    let who = match (mode & 0o040 != 0, mode & 0o004 != 0) {
        (_, true) => "everybody on this machine",
        (true, false) => "its group",
        (false, false) => return None,
    };
    Some(format!("it holds a private key, and {who} may read it (mode {mode:04o}); `chmod 600` closes it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn serial_numbers_are_positive_and_short() {
        for (digits, word) in [("00", "zero"), ("ff", "negative"), ("8000", "negative")] {
            assert!(serial(digits).is_some_and(|warning| warning.contains(word)), "{digits}");
        }
        assert!(serial(&"7f".repeat(21)).is_some_and(|warning| warning.contains("21 bytes")));
        for good in ["01".to_owned(), "7f".repeat(20), format!("00{}", "ff".repeat(20)), "00ff".to_owned()] {
            assert_eq!(serial(&good), None, "{good}");
        }
    }

    #[test]
    fn a_file_that_others_may_read_is_named_and_a_closed_one_is_not() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("key.pem");
        fs::write(&path, "key").unwrap();
        for (mode, word) in [(0o644, Some("everybody")), (0o640, Some("its group")), (0o600, None), (0o400, None)] {
            fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
            let said = loose_mode(&path);
            assert_eq!(said.is_some(), word.is_some(), "{mode:o}");
            assert!(word.is_none_or(|word| said.unwrap().contains(word)));
        }
        assert_eq!(loose_mode(&directory.path().join("absent")), None);
    }
}
