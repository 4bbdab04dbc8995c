//! What a handshake is made of, each as the provider does it.

use std::hint::black_box;
use std::sync::Arc;

use common::context::Policy;
use rustls::crypto::tls13::{HkdfExpander, OkmBlock};
use rustls::crypto::{CryptoProvider, SupportedKxGroup};
use rustls::pki_types::PrivateKeyDer;
use rustls::{CipherSuite, NamedGroup, SignatureScheme, Tls13CipherSuite};

use crate::harness::{Bench, Work};

pub(crate) const BENCHES: &[Bench] = &[
    Bench { name: "x25519, a key and what is agreed", times: 1, make: || agreement(NamedGroup::X25519) },
    Bench {
        name: "X25519MLKEM768, a key and what is agreed",
        times: 1,
        make: || agreement(NamedGroup::X25519MLKEM768),
    },
    Bench { name: "a P-256 signature", times: 1, make: signature },
    Bench { name: "the key schedule, SHA-256", times: 1, make: || schedule(CipherSuite::TLS13_AES_128_GCM_SHA256) },
    Bench { name: "the key schedule, SHA-384", times: 1, make: || schedule(CipherSuite::TLS13_AES_256_GCM_SHA384) },
    Bench { name: "a SHA-256 of 1 KiB", times: TIMES, make: || hash(CipherSuite::TLS13_AES_128_GCM_SHA256) },
    Bench { name: "a SHA-384 of 1 KiB", times: TIMES, make: || hash(CipherSuite::TLS13_AES_256_GCM_SHA384) },
    Bench { name: "32 random bytes", times: TIMES, make: random },
];

/// Of what is over so soon that looking at the clock would be seen.
const TIMES: u32 = 100;

fn crypto() -> Arc<CryptoProvider> {
    Policy::default().crypto()
}

fn suite(suite: CipherSuite) -> &'static Tls13CipherSuite {
    crypto().cipher_suites.iter().find(|have| have.suite() == suite).and_then(|have| have.tls13()).unwrap()
}

fn group(name: NamedGroup) -> &'static dyn SupportedKxGroup {
    crypto().kx_groups.iter().copied().find(|group| group.name() == name).unwrap()
}

/// The server's part.
fn agreement(name: NamedGroup) -> Work {
    let group = group(name);
    let client = group.start().unwrap();
    let share = client.pub_key().to_vec();
    Box::new(move |watch| {
        watch.measure(|| group.start_and_complete(black_box(&share)).unwrap());
    })
}

/// Of as many bytes as a CertificateVerify signs.
fn signature() -> Work {
    let key = rcgen::KeyPair::generate().unwrap();
    let der = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let key = crypto().key_provider.load_private_key(der).unwrap();
    let signer = key.choose_scheme(&[SignatureScheme::ECDSA_NISTP256_SHA256]).unwrap();
    Box::new(move |watch| {
        watch.measure(|| signer.sign(black_box(&[7; 130])).unwrap());
    })
}

fn hash(name: CipherSuite) -> Work {
    let hash = suite(name).common.hash_provider;
    Box::new(move |watch| {
        watch.measure(|| {
            for _ in 0..TIMES {
                black_box(hash.hash(black_box(&[7; 1024])));
            }
        });
    })
}

fn random() -> Work {
    let crypto = crypto();
    Box::new(move |watch| {
        watch.measure(|| (0..TIMES).for_each(|_| crypto.secure_random.fill(black_box(&mut [0; 32])).unwrap()));
    })
}

/// The secrets and keys of a full handshake (RFC 8446, section 7.1), as rustls asks for them.
fn schedule(name: CipherSuite) -> Work {
    let suite = suite(name);
    let hkdf = suite.hkdf_provider;
    let length = suite.common.hash_provider.output_len();
    let transcript = vec![7; length];
    let secret = move |prk: &dyn HkdfExpander, label: &[u8], context: &[u8]| {
        let (sizes, context_size) = ([0, length as u8, 6 + label.len() as u8], [context.len() as u8]);
        prk.expand_block(&[&sizes, b"tls13 ", label, &context_size, context])
    };
    let keys = move |traffic: &OkmBlock| {
        let prk = hkdf.expander_for_okm(traffic);
        let (mut key, mut iv) = ([0; 32], [0; 12]);
        let key = &mut key[..suite.aead_alg.key_len()];
        prk.expand_slice(&[&[0, key.len() as u8, 9], b"tls13 key", &[0]], key).unwrap();
        prk.expand_slice(&[&[0, 12, 8], b"tls13 iv", &[0]], &mut iv).unwrap();
        black_box((key.len(), iv));
    };
    let finished = move |traffic: &OkmBlock, transcript: &[u8]| {
        let key = secret(&*hkdf.expander_for_okm(traffic), b"finished", b"");
        black_box(hkdf.hmac_sign(&key, transcript));
    };
    Box::new(move |watch| {
        watch.measure(|| {
            let early = hkdf.extract_from_zero_ikm(None);
            let handshake = hkdf.extract_from_secret(Some(secret(&*early, b"derived", &transcript).as_ref()), &[7; 32]);
            let client = secret(&*handshake, b"c hs traffic", &transcript);
            let server = secret(&*handshake, b"s hs traffic", &transcript);
            [&server, &client].into_iter().for_each(keys);
            [&server, &client].into_iter().for_each(|traffic| finished(traffic, &transcript));
            let main = hkdf.extract_from_zero_ikm(Some(secret(&*handshake, b"derived", &transcript).as_ref()));
            let client = secret(&*main, b"c ap traffic", &transcript);
            let server = secret(&*main, b"s ap traffic", &transcript);
            [&server, &client].into_iter().for_each(keys);
            black_box(secret(&*main, b"exp master", &transcript));
            let resumption = secret(&*main, b"res master", &transcript);
            secret(&*hkdf.expander_for_okm(&resumption), b"resumption", &[0, 0])
        });
    })
}
