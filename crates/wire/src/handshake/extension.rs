//! Extensions (RFC 8446 section 4.2): every one by its name, and those that are known field by field.

use super::certificate;
use crate::fields::{DONE, Fields, Read, Value};
use crate::names;

/// The message that an extension stands in, on which its form may depend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    ClientHello,
    ServerHello,
    HelloRetryRequest,
    EncryptedExtensions,
    Certificate,
    CertificateRequest,
    NewSessionTicket,
}

/// All extensions of a message.
pub(super) fn list(fields: &mut Fields<'_>, place: Place) -> Read {
    fields.list("extensions", 2, |list| list.group("extension", |fields| one(fields, place)))?;
    DONE
}

/// Its value is its type, as that is what people call it by.
fn one(fields: &mut Fields<'_>, place: Place) -> Read {
    let kind = fields.code("type", 2, names::extension)?;
    fields.sized("content", 2, |fields| content(kind, fields, place))?;
    Some(Value::Code { code: kind, name: names::extension(kind) })
}

fn content(kind: u16, fields: &mut Fields<'_>, place: Place) -> Read {
    // Many answers are empty: that the extension is there is all they say.
    if fields.is_empty() {
        return DONE;
    }
    match kind {
        0 => server_name(fields)?,
        1 => code(fields, "max_fragment_length", names::max_fragment_length)?,
        5 => status_request(fields, place)?,
        10 => fields.codes("groups", 2, "group", 2, names::group)?,
        11 => fields.codes("point_formats", 1, "point_format", 1, names::point_format)?,
        13 | 50 | 34 if place != Place::Certificate => {
            fields.codes("signature_algorithms", 2, "signature_algorithm", 2, names::signature_scheme)?;
        }
        14 => {
            fields.list("protection_profiles", 2, |list| list.number("protection_profile", 2).map(|_| ()))?;
            fields.sized_bytes("mki", 1)?;
        }
        15 => number(fields, "mode", 1)?,
        16 | 0x4469 | 0x44cd => fields.list("protocols", 2, |list| list.sized_text("protocol", 1))?,
        18 => fields.list("scts", 2, |list| list.sized_bytes("sct", 2))?,
        19 | 20 if place == Place::ClientHello => {
            fields.codes("certificate_types", 1, "certificate_type", 1, names::certificate_type)?;
        }
        19 | 20 => code(fields, "certificate_type", names::certificate_type)?,
        27 => fields.codes("algorithms", 1, "algorithm", 2, names::certificate_compression)?,
        28 => number(fields, "record_size_limit", 2)?,
        35 => fields.remaining_withheld("ticket")?,
        41 if place == Place::ClientHello => offered_psks(fields)?,
        41 => number(fields, "selected_identity", 2)?,
        42 if place == Place::NewSessionTicket => number(fields, "max_early_data_size", 4)?,
        43 if place == Place::ClientHello => fields.codes("versions", 1, "version", 2, names::version)?,
        43 => {
            fields.code("selected_version", 2, names::version)?;
        }
        44 => fields.sized_bytes("cookie", 2)?,
        45 => fields.codes("psk_modes", 1, "psk_mode", 1, names::psk_mode)?,
        47 => certificate::authorities(fields)?,
        48 => fields.list("filters", 2, |list| {
            list.group("filter", |filter| {
                filter.sized_bytes("oid", 1)?;
                filter.sized_bytes("values", 2)?;
                DONE
            })
        })?,
        51 => key_share(fields, place)?,
        0xfe0d => encrypted_client_hello(fields, place)?,
        0xff01 => fields.sized_bytes("renegotiated_connection", 1)?,
        // Padding is zeros; of others nothing is known, or they are empty where they are well formed.
        _ => {
            fields.remaining("bytes")?;
        }
    }
    DONE
}

fn number(fields: &mut Fields<'_>, name: &'static str, width: usize) -> Option<()> {
    fields.number(name, width).map(|_| ())
}

fn code(fields: &mut Fields<'_>, name: &'static str, names: crate::fields::Names) -> Option<()> {
    fields.code(name, 1, names).map(|_| ())
}

/// RFC 6066 section 3.
fn server_name(fields: &mut Fields<'_>) -> Option<()> {
    fields.list("names", 2, |list| {
        list.group("name", |name| {
            let host_name = name.code("name_type", 1, name_type)? == 0;
            if host_name {
                name.sized_text("host_name", 2)?
            } else {
                name.sized_bytes("other_name", 2)?
            }
            DONE
        })
    })
}

fn name_type(kind: u16) -> Option<&'static str> {
    (kind == 0).then_some("host_name")
}

/// RFC 6066 section 8, and RFC 8446 section 4.4.2.1 for its answer.
fn status_request(fields: &mut Fields<'_>, place: Place) -> Option<()> {
    if place == Place::Certificate {
        certificate::status(fields)?;
        return Some(());
    }
    let ocsp = fields.code("status_type", 1, names::status_type)? == 1;
    if ocsp {
        fields.list("responder_ids", 2, |list| list.sized_bytes("responder_id", 2))?;
        fields.sized_bytes("request_extensions", 2)
    } else {
        fields.remaining("request").map(|_| ())
    }
}

/// RFC 8446 section 4.2.11. An identity is a ticket, or names a secret.
fn offered_psks(fields: &mut Fields<'_>) -> Option<()> {
    fields.list("identities", 2, |list| {
        list.group("identity", |identity| {
            identity.sized_withheld("ticket", 2)?;
            identity.number("obfuscated_ticket_age", 4)?;
            DONE
        })
    })?;
    fields.list("binders", 2, |list| list.sized_bytes("binder", 1))
}

/// RFC 8446 section 4.2.8.
fn key_share(fields: &mut Fields<'_>, place: Place) -> Option<()> {
    let entry = |entry: &mut Fields<'_>| {
        let group = entry.code("group", 2, names::group)?;
        entry.sized_bytes("key_exchange", 2)?;
        Some(Value::Code { code: group, name: names::group(group) })
    };
    match place {
        Place::ClientHello => fields.list("key_shares", 2, |list| list.group("key_share", entry)),
        Place::HelloRetryRequest => fields.code("selected_group", 2, names::group).map(|_| ()),
        _ => fields.group("key_share", entry),
    }
}

/// RFC 9849 section 5.
fn encrypted_client_hello(fields: &mut Fields<'_>, place: Place) -> Option<()> {
    match place {
        Place::ClientHello => {
            let outer = fields.code("ech_type", 1, ech_type)? == 0;
            if outer {
                fields.number("kdf", 2)?;
                fields.number("aead", 2)?;
                fields.number("config_id", 1)?;
                fields.sized_bytes("enc", 2)?;
                fields.sized_bytes("payload", 2)?;
            }
            Some(())
        }
        Place::HelloRetryRequest => fields.bytes("confirmation", 8).map(|_| ()),
        _ => fields.sized_bytes("retry_configs", 2),
    }
}

fn ech_type(kind: u16) -> Option<&'static str> {
    Some(match kind {
        0 => "outer",
        1 => "inner",
        _ => return None,
    })
}
