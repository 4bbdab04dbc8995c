//! Alerts that the peer sent (RFC 8446 section 6).

use common::terminal::Exit;
use rustls::AlertDescription;

use super::{Circumstances, Explanation, Fault};
use crate::words::join;

/// What the peer's alert means here.
pub fn alert(alert: AlertDescription, circumstances: &Circumstances) -> Explanation {
    let explained = negotiation(alert, circumstances).or_else(|| about_certificate(alert, circumstances));
    let mut explanation = explained.unwrap_or_else(|| other(alert, circumstances));
    // An alert is all that is known here; why it was sent is known over there.
    explanation.mend.get_or_insert_with(|| format!("look into the {}'s log", circumstances.them()));
    explanation
}

/// The peer asked for a new handshake within an open connection of TLS 1.2, was told `no_renegotiation` (RFC 5246
/// section 7.2.2), and ended the connection with this alert.
pub fn renegotiation_refused(alert: AlertDescription, circumstances: &Circumstances) -> Explanation {
    let sentence = format!(
        "the {} {} wanted to renegotiate within the open connection, which is never done here, and gave up (alert {})",
        circumstances.them(),
        circumstances.peer,
        alert_name(alert)
    );
    Explanation::new(Exit::Alert, Fault::Peer, sentence)
        .mend("have it open a new connection in place of renegotiating; TLS 1.3 has no renegotiation at all")
}

/// The name of RFC 8446: `unknown_ca`; one that has none is given by its number alone.
pub fn alert_name(alert: AlertDescription) -> String {
    use AlertDescription as A;
    let name = match alert {
        A::CloseNotify => "close_notify",
        A::UnexpectedMessage => "unexpected_message",
        A::BadRecordMac => "bad_record_mac",
        A::DecryptionFailed => "decryption_failed",
        A::RecordOverflow => "record_overflow",
        A::DecompressionFailure => "decompression_failure",
        A::HandshakeFailure => "handshake_failure",
        A::NoCertificate => "no_certificate",
        A::BadCertificate => "bad_certificate",
        A::UnsupportedCertificate => "unsupported_certificate",
        A::CertificateRevoked => "certificate_revoked",
        A::CertificateExpired => "certificate_expired",
        A::CertificateUnknown => "certificate_unknown",
        A::IllegalParameter => "illegal_parameter",
        A::UnknownCA => "unknown_ca",
        A::AccessDenied => "access_denied",
        A::DecodeError => "decode_error",
        A::DecryptError => "decrypt_error",
        A::ExportRestriction => "export_restriction",
        A::ProtocolVersion => "protocol_version",
        A::InsufficientSecurity => "insufficient_security",
        A::InternalError => "internal_error",
        A::InappropriateFallback => "inappropriate_fallback",
        A::UserCanceled => "user_canceled",
        A::NoRenegotiation => "no_renegotiation",
        A::MissingExtension => "missing_extension",
        A::UnsupportedExtension => "unsupported_extension",
        A::CertificateUnobtainable => "certificate_unobtainable",
        A::UnrecognisedName => "unrecognized_name",
        A::BadCertificateStatusResponse => "bad_certificate_status_response",
        A::BadCertificateHashValue => "bad_certificate_hash_value",
        A::UnknownPSKIdentity => "unknown_psk_identity",
        A::CertificateRequired => "certificate_required",
        A::NoApplicationProtocol => "no_application_protocol",
        A::EncryptedClientHelloRequired => "ech_required",
        _ => return u8::from(alert).to_string(),
    };
    name.to_owned()
}

