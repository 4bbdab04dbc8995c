use proptest::prelude::*;

use super::*;

fn header(bytes: &[u8]) -> Header {
    match decode(bytes) {
        Decoded::Header(header) => header,
        other => panic!("{other:?}"),
    }
}

fn malformed(bytes: &[u8]) -> Malformed {
    match decode(bytes) {
        Decoded::Malformed(malformed) => malformed,
        other => panic!("{other:?}"),
    }
}

fn addresses(source: &str, destination: &str) -> Option<Addresses> {
    Some(Addresses { source: source.parse().unwrap(), destination: destination.parse().unwrap() })
}

fn binary(command: u8, family: u8, body: &[u8]) -> Vec<u8> {
    let length = u16::try_from(body.len()).unwrap().to_be_bytes();
    [&SIGNATURE[..], &[command, family], &length, body].concat()
}

const V4: [u8; 12] = [192, 0, 2, 1, 198, 51, 100, 2, 0xdd, 0xd5, 0x01, 0xbb];

#[test]
fn a_line_says_for_whom_it_speaks() {
    let line = b"PROXY TCP4 192.0.2.1 198.51.100.2 56789 443\r\n";
    let expected = addresses("192.0.2.1:56789", "198.51.100.2:443");
    assert_eq!(header(line), Header { addresses: expected, version: 1, length: line.len() });
    let line = b"PROXY TCP6 2001:db8::1 ::ffff:192.0.2.7 0 65535\r\nrest";
    assert_eq!(header(line).addresses, addresses("[2001:db8::1]:0", "[::ffff:192.0.2.7]:65535"));
    assert_eq!(header(line).length, line.len() - 4);
}

#[test]
fn an_unknown_client_leaves_the_connections_own_addresses() {
    assert_eq!(header(b"PROXY UNKNOWN\r\n"), Header { addresses: None, version: 1, length: 15 });
    assert_eq!(header(b"PROXY UNKNOWN ffff::1 whatever 1 2\r\n").addresses, None);
    assert_eq!(header(&binary(0x20, 0x00, &[])).addresses, None);
    assert_eq!(header(&binary(0x20, 0xff, b"passed over")).length, 27);
    assert_eq!(header(&binary(0x21, 0x00, b"passed over")).addresses, None);
    assert_eq!(header(&binary(0x21, 0x31, &[b'/'; 216])).addresses, None);
}

#[test]
fn a_binary_header_says_for_whom_it_speaks() {
    let bytes = [&binary(0x21, 0x11, &V4)[..], b"rest"].concat();
    let expected = addresses("192.0.2.1:56789", "198.51.100.2:443");
    assert_eq!(header(&bytes), Header { addresses: expected, version: 2, length: 28 });
    let mut body = [0; 36];
    (body[15], body[31], body[33], body[35]) = (1, 2, 3, 4);
    assert_eq!(header(&binary(0x21, 0x21, &body)).addresses, addresses("[::1]:3", "[::2]:4"));
}

#[test]
fn fields_are_passed_over_and_a_checksum_is_checked() {
    let mut body = [&V4[..], &[0x05, 0, 2, b'i', b'd', CRC32C, 0, 4, 0, 0, 0, 0, 0x04, 0, 1, 9]].concat();
    assert_eq!(body[17], CRC32C);
    let sum = crc32c(binary(0x21, 0x11, &body));
    body[20..24].copy_from_slice(&sum.to_be_bytes());
    assert_eq!(header(&binary(0x21, 0x11, &body)).length, 16 + body.len());
    for at in (0..body.len()).filter(|&at| at != 17) {
        let mut changed = body.clone();
        changed[at] ^= 0x80;
        assert!(!matches!(decode(&binary(0x21, 0x11, &changed)), Decoded::Header(_)), "byte {at}");
    }
}

#[test]
fn the_checksum_is_the_one_of_the_standard() {
    assert_eq!(crc32c(*b"123456789"), 0xe306_9283);
}

#[test]
fn what_is_no_header_is_told_as_soon_as_it_can_be() {
    assert_eq!(decode(b""), Decoded::NeedMore);
    assert_eq!(decode(b"PROX"), Decoded::NeedMore);
    assert_eq!(decode(b"\r\n\r\n\0"), Decoded::NeedMore);
    for bytes in [&b"\x16\x03\x01"[..], b"GET / HTTP/1.1\r\n", b"PROXIES", b"PROXY\r\n", b"\r\n\r\n\r\n"] {
        assert_eq!(decode(bytes), Decoded::Absent, "{}", bytes.escape_ascii());
    }
}

