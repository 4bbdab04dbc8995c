use proptest::prelude::*;

use super::*;
use crate::fields::tile;

fn sized(width: usize, content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).unwrap().to_be_bytes();
    [&length[4 - width..], content].concat()
}

fn framed(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &sized(3, body)].concat()
}

fn extension(kind: u16, content: &[u8]) -> Vec<u8> {
    [&kind.to_be_bytes()[..], &sized(2, content)].concat()
}

fn client_hello(extensions: &[Vec<u8>]) -> Vec<u8> {
    let body = [
        &[3, 3][..],
        &[7; 32],
        &sized(1, &[9; 32]),
        &sized(2, &[0x13, 1, 0x0a, 0x0a]),
        &sized(1, &[0]),
        &sized(2, &extensions.concat()),
    ];
    framed(kind::CLIENT_HELLO, &body.concat())
}

fn server_hello(random: [u8; 32], extensions: &[Vec<u8>]) -> Vec<u8> {
    let body = [&[3, 3][..], &random, &sized(1, &[9; 32]), &[0x13, 1], &[0], &sized(2, &extensions.concat())].concat();
    framed(kind::SERVER_HELLO, &body)
}

fn decoded(bytes: &[u8], context: Context) -> Field {
    let field = message(bytes, context);
    assert!(field.is_tiled(), "{field:#?}");
    assert_eq!((field.offset, field.length), (0, bytes.len()));
    field
}

const AS_TLS13: Context = Context { version: Some(TLS13), suite: Some(0x1301) };
const AS_TLS12: Context = Context { version: Some(TLS12), suite: Some(0xc02f) };

#[test]
fn a_client_hello_says_what_it_offers() {
    let name = [&[0][..], &sized(2, b"example.com")].concat();
    let identity = [sized(2, b"a ticket that opens a session"), vec![0, 0, 0, 1]].concat();
    let field = decoded(
        &client_hello(&[
            extension(0, &sized(2, &name)),
            extension(16, &sized(2, &[sized(1, b"h2"), sized(1, b"http/1.1")].concat())),
            extension(43, &sized(1, &[3, 4, 3, 3])),
            extension(51, &sized(2, &[&[0, 0x1d][..], &sized(2, &[5; 32])].concat())),
            extension(0x1a1a, &[]),
            extension(41, &[sized(2, &identity), sized(2, &sized(1, &[6; 32]))].concat()),
        ]),
        Context::default(),
    );
    assert_eq!(field.fault(), None, "{field:#?}");
    assert_eq!(field.find("host_name").unwrap().value, Value::Text("example.com".into()));
    let protocols: Vec<_> = field.all("protocol").map(|field| field.value.clone()).collect();
    assert_eq!(protocols, [Value::Text("h2".into()), Value::Text("http/1.1".into())]);
    let suites: Vec<_> = field.all("cipher_suite").map(|field| field.value.clone()).collect();
    let suite = |code, name| Value::Code { code, name: Some(name) };
    assert_eq!(suites, [suite(0x1301, "TLS_AES_128_GCM_SHA256"), suite(0x0a0a, "GREASE")]);
    let extensions: Vec<_> = field.all("extension").filter_map(Field::number).collect();
    assert_eq!(extensions, [0, 16, 43, 51, 0x1a1a, 41]);
    assert_eq!(field.find("key_share").unwrap().number(), Some(0x1d));
    assert_eq!(field.find("ticket").unwrap().value, Value::Withheld);
}

#[test]
fn a_retry_is_told_from_a_server_hello() {
    let field = decoded(&server_hello([1; 32], &[extension(43, &[3, 4])]), Context::default());
    assert_eq!((field.name, field.find("selected_version").unwrap().number()), ("server_hello", Some(0x0304)));
    let retry = decoded(&server_hello(HELLO_RETRY_REQUEST, &[extension(51, &[0, 0x18])]), Context::default());
    assert_eq!((retry.name, retry.find("selected_group").unwrap().number()), ("hello_retry_request", Some(0x18)));
    assert_eq!(retry.fault(), None);
}

#[test]
fn a_certificate_has_the_form_of_its_version() {
    let entry = [sized(3, b"DER"), sized(2, &[])].concat();
    let tls13 = decoded(&framed(kind::CERTIFICATE, &[sized(1, &[]), sized(3, &entry)].concat()), AS_TLS13);
    let tls12 = decoded(&framed(kind::CERTIFICATE, &sized(3, &sized(3, b"DER"))), AS_TLS12);
    for field in [tls13, tls12] {
        assert_eq!(field.fault(), None, "{field:#?}");
        assert_eq!(field.find("certificate_data").unwrap().value, Value::Bytes(b"DER".to_vec()));
    }
}

