//! What rustls says when a handshake fails on this side.

use common::terminal::Exit;
use rustls::{CertificateError, Error, PeerIncompatible, PeerMisbehaved};

use super::connection::not_tls;
use super::{Circumstances, Explanation, Fault, alert};
use crate::words::join;

/// What an error of rustls means here.
///
/// Of a certificate error rustls tells the kind only. Where the verdict is at hand ([`take_refusal`] on a server, the
/// recorded verdict on a client), [`refusal`] says more.
///
/// [`take_refusal`]: crate::verify::take_refusal
/// [`refusal`]: super::refusal
pub fn handshake(error: &Error, circumstances: &Circumstances) -> Explanation {
    let (peer, them) = (&circumstances.peer, circumstances.them());
    let peer_fault = |exit, sentence: String| Explanation::new(exit, Fault::Peer, sentence);
    match error {
        Error::AlertReceived(received) => alert(*received, circumstances),
        Error::InvalidCertificate(error) => certificate(error, circumstances),
        Error::PeerIncompatible(why) => incompatible(why, circumstances),
        Error::PeerMisbehaved(why) => misbehaved(why, circumstances),
        Error::NoApplicationProtocol => Explanation::new(
            Exit::NothingInCommon,
            Fault::Peer,
            format!(
                "the {them} {peer} offered no application protocol that is spoken here: {}",
                offered(circumstances)
            ),
        )
        .mend("add a protocol that both speak to --alpn, or leave --alpn away"),
        Error::NoCertificatesPresented => {
            peer_fault(Exit::OwnCertificate, format!("the {them} {peer} showed no certificate, and one is required"))
                .mend("show one: `tls-client … --cert FILE --key FILE`; or do not require it: --client-auth optional")
        }
        Error::InvalidMessage(why) => {
            peer_fault(Exit::NotTls, format!("the {them} {peer} sent what cannot be read as a TLS message ({why:?})"))
                .mend(format!("check that the {them} speaks TLS there and then, and upgrade its TLS library"))
        }
        Error::PeerSentOversizedRecord => not_tls("a record longer than TLS allows", circumstances),
        Error::DecryptError => Explanation::new(
            Exit::NotTls,
            Fault::Network,
            format!(
                "a record of the {them} {peer} could not be decrypted: it was changed on the way, or the keys differ"
            ),
        )
        .mend("try again, and if it stays so, from another network: something between rewrites what passes"),
        Error::InappropriateMessage { got_type, .. } => {
            peer_fault(Exit::NotTls, format!("the {them} {peer} sent a record of {got_type:?} at the wrong moment"))
                .mend(upgrade_library(circumstances))
        }
        Error::InappropriateHandshakeMessage { got_type, .. } => {
            peer_fault(Exit::NotTls, format!("the {them} {peer} sent a message of {got_type:?} at the wrong moment"))
                .mend(upgrade_library(circumstances))
        }
        Error::InconsistentKeys(_) => Explanation::new(
            Exit::Usage,
            Fault::Us,
            "our certificate and our private key do not belong together".to_owned(),
        )
        .mend("compare them: `pki cert match CERT KEY`"),
        Error::FailedToGetCurrentTime => Explanation::new(
            Exit::Environment,
            Fault::Environment,
            "the clock of this machine gives no time that certificates can be checked against".to_owned(),
        )
        .mend("set the clock"),
        Error::FailedToGetRandomBytes => {
            Explanation::new(Exit::Environment, Fault::Environment, "the system gave no random numbers".to_owned())
        }
        other => Explanation::new(
            Exit::Environment,
            Fault::Us,
            format!("the handshake with the {them} {peer} failed on this side: {other}"),
        ),
    }
}

fn offered(around: &Circumstances) -> String {
    if around.alpn.is_empty() { "none".to_owned() } else { join(&around.alpn) }
}

/// A certificate error of which only the kind is known.
fn certificate(error: &CertificateError, around: &Circumstances) -> Explanation {
    let (peer, them) = (&around.peer, around.them());
    let whose = format!("the certificate of the {them} {peer}");
    let (exit, what) = match error {
        CertificateError::UnknownIssuer => (Exit::UnknownIssuer, "was issued by nobody who is trusted".to_owned()),
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            (Exit::Validity, "has expired".to_owned())
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            (Exit::Validity, "is not valid yet".to_owned())
        }
        CertificateError::NotValidForName => (Exit::NameMismatch, format!("is not for `{}`", around.name_or_peer())),
        CertificateError::NotValidForNameContext { expected, presented } => {
            (Exit::NameMismatch, format!("is for {}, not for `{}`", join(presented), expected.to_str()))
        }
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
            (Exit::Unsuitable, format!("is not for a {them}"))
        }
        CertificateError::Revoked => (Exit::Revoked, "is revoked".to_owned()),
        CertificateError::UnknownRevocationStatus
        | CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. } => {
            (Exit::RevocationUnknown, "may be revoked or not: there is no fresh list".to_owned())
        }
        CertificateError::BadSignature => {
            (Exit::Unsuitable, "or the handshake carries a signature that its key did not make".to_owned())
        }
        CertificateError::ApplicationVerificationFailure => {
            (Exit::Identity, "is good, and an identity rule does not let it in".to_owned())
        }
        CertificateError::BadEncoding => (Exit::Unsuitable, "cannot be read".to_owned()),
        other => (Exit::Unsuitable, format!("is refused: {other}")),
    };
    Explanation::new(exit, Fault::Peer, format!("{whose} {what}"))
}

