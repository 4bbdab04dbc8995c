//! As much of HTTP/1.1 (RFC 9112) as a greeting needs, so that `curl` and browsers show it.

/// The methods of RFC 9110 section 9 and RFC 5789, each with the space behind it.
const METHODS: [&[u8]; 9] =
    [b"GET ", b"HEAD ", b"POST ", b"PUT ", b"DELETE ", b"OPTIONS ", b"PATCH ", b"CONNECT ", b"TRACE "];

/// What the bytes so far begin like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::services) enum Beginning {
    /// A request of HTTP.
    Request,
    /// Perhaps one: a part of a method's name, or nothing yet.
    Undecided,
    /// Something else.
    Other,
}

/// Looks at the first bytes that have come.
pub(in crate::services) fn beginning(bytes: &[u8]) -> Beginning {
    if METHODS.iter().any(|method| bytes.starts_with(method)) {
        Beginning::Request
    } else if METHODS.iter().any(|method| method.starts_with(bytes)) {
        Beginning::Undecided
    } else {
        Beginning::Other
    }
}

/// Where the head of a request ends, the first `seen` bytes of which were looked at before. A bare line feed ends a
/// line, too (RFC 9112 section 2.2).
pub(in crate::services) fn head_end(bytes: &[u8], seen: usize) -> Option<usize> {
    let mut at = seen.saturating_sub(2).min(bytes.len());
    while let Some(length) = bytes[at..].iter().position(|&byte| byte == b'\n') {
        at += length + 1;
        let empty_line = [&b"\n"[..], b"\r\n"].into_iter().find(|line| bytes[at..].starts_with(line));
        if let Some(line) = empty_line {
            return Some(at + line.len());
        }
    }
    None
}

/// A response that carries `text` and ends the connection; without its body to HEAD (RFC 9110 section 9.3.2).
pub(in crate::services) fn response(request: &[u8], text: &str) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        text.len()
    );
    let body = if request.starts_with(b"HEAD ") { "" } else { text };
    [head.as_bytes(), body.as_bytes()].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_are_told_from_greetings() {
        for (bytes, expected) in [
            (&b"Hello from client!"[..], Beginning::Other),
            (b"GETAWAY", Beginning::Other),
            (b"hi", Beginning::Other),
            (b"", Beginning::Undecided),
            (b"PO", Beginning::Undecided),
            (b"GET / HTTP/1.1\r\nHost: localhost\r\n", Beginning::Request),
        ] {
            assert_eq!(beginning(bytes), expected, "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn the_end_of_a_head_is_found_wherever_it_was_split() {
        for head in [&b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"[..], b"GET / HTTP/1.0\n\n"] {
            assert_eq!(head_end(&head[..head.len() - 1], 0), None);
            for seen in 0..head.len() {
                assert_eq!(head_end(&[head, b"more\n\n"].concat(), seen), Some(head.len()), "{seen}");
            }
        }
    }

    #[test]
    fn the_length_is_that_of_the_text_and_head_gets_none_of_it() {
        let answer = String::from_utf8(response(b"GET / HTTP/1.1\r\n\r\n", "Hello!\n")).unwrap();
        assert!(answer.contains("\r\nContent-Length: 7\r\n") && answer.ends_with("\r\n\r\nHello!\n"), "{answer}");
        let answer = String::from_utf8(response(b"HEAD / HTTP/1.1\r\n\r\n", "Hello!\n")).unwrap();
        assert!(answer.contains("\r\nContent-Length: 7\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
    }
}
