//! Both directions of a connection: whatever they are, every byte is in a record or left over, every byte of a record is
//! in a field, and every byte of what is in it is in a part.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wire::fields::tile;
use wire::transcript::Side;
use wire::{Secrets, Transcript};

fuzz_target!(|bytes: &[u8]| {
    let (client, rest) = sized(bytes);
    let (server, key_log) = sized(rest);
    let key_log = String::from_utf8_lossy(key_log);
    let transcript = Transcript::read(client, server, &Secrets::from_key_log(&key_log));
    accounts_for(&transcript.client, client);
    accounts_for(&transcript.server, server);
});

/// What stands behind its length in two bytes, and what follows.
fn sized(bytes: &[u8]) -> (&[u8], &[u8]) {
    let Some((length, rest)) = bytes.split_first_chunk() else { return (&[], &[]) };
    rest.split_at(usize::from(u16::from_be_bytes(*length)).min(rest.len()))
}

fn accounts_for(side: &Side, bytes: &[u8]) {
    let mut at = 0;
    for record in &side.records {
        assert_eq!(record.offset, at);
        assert!(tile(&record.fields(), 0, record.length()));
        let parts = record.parts.iter().try_fold(0, |at, part| (part.offset == at).then_some(at + part.length));
        assert_eq!(parts, Some(record.content.len()));
        at += record.length();
    }
    at += side.rest.as_ref().map_or(0, |rest| rest.length);
    assert_eq!(at, bytes.len());
    assert!(side.messages.iter().all(|message| message.field.is_tiled()));
}