#[test]
fn a_line_that_says_something_else_is_malformed() {
    for line in [
        "PROXY \r\n",
        "PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 02\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 +2\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n",
        "PROXY TCP4 192.0.2.1 192.0.2.02 1 2\r\n",
        "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP6 192.0.2.1 192.0.2.2 1 2\r\n",
    ] {
        assert!(matches!(malformed(line.as_bytes()), Malformed::Field(_)), "{line:?}");
    }
    assert_eq!(malformed(b"PROXY UNKNOWN\n"), Malformed::Line);
    assert_eq!(malformed(b"PROXY UNKNOWN \xff\r\n"), Malformed::Line);
    let endless = [&b"PROXY UNKNOWN "[..], &[b'a'; 200]].concat();
    assert_eq!(decode(&endless[..V1_LENGTH - 1]), Decoded::NeedMore);
    assert_eq!(malformed(&endless), Malformed::Line);
}

#[test]
fn a_binary_header_of_unknown_numbers_is_malformed() {
    assert_eq!(malformed(&binary(0x11, 0x11, &V4)), Malformed::Number("version", 1));
    assert_eq!(malformed(&binary(0x22, 0x11, &V4)), Malformed::Number("command", 2));
    assert_eq!(malformed(&binary(0x21, 0x41, &V4)), Malformed::Number("family", 4));
    assert_eq!(malformed(&binary(0x21, 0x13, &V4)), Malformed::Number("protocol", 3));
    assert_eq!(malformed(&binary(0x21, 0x11, &V4[..11])), Malformed::Truncated);
    assert_eq!(malformed(&binary(0x21, 0x11, &[&V4[..], &[4, 0]].concat())), Malformed::Truncated);
    assert_eq!(malformed(&binary(0x21, 0x11, &[&V4[..], &[4, 0, 2, 0]].concat())), Malformed::Truncated);
    assert_eq!(malformed(&binary(0x21, 0x11, &[&V4[..], &[3, 0, 1, 0]].concat())), Malformed::Checksum);
}

#[test]
fn the_length_is_bounded_before_it_is_waited_for() {
    let start = |length: u16| [&SIGNATURE[..], &[0x21, 0x11], &length.to_be_bytes()].concat();
    assert_eq!(decode(&start(4080)), Decoded::NeedMore);
    assert_eq!(malformed(&start(4081)), Malformed::TooLong(4097));
}

/// Bytes that get past the first checks more often than chance would let them.
fn nearly_a_header() -> impl Strategy<Value = Vec<u8>> {
    let anything = prop::collection::vec(any::<u8>(), 0..300);
    let line = "PROXY (TCP4|TCP6|UNKNOWN|T)( [0-9.]{0,9}| [0-9a-f:]{0,9}| [0-9]{0,5}){0,5}(\r\n|\n|\r)?.{0,90}";
    let block = (0x1f_u8..0x23, 0_u8..0x35, prop::collection::vec(any::<u8>(), 0..250));
    prop_oneof![
        anything,
        line.prop_map(String::into_bytes),
        block.prop_map(|(command, family, body)| binary(command, family, &body)),
    ]
}

proptest! {
    #[test]
    fn the_answer_is_the_same_however_the_bytes_are_split(bytes in nearly_a_header(), more in any::<[u8; 4]>()) {
        let whole = decode(&bytes);
        for end in 0..bytes.len() {
            let part = decode(&bytes[..end]);
            prop_assert!(part == Decoded::NeedMore || part == whole, "{:?} after {}, then {:?}", part, end, whole);
        }
        if whole != Decoded::NeedMore {
            prop_assert_eq!(decode(&[&bytes[..], &more].concat()), whole);
        }
        if let Decoded::Header(header) = whole {
            prop_assert!(header.length <= bytes.len().min(MAX_LENGTH));
        }
    }

    #[test]
    fn every_line_is_read_as_it_is_written(source: Ipv6Addr, destination: Ipv6Addr, ports: (u16, u16)) {
        let line = format!("PROXY TCP6 {source} {destination} {} {}\r\n", ports.0, ports.1);
        let expected = Addresses::new(source.into(), destination.into(), ports);
        prop_assert_eq!(header(line.as_bytes()).addresses, Some(expected));
    }
}
