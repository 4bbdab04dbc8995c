//! Why handshakes failed, as a closed set, and whose fault each is.

use rustls::{AlertDescription, CertificateError, Error, PeerIncompatible};
use wire::Speaks;

use super::sets::closed_set;
use super::{Cause, Failed, Stage};

closed_set! {
    /// Why a handshake failed. What begins with `alert_` is what the peer told us; `certificate_` is about the
    /// peer's certificate.
    pub enum Reason {
        /// It closed without a byte: a port scan or a health check.
        Silent = "silent",
        /// It closed before its ClientHello was whole.
        ClosedInHello = "closed_in_hello",
        /// It closed after its ClientHello.
        ClosedInHandshake = "closed_in_handshake",
        /// The TCP connection broke.
        Reset = "reset",
        /// Its ClientHello was not whole in time.
        DeadlineInHello = "deadline_in_hello",
        /// Its handshake was not done in time.
        DeadlineInHandshake = "deadline_in_handshake",
        /// It speaks plain HTTP.
        NotTlsHttp = "not_tls_http",
        /// It speaks SSH.
        NotTlsSsh = "not_tls_ssh",
        /// It sent a PROXY header where none is taken.
        NotTlsProxyHeader = "not_tls_proxy_header",
        /// It speaks SSL 2.0.
        NotTlsSsl2 = "not_tls_ssl2",
        /// It speaks something else.
        NotTls = "not_tls",
        /// No version in common.
        NoCommonVersion = "no_common_version",
        /// No cipher suite in common.
        NoCommonSuite = "no_common_suite",
        /// No key exchange group in common.
        NoCommonGroup = "no_common_group",
        /// No signature scheme in common.
        NoCommonSignature = "no_common_signature",
        /// No application protocol in common.
        NoCommonAlpn = "no_common_alpn",
        /// Something else is not in common.
        Incompatible = "incompatible",
        /// None was shown, and one is required.
        CertificateMissing = "certificate_missing",
        /// It has expired.
        CertificateExpired = "certificate_expired",
        /// It is not valid yet.
        CertificateNotYetValid = "certificate_not_yet_valid",
        /// Its issuer is not trusted.
        CertificateUnknownIssuer = "certificate_unknown_issuer",
        /// It is revoked.
        CertificateRevoked = "certificate_revoked",
        /// There is no list, or no fresh one, that says whether it is revoked.
        CertificateRevocationUnknown = "certificate_revocation_unknown",
        /// It is for another purpose.
        CertificatePurpose = "certificate_purpose",
        /// It, or the handshake, carries a signature that is not good.
        CertificateSignature = "certificate_signature",
        /// It is good, and no rule lets it in.
        CertificateNotAllowed = "certificate_not_allowed",
        /// It cannot be read.
        CertificateUnreadable = "certificate_unreadable",
        /// It is refused for another reason.
        CertificateUnsuitable = "certificate_unsuitable",
        /// There is no configuration for the name that it asked for.
        UnknownName = "unknown_name",
        /// A PROXY header had to come first, and none did that can be read.
        ProxyHeader = "proxy_header",
        /// A message cannot be read.
        InvalidMessage = "invalid_message",
        /// It broke the rules of TLS.
        Misbehaved = "misbehaved",
        /// A record could not be decrypted.
        DecryptError = "decrypt_error",
        /// `handshake_failure`: it could not accept what we chose.
        AlertHandshakeFailure = "alert_handshake_failure",
        /// `protocol_version`
        AlertProtocolVersion = "alert_protocol_version",
        /// `insufficient_security`
        AlertInsufficientSecurity = "alert_insufficient_security",
        /// `no_application_protocol`
        AlertNoApplicationProtocol = "alert_no_application_protocol",
        /// `missing_extension`
        AlertMissingExtension = "alert_missing_extension",
        /// `unknown_ca`: it does not trust who issued our certificate.
        AlertUnknownCa = "alert_unknown_ca",
        /// `bad_certificate`
        AlertBadCertificate = "alert_bad_certificate",
        /// `unsupported_certificate`
        AlertUnsupportedCertificate = "alert_unsupported_certificate",
        /// `certificate_revoked`
        AlertCertificateRevoked = "alert_certificate_revoked",
        /// `certificate_expired`
        AlertCertificateExpired = "alert_certificate_expired",
        /// `certificate_unknown`
        AlertCertificateUnknown = "alert_certificate_unknown",
        /// `access_denied`
        AlertAccessDenied = "alert_access_denied",
        /// `unrecognized_name`
        AlertUnrecognizedName = "alert_unrecognized_name",
        /// `decrypt_error`
        AlertDecryptError = "alert_decrypt_error",
        /// `decode_error`
        AlertDecodeError = "alert_decode_error",
        /// `illegal_parameter`
        AlertIllegalParameter = "alert_illegal_parameter",
        /// `unexpected_message`
        AlertUnexpectedMessage = "alert_unexpected_message",
        /// `bad_record_mac`
        AlertBadRecordMac = "alert_bad_record_mac",
        /// `internal_error`
        AlertInternalError = "alert_internal_error",
        /// `user_canceled`
        AlertUserCanceled = "alert_user_canceled",
        /// `close_notify`
        AlertCloseNotify = "alert_close_notify",
        /// An alert that has no member of its own.
        AlertOther = "alert_other",
        /// More had to be held for it than the listener may hold.
        Memory = "memory",
        /// A fault of ours, or of this machine.
        Internal = "internal",
        /// The server is stopping.
        Stopped = "stopped",
        /// A fault of ours: the code panicked.
        Panicked = "panicked",
    }
}