/// Alerts that say that nothing is in common.
fn negotiation(alert: AlertDescription, around: &Circumstances) -> Option<Explanation> {
    let (peer, them) = (&around.peer, around.them());
    let nothing = |sentence: String| Explanation::new(Exit::NothingInCommon, Fault::Us, sentence);
    Some(match alert {
        // TLS 1.2 has no certificate_required, and servers say it with this one.
        AlertDescription::HandshakeFailure if around.is_client() && lacks_certificate(around) => {
            certificate_required(alert, around)
        }
        AlertDescription::HandshakeFailure if around.is_client() => nothing(format!(
            "the server {peer} found no cipher suite, group or signature scheme that it likes among what was offered \
             (alert handshake_failure)"
        ))
        .mend(
            "leave --ciphers, --groups and --profile away where they are given; else have the server allow ECDHE with \
             AES-GCM or ChaCha20-Poly1305, a group of X25519, P-256 and P-384, and signatures with SHA-256",
        ),
        AlertDescription::HandshakeFailure => {
            nothing(format!("the client {peer} could not accept what this server chose (alert handshake_failure)"))
                .mend("serve with --profile intermediate, or with a certificate whose key the client knows")
        }
        AlertDescription::ProtocolVersion => nothing(format!(
            "the {them} {peer} speaks none of the versions that are allowed here, {} (alert protocol_version)",
            around.versions()
        ))
        .mend(around.allow_versions()),
        AlertDescription::InsufficientSecurity => nothing(format!(
            "the {them} {peer} asks for stronger ciphers than were offered (alert insufficient_security)"
        ))
        .mend("leave --ciphers and --groups away: the defaults are the strongest there are"),
        AlertDescription::NoApplicationProtocol if around.alpn.is_empty() => nothing(format!(
            "the {them} {peer} wants an application protocol agreed on, and none was offered (alert no_application_protocol)"
        ))
        .mend("name one that the server speaks: --alpn http/1.1"),
        AlertDescription::NoApplicationProtocol => nothing(format!(
            "the {them} {peer} speaks none of the application protocols offered: {} (alert no_application_protocol)",
            join(&around.alpn)
        ))
        .mend("name one that the server speaks with --alpn, or leave it away"),
        AlertDescription::MissingExtension => nothing(format!(
            "the {them} {peer} misses an extension that it cannot do without (alert missing_extension)"
        )),
        _ => return None,
    })
}

/// Alerts that reject a certificate: ours.
fn about_certificate(alert: AlertDescription, around: &Circumstances) -> Option<Explanation> {
    let why = match alert {
        AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
            return Some(certificate_required(alert, around));
        }
        AlertDescription::UnknownCA => "its issuer is not trusted there",
        AlertDescription::CertificateExpired => "it is expired or not yet valid there",
        AlertDescription::CertificateRevoked => "it is revoked",
        AlertDescription::UnsupportedCertificate => "it is of a kind or for a purpose that is not taken there",
        AlertDescription::BadCertificate => "it is for another name, or broken",
        AlertDescription::CertificateUnknown => "for a reason that was not given",
        AlertDescription::AccessDenied => "it is valid, and not allowed in",
        AlertDescription::BadCertificateStatusResponse => "its OCSP response is not good",
        _ => return None,
    };
    let name = alert_name(alert);
    let own = around.own_certificate.as_deref();
    Some(if !around.is_client() {
        let own = own.map_or_else(|| "this server's certificate".to_owned(), |own| format!("the certificate `{own}`"));
        let sentence = format!("the client {} refuses {own}: {why} (alert {name})", around.peer);
        Explanation::new(Exit::Alert, Fault::Us, sentence).mend(mend_of_server(alert, around))
    } else if let Some(own) = own {
        let sentence = format!("the server {} refuses our certificate `{own}`: {why} (alert {name})", around.peer);
        Explanation::new(Exit::OwnCertificate, Fault::Us, sentence).mend(mend_of_client(alert))
    } else if around.certificate_requested {
        // A few servers answer a missing certificate as if it were a bad one.
        certificate_required(alert, around)
    } else {
        let sentence = format!("the server {} refused a certificate, and none was shown (alert {name})", around.peer);
        Explanation::new(Exit::Alert, Fault::Peer, sentence)
    })
}

fn mend_of_client(alert: AlertDescription) -> &'static str {
    match alert {
        AlertDescription::UnknownCA => {
            "show one that a CA of the server's issued, with its intermediates: --cert FILE --key FILE; \
             or have the server trust its issuer: --client-ca FILE"
        }
        AlertDescription::CertificateExpired => "renew it, and pass the new one: --cert FILE --key FILE",
        AlertDescription::CertificateRevoked => "have a new one issued: `pki cert new NAME --profile client`",
        AlertDescription::UnsupportedCertificate => {
            "show one that is for clients: `pki cert new NAME --profile client`, then --cert FILE --key FILE"
        }
        AlertDescription::AccessDenied => {
            "have the server let its name in (a tls-server of ours: --allow RULE), or show another one: --cert FILE --key FILE"
        }
        _ => "see the server's log for the reason, and show another one: --cert FILE --key FILE",
    }
}

