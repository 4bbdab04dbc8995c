//! Protocols of bytes: LDAP (RFC 4511 section 4.14), PostgreSQL (SSLRequest) and MySQL (SSLRequest packet).

use super::step::{Heard, Step, shown};

/// An extended request, message 1, with the name 1.3.6.1.4.1.1466.20037.
const LDAP_START_TLS: &[u8] = b"\x30\x1d\x02\x01\x01\x77\x18\x80\x161.3.6.1.4.1.1466.20037";

/// The length, and the code that stands where a version would.
const POSTGRES_SSL_REQUEST: &[u8] = &[0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

pub(super) fn ldap() -> Vec<Step> {
    vec![Step::say(LDAP_START_TLS), Step::Hear(ldap_answer)]
}

/// An extended response: its result code, and what it says beside it.
fn ldap_answer(bytes: &[u8]) -> Heard {
    const EXTENDED_RESPONSE: u8 = 0x78;
    if bytes.first().is_some_and(|tag| *tag != 0x30) {
        return Heard::Misunderstood;
    }
    let Some((message, ends)) = element(bytes, 0x30) else { return Heard::NeedMore };
    let response = || {
        let (_id, id_ends) = element(message, 0x02)?;
        let (response, _) = element(message.get(id_ends..)?, EXTENDED_RESPONSE)?;
        let (code, code_ends) = element(response, 0x0a)?;
        let rest = response.get(code_ends..)?;
        let (_matched, matched_ends) = element(rest, 0x04)?;
        let (said, _) = element(rest.get(matched_ends..)?, 0x04)?;
        Some((code.to_vec(), said.to_vec()))
    };
    match response() {
        Some((code, _)) if code == [0] => Heard::GoOn(ends),
        Some((code, said)) => {
            let code = code.iter().fold(0_u32, |code, byte| code << 8 | u32::from(*byte));
            Heard::Refused(format!("result code {code}: {}", shown(&said)))
        }
        None => Heard::Misunderstood,
    }
}

/// The content of the element of this tag at the front, and where it ends (X.690 section 8.1.3, definite lengths).
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], usize)> {
    let (&found, rest) = bytes.split_first()?;
    let (&first, rest) = rest.split_first()?;
    if found != tag {
        return None;
    }
    let (length, header) = match usize::from(first) {
        short @ ..=0x7f => (short, 2),
        long => {
            let octets = rest.get(..long & 0x7f).filter(|octets| (1..=4).contains(&octets.len()))?;
            let length = octets.iter().fold(0, |length, octet| length << 8 | usize::from(*octet));
            (length, 2 + octets.len())
        }
    };
    let ends = header.checked_add(length)?;
    Some((bytes.get(header..ends)?, ends))
}

pub(super) fn postgres() -> Vec<Step> {
    vec![Step::say(POSTGRES_SSL_REQUEST), Step::Hear(postgres_answer)]
}

/// One byte, or from servers before 7.0 a message of an error.
fn postgres_answer(bytes: &[u8]) -> Heard {
    match bytes.first() {
        None => Heard::NeedMore,
        Some(b'S') => Heard::GoOn(1),
        Some(b'N') => Heard::NotOffered("it answered `N`; `ssl = on` in postgresql.conf turns it on".to_owned()),
        Some(b'E') => Heard::Refused(shown(bytes.get(1..).unwrap_or_default())),
        Some(_) => Heard::Misunderstood,
    }
}

pub(super) fn mysql() -> Vec<Step> {
    vec![Step::Hear(mysql_greeting), Step::say(&MYSQL_SSL_REQUEST[..])]
}

const MYSQL_CLIENT_PROTOCOL_41: u32 = 0x0200;
const MYSQL_CLIENT_SSL: u32 = 0x0800;
const MYSQL_CLIENT_SECURE_CONNECTION: u32 = 0x8000;

/// A packet of 32 bytes, the second of the conversation: what we can, how long a packet may be, utf8mb4, and zeroes.
const MYSQL_SSL_REQUEST: [u8; 36] = {
    let mut packet = [0; 36];
    packet[0] = 32;
    packet[3] = 1;
    let capabilities = (MYSQL_CLIENT_PROTOCOL_41 | MYSQL_CLIENT_SSL | MYSQL_CLIENT_SECURE_CONNECTION).to_le_bytes();
    packet[4] = capabilities[0];
    packet[5] = capabilities[1];
    packet[6] = capabilities[2];
    packet[7] = capabilities[3];
    packet[11] = 1; // 16 MiB
    packet[12] = 45; // utf8mb4
    packet
};

/// The server's greeting: version 10 of the protocol, and whether it can TLS.
fn mysql_greeting(bytes: &[u8]) -> Heard {
    const PROTOCOL: u8 = 10;
    const ERROR: u8 = 0xff;
    let Some((&[low, middle, high, _sequence], payload)) = bytes.split_first_chunk::<4>() else {
        return Heard::NeedMore;
    };
    let length = usize::from(low) | usize::from(middle) << 8 | usize::from(high) << 16;
    match payload.first() {
        Some(&(PROTOCOL | ERROR)) | None if (1..=super::step::LONGEST / 2).contains(&length) => {}
        _ => return Heard::Misunderstood,
    }
    let Some(payload) = payload.get(..length) else { return Heard::NeedMore };
    if payload.first() == Some(&ERROR) {
        return Heard::Refused(shown(payload.get(3..).unwrap_or_default()));
    }
    // The version as text with a zero, the connection's number (4), a challenge (8), a filler (1), the flags (2).
    let capabilities = || {
        let version = payload.get(1..)?.iter().position(|byte| *byte == 0)?;
        let flags = payload.get(1 + version + 1 + 4 + 8 + 1..)?.first_chunk::<2>()?;
        Some(u32::from(u16::from_le_bytes(*flags)))
    };
    match capabilities() {
        Some(flags) if flags & MYSQL_CLIENT_SSL != 0 => Heard::GoOn(4 + length),
        Some(_) => Heard::NotOffered("its greeting lacks CLIENT_SSL; ssl_cert and ssl_key turn it on".to_owned()),
        None => Heard::Misunderstood,
    }
}
