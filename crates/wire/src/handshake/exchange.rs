//! Key exchange, signatures and tickets (RFC 8446 sections 4.4.3 and 4.6.1, RFC 5246 section 7.4, RFC 8422 section 5,
//! RFC 5077 section 3.3).

use super::extension::{self, Place};
use crate::fields::{DONE, Fields, Read};
use crate::names;

pub(super) fn verify(fields: &mut Fields<'_>) -> Read {
    signature(fields)?;
    DONE
}

fn signature(fields: &mut Fields<'_>) -> Option<()> {
    fields.code("signature_scheme", 2, names::signature_scheme)?;
    fields.sized_bytes("signature", 2)
}

pub(super) fn ticket(fields: &mut Fields<'_>, tls13: bool) -> Read {
    fields.number("ticket_lifetime", 4)?;
    if tls13 {
        // It hides the ticket's age, and is sent under keys that nobody in between has.
        fields.number("ticket_age_add", 4)?;
        fields.sized_bytes("ticket_nonce", 1)?;
    }
    fields.sized_withheld("ticket", 2)?;
    if tls13 { extension::list(fields, Place::NewSessionTicket) } else { DONE }
}

pub(super) fn server_key(fields: &mut Fields<'_>, suite: Option<u16>) -> Read {
    match method(suite) {
        Method::EllipticCurve { signed } => {
            fields.code("curve_type", 1, names::curve_type).filter(|&kind| kind == NAMED_CURVE)?;
            fields.code("named_group", 2, names::group)?;
            fields.sized_bytes("public", 1)?;
            if signed {
                signature(fields)?;
            }
        }
        Method::FiniteField { signed } => {
            fields.sized_bytes("dh_p", 2)?;
            fields.sized_bytes("dh_g", 2)?;
            fields.sized_bytes("dh_public", 2)?;
            if signed {
                signature(fields)?;
            }
        }
        Method::Rsa | Method::Other => {
            fields.remaining("parameters")?;
        }
    }
    DONE
}

pub(super) fn client_key(fields: &mut Fields<'_>, suite: Option<u16>) -> Read {
    match method(suite) {
        Method::EllipticCurve { .. } => fields.sized_bytes("public", 1)?,
        Method::FiniteField { .. } => fields.sized_bytes("dh_public", 2)?,
        Method::Rsa => fields.sized_bytes("encrypted_premaster_secret", 2)?,
        Method::Other => {
            fields.remaining("parameters")?;
        }
    }
    DONE
}

const NAMED_CURVE: u16 = 3;

/// How the suites of TLS 1.2 agree on keys, as far as it gives these messages their form.
enum Method {
    EllipticCurve { signed: bool },
    FiniteField { signed: bool },
    Rsa,
    Other,
}

/// A suite's name says how.
fn method(suite: Option<u16>) -> Method {
    let name = suite.and_then(names::suite).unwrap_or_default();
    let Some((method, _)) = name.strip_prefix("TLS_").and_then(|name| name.split_once("_WITH_")) else {
        return Method::Other;
    };
    match method.trim_end_matches("_EXPORT") {
        "ECDHE_ECDSA" | "ECDHE_RSA" => Method::EllipticCurve { signed: true },
        "ECDH_anon" => Method::EllipticCurve { signed: false },
        "DHE_RSA" | "DHE_DSS" => Method::FiniteField { signed: true },
        "DH_anon" => Method::FiniteField { signed: false },
        "RSA" => Method::Rsa,
        _ => Method::Other,
    }
}
