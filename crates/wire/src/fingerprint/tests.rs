use proptest::prelude::*;

use super::*;

/// A ClientHello to be, with what a fingerprint looks at.
#[derive(Debug, Clone)]
struct Offer {
    legacy_version: u16,
    suites: Vec<u16>,
    extensions: Vec<(u16, Vec<u8>)>,
}

impl Offer {
    fn body(&self) -> Vec<u8> {
        let suites: Vec<u8> = self.suites.iter().flat_map(|suite| suite.to_be_bytes()).collect();
        let extensions: Vec<u8> = self
            .extensions
            .iter()
            .flat_map(|(kind, content)| [&kind.to_be_bytes()[..], &long(content)].concat())
            .collect();
        let version = self.legacy_version.to_be_bytes();
        [&version[..], &[7; 32], &[0], &long(&suites), &[1, 0], &long(&extensions)].concat()
    }

    fn ja4(&self) -> String {
        ja4(&ClientHello::decode(&self.body()).unwrap())
    }

    fn set(&mut self, kind: u16, content: Vec<u8>) {
        self.extensions.retain(|(other, _)| *other != kind);
        self.extensions.push((kind, content));
    }
}

fn long(bytes: &[u8]) -> Vec<u8> {
    [&u16::try_from(bytes.len()).unwrap().to_be_bytes(), bytes].concat()
}

fn u16s(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_be_bytes()).collect()
}

fn protocols(names: &[&[u8]]) -> Vec<u8> {
    long(&names.iter().flat_map(|name| [&[name.len() as u8][..], name].concat()).collect::<Vec<_>>())
}

/// Values from "1301,1302".
fn hex(list: &str) -> Vec<u16> {
    list.split(',').map(|value| u16::from_str_radix(value, 16).unwrap()).collect()
}

/// A ClientHello of TLS 1.3 for a name and h2, by the lists of a raw fingerprint in the client's order (`JA4_ro`).
fn offer(suites: &str, extensions: &str, schemes: &str) -> Offer {
    let content = |kind| match kind {
        extension::SERVER_NAME => long(&[&[0][..], &long(b"example.com")].concat()),
        extension::GROUPS => long(&u16s(&[0x001d])),
        extension::SIGNATURE_SCHEMES => long(&u16s(&hex(schemes))),
        extension::ALPN => protocols(&[b"h2", b"http/1.1"]),
        extension::VERSIONS => vec![4, 3, 4, 3, 3],
        extension::KEY_SHARES => long(&[]),
        _ => Vec::new(),
    };
    Offer {
        legacy_version: 0x0303,
        suites: hex(suites),
        extensions: hex(extensions).into_iter().map(|kind| (kind, content(kind))).collect(),
    }
}

/// The example that the description works out.
fn example() -> Offer {
    offer(
        "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035",
        "001b,0000,0033,0010,4469,0017,002d,000d,0005,0023,0012,002b,ff01,000b,000a,0015",
        "0403,0804,0401,0503,0805,0501,0806,0601",
    )
}

#[test]
fn the_example_of_the_description_has_its_fingerprint() {
    assert_eq!(example().ja4(), "t13d1516h2_8daaf6152771_e5627efa2ab1");
}

#[test]
fn a_browser_of_today_has_the_fingerprint_that_others_give_it() {
    // Chrome 143, as tls.browserleaks.com sees it.
    let chrome = offer(
        "1301,1302,1303,c02b,c02f,c02c,c030,cca9,cca8,c013,c014,009c,009d,002f,0035",
        "002d,0033,0010,fe0d,0017,44cd,0000,000b,000a,002b,ff01,0023,0012,0005,000d,001b",
        "0403,0804,0401,0503,0805,0501,0806,0601",
    );
    assert_eq!(chrome.ja4(), "t13d1516h2_8daaf6152771_d8a2da3f94cd");
}

#[test]
fn grease_changes_nothing() {
    let mut offer = example();
    offer.suites.insert(0, 0x5a5a);
    offer.extensions.insert(0, (0xcaca, Vec::new()));
    offer.extensions.push((0x0a0a, vec![0]));
    offer.set(extension::VERSIONS, vec![6, 0xfa, 0xfa, 3, 4, 3, 3]);
    let schemes = [&[0x3a3a][..], &hex("0403,0804,0401,0503,0805,0501,0806,0601")].concat();
    offer.set(extension::SIGNATURE_SCHEMES, long(&u16s(&schemes)));
    assert_eq!(offer.ja4(), example().ja4());
}

