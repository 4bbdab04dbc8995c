//! The closed sets by which things are counted. A stranger chooses which member is counted, and can add none.

use common::facts::Kind;
use rustls::{CipherSuite, NamedGroup, ProtocolVersion, SignatureScheme};

use super::How;
use crate::session;

/// A closed set: the only values of a label that there are.
pub trait ClosedSet: Copy + PartialEq + 'static {
    /// Every member, each at the place that [`index`](Self::index) says.
    const ALL: &'static [Self];
    /// The place in [`ALL`](Self::ALL).
    fn index(self) -> usize;
    /// The value of the label.
    fn name(self) -> &'static str;
}

/// Writes an enum, and that it is a [`ClosedSet`]. With `of SomeType` it is made from one, and what has no member of
/// its own is the last one.
macro_rules! closed_set {
    (
        $(#[$doc:meta])*
        pub enum $set:ident { $($(#[$member_doc:meta])* $member:ident = $name:literal,)+ }
    ) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $set { $($(#[$member_doc])* $member,)+ }

        impl $set {
            /// How many there are.
            pub const COUNT: usize = [$(Self::$member),+].len();
        }

        impl $crate::observe::sets::ClosedSet for $set {
            const ALL: &'static [Self] = &[$(Self::$member),+];

            fn index(self) -> usize {
                self as usize
            }

            fn name(self) -> &'static str {
                match self { $(Self::$member => $name,)+ }
            }
        }
    };
    (
        $(#[$doc:meta])*
        pub enum $set:ident of $foreign:ident {
            $($(#[$member_doc:meta])* $member:ident ($value:ident) = $name:literal,)+
            ..
            $(#[$other_doc:meta])* $other:ident = $other_name:literal,
        }
    ) => {
        closed_set! {
            $(#[$doc])*
            pub enum $set {
                $($(#[$member_doc])* $member = $name,)+
                $(#[$other_doc])* $other = $other_name,
            }
        }

        impl From<$foreign> for $set {
            fn from(value: $foreign) -> Self {
                match value {
                    $($foreign::$value => Self::$member,)+
                    _ => Self::$other,
                }
            }
        }
    };
}
pub(super) use closed_set;

closed_set! {
    /// Where connections are in their lives.
    pub enum Phase {
        /// Accepted; the ClientHello is not there, or its configuration is not.
        Hello = "hello",
        /// After the ClientHello.
        Handshake = "handshake",
        /// With a service.
        Open = "open",
        /// Over; the last bytes are on their way.
        Draining = "draining",
    }
}

impl From<session::Phase> for Phase {
    fn from(phase: session::Phase) -> Self {
        match phase {
            session::Phase::Hello => Self::Hello,
            session::Phase::Handshake => Self::Handshake,
            session::Phase::Open => Self::Open,
            session::Phase::Draining => Self::Draining,
        }
    }
}

closed_set! {
    /// Protocol versions.
    pub enum Version of ProtocolVersion {
        /// RFC 5246.
        Tls12 (TLSv1_2) = "TLS 1.2",
        /// RFC 8446.
        Tls13 (TLSv1_3) = "TLS 1.3",
        ..
        /// None that rustls speaks.
        Other = "other",
    }
}

closed_set! {
    /// Cipher suites, as IANA spells them.
    pub enum Suite of CipherSuite {
        /// TLS 1.3.
        Aes128 (TLS13_AES_128_GCM_SHA256) = "TLS_AES_128_GCM_SHA256",
        /// TLS 1.3.
        Aes256 (TLS13_AES_256_GCM_SHA384) = "TLS_AES_256_GCM_SHA384",
        /// TLS 1.3.
        ChaCha20 (TLS13_CHACHA20_POLY1305_SHA256) = "TLS_CHACHA20_POLY1305_SHA256",
        /// TLS 1.2.
        EcdsaAes128 (TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256) = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        /// TLS 1.2.
        EcdsaAes256 (TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384) = "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
        /// TLS 1.2.
        EcdsaChaCha20 (TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256) = "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
        /// TLS 1.2.
        RsaAes128 (TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256) = "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
        /// TLS 1.2.
        RsaAes256 (TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) = "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
        /// TLS 1.2.
        RsaChaCha20 (TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256) = "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
        ..
        /// None that rustls has.
        Other = "other",
    }
}

closed_set! {
    /// Key exchange groups, as IANA spells them.
    pub enum Group of NamedGroup {
        /// X25519 with ML-KEM-768.
        X25519MlKem768 (X25519MLKEM768) = "X25519MLKEM768",
        /// P-256 with ML-KEM-768.
        P256MlKem768 (secp256r1MLKEM768) = "secp256r1MLKEM768",
        /// ML-KEM-768 alone.
        MlKem768 (MLKEM768) = "MLKEM768",
        /// ML-KEM-1024 alone.
        MlKem1024 (MLKEM1024) = "MLKEM1024",
        /// X25519.
        X25519 (X25519) = "x25519",
        /// P-256.
        P256 (secp256r1) = "secp256r1",
        /// P-384.
        P384 (secp384r1) = "secp384r1",
        /// P-521.
        P521 (secp521r1) = "secp521r1",
        ..
        /// None that rustls has.
        Other = "other",
    }
}

closed_set! {
    /// Schemes of our signatures, as IANA spells them.
    pub enum Signature of SignatureScheme {
        /// ECDSA with P-256.
        EcdsaP256 (ECDSA_NISTP256_SHA256) = "ecdsa_secp256r1_sha256",
        /// ECDSA with P-384.
        EcdsaP384 (ECDSA_NISTP384_SHA384) = "ecdsa_secp384r1_sha384",
        /// ECDSA with P-521.
        EcdsaP521 (ECDSA_NISTP521_SHA512) = "ecdsa_secp521r1_sha512",
        /// Ed25519.
        Ed25519 (ED25519) = "ed25519",
        /// RSA-PSS with SHA-256.
        RsaPss256 (RSA_PSS_SHA256) = "rsa_pss_rsae_sha256",
        /// RSA-PSS with SHA-384.
        RsaPss384 (RSA_PSS_SHA384) = "rsa_pss_rsae_sha384",
        /// RSA-PSS with SHA-512.
        RsaPss512 (RSA_PSS_SHA512) = "rsa_pss_rsae_sha512",
        /// RSA PKCS#1 with SHA-256; TLS 1.2.
        RsaPkcs256 (RSA_PKCS1_SHA256) = "rsa_pkcs1_sha256",
        /// RSA PKCS#1 with SHA-384; TLS 1.2.
        RsaPkcs384 (RSA_PKCS1_SHA384) = "rsa_pkcs1_sha384",
        /// RSA PKCS#1 with SHA-512; TLS 1.2.
        RsaPkcs512 (RSA_PKCS1_SHA512) = "rsa_pkcs1_sha512",
        ..
        /// None of these.
        Other = "other",
    }
}

impl ClosedSet for Kind {
    const ALL: &'static [Self] = &[Self::Full, Self::FullWithHelloRetryRequest, Self::Resumed];

    fn index(self) -> usize {
        self as usize
    }

    fn name(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::FullWithHelloRetryRequest => "full_with_hello_retry_request",
            Self::Resumed => "resumed",
        }
    }
}

closed_set! {
    /// How open connections ended, in the words of the log.
    pub enum Ending {
        /// The peer sent close_notify.
        PeerClosed = "peer_closed",
        /// The service closed it.
        ServiceClosed = "service_closed",
        /// The TCP stream ended without close_notify.
        CutOff = "cut_off",
        /// Nothing came or went until the deadline.
        Idle = "idle",
        /// The peer sent a fatal alert.
        Alert = "alert",
        /// The peer broke the protocol.
        TlsError = "tls_error",
        /// The TCP connection broke.
        Broken = "broken",
        /// The service ended it by a reset.
        Aborted = "aborted",
        /// More had to be held for it than the listener may hold.
        Memory = "memory",
        /// The server is stopping.
        Stopped = "stopped",
        /// A fault of ours.
        Panicked = "panicked",
    }
}

impl From<&How> for Ending {
    fn from(how: &How) -> Self {
        match how {
            How::PeerClosed => Self::PeerClosed,
            How::ServiceClosed => Self::ServiceClosed,
            How::CutOff => Self::CutOff,
            How::Idle => Self::Idle,
            How::Tls(rustls::Error::AlertReceived(_)) => Self::Alert,
            How::Tls(_) => Self::TlsError,
            How::Broken(_) => Self::Broken,
            How::Aborted => Self::Aborted,
            How::Memory => Self::Memory,
            How::Stopped => Self::Stopped,
            How::Panicked => Self::Panicked,
        }
    }
}

closed_set! {
    /// The bounds of the server that can be reached.
    pub enum Bound {
        /// Connections of one address: one more was turned away.
        PerAddress = "per_address",
        /// Bytes held for a listener's connections: one of them was ended.
        Memory = "memory",
        /// Connections in all, or of one listener: newcomers wait.
        Connections = "connections",
        /// Handshakes in a second: newcomers wait.
        HandshakeRate = "handshake_rate",
    }
}

#[cfg(test)]
mod tests {
    use common::facts::{group_name, signature_name, suite_name, version_name};

    use super::*;

    fn check<S: ClosedSet + std::fmt::Debug>() {
        for (place, member) in S::ALL.iter().enumerate() {
            assert_eq!(member.index(), place, "{member:?}");
            let same = S::ALL.iter().filter(|other| other.name() == member.name()).count();
            assert_eq!(same, 1, "{member:?}");
        }
    }

    #[test]
    fn members_stand_at_their_places_under_names_of_their_own() {
        check::<Phase>();
        check::<Version>();
        check::<Suite>();
        check::<Group>();
        check::<Signature>();
        check::<Kind>();
        check::<Ending>();
        check::<Bound>();
    }

    /// All that rustls can agree on with either provider has a member, under the name that the log has for it.
    #[test]
    fn whatever_can_be_agreed_on_is_counted_under_the_name_it_has_in_the_log() {
        let aws = rustls::crypto::aws_lc_rs::default_provider();
        let ring = rustls::crypto::ring::default_provider();
        for provider in [aws, ring] {
            for suite in provider.cipher_suites {
                assert_eq!(Suite::from(suite.suite()).name(), suite_name(suite.suite()));
            }
            for group in provider.kx_groups {
                assert_eq!(Group::from(group.name()).name(), group_name(group.name()));
            }
        }
        for version in [ProtocolVersion::TLSv1_2, ProtocolVersion::TLSv1_3] {
            assert_eq!(Version::from(version).name(), version_name(version));
        }
        for number in 0..=u16::MAX {
            let scheme = SignatureScheme::from(number);
            let set = Signature::from(scheme);
            assert!(set == Signature::Other || set.name() == signature_name(scheme), "{scheme:?}");
        }
    }
}