fn mend_of_server(alert: AlertDescription, around: &Circumstances) -> String {
    let name = around.name.as_deref().unwrap_or("NAME");
    match alert {
        AlertDescription::UnknownCA => "give the client the CA (`pki ca export --out ca.pem`, then `--ca ca.pem`, \
             `curl --cacert ca.pem`), and serve the whole chain"
            .to_owned(),
        AlertDescription::CertificateExpired => "renew it, and compare the clocks of both sides".to_owned(),
        AlertDescription::BadCertificate => format!("serve one that is for the name asked for: `pki cert new {name}`"),
        AlertDescription::UnsupportedCertificate => {
            format!("serve one that is for servers: `pki cert new {name} --profile server`")
        }
        AlertDescription::CertificateRevoked => format!("serve a new one: `pki cert new {name}`"),
        _ => "ask the client's side: its own message says what it has against it".to_owned(),
    }
}

fn lacks_certificate(around: &Circumstances) -> bool {
    around.certificate_requested && around.own_certificate.is_none()
}

fn certificate_required(alert: AlertDescription, around: &Circumstances) -> Explanation {
    let name = alert_name(alert);
    if around.is_client() {
        let sentence = match &around.own_certificate {
            Some(own) => format!(
                "the server {} did not get our certificate `{own}` and requires one (alert {name})",
                around.peer
            ),
            None => format!(
                "the server {} requires a certificate of the client, and none was shown (alert {name})",
                around.peer
            ),
        };
        return Explanation::new(Exit::OwnCertificate, Fault::Us, sentence)
            .mend("show one that it trusts: --cert FILE --key FILE, --pem FILE or store:NAME");
    }
    let sentence =
        format!("the client {} asks this server for a certificate that it did not show (alert {name})", around.peer);
    Explanation::new(Exit::Alert, Fault::Us, sentence)
}

/// Everything else.
fn other(alert: AlertDescription, around: &Circumstances) -> Explanation {
    let (peer, them, name) = (&around.peer, around.them(), alert_name(alert));
    let of = |fault, sentence: String| Explanation::new(Exit::Alert, fault, sentence);
    match alert {
        AlertDescription::UnrecognisedName => {
            let asked = around.name.as_deref().map_or_else(|| "no name".to_owned(), |asked| format!("`{asked}`"));
            of(
                Fault::Us,
                format!("the {them} {peer} does not know the name that was asked for, {asked} (alert {name})"),
            )
            .mend("ask for a name that it serves: --server-name NAME")
        }
        AlertDescription::InternalError => {
            of(Fault::Peer, format!("the {them} {peer} failed on its own side (alert {name})"))
        }
        AlertDescription::UserCanceled => {
            of(Fault::Peer, format!("the {them} {peer} broke the handshake off (alert {name})"))
        }
        AlertDescription::DecryptError => of(
            Fault::Peer,
            format!(
                "the {them} {peer} could not verify a signature or the Finished message of the handshake (alert {name})"
            ),
        )
        .mend("check that certificate and key belong together: `pki cert match CERT KEY`"),
        AlertDescription::BadRecordMac => of(
            Fault::Network,
            format!("the {them} {peer} could not decrypt a record: it was changed on the way (alert {name})"),
        ),
        AlertDescription::CloseNotify => of(
            Fault::Peer,
            format!("the {them} {peer} closed the connection in the middle of the handshake (alert {name})"),
        ),
        AlertDescription::EncryptedClientHelloRequired => {
            of(Fault::Us, format!("the {them} {peer} takes only an encrypted ClientHello (alert {name})"))
        }
        _ => of(
            Fault::Peer,
            format!("the {them} {peer} ended the connection: it objects to a message it was sent (alert {name})"),
        ),
    }
}