closed_set! {
    /// Who can do something about a failure, in the words of the log.
    pub enum AtFault {
        /// The other side.
        Peer = "peer",
        /// This side: its settings, its certificate, its code.
        Us = "us",
        /// What lies between.
        Network = "network",
    }
}

impl Reason {
    /// Who can do something about it: the same that the log's sentence names.
    pub const fn at_fault(self) -> AtFault {
        match self {
            Self::AlertHandshakeFailure
            | Self::AlertProtocolVersion
            | Self::AlertInsufficientSecurity
            | Self::AlertNoApplicationProtocol
            | Self::AlertMissingExtension
            | Self::AlertUnknownCa
            | Self::AlertBadCertificate
            | Self::AlertUnsupportedCertificate
            | Self::AlertCertificateRevoked
            | Self::AlertCertificateExpired
            | Self::AlertCertificateUnknown
            | Self::AlertAccessDenied
            | Self::AlertUnrecognizedName
            | Self::Memory
            | Self::Internal
            | Self::Stopped
            | Self::Panicked => AtFault::Us,
            Self::DecryptError | Self::AlertBadRecordMac => AtFault::Network,
            _ => AtFault::Peer,
        }
    }

    /// Why this handshake failed.
    pub fn of(failed: &Failed<'_>) -> Self {
        let in_hello = failed.stage == Stage::Hello;
        match failed.cause {
            Cause::Closed | Cause::Broken(_) if failed.received == 0 => Self::Silent,
            Cause::Closed if in_hello => Self::ClosedInHello,
            Cause::Closed => Self::ClosedInHandshake,
            Cause::Broken(_) => Self::Reset,
            Cause::Deadline if in_hello => Self::DeadlineInHello,
            Cause::Deadline => Self::DeadlineInHandshake,
            Cause::NotTls(speaks) => not_tls(*speaks),
            Cause::Tls(error) => tls(error),
            Cause::Refused(AlertDescription::UnrecognisedName) => Self::UnknownName,
            Cause::Refused(AlertDescription::MissingExtension) => Self::UnknownName,
            Cause::Refused(AlertDescription::NoApplicationProtocol) => Self::NoCommonAlpn,
            Cause::Refused(AlertDescription::HandshakeFailure) => Self::NoCommonSignature,
            Cause::Refused(_) => Self::Internal,
            Cause::Denied => Self::CertificateNotAllowed,
            Cause::ProxyHeader(_) => Self::ProxyHeader,
            Cause::Memory => Self::Memory,
            Cause::Stopped => Self::Stopped,
            Cause::Panicked => Self::Panicked,
        }
    }
}

fn not_tls(speaks: Speaks) -> Reason {
    match speaks {
        Speaks::HttpRequest | Speaks::HttpResponse => Reason::NotTlsHttp,
        Speaks::Ssh => Reason::NotTlsSsh,
        Speaks::ProxyHeader => Reason::NotTlsProxyHeader,
        Speaks::SslV2 => Reason::NotTlsSsl2,
        _ => Reason::NotTls,
    }
}

fn tls(error: &Error) -> Reason {
    match error {
        Error::AlertReceived(description) => alert(*description),
        Error::InvalidCertificate(error) => certificate(error),
        Error::NoCertificatesPresented => Reason::CertificateMissing,
        Error::PeerIncompatible(why) => incompatible(why),
        Error::NoApplicationProtocol => Reason::NoCommonAlpn,
        Error::InvalidMessage(_) | Error::PeerSentOversizedRecord => Reason::InvalidMessage,
        Error::PeerMisbehaved(_) | Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            Reason::Misbehaved
        }
        Error::DecryptError => Reason::DecryptError,
        _ => Reason::Internal,
    }
}

