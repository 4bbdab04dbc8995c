//! PEM (RFC 7468) as it is met: with text around the blocks, with the line ends of every system, indented, after a
//! byte order mark, and with lines of any length.
//!
//! A block may hold a private key, so that nothing of its content is ever in an error, and no copy of it is left.

use pkcs8::der::pem::Base64Decoder;
use zeroize::Zeroizing;

use super::error::InputError;
use crate::Secret;
use crate::pbe::Traditional;

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The longest label that is taken for one. The longest in use has 23 letters.
const MAX_LABEL: usize = 64;

/// What is between a BEGIN line and its END line.
pub(super) struct Block<'a> {
    /// The label between the dashes: printable ASCII.
    pub(super) label: &'a str,
    name: &'a str,
    line: usize,
    body: &'a [u8],
}

impl<'a> Block<'a> {
    /// Finds every block in the bytes of the file `name`.
    pub(super) fn scan(name: &'a str, bytes: &'a [u8]) -> Result<Vec<Self>, InputError> {
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        let line_end = line_end(bytes);
        let mut blocks = Vec::new();
        // The block that has begun, and where its body starts.
        let mut open: Option<(Self, usize)> = None;
        let mut offset = 0;
        for (index, raw) in bytes.split_inclusive(|byte| *byte == line_end).enumerate() {
            let (start, line) = (offset, index + 1);
            offset += raw.len();
            let text = raw.trim_ascii();
            if let Some(rest) = text.strip_prefix(BEGIN) {
                if let Some((block, _)) = open {
                    return Err(block.truncated());
                }
                let (label, whole) = label(rest);
                let block = Self { label, name, line, body: &[] };
                if !whole {
                    return Err(
                        block.damaged("its BEGIN line does not end after the label; were its line breaks lost?")
                    );
                }
                open = Some((block, offset));
            } else if let Some(rest) = text.strip_prefix(END) {
                let (label, _) = label(rest);
                let Some((block, body)) = open.take() else {
                    return Err(InputError::HeadlessPem { name: name.to_owned(), label: label.to_owned(), line });
                };
                if label != block.label {
                    return Err(block.damaged(&format!("line {line} ends it as `{label}`")));
                }
                blocks.push(Self { body: &bytes[body..start], ..block });
            }
        }
        match open {
            Some((block, _)) => Err(block.truncated()),
            None => Ok(blocks),
        }
    }

    /// The cipher in the headers (RFC 1421) of OpenSSL's traditional encryption.
    pub(super) fn legacy_cipher(&self) -> Option<Traditional> {
        let (headers, _) = self.parts();
        let headers = String::from_utf8_lossy(headers);
        if !headers.contains("4,ENCRYPTED") {
            return None;
        }
        let info = headers.lines().find_map(|line| line.trim().strip_prefix("DEK-Info:"));
        let (cipher, iv) = info.map_or(("", ""), |info| info.split_once(',').unwrap_or((info, "")));
        let cipher = printable(cipher.trim().as_bytes()).filter(|cipher| !cipher.is_empty());
        Some(Traditional::new(cipher.unwrap_or("unknown cipher"), iv.trim()))
    }

    /// The content, decoded in constant time.
    pub(super) fn decode(&self) -> Result<Secret, InputError> {
        let (_, body) = self.parts();
        let mut digits = Zeroizing::new(Vec::with_capacity(body.len()));
        digits.extend(body.iter().filter(|byte| !byte.is_ascii_whitespace()));
        if digits.is_empty() {
            return Err(self.damaged("there is nothing in it"));
        }
        let decoded = || {
            let mut decoder = Base64Decoder::new(&digits).ok()?;
            let mut bytes = Zeroizing::new(vec![0; decoder.remaining_len()]);
            decoder.decode(&mut bytes).ok()?;
            Some(std::mem::take(&mut *bytes))
        };
        decoded().map(Secret::new).ok_or_else(|| self.damaged("its content is not base64"))
    }

    /// The headers and what follows them: they are there where the first line has a colon, and end with an empty line.
    fn parts(&self) -> (&'a [u8], &'a [u8]) {
        let line_end = line_end(self.body);
        let mut lines = self.body.split_inclusive(|byte| *byte == line_end).peekable();
        if !lines.peek().is_some_and(|first| first.contains(&b':')) {
            return (&[], self.body);
        }
        let length = lines.take_while(|line| !line.trim_ascii().is_empty()).map(<[u8]>::len).sum();
        self.body.split_at(length)
    }

    fn truncated(&self) -> InputError {
        InputError::TruncatedPem { name: self.name.to_owned(), label: self.label.to_owned(), line: self.line }
    }

