//! What `hello` received, as lines on standard output.

use std::net::SocketAddr;

use serde::Serialize;
use tls_server::services::Received;

/// The most of a request that is shown.
const SHOWN: usize = 4 * 1024;

/// The line for a person: what the client sent, in one line whatever is in it.
pub(crate) fn text(received: &Received<'_>) -> String {
    let (data, rest) = shown(received.data);
    let more = if rest > 0 { format!(" … and {rest} more bytes") } else { String::new() };
    format!("Received data from client: {}{more}", printable(data))
}

/// The same as a document.
pub(crate) fn json(received: &Received<'_>) -> String {
    let (data, rest) = shown(received.data);
    let document = Document {
        schema: "latchkey.received/1",
        peer: received.peer.address,
        server_name: received.server_name,
        bytes: received.data.len(),
        data: String::from_utf8_lossy(data).into_owned(),
        cut_off: rest > 0,
    };
    // Strings and numbers under fixed names: there is nothing that JSON could not hold.
    serde_json::to_string(&document).unwrap_or_default()
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    peer: SocketAddr,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_name: Option<&'a str>,
    bytes: usize,
    data: String,
    cut_off: bool,
}

fn shown(data: &[u8]) -> (&[u8], usize) {
    let end = data.len().min(SHOWN);
    (&data[..end], data.len() - end)
}

/// Text as it is, but for a line end at its end, which is left away, and control characters, which are escaped:
/// what a stranger sends does not move the cursor.
fn printable(data: &[u8]) -> String {
    let data = data.strip_suffix(b"\n").unwrap_or(data);
    let data = data.strip_suffix(b"\r").unwrap_or(data);
    let mut text = String::with_capacity(data.len());
    for chunk in data.utf8_chunks() {
        for letter in chunk.valid().chars() {
            if letter.is_control() || is_invisible(letter) {
                text.extend(letter.escape_default());
            } else {
                text.push(letter);
            }
        }
        for byte in chunk.invalid() {
            text.push_str(&format!("\\x{byte:02x}"));
        }
    }
    text
}

/// Marks that turn the direction of what follows (Unicode's bidirectional controls) or end a line.
fn is_invisible(letter: char) -> bool {
    matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tls_server::Peer;

    use super::*;

    fn received(data: &[u8]) -> Received<'_> {
        let address = "127.0.0.1:50000".parse().unwrap();
        Received { peer: Peer::direct(1, address, address), server_name: Some("localhost"), data }
    }

    #[test]
    fn a_greeting_reads_as_in_every_tutorial() {
        assert_eq!(text(&received(b"Hello from client!")), "Received data from client: Hello from client!");
        assert_eq!(text(&received("Grüße\r\n".as_bytes())), "Received data from client: Grüße");
    }

    #[test]
    fn nothing_that_is_sent_moves_the_cursor() {
        let line = text(&received(b"a\x1b[2Jb\r\nc\xff\xe2\x80\xae"));
        assert_eq!(line, r"Received data from client: a\u{1b}[2Jb\r\nc\xff\u{202e}");
    }

    #[test]
    fn much_is_cut_off_and_says_so() {
        let line = text(&received(&[b'a'; SHOWN + 5]));
        assert!(line.ends_with("a … and 5 more bytes"));
        let document: serde_json::Value = serde_json::from_str(&json(&received(&[b'a'; SHOWN + 5]))).unwrap();
        assert_eq!((&document["bytes"], &document["cut_off"]), (&(SHOWN + 5).into(), &true.into()));
    }

    proptest! {
        #[test]
        fn any_bytes_are_one_printable_line(data: Vec<u8>) {
            prop_assert!(!text(&received(&data)).chars().any(char::is_control));
        }
    }
}
