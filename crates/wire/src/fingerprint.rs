//! JA4: what a ClientHello says about the program that made it, whoever it was made for.
//!
//! By FoxIO's description, "JA4: TLS Client Fingerprinting" (`technical_details/JA4.md`, BSD-3-Clause). Two
//! connections of one program have the same fingerprint, though it shuffles what it offers and puts GREASE
//! (RFC 8701) between.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::hello::{ClientHello, extension};
use crate::names::is_grease;

/// The fingerprint of a ClientHello that came over TCP: `t13d1516h2_8daaf6152771_e5627efa2ab1`.
///
/// Its parts are what can be read (TLS over TCP, the highest version, a name or none, how many suites and
/// extensions, the first application protocol), the suites, and the extensions with the signature schemes.
pub fn ja4(hello: &ClientHello<'_>) -> String {
    let suites: Vec<u16> = hello.suites.iter().filter(|&suite| !is_grease(suite)).collect();
    let extensions: Vec<u16> = hello.extensions().map(|(kind, _)| kind).filter(|&kind| !is_grease(kind)).collect();
    format!(
        "t{}{}{:02}{:02}{}_{}_{}",
        version(hello),
        if extensions.contains(&extension::SERVER_NAME) { 'd' } else { 'i' },
        suites.len().min(99),
        extensions.len().min(99),
        protocol(hello.alpn().next()),
        digest(&sorted(suites)),
        digest(&offers(extensions, hello)),
    )
}

fn version(hello: &ClientHello<'_>) -> &'static str {
    let highest = hello.versions.iter().filter(|&version| !is_grease(version)).max();
    match highest.unwrap_or(hello.legacy_version) {
        0x0304 => "13",
        0x0303 => "12",
        0x0302 => "11",
        0x0301 => "10",
        0x0300 => "s3",
        0x0002 => "s2",
        _ => "00",
    }
}

/// The first and the last character of the first application protocol, or of its bytes in hexadecimal where one of
/// them is no letter or digit.
fn protocol(first: Option<&[u8]>) -> String {
    let Some(&[first, .., last] | &[first @ last]) = first else { return "00".into() };
    if first.is_ascii_alphanumeric() && last.is_ascii_alphanumeric() {
        [first, last].map(char::from).iter().collect()
    } else {
        format!("{:x}{:x}", first >> 4, last & 0x0f)
    }
}

/// The extensions but for those that depend on whom the client talks to, and the signature schemes in its order.
fn offers(mut extensions: Vec<u16>, hello: &ClientHello<'_>) -> String {
    extensions.retain(|&kind| kind != extension::SERVER_NAME && kind != extension::ALPN);
    let mut offers = sorted(extensions);
    let schemes: Vec<u16> = hello.signature_schemes.iter().filter(|&scheme| !is_grease(scheme)).collect();
    if !offers.is_empty() && !schemes.is_empty() {
        offers.push('_');
        offers.push_str(&list(&schemes));
    }
    offers
}

fn sorted(mut values: Vec<u16>) -> String {
    values.sort_unstable();
    list(&values)
}

/// `1301,1302`
fn list(values: &[u16]) -> String {
    let mut list = String::with_capacity(values.len() * 5);
    for value in values {
        let comma = if list.is_empty() { "" } else { "," };
        let _ = write!(list, "{comma}{value:04x}"); // a String takes whatever is written
    }
    list
}

/// The first half dozen bytes of the list's SHA-256; zeros where there is no list, so that this is seen.
fn digest(list: &str) -> String {
    if list.is_empty() {
        return "000000000000".into();
    }
    let digest = Sha256::digest(list);
    digest.iter().take(6).fold(String::with_capacity(12), |mut hex, byte| {
        let _ = write!(hex, "{byte:02x}"); // as above
        hex
    })
}

#[cfg(test)]
mod tests;