    fn damaged(&self, reason: &str) -> InputError {
        let (name, label) = (self.name.to_owned(), self.label.to_owned());
        InputError::DamagedPem { name, label, line: self.line, reason: reason.to_owned() }
    }
}

/// What ends a line: a line feed, or where there is none, what ended it on the first Macintoshes.
fn line_end(bytes: &[u8]) -> u8 {
    if bytes.contains(&b'\n') { b'\n' } else { b'\r' }
}

/// The label at the start of `rest`, and whether five dashes and nothing else follow it. What cannot be a label is
/// none at all: a file that has lost its line breaks has its content there.
fn label(rest: &[u8]) -> (&str, bool) {
    let length = rest.windows(DASHES.len()).position(|window| window == DASHES);
    match length.and_then(|length| Some((printable(&rest[..length])?, &rest[length..]))) {
        Some((label, after)) => (label, after == DASHES),
        None => ("", false),
    }
}

/// `bytes` as what may stand in an error: printable ASCII, and no longer than a label.
fn printable(bytes: &[u8]) -> Option<&str> {
    let usual = bytes.len() <= MAX_LABEL && bytes.iter().all(|byte| matches!(byte, b' '..=b'~'));
    usual.then(|| std::str::from_utf8(bytes).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(text: &str) -> Result<Vec<Vec<u8>>, InputError> {
        Block::scan("x.pem", text.as_bytes())?.iter().map(|block| Ok(block.decode()?.expose().to_vec())).collect()
    }

    const PLAIN: &str = "-----BEGIN A-----\nAAEC\nAwQF\nBg==\n-----END A-----\n";

    #[test]
    fn a_block_is_read_however_its_lines_are_laid_out() {
        let long = PLAIN.replace("AAEC\nAwQF\nBg==", "AAECAwQFBg==");
        let spread = PLAIN.replace("\nAw", "\n\n Aw").replace("QF\n", "Q\tF  \n");
        let indented: String = PLAIN.lines().map(|line| format!("    {line}\n")).collect();
        for text in [
            PLAIN,
            PLAIN.trim_end(),
            &PLAIN.replace('\n', "\r\n"),
            &PLAIN.replace('\n', "\r"),
            &format!("\u{feff}{PLAIN}"),
            &format!("Certificate:\n  Data: -----\n{PLAIN}and after\0\0"),
            &PLAIN.replace("A-----\nA", "A-----\nProc-Type: 2,CLEAR\nX: y\n\nA"),
            &long,
            &spread,
            &indented,
        ] {
            assert_eq!(scan(text).unwrap(), [[0, 1, 2, 3, 4, 5, 6]], "{text:?}");
        }
    }

    #[test]
    fn a_block_that_is_not_whole_is_an_error_and_none_is_passed_over() {
        let error = |text: &str| scan(&format!("{PLAIN}{text}")).unwrap_err();
        let body = "-----BEGIN B-----\nAAEC\n";
        assert!(matches!(error(body), InputError::TruncatedPem { line: 6, .. }));
        assert!(matches!(error(&format!("{body}{PLAIN}")), InputError::TruncatedPem { line: 6, .. }));
        assert!(
            matches!(error("AAEC\n-----END B-----"), InputError::HeadlessPem { line: 7, label, .. } if label == "B")
        );
        for (text, said) in [
            (format!("{body}-----END A-----"), "line 8 ends it as `A`"),
            ("-----BEGIN B----\nAAEC\n-----END B-----".to_owned(), "BEGIN line"),
            (format!("{body}!\n-----END B-----"), "not base64"),
            (format!("{body}A\n-----END B-----"), "not base64"),
            ("-----BEGIN B-----\n-----END B-----".to_owned(), "nothing in it"),
        ] {
            let error = error(&text);
            assert!(matches!(&error, InputError::DamagedPem { reason, .. } if reason.contains(said)), "{error}");
        }
    }

    #[test]
    fn no_error_shows_the_content_of_a_block() {
        let key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
        for lost in ["", " ", "\\n", "\u{2028}"] {
            let error = scan(&key.replace('\n', lost)).unwrap_err().to_string();
            assert!(error.contains("line breaks") && !error.contains("c2Vj"), "{error}");
            let error = scan(&key.replace("-----\nc", lost)).unwrap_err().to_string();
            assert!(!error.contains("2Vj"), "{error}");
        }
        let error = scan("-----BEGIN \u{1b}[31mRED-----\nAAEC\n-----END RED-----").unwrap_err().to_string();
        assert!(!error.contains('\u{1b}'), "{error:?}");
    }
}