/// Nothing in common, seen from here.
fn incompatible(why: &PeerIncompatible, around: &Circumstances) -> Explanation {
    let (peer, them) = (&around.peer, around.them());
    let nothing = |sentence: String| Explanation::new(Exit::NothingInCommon, Fault::Peer, sentence);
    let upgrade = format!("upgrade the {them} to TLS 1.2 or later; nothing older is spoken here");
    match why {
        PeerIncompatible::ServerDoesNotSupportTls12Or13 => {
            nothing(format!("the {them} {peer} speaks neither TLS 1.2 nor TLS 1.3")).mend(upgrade)
        }
        PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig => {
            nothing(format!("the {them} {peer} chose a version outside of what is allowed here, {}", around.versions()))
                .mend(around.allow_versions())
        }
        PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled
        | PeerIncompatible::SupportedVersionsExtensionRequired => {
            nothing(format!("the {them} {peer} offers no version that is allowed here, {}", around.versions()))
                .mend(around.allow_versions())
        }
        PeerIncompatible::NoCipherSuitesInCommon => nothing(format!(
            "the {them} {peer} offers no cipher suite that is allowed here"
        ))
        .mend("allow more with --ciphers or --profile intermediate, or serve a certificate with another kind of key"),
        PeerIncompatible::NoKxGroupsInCommon => {
            let sentence = "offers no key exchange group that is allowed here, or only suites without forward secrecy";
            nothing(format!("the {them} {peer} {sentence}"))
                .mend("allow more with --groups, for example --groups X25519MLKEM768:x25519:secp256r1:secp384r1")
        }
        PeerIncompatible::NoSignatureSchemesInCommon => {
            nothing(format!("the {them} {peer} takes no signature that the key of our certificate can make"))
                .mend("use a certificate with a P-256 or RSA key, which everyone takes: `pki cert new NAME --alg p256`")
        }
        PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => {
            nothing(format!("the {them} {peer} asks for a client signature of a kind that nobody here can make"))
                .mend(upgrade_library(around))
        }
        PeerIncompatible::ExtendedMasterSecretExtensionRequired => {
            nothing(format!("the {them} {peer} lacks the extended master secret (RFC 7627), which is required here"))
                .mend(upgrade)
        }
        // TLS 1.2 added it (RFC 5246 section 7.4.1.4.1), and rustls misses it before it looks at the versions.
        PeerIncompatible::SignatureAlgorithmsExtensionRequired => nothing(format!(
            "the {them} {peer} speaks nothing later than TLS 1.1, or leaves out which signatures it takes; {} {} allowed here",
            around.versions(),
            if around.versions().contains(" and ") { "are" } else { "is" },
        ))
        .mend(upgrade),
        PeerIncompatible::NamedGroupsExtensionRequired | PeerIncompatible::KeyShareExtensionRequired => {
            nothing(format!("the hello of the {them} {peer} lacks an extension that TLS cannot do without ({why:?})"))
                .mend(upgrade_library(around))
        }
        other => nothing(format!("the {them} {peer} and this side cannot agree ({other:?})"))
            .mend(upgrade_library(around)),
    }
}

/// The peer broke the protocol. A choice that was never offered counts as nothing in common.
fn misbehaved(why: &PeerMisbehaved, around: &Circumstances) -> Explanation {
    let (peer, them) = (&around.peer, around.them());
    let exit = match why {
        PeerMisbehaved::SelectedUnofferedCipherSuite
        | PeerMisbehaved::SelectedUnofferedKxGroup
        | PeerMisbehaved::SelectedUnofferedApplicationProtocol
        | PeerMisbehaved::SelectedUnusableCipherSuiteForVersion
        | PeerMisbehaved::SignedHandshakeWithUnadvertisedSigScheme
        | PeerMisbehaved::AttemptedDowngradeToTls12WhenTls13IsSupported => Exit::NothingInCommon,
        _ => Exit::NotTls,
    };
    Explanation::new(exit, Fault::Peer, format!("the {them} {peer} broke the rules of TLS ({why:?})"))
        .mend(upgrade_library(around))
}

fn upgrade_library(around: &Circumstances) -> String {
    format!("upgrade the {}'s TLS library, or look for a box between that rewrites the handshake", around.them())
}
