//! The line that a CA's book has for each certificate.

use store::Issued;

use crate::certificate::{Name, Template};

/// The row of a certificate that the CA `authority` of the store has issued by `template`.
pub fn issued_row(authority: &str, template: &Template, der: &[u8]) -> Issued {
    let names: Vec<String> = template.names.iter().map(ToString::to_string).collect();
    let subject = if names.is_empty() {
        Name::from_der(template.subject.as_der()).map(|name| name.text).unwrap_or_default()
    } else {
        names.join(", ")
    };
    Issued {
        authority: authority.to_owned(),
        serial: template.serial.as_bytes().to_vec(),
        subject,
        not_before: template.validity.not_before(),
        not_after: template.validity.not_after(),
        der: der.to_vec(),
    }
}
