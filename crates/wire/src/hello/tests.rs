use proptest::prelude::*;

use super::*;

fn short(bytes: &[u8]) -> Vec<u8> {
    [&[u8::try_from(bytes.len()).unwrap()], bytes].concat()
}

fn long(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &long(content)].concat()
}

fn body(extensions: &[u8]) -> Vec<u8> {
    [&[3, 3][..], &[7; 32], &short(&[9; 32]), &long(&[0x13, 1, 0x13, 2]), &short(&[0]), &long(extensions)].concat()
}

/// A stream that carries the message in records of `size`.
fn stream(body: &[u8], size: usize) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let message = [&[CLIENT_HELLO][..], &length[1..], body].concat();
    message.chunks(size).flat_map(|fragment| [&[22, 3, 1][..], &long(fragment)].concat()).collect()
}

fn typical() -> Vec<u8> {
    let name = b"example.com";
    body(
        &[
            extension(extension::SERVER_NAME, &long(&[&[0][..], &long(name)].concat())),
            extension(0xfe0d, &[0; 40]),
            extension(extension::GROUPS, &long(&[0x11, 0xec, 0, 0x1d])),
            extension(extension::SIGNATURE_SCHEMES, &long(&[4, 3, 8, 4])),
            extension(extension::ALPN, &long(&[short(b"h2"), short(b"http/1.1")].concat())),
            extension(extension::VERSIONS, &short(&[3, 4, 3, 3])),
            extension(extension::KEY_SHARES, &long(&[&[0, 0x1d][..], &long(&[5; 32])].concat())),
        ]
        .concat(),
    )
}

#[test]
fn a_client_hello_is_read() {
    let bytes = stream(&typical(), 1 << 14);
    let mut assembly = Assembly::default();
    let Decoded::ClientHello(hello) = decode(&bytes, &mut assembly) else { panic!("not decoded") };
    assert_eq!(hello.legacy_version, 0x0303);
    assert_eq!(hello.session_id.len(), 32);
    assert_eq!(hello.server_name, Some("example.com"));
    assert_eq!(hello.suites.iter().collect::<Vec<_>>(), [0x1301, 0x1302]);
    assert_eq!(hello.groups.iter().collect::<Vec<_>>(), [0x11ec, 0x1d]);
    assert_eq!(hello.signature_schemes.iter().collect::<Vec<_>>(), [0x0403, 0x0804]);
    assert_eq!(hello.versions.iter().collect::<Vec<_>>(), [0x0304, 0x0303]);
    assert_eq!(hello.alpn().collect::<Vec<_>>(), [&b"h2"[..], b"http/1.1"]);
    assert_eq!(hello.key_shares().map(|(group, key)| (group, key.len())).collect::<Vec<_>>(), [(0x1d, 32)]);
    assert_eq!(hello.extensions().map(|(kind, _)| kind).collect::<Vec<_>>(), [0, 0xfe0d, 10, 13, 16, 43, 51]);
}

#[test]
fn a_client_hello_without_extensions_is_read() {
    let body = typical();
    let bytes = stream(&body[..2 + 32 + 33 + 6 + 2], 1 << 14);
    assert!(
        matches!(decode(&bytes, &mut Assembly::default()), Decoded::ClientHello(hello) if hello.server_name.is_none())
    );
}

#[test]
fn what_is_wrong_is_named() {
    let check = |extensions: &[u8], expected: Malformed| {
        let bytes = stream(&body(extensions), 1 << 14);
        assert_eq!(decode(&bytes, &mut Assembly::default()), Decoded::Malformed(expected));
    };
    let alpn = extension(extension::ALPN, &long(&short(b"h2")));
    check(&[alpn.clone(), alpn].concat(), Malformed::Duplicate(16));
    check(&extension(extension::ALPN, &long(&short(b""))), Malformed::Field("list of application protocols"));
    check(&extension(extension::GROUPS, &long(&[0])), Malformed::Field("list of groups"));
    check(&extension(extension::SERVER_NAME, &long(b"\0\0\x03a\nb")), Malformed::Field("server name"));
    check(&[0, 10, 0], Malformed::Field("list of extensions"));
}

#[test]
fn another_protocol_is_named_as_soon_as_it_can_be() {
    assert_eq!(decode(b"GET", &mut Assembly::default()), Decoded::NeedMore);
    assert_eq!(decode(b"GET / HTTP/1.1\r\n", &mut Assembly::default()), Decoded::NotTls(Speaks::HttpRequest));
    assert_eq!(decode(b"\x80\x2e\x01\x03\x01\0\x15\0", &mut Assembly::default()), Decoded::NotTls(Speaks::SslV2));
}

/// Every answer for a longer input is the one for a shorter, or the shorter had none yet; with a fresh start and with
/// one that has seen every byte come.
fn prefixes_agree(bytes: &[u8]) {
    let mut assembly = Assembly::default();
    let whole = decode(bytes, &mut assembly);
    let mut gradual = Assembly::default();
    for end in 0..=bytes.len() {
        let mut fresh = Assembly::default();
        let part = decode(&bytes[..end], &mut fresh);
        assert!(part == Decoded::NeedMore || part == whole, "at {end}: {part:?}, in the end {whole:?}");
        assert_eq!(decode(&bytes[..end], &mut gradual), part);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn any_bytes_give_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prefixes_agree(&bytes);
    }

    #[test]
    fn any_bytes_after_a_record_header_give_an_answer(payload in prop::collection::vec(any::<u8>(), 1..200)) {
        prefixes_agree(&[&[22, 3, 1][..], &long(&payload)].concat());
    }

    #[test]
    fn any_body_gives_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = ClientHello::decode(&bytes);
        let _ = ClientHello::decode(&body(&bytes));
    }

    #[test]
    fn any_damage_gives_an_answer(at in any::<prop::sample::Index>(), with in any::<u8>(), size in 1_usize..400) {
        let mut bytes = stream(&typical(), size);
        let at = at.index(bytes.len());
        bytes[at] = with;
        prefixes_agree(&bytes);
    }

    #[test]
    fn any_split_into_records_gives_the_same(size in 1_usize..400) {
        let (whole, parts) = (stream(&typical(), 1 << 14), stream(&typical(), size));
        let (mut assembly, mut other) = (Assembly::default(), Assembly::default());
        prop_assert_eq!(decode(&whole, &mut assembly), decode(&parts, &mut other));
    }
}
