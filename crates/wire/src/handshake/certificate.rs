//! Certificates and the requests for them (RFC 8446 sections 4.3.2 and 4.4.2, RFC 5246 sections 7.4.2 and 7.4.4). What
//! stands in a certificate is not looked at here.

use super::extension::{self, Place};
use crate::fields::{DONE, Fields, Read};
use crate::names;

pub(super) fn tls13(fields: &mut Fields<'_>) -> Read {
    fields.sized_bytes("certificate_request_context", 1)?;
    fields.list("certificate_list", 3, |list| {
        list.group("entry", |entry| {
            entry.sized_bytes("certificate_data", 3)?;
            extension::list(entry, Place::Certificate)
        })
    })?;
    DONE
}

pub(super) fn tls12(fields: &mut Fields<'_>) -> Read {
    fields.list("certificate_list", 3, |list| list.sized_bytes("certificate_data", 3))?;
    DONE
}

/// RFC 8879.
pub(super) fn compressed(fields: &mut Fields<'_>) -> Read {
    fields.code("algorithm", 2, names::certificate_compression)?;
    fields.number("uncompressed_length", 3)?;
    fields.sized_bytes("compressed_certificate_message", 3)?;
    DONE
}

pub(super) fn request_tls13(fields: &mut Fields<'_>) -> Read {
    fields.sized_bytes("certificate_request_context", 1)?;
    extension::list(fields, Place::CertificateRequest)
}

pub(super) fn request_tls12(fields: &mut Fields<'_>) -> Read {
    fields.codes("certificate_types", 1, "certificate_type", 1, names::client_certificate_type)?;
    fields.codes("signature_algorithms", 2, "signature_algorithm", 2, names::signature_scheme)?;
    authorities(fields)?;
    DONE
}

pub(super) fn authorities(fields: &mut Fields<'_>) -> Option<()> {
    fields.list("certificate_authorities", 2, |list| list.sized_bytes("distinguished_name", 2))
}

/// RFC 6066 section 8; in TLS 1.3 the same stands in an extension of the certificate.
pub(super) fn status(fields: &mut Fields<'_>) -> Read {
    fields.code("status_type", 1, names::status_type)?;
    fields.sized_bytes("response", 3)?;
    DONE
}
