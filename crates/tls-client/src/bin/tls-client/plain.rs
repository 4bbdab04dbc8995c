//! A stranger's bytes as text that cannot steer a terminal.

/// Text that comes in pieces, which need not end where a character does.
#[derive(Debug, Default)]
pub(crate) struct Plain {
    pending: Vec<u8>,
}

impl Plain {
    /// The text of what has come up to now and was not given yet.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> String {
        self.pending.extend_from_slice(bytes);
        let complete = self.pending.len() - unfinished(&self.pending);
        let rest = self.pending.split_off(complete);
        escaped(&std::mem::replace(&mut self.pending, rest))
    }

    /// What is left when no more will come.
    pub(crate) fn finish(self) -> String {
        escaped(&self.pending)
    }
}

/// How many bytes at the end may be the beginning of a character, or of a line end.
fn unfinished(bytes: &[u8]) -> usize {
    if bytes.ends_with(b"\r") {
        return 1;
    }
    match std::str::from_utf8(bytes) {
        Err(error) if error.error_len().is_none() => bytes.len() - error.valid_up_to(),
        // What is no text at the front may hide that the end is the beginning of a character, and then it shows as
        // one replacement more.
        _ => 0,
    }
}

fn escaped(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
    let is_safe = |character: char| matches!(character, '\n' | '\t') || !character.is_control();
    text.chars().fold(String::with_capacity(text.len()), |mut out, character| {
        if is_safe(character) {
            out.push(character)
        } else {
            out.extend(character.escape_default())
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_may_end_anywhere() {
        let whole = "Grüße\r\nan alle €\r\n".as_bytes();
        for at in 0..whole.len() {
            let mut plain = Plain::default();
            let text = plain.take(&whole[..at]) + &plain.take(&whole[at..]) + &plain.finish();
            assert_eq!(text, "Grüße\nan alle €\n", "cut at {at}");
        }
    }

    #[test]
    fn control_characters_are_seen_and_not_obeyed() {
        let mut plain = Plain::default();
        assert_eq!(plain.take(b"a\x1b[2Jb\rc\xff\x00"), "a\\u{1b}[2Jb\\rc\u{fffd}\\u{0}");
        assert_eq!(plain.finish(), "");
    }
}
