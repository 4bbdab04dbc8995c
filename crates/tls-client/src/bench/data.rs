//! What is said over an open connection, and how its answer is known to be whole.

use super::line::Fault;

/// The longest head of a response that is looked at.
const LONGEST_HEAD: usize = 64 * 1024;

/// A response that is on its way.
#[derive(Debug, Default)]
pub(super) enum Answer {
    /// None is.
    #[default]
    None,
    /// So many bytes are missing, whatever they are.
    Bytes(u64),
    /// The head of an HTTP response, as far as it has come.
    Head(Vec<u8>),
}

impl Answer {
    /// Takes what has come. How many bytes of content that was, and whether the answer is whole.
    pub(super) fn take(&mut self, data: &[u8]) -> Result<(u64, bool), Fault> {
        match self {
            Self::None => Ok((0, false)),
            Self::Bytes(missing) => {
                let taken = (*missing).min(data.len() as u64);
                *missing -= taken;
                Ok((taken, *missing == 0))
            }
            Self::Head(head) => {
                head.extend_from_slice(data);
                let Some(end) = find(head, b"\r\n\r\n") else {
                    return if head.len() > LONGEST_HEAD { Err(wrong("its head has no end")) } else { Ok((0, false)) };
                };
                let length = content_length(&head[..end])?;
                let body = head.split_off(end + 4);
                *self = Self::Bytes(length);
                self.take(&body)
            }
        }
    }
}

fn wrong(why: &str) -> Fault {
    Fault::Answer(why.to_owned())
}

/// RFC 9110 section 8.6. What has no length has no end that could be waited for on a connection that is kept.
fn content_length(head: &[u8]) -> Result<u64, Fault> {
    let head = String::from_utf8_lossy(head);
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap_or_default();
    let code = status.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1)).unwrap_or_default();
    if !code.starts_with('2') {
        let shown: String = status.chars().filter(|c| !c.is_control()).take(60).collect();
        return Err(wrong(&format!("it begins with `{shown}`")));
    }
    let fields = lines.filter_map(|line| line.split_once(':'));
    let length = fields
        .filter(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .find_map(|(_, value)| value.trim().parse().ok());
    length.ok_or_else(|| wrong("it has no Content-Length"))
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_response_may_come_in_any_pieces() {
        let whole = b"HTTP/1.1 200 OK\r\nServer: x\r\ncontent-LENGTH: 5\r\n\r\nhello";
        for at in 0..whole.len() {
            let mut answer = Answer::Head(Vec::new());
            let (first, done) = answer.take(&whole[..at]).unwrap();
            assert!(!done, "cut at {at}");
            let (second, done) = answer.take(&whole[at..]).unwrap();
            assert!(done && first + second == 5, "cut at {at}");
        }
    }

    #[test]
    fn what_is_no_response_says_why() {
        for (text, why) in [
            ("HTTP/1.1 404 Not Found\r\n\r\n", "404"),
            ("SSH-2.0-x\r\n\r\n", "SSH-2.0-x"),
            ("HTTP/1.1 200 OK\r\n\r\n", "Content-Length"),
        ] {
            let fault = Answer::Head(Vec::new()).take(text.as_bytes()).unwrap_err();
            assert!(fault.sentence().contains(why), "{}", fault.sentence());
        }
        let mut endless = Answer::Head(Vec::new());
        assert!((0..100).any(|_| endless.take(&[b'a'; 1000]).is_err()), "a head is bounded");
    }
}