fn incompatible(why: &PeerIncompatible) -> Reason {
    match why {
        PeerIncompatible::Tls12NotOffered
        | PeerIncompatible::Tls12NotOfferedOrEnabled
        | PeerIncompatible::SupportedVersionsExtensionRequired
        // TLS 1.2 added it, so who leaves it out speaks nothing later than TLS 1.1.
        | PeerIncompatible::SignatureAlgorithmsExtensionRequired => Reason::NoCommonVersion,
        PeerIncompatible::NoCipherSuitesInCommon => Reason::NoCommonSuite,
        PeerIncompatible::NoKxGroupsInCommon => Reason::NoCommonGroup,
        PeerIncompatible::NoSignatureSchemesInCommon
        | PeerIncompatible::NoCertificateRequestSignatureSchemesInCommon => Reason::NoCommonSignature,
        _ => Reason::Incompatible,
    }
}

fn certificate(error: &CertificateError) -> Reason {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => Reason::CertificateExpired,
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => Reason::CertificateNotYetValid,
        CertificateError::UnknownIssuer => Reason::CertificateUnknownIssuer,
        CertificateError::Revoked => Reason::CertificateRevoked,
        CertificateError::UnknownRevocationStatus
        | CertificateError::ExpiredRevocationList
        | CertificateError::ExpiredRevocationListContext { .. } => Reason::CertificateRevocationUnknown,
        CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => Reason::CertificatePurpose,
        CertificateError::BadSignature => Reason::CertificateSignature,
        CertificateError::ApplicationVerificationFailure => Reason::CertificateNotAllowed,
        CertificateError::BadEncoding => Reason::CertificateUnreadable,
        _ => Reason::CertificateUnsuitable,
    }
}

fn alert(description: AlertDescription) -> Reason {
    use AlertDescription as A;
    match description {
        A::HandshakeFailure => Reason::AlertHandshakeFailure,
        A::ProtocolVersion => Reason::AlertProtocolVersion,
        A::InsufficientSecurity => Reason::AlertInsufficientSecurity,
        A::NoApplicationProtocol => Reason::AlertNoApplicationProtocol,
        A::MissingExtension => Reason::AlertMissingExtension,
        A::UnknownCA => Reason::AlertUnknownCa,
        A::BadCertificate => Reason::AlertBadCertificate,
        A::UnsupportedCertificate => Reason::AlertUnsupportedCertificate,
        A::CertificateRevoked => Reason::AlertCertificateRevoked,
        A::CertificateExpired => Reason::AlertCertificateExpired,
        A::CertificateUnknown => Reason::AlertCertificateUnknown,
        A::AccessDenied => Reason::AlertAccessDenied,
        A::UnrecognisedName => Reason::AlertUnrecognizedName,
        A::DecryptError => Reason::AlertDecryptError,
        A::DecodeError => Reason::AlertDecodeError,
        A::IllegalParameter => Reason::AlertIllegalParameter,
        A::UnexpectedMessage => Reason::AlertUnexpectedMessage,
        A::BadRecordMac => Reason::AlertBadRecordMac,
        A::InternalError => Reason::AlertInternalError,
        A::UserCanceled => Reason::AlertUserCanceled,
        A::CloseNotify => Reason::AlertCloseNotify,
        _ => Reason::AlertOther,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::observe::sets::ClosedSet;

    #[test]
    fn reasons_stand_at_their_places() {
        for (place, reason) in Reason::ALL.iter().enumerate() {
            assert_eq!(reason.index(), place, "{reason:?}");
        }
    }

    /// The guide has a row for each: `| REASON | FAULT | WORDS |`.
    #[test]
    fn the_guide_lists_every_reason_with_its_fault_and_no_other() {
        let guide = include_str!("../../../../docs/guide/watching.md");
        let (_, section) = guide.split_once("## Reasons why handshakes failed").unwrap();
        let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
        let listed: Vec<_> = rows.map(|(reason, rest)| (reason, rest.split(" |").next().unwrap_or_default())).collect();
        let expected: Vec<_> = Reason::ALL.iter().map(|reason| (reason.name(), reason.at_fault().name())).collect();
        assert_eq!(listed, expected);
    }
}
