//! The question that a client of PostgreSQL asks in front of its ClientHello: may it speak TLS? Without an answer it
//! says nothing more (PostgreSQL's documentation, "Message Flow", "SSL Session Encryption").

/// `SSLRequest`: its length, and the number that stands for it.
const TLS_WANTED: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

/// `GSSENCRequest`, which a client with a Kerberos ticket sends first.
const KERBEROS_WANTED: [u8; 8] = [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x30];

/// What is answered if `bytes` begin with such a question, and how long it is. Nothing else begins so, TLS least of
/// all. What follows the question is taken for TLS, so that nobody on the way can put plaintext into the connection.
pub(super) fn answer(bytes: &[u8]) -> Option<(&'static [u8], usize)> {
    let question = bytes.first_chunk()?;
    let answer: &[u8] = match question {
        _ if *question == TLS_WANTED => b"S",
        _ if *question == KERBEROS_WANTED => b"N",
        _ => return None,
    };
    Some((answer, question.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_granted_and_kerberos_is_not() {
        assert_eq!(answer(&TLS_WANTED), Some((&b"S"[..], 8)));
        assert_eq!(answer(&KERBEROS_WANTED), Some((&b"N"[..], 8)));
        assert_eq!(answer(&TLS_WANTED[..7]), None);
        assert_eq!(answer(b"\0\0\0\x08\x04\xd2\x16\x2e"), None);
    }
}
