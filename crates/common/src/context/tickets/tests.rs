//! Tickets by themselves; with rustls around them they are in `tests/resumption.rs`.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use rustls::server::ProducesTickets as _;

use super::*;
use crate::FixedClock;

const START: Timestamp = Timestamp::constant(1_800_000_000, 0);
const BINDING: [u8; 32] = [7; 32];

struct Keys {
    clock: Arc<FixedClock>,
    keys: Arc<TicketKeys>,
}

impl Keys {
    fn random() -> Self {
        let clock = Arc::new(FixedClock::new(START));
        Self { keys: Arc::new(TicketKeys::random(Arc::<FixedClock>::clone(&clock)).unwrap()), clock }
    }

    fn ticketer(&self) -> Ticketer {
        Ticketer::new(Arc::clone(&self.keys), BINDING, Ticketer::LIFETIME)
    }

    /// It is so many minutes after the start.
    fn at(&self, minutes: i64) {
        self.clock.set(START + SignedDuration::from_mins(minutes));
    }
}

fn file(directory: &tempfile::TempDir, name: &str, text: &str) -> PathBuf {
    let path = directory.path().join(name);
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    path
}

fn from_file(path: &Path) -> Result<TicketKeys, TicketKeysError> {
    TicketKeys::from_file(path, Arc::new(FixedClock::new(START)))
}

/// A key of `length` bytes, as a line of a file.
fn line(byte: u8, length: usize) -> String {
    data_encoding::BASE64.encode(&vec![byte; length]) + "\n"
}

#[test]
fn a_ticket_opens_under_its_binding_alone() {
    let keys = Keys::random();
    let ticket = keys.ticketer().encrypt(b"session").unwrap();
    assert_eq!(keys.ticketer().decrypt(&ticket).unwrap(), b"session");
    let other = Ticketer::new(Arc::clone(&keys.keys), [8; 32], Ticketer::LIFETIME);
    assert!(other.decrypt(&ticket).is_none());
    assert!(Keys::random().ticketer().decrypt(&ticket).is_none(), "another process's keys");
}

#[test]
fn no_two_tickets_are_alike_and_none_shows_what_is_in_it() {
    let ticketer = Keys::random().ticketer();
    let (one, other) = (ticketer.encrypt(b"session").unwrap(), ticketer.encrypt(b"session").unwrap());
    assert_eq!(one[..16], other[..16], "the key's name");
    assert_ne!(one[16..], other[16..]);
    assert!(!one.windows(7).any(|window| window == b"session"));
}

#[test]
fn a_ticket_lives_for_its_lifetime() {
    let keys = Keys::random();
    let short = Ticketer::new(Arc::clone(&keys.keys), BINDING, Duration::from_mins(60));
    assert_eq!((short.lifetime(), keys.ticketer().lifetime()), (3600, 12 * 3600));
    let ticket = short.encrypt(b"session").unwrap();
    keys.at(59);
    assert!(short.decrypt(&ticket).is_some());
    keys.at(60);
    assert!(short.decrypt(&ticket).is_none());
    assert!(keys.ticketer().decrypt(&ticket).is_some(), "who asks for the shorter life has it");
    let endless = Ticketer::new(Arc::clone(&keys.keys), BINDING, Duration::MAX);
    assert_eq!(endless.lifetime(), 12 * 3600);
}

#[test]
fn a_ticket_from_the_future_is_refused_unless_clocks_differ_a_little() {
    let keys = Keys::random();
    keys.at(2);
    let ticket = keys.ticketer().encrypt(b"session").unwrap();
    keys.at(1);
    assert!(keys.ticketer().decrypt(&ticket).is_some());
    keys.at(0);
    assert!(keys.ticketer().decrypt(&ticket).is_none());
}

#[test]
fn a_new_key_seals_after_six_hours_and_the_old_one_opens_while_its_tickets_live() {
    let keys = Keys::random();
    let first = keys.keys.names();
    assert!(!keys.keys.rotate_if_due().unwrap());
    keys.at(6 * 60 - 1);
    let last = keys.ticketer().encrypt(b"last of the first key").unwrap();
    assert!(!keys.keys.rotate_if_due().unwrap());

    keys.at(6 * 60);
    assert!(keys.keys.rotate_if_due().unwrap());
    let second = keys.keys.names();
    assert_eq!((second.len(), &second[1..]), (2, &first[..]));
    assert_eq!(data_encoding::HEXLOWER.encode(&keys.ticketer().encrypt(b"x").unwrap()[..16]), second[0]);

    keys.at(12 * 60);
    assert!(keys.keys.rotate_if_due().unwrap());
    keys.at(18 * 60 - 2);
    assert!(keys.ticketer().decrypt(&last).is_some());
    keys.at(18 * 60);
    assert!(keys.keys.rotate_if_due().unwrap());
    let names = keys.keys.names();
    assert_eq!(names.len(), 3);
    assert!(!names.contains(&first[0]), "no ticket of it can be alive");
}

