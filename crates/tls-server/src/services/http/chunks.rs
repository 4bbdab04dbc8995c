//! A body in chunks (RFC 9112 section 7.1), read only to find its end.

use super::status::{Refusal, Status};

/// The most of a body that is read and thrown away, its framing included.
pub(super) const MOST: u64 = 64 * 1024;

/// Where in a body in chunks its reader stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunks {
    at: At,
    read: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum At {
    /// In the size of a chunk, after `digits` of them.
    Size {
        digits: u8,
        size: u64,
    },
    /// Between a size and the end of its line.
    Extension {
        size: u64,
    },
    /// Before the line feed that ends a size's line.
    SizeEnd {
        size: u64,
    },
    Data {
        left: u64,
    },
    /// Before the carriage return, and before the line feed, that follow data.
    DataReturn,
    DataEnd,
    /// In a line of the trailer section.
    Trailer {
        empty: bool,
    },
    /// Before the line feed that ends such a line.
    TrailerEnd {
        last: bool,
    },
    Over,
}

impl Chunks {
    pub(super) const fn new() -> Self {
        Self { at: At::Size { digits: 0, size: 0 }, read: 0 }
    }

    /// Reads what belongs to the body from the front of `bytes`: how many that were, and whether it ends there.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<(usize, bool), Refusal> {
        let mut taken = 0;
        while self.at != At::Over && taken < bytes.len() {
            let step = match self.at {
                At::Data { left } => {
                    let step = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len() - taken);
                    let left = left - step as u64;
                    self.at = if left == 0 { At::DataReturn } else { At::Data { left } };
                    step
                }
                at => {
                    self.at = next(at, bytes[taken])?;
                    1
                }
            };
            taken += step;
            self.read += step as u64;
            if self.read > MOST {
                return Err(TOO_LARGE);
            }
        }
        Ok((taken, self.at == At::Over))
    }
}

/// A body of more than [`MOST`].
pub(super) const TOO_LARGE: Refusal =
    Refusal::new(Status::CONTENT_TOO_LARGE, "The body of the request is larger than what is read here");

/// Lines end with both carriage return and line feed: here no leniency is asked for, and some would be a danger.
fn next(at: At, byte: u8) -> Result<At, Refusal> {
    Ok(match (at, byte) {
        (At::Size { digits, size }, _) if digits < 16 && byte.is_ascii_hexdigit() => {
            let digit = char::from(byte).to_digit(16).unwrap_or_default();
            At::Size { digits: digits + 1, size: size << 4 | u64::from(digit) }
        }
        (At::Size { digits: 1.., size } | At::Extension { size }, b'\r') => At::SizeEnd { size },
        (At::Size { digits: 1.., size }, b';' | b' ' | b'\t') => At::Extension { size },
        (At::Extension { size }, b'\t' | b' '..=b'~' | 0x80..) => At::Extension { size },
        (At::SizeEnd { size: 0 }, b'\n') => At::Trailer { empty: true },
        (At::SizeEnd { size }, b'\n') if size > MOST => return Err(TOO_LARGE),
        (At::SizeEnd { size }, b'\n') => At::Data { left: size },
        (At::DataReturn, b'\r') => At::DataEnd,
        (At::DataEnd, b'\n') => At::Size { digits: 0, size: 0 },
        (At::Trailer { empty }, b'\r') => At::TrailerEnd { last: empty },
        (At::Trailer { .. }, b'\t' | b' '..=b'~' | 0x80..) => At::Trailer { empty: false },
        (At::TrailerEnd { last: true }, b'\n') => At::Over,
        (At::TrailerEnd { last: false }, b'\n') => At::Trailer { empty: true },
        _ => return Err(Refusal::bad("The body is not in chunks, as the request says it is")),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BODY: &[u8] = b"5\r\nhello\r\n00A;x=\"y\"\r\n0123456789\r\n0\r\nA: b\r\n\r\n";

    #[test]
    fn the_end_of_a_body_is_found() {
        let bytes = [BODY, b"GET /"].concat();
        assert_eq!(Chunks::new().read(&bytes), Ok((BODY.len(), true)));
        assert_eq!(Chunks::new().read(b"0\r\n\r\n"), Ok((5, true)));
    }

    #[test]
    fn what_is_no_chunk_is_refused() {
        for body in [
            &b"\r\n"[..],
            b"5\nhello",
            b"5\r\nhello\n",
            b"5\r\nhello6\r\n",
            b"-1\r\n",
            b"0x5\r\n",
            b"5\0\r\n",
            b"5;\x01\r\n",
            b"5\rx",
            b"0\r\n\n",
            b"0\r\nA\nB",
            b"11111111111111111\r\n",
        ] {
            assert_eq!(Chunks::new().read(body).unwrap_err().status.code, 400, "{}", body.escape_ascii());
        }
    }

    #[test]
    fn no_more_is_read_than_the_bound() {
        assert_eq!(Chunks::new().read(b"ffffffffffffffff\r\n"), Err(TOO_LARGE));
        let many = b"1\r\na\r\n".repeat(20_000);
        assert_eq!(Chunks::new().read(&many), Err(TOO_LARGE));
        let long = [&b"0;"[..], &[b'a'; 70_000]].concat();
        assert_eq!(Chunks::new().read(&long), Err(TOO_LARGE));
    }

    proptest! {
        #[test]
        fn no_split_changes_where_it_ends(body in prop_oneof![Just(BODY.to_vec()), "[0-3a;\r\n]{0,24}".prop_map(Into::into)], size in 1_usize..9) {
            let whole = Chunks::new().read(&body);
            let mut chunks = Chunks::new();
            let mut read = 0;
            let mut parts = Ok((0, false));
            for part in body.chunks(size) {
                parts = chunks.read(part).map(|(taken, over)| (read + taken, over));
                read += part.len();
                if !matches!(parts, Ok((_, false))) {
                    break;
                }
            }
            prop_assert_eq!(parts, whole);
        }
    }
}