#[test]
fn a_ticket_is_counted_and_not_shown() {
    let ticket = sized(2, b"opens the session");
    let tls13 = [&[0, 0, 0x1c, 0x20][..], &[1, 2, 3, 4], &sized(1, &[0]), &ticket, &sized(2, &[])].concat();
    let tls12 = [&[0, 0, 0x1c, 0x20][..], &ticket].concat();
    for (body, context) in [(tls13, AS_TLS13), (tls12, AS_TLS12)] {
        let field = decoded(&framed(kind::NEW_SESSION_TICKET, &body), context);
        assert_eq!(field.fault(), None, "{field:#?}");
        let ticket = field.find("ticket").unwrap();
        assert_eq!((ticket.length, &ticket.value), (2 + 17, &Value::Withheld));
        assert!(!format!("{field:?}").contains(&format!("{:?}", b"opens")), "{field:?}");
    }
}

#[test]
fn key_exchange_has_the_form_of_its_suite() {
    let signature = [&[8, 4][..], &sized(2, &[1; 64])].concat();
    let elliptic = [&[3, 0, 0x1d][..], &sized(1, &[5; 32]), &signature].concat();
    let finite = [sized(2, &[7; 9]), sized(2, &[2]), sized(2, &[8; 9]), signature].concat();
    for (suite, body, public) in [(0xc02f, elliptic, "public"), (0x009e, finite, "dh_public")] {
        let context = Context { version: Some(TLS12), suite: Some(suite) };
        let field = decoded(&framed(kind::SERVER_KEY_EXCHANGE, &body), context);
        assert_eq!(field.fault(), None, "{field:#?}");
        assert!(field.find(public).is_some() && field.find("signature").is_some());
    }
}

#[test]
fn an_alert_is_named() {
    let field = alert(&[2, 40]);
    assert_eq!(field.value, Value::Code { code: 40, name: Some("handshake_failure") });
    assert!(alert(&[2]).fault().is_some());
}

/// Bodies that begin well, so that more is reached than the first field.
fn bytes() -> impl Strategy<Value = Vec<u8>> {
    let hello = client_hello(&[
        extension(0, &sized(2, &[&[0][..], &sized(2, b"a.b")].concat())),
        extension(5, &[1, 0, 0, 0, 0]),
        extension(10, &sized(2, &[0, 29])),
        extension(51, &sized(2, &[&[0, 29][..], &sized(2, &[5; 4])].concat())),
        extension(0xfe0d, &[&[0, 0, 1, 0, 1, 9][..], &sized(2, &[1]), &sized(2, &[2])].concat()),
    ]);
    let damaged = (any::<prop::sample::Index>(), any::<u8>()).prop_map(move |(at, byte)| {
        let mut hello = hello.clone();
        let at = at.index(hello.len());
        hello[at] = byte;
        hello
    });
    let framed_body =
        (0_u8..30, prop::collection::vec(any::<u8>(), 0..200)).prop_map(|(kind, body)| framed(kind, &body));
    prop_oneof![damaged, framed_body, prop::collection::vec(any::<u8>(), 0..200)]
}

proptest! {
    #[test]
    fn whatever_it_is_its_fields_tile_it(bytes in bytes(), version in prop_oneof![Just(None), Just(Some(TLS12)), Just(Some(TLS13))],
        suite in prop_oneof![Just(None), Just(Some(0xc02f_u16)), Just(Some(0x009e)), Just(Some(0x002f))]) {
        let field = message(&bytes, Context { version, suite });
        prop_assert!(field.is_tiled(), "{field:#?}");
        prop_assert!(tile(std::slice::from_ref(&field), 0, bytes.len()));
    }

    /// What the server reads before it chooses a configuration and what people are shown are one ClientHello.
    #[test]
    fn two_readers_of_a_client_hello_agree(bytes in bytes()) {
        let Ok(hello) = crate::ClientHello::decode(bytes.get(4..).unwrap_or_default()) else { return Ok(()) };
        if bytes[0] != kind::CLIENT_HELLO || bytes.len() != 4 + usize::from(bytes[2]) * 256 + usize::from(bytes[3]) || bytes[1] != 0 {
            return Ok(());
        }
        let field = message(&bytes, Context::default());
        let codes = |name: &str| field.all(name).filter_map(Field::number).collect::<Vec<_>>();
        prop_assert_eq!(codes("cipher_suite"), hello.suites.iter().map(u64::from).collect::<Vec<_>>());
        prop_assert_eq!(codes("extension"), hello.extensions().map(|(kind, _)| u64::from(kind)).collect::<Vec<_>>());
        let name = field.find("host_name").map(|field| field.value.clone());
        prop_assert_eq!(name, hello.server_name.map(|name| Value::Text(name.to_owned())));
    }
}
