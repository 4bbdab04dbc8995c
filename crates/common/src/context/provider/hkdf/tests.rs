use data_encoding::HEXLOWER_PERMISSIVE as HEX;
use proptest::prelude::*;
use rustls::crypto::aws_lc_rs::cipher_suite::{TLS13_AES_128_GCM_SHA256, TLS13_AES_256_GCM_SHA384};
use rustls::crypto::tls13::Hkdf as _;

use super::*;

fn hex(text: &str) -> Vec<u8> {
    HEX.decode(text.replace(char::is_whitespace, "").as_bytes()).unwrap()
}

fn expanded(prk: &dyn HkdfExpander, info: &[&[u8]], length: usize) -> Vec<u8> {
    let mut output = vec![0; length];
    prk.expand_slice(info, &mut output).unwrap();
    output
}

/// RFC 5869, appendix A.1 to A.3.
#[test]
fn the_test_vectors_of_rfc_5869_come_out() {
    let counting = |from: u8, to: u8| (from..=to).collect::<Vec<u8>>();
    let prk = HKDF_SHA256.extract_from_secret(Some(&counting(0x00, 0x0c)), &[0x0b; 22]);
    let okm = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865";
    assert_eq!(expanded(&*prk, &[&counting(0xf0, 0xf9)], 42), hex(okm));

    let prk = HKDF_SHA256.extract_from_secret(Some(&counting(0x60, 0xaf)), &counting(0x00, 0x4f));
    let okm = "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09
        da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87";
    assert_eq!(expanded(&*prk, &[&counting(0xb0, 0xff)], 82), hex(okm));

    let prk = HKDF_SHA256.extract_from_secret(Some(&[]), &[0x0b; 22]);
    let okm = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8";
    assert_eq!(expanded(&*prk, &[], 42), hex(okm));
}

/// RFC 8448, section 3: a full handshake with TLS_AES_128_GCM_SHA256 over x25519.
#[test]
fn the_key_schedule_of_rfc_8448_comes_out() {
    let label = |prk: &dyn HkdfExpander, label: &[u8], context: &[u8], length: u16| {
        let (size, context_size) = ([6 + label.len() as u8], [context.len() as u8]);
        expanded(prk, &[&length.to_be_bytes(), &size, b"tls13 ", label, &context_size, context], length.into())
    };
    let nothing = digest(&digest::SHA256, b"");
    let early = HKDF_SHA256.extract_from_zero_ikm(None);
    let derived = label(&*early, b"derived", nothing.as_ref(), 32);
    assert_eq!(derived, hex("6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba"));

    let shared = hex("8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d");
    let hellos = hex("860c06edc07858ee8e78f0e7428c58edd6b43f2ca3e6e95f02ed063cf0e1cad8");
    let handshake = HKDF_SHA256.extract_from_secret(Some(&derived), &shared);
    let client = label(&*handshake, b"c hs traffic", &hellos, 32);
    assert_eq!(client, hex("b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21"));
    let server = label(&*handshake, b"s hs traffic", &hellos, 32);
    assert_eq!(server, hex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38"));
    let keys = HKDF_SHA256.expander_for_okm(&OkmBlock::new(&server));
    assert_eq!(label(&*keys, b"key", b"", 16), hex("3fce516009c21727d0f2e4e86ee403bc"));
    assert_eq!(label(&*keys, b"iv", b"", 12), hex("5d313eb2671276ee13000b30"));

    let derived = label(&*handshake, b"derived", nothing.as_ref(), 32);
    assert_eq!(derived, hex("43de77e0c77713859a944db9db2590b53190a65b3ee2e4f12dd7a0bb7ce254b4"));
    let finished = hex("9608102a0f1ccc6db6250b7b7e417b1a000eaada3daae4777a7686c9ff83df13");
    let main = HKDF_SHA256.extract_from_zero_ikm(Some(&derived));
    let client = label(&*main, b"c ap traffic", &finished, 32);
    assert_eq!(client, hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"));
}

#[test]
fn more_than_255_blocks_are_an_error() {
    for hkdf in [&HKDF_SHA256 as &dyn tls13::Hkdf, &HKDF_SHA384] {
        let prk = hkdf.extract_from_zero_ikm(None);
        let most = 255 * prk.hash_len();
        assert!(prk.expand_slice(&[b"all"], &mut vec![0; most]).is_ok());
        assert!(prk.expand_slice(&[b"more"], &mut vec![0; most + 1]).is_err());
    }
}

proptest! {
    /// For every way that rustls goes through it, with any salt, secret, information and length.
    #[test]
    fn it_is_the_same_as_rustlss(
        salt in prop::option::of(prop::collection::vec(any::<u8>(), 0..150)),
        secret in prop::collection::vec(any::<u8>(), 0..150),
        info in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 0..4),
        length in 0_usize..300,
        key in prop::collection::vec(any::<u8>(), 64),
    ) {
        let info: Vec<&[u8]> = info.iter().map(Vec::as_slice).collect();
        for (ours, theirs) in [(&HKDF_SHA256 as &dyn tls13::Hkdf, &TLS13_AES_128_GCM_SHA256), (&HKDF_SHA384, &TLS13_AES_256_GCM_SHA384)] {
            let theirs = theirs.tls13().unwrap().hkdf_provider;
            let prk = OkmBlock::new(&key[..ours.extract_from_zero_ikm(None).hash_len()]);
            let pairs = [
                (ours.extract_from_secret(salt.as_deref(), &secret), theirs.extract_from_secret(salt.as_deref(), &secret)),
                (ours.extract_from_zero_ikm(salt.as_deref()), theirs.extract_from_zero_ikm(salt.as_deref())),
                (ours.extract_from_zero_ikm(None), theirs.extract_from_zero_ikm(None)),
                (ours.expander_for_okm(&prk), theirs.expander_for_okm(&prk)),
            ];
            for (ours, theirs) in pairs {
                prop_assert_eq!(ours.hash_len(), theirs.hash_len());
                prop_assert_eq!(expanded(&*ours, &info, length), expanded(&*theirs, &info, length));
                let (ours, theirs) = (ours.expand_block(&info), theirs.expand_block(&info));
                prop_assert_eq!(ours.as_ref(), theirs.as_ref());
            }
            let (ours, theirs) = (ours.hmac_sign(&prk, &secret), theirs.hmac_sign(&prk, &secret));
            prop_assert_eq!(ours.as_ref(), theirs.as_ref());
        }
    }
}