#[test]
fn without_signature_schemes_the_extensions_stand_alone() {
    let mut offer = example();
    // As no extension carries them, one that says nothing has to stand for it: the list is the description's.
    let at = offer.extensions.iter().position(|(kind, _)| *kind == extension::SIGNATURE_SCHEMES).unwrap();
    offer.extensions[at].1 = vec![0, 0];
    assert_eq!(offer.ja4(), "t13d1516h2_8daaf6152771_6d807ffa2a79");
}

#[test]
fn what_is_not_there_is_seen_not_to_be() {
    let bare = Offer { legacy_version: 0x0301, suites: vec![0x002f], extensions: Vec::new() };
    assert!(bare.ja4().starts_with("t10i010000_") && bare.ja4().ends_with("_000000000000"), "{}", bare.ja4());
    let empty = Offer { suites: vec![0x0a0a], ..bare };
    assert_eq!(empty.ja4(), "t10i000000_000000000000_000000000000");
}

#[test]
fn the_version_is_the_highest_that_is_offered() {
    for (legacy, offered, expected) in [
        (0x0303, &[][..], "t12"),
        (0x0302, &[], "t11"),
        (0x0300, &[], "ts3"),
        (0x0303, &[0x0301, 0x0304, 0x0303], "t13"),
        (0x0303, &[0x7f17], "t00"),
    ] {
        let mut offer = Offer { legacy_version: legacy, suites: Vec::new(), extensions: Vec::new() };
        if !offered.is_empty() {
            offer.set(extension::VERSIONS, [&[offered.len() as u8 * 2][..], &u16s(offered)].concat());
        }
        assert_eq!(&offer.ja4()[..3], expected);
    }
}

#[test]
fn a_protocol_of_other_characters_is_in_hexadecimal() {
    let check = |name: &[u8], expected: &str| {
        let mut offer = example();
        offer.set(extension::ALPN, protocols(&[name, b"h2"]));
        assert_eq!(&offer.ja4()[8..10], expected, "{}", name.escape_ascii());
    };
    check(b"http/1.1", "h1");
    check(b"x", "xx");
    check(&[0xab], "ab");
    check(&[0xab, 0xcd], "ad");
    check(&[0x30, 0xab], "3b");
    check(&[0x30, 0x31, 0xab, 0xcd], "3d");
    check(&[0x30, 0xab, 0xcd, 0x31], "01");
}

#[test]
fn a_count_has_two_digits() {
    let offer = Offer { legacy_version: 0x0303, suites: (0..120).collect(), extensions: Vec::new() };
    assert_eq!(&offer.ja4()[..8], "t12i9900");
}

proptest! {
    #[test]
    fn the_order_of_suites_and_extensions_does_not_matter(
        suites in Just(example().suites).prop_shuffle(),
        extensions in Just(example().extensions).prop_shuffle(),
    ) {
        prop_assert_eq!(Offer { legacy_version: 0x0303, suites, extensions }.ja4(), example().ja4());
    }

    #[test]
    fn any_client_hello_has_a_fingerprint_of_one_form(
        legacy_version in any::<u16>(),
        suites in prop::collection::vec(any::<u16>(), 0..130),
        extensions in prop::collection::vec((64_u16.., prop::collection::vec(any::<u8>(), 0..4)), 0..130),
        name in prop::collection::vec(any::<u8>(), 1..5),
    ) {
        let mut offer = Offer { legacy_version, suites, extensions };
        offer.set(extension::ALPN, protocols(&[&name]));
        let ja4 = offer.ja4();
        let parts: Vec<usize> = ja4.split('_').map(str::len).collect();
        prop_assert_eq!(parts, [10, 12, 12]);
        prop_assert!(ja4.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'), "{}", ja4);
    }

    #[test]
    fn any_bytes_that_decode_have_a_fingerprint(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let body = [&[3, 3][..], &[7; 32], &[0], &bytes].concat();
        if let Ok(hello) = ClientHello::decode(&body) {
            prop_assert_eq!(ja4(&hello).len(), 36);
        }
    }
}