#[test]
fn a_clock_that_was_set_back_does_not_keep_a_key_for_ever() {
    let keys = Keys::random();
    keys.at(-365 * 24 * 60);
    assert!(keys.keys.rotate_if_due().unwrap());
}

#[test]
fn two_servers_with_one_file_open_each_others_tickets() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "keys", &(line(1, 48) + &line(2, 32)));
    let server = || Ticketer::new(Arc::new(from_file(&path).unwrap()), BINDING, Ticketer::LIFETIME);
    let ticket = server().encrypt(b"session").unwrap();
    assert_eq!(server().decrypt(&ticket).unwrap(), b"session");

    // A third one has the newer key in front of the first, as when it is told first of a change.
    let newer = file(&directory, "newer", &format!("# of today\r\n\n{}{}", line(3, 32), line(1, 48)));
    let ahead = Ticketer::new(Arc::new(from_file(&newer).unwrap()), BINDING, Ticketer::LIFETIME);
    assert!(ahead.decrypt(&ticket).is_some());
    assert!(server().decrypt(&ahead.encrypt(b"session").unwrap()).is_none());
}

#[test]
fn keys_of_a_file_change_by_the_file_alone() {
    let directory = tempfile::tempdir().unwrap();
    let clock = Arc::new(FixedClock::new(START));
    let path = file(&directory, "keys", &line(1, 48));
    let keys = TicketKeys::from_file(&path, Arc::<FixedClock>::clone(&clock)).unwrap();
    clock.set(START + SignedDuration::from_hours(1000));
    assert!(!keys.rotate_if_due().unwrap());
    assert_eq!(keys.names(), from_file(&path).unwrap().names());
}

#[test]
fn what_is_no_list_of_keys_is_named_with_its_line_and_without_its_words() {
    let directory = tempfile::tempdir().unwrap();
    let error = |text: &str| from_file(&file(&directory, "keys", text)).unwrap_err();
    assert!(matches!(error("# none yet\n"), TicketKeysError::Empty { .. }));
    assert!(matches!(error(&line(1, 31)), TicketKeysError::TooShort { line: 1, length: 31, .. }));
    assert!(matches!(error(&(line(1, 32) + "\nhunter2!\n")), TicketKeysError::NotBase64 { line: 3, .. }));
    assert!(!error("hunter2!").to_string().contains("hunter2"));
    let repeated = line(1, 32) + &line(2, 32) + &line(1, 32);
    assert!(matches!(error(&repeated), TicketKeysError::Twice { line: 3, first: 1, .. }));
    let many: String = (0..17).map(|byte| line(byte, 32)).collect();
    assert!(matches!(error(&many), TicketKeysError::TooMany { .. }));
    let missing = directory.path().join("missing");
    assert!(matches!(from_file(&missing), Err(TicketKeysError::File(_))));
    assert!(matches!(from_file(directory.path()), Err(TicketKeysError::NoKeyFile { .. })));
}

#[test]
fn a_file_that_others_may_read_is_refused_with_its_mode() {
    let directory = tempfile::tempdir().unwrap();
    let path = file(&directory, "keys", &line(1, 48));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    let error = from_file(&path).unwrap_err();
    assert!(matches!(error, TicketKeysError::Exposed { mode: 0o640, .. }), "{error}");
    assert!(error.mend().unwrap().starts_with("chmod 600 "));
}

proptest! {
    #[test]
    fn no_bytes_but_a_tickets_open(bytes: Vec<u8>, named: bool) {
        let keys = Keys::random();
        let mut ticket = if named { keys.ticketer().encrypt(b"").unwrap()[..16].to_vec() } else { Vec::new() };
        ticket.extend_from_slice(&bytes);
        prop_assert!(keys.ticketer().decrypt(&ticket).is_none());
    }

    #[test]
    fn a_changed_or_cut_ticket_does_not_open(message: Vec<u8>, at: prop::sample::Index, bit in 0..8_u8, length: prop::sample::Index) {
        let ticketer = Keys::random().ticketer();
        let ticket = ticketer.encrypt(&message).unwrap();
        prop_assert_eq!(ticketer.decrypt(&ticket).unwrap(), message);
        let mut changed = ticket.clone();
        changed[at.index(ticket.len())] ^= 1 << bit;
        prop_assert!(ticketer.decrypt(&changed).is_none());
        prop_assert!(ticketer.decrypt(&ticket[..length.index(ticket.len())]).is_none());
    }

    #[test]
    fn any_file_is_keys_or_an_error(bytes: Vec<u8>) {
        let directory = tempfile::tempdir().unwrap();
        let path = file(&directory, "keys", "");
        fs::write(&path, bytes).unwrap();
        if let Ok(keys) = from_file(&path) {
            prop_assert!(!keys.names().is_empty());
        }
    }
}
