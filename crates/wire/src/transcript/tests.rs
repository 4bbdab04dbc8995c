use proptest::prelude::*;

use super::*;

fn record(content_type: u8, payload: &[u8]) -> Vec<u8> {
    let length = u16::try_from(payload.len()).unwrap().to_be_bytes();
    [&[content_type, 3, 3][..], &length, payload].concat()
}

/// Every byte of the direction is in a record or left over, every byte of a record is in a field, and every byte of
/// what is in it is in a part.
fn accounts_for(side: &Side, bytes: &[u8]) {
    let mut at = 0;
    for record in &side.records {
        assert_eq!(record.offset, at);
        assert!(crate::fields::tile(&record.fields(), 0, record.length()), "{record:#?}");
        let parts = record.parts.iter().try_fold(0, |at, part| (part.offset == at).then_some(at + part.length));
        assert_eq!(parts, Some(record.content.len()), "{record:#?}");
        at += record.length();
    }
    if let Some(rest) = &side.rest {
        assert_eq!(rest.offset, at);
        at += rest.length;
    }
    assert_eq!(at, bytes.len());
    for message in &side.messages {
        assert!(message.field.is_tiled(), "{message:#?}");
    }
    let pieces = side.records.iter().flat_map(|record| &record.parts).filter_map(|part| match part.what {
        What::Message(place) => Some((place, part.length)),
        _ => None,
    });
    let mut lengths = vec![0; side.messages.len()];
    pieces.for_each(|(place, length)| lengths[place] += length);
    assert_eq!(lengths, side.messages.iter().map(|message| message.field.length).collect::<Vec<_>>());
}

fn read_client(bytes: &[u8]) -> Side {
    let side = Transcript::read(bytes, &[], &Secrets::default()).client;
    accounts_for(&side, bytes);
    side
}

#[test]
fn messages_are_put_together_from_records_of_any_size() {
    let messages = [&[1, 0, 0, 3, 7, 7, 7][..], &[20, 0, 0, 2, 8, 8], &[14, 0, 0, 0]].concat();
    for size in 1..=messages.len() {
        let stream: Vec<u8> = messages.chunks(size).flat_map(|piece| record(content::HANDSHAKE, piece)).collect();
        let side = read_client(&stream);
        let kinds: Vec<u8> = side.messages.iter().map(|message| message.kind).collect();
        assert_eq!(kinds, [1, 20, 14], "records of {size}");
    }
}

#[test]
fn what_is_cut_off_is_told_from_what_is_no_record() {
    let stream = record(content::ALERT, &[1, 0]);
    let cut = read_client(&[&stream[..], &stream[..4]].concat());
    assert_eq!(cut.rest, Some(Rest { offset: 7, length: 4, what: Left::Cut }));
    let other = read_client(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    assert_eq!(other.rest.unwrap().what, Left::Speaks(Speaks::HttpResponse));
}

#[test]
fn a_message_without_its_end_is_shown_as_one() {
    let side = read_client(&record(content::HANDSHAKE, &[11, 0, 1, 0, 9, 9]));
    assert_eq!((side.messages.len(), side.messages[0].kind), (1, 11));
    assert!(side.messages[0].field.fault().is_some());
}

#[test]
fn a_message_that_is_too_long_is_not_waited_for() {
    let side = read_client(&[record(22, &[11, 0xff, 0xff, 0xff, 1]), record(22, &[2; 9])].concat());
    assert_eq!(side.messages.len(), 1);
    assert_eq!(side.records[1].parts[0].what, What::Unknown);
}

fn stream() -> impl Strategy<Value = Vec<u8>> {
    let records = prop::collection::vec((19_u8..25, prop::collection::vec(any::<u8>(), 0..60)), 0..12);
    let records =
        records.prop_map(|records| records.iter().flat_map(|(kind, payload)| record(*kind, payload)).collect());
    prop_oneof![records, prop::collection::vec(any::<u8>(), 0..100)]
}

proptest! {
    #[test]
    fn every_byte_is_accounted_for(client in stream(), server in stream()) {
        let transcript = Transcript::read(&client, &server, &Secrets::default());
        accounts_for(&transcript.client, &client);
        accounts_for(&transcript.server, &server);
    }
}
