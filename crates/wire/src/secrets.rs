//! The secrets of sessions, as SSLKEYLOGFILE holds them (RFC 9850).

use zeroize::Zeroizing;

/// Secrets by label and by the client's random value. They are wiped when this is dropped, and shown by nothing here
/// but [`Secrets::to_key_log`].
#[derive(Default)]
pub struct Secrets(Vec<Secret>);

struct Secret {
    label: String,
    client_random: Vec<u8>,
    secret: Zeroizing<Vec<u8>>,
}

impl Secrets {
    /// Keeps one more.
    pub fn add(&mut self, label: &str, client_random: &[u8], secret: &[u8]) {
        let secret = Zeroizing::new(secret.to_vec());
        self.0.push(Secret { label: label.to_owned(), client_random: client_random.to_vec(), secret });
    }

    /// The secrets of a key log. Lines that are none, as comments, are passed over.
    pub fn from_key_log(text: &str) -> Self {
        let mut secrets = Self::default();
        for line in text.lines() {
            let mut words = line.split_ascii_whitespace();
            let (Some(label), Some(random), Some(secret), None) =
                (words.next(), words.next().and_then(unhex), words.next().and_then(unhex), words.next())
            else {
                continue;
            };
            secrets.add(label, &random, &Zeroizing::new(secret));
        }
        secrets
    }

    /// The same as a key log, which whoever has it can read the traffic with.
    pub fn to_key_log(&self) -> Zeroizing<String> {
        // As large as it will be, so that it is not moved, which would leave a copy behind.
        let length = |one: &Secret| one.label.len() + 2 * (one.client_random.len() + one.secret.len()) + 3;
        let mut text = Zeroizing::new(String::with_capacity(self.0.iter().map(length).sum()));
        for Secret { label, client_random, secret } in &self.0 {
            text.push_str(label);
            text.push(' ');
            hex(client_random, &mut text);
            text.push(' ');
            hex(secret, &mut text);
            text.push('\n');
        }
        text
    }

    /// How many there are.
    pub const fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The secret with this label of the session that began with this random value.
    pub(crate) fn find(&self, label: &str, client_random: &[u8]) -> Option<&[u8]> {
        let is_it = |one: &&Secret| one.label == label && one.client_random == client_random;
        self.0.iter().find(is_it).map(|one| one.secret.as_slice())
    }
}

impl std::fmt::Debug for Secrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Secrets({} withheld)", self.0.len())
    }
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

fn hex(bytes: &[u8], text: &mut String) {
    for byte in bytes {
        for digit in [byte >> 4, byte & 15] {
            text.push(DIGITS[usize::from(digit)].into());
        }
    }
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, []) = text.as_bytes().as_chunks() else { return None };
    pairs.iter().map(|&[high, low]| Some(digit(high)? << 4 | digit(low)?)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_log_is_read_as_it_was_written() {
        let text = "CLIENT_RANDOM 0a0b c0ffee\nSERVER_TRAFFIC_SECRET_0 0a0c 00\n";
        let secrets = Secrets::from_key_log(text);
        assert_eq!(secrets.find("CLIENT_RANDOM", &[10, 11]), Some(&[0xc0, 0xff, 0xee][..]));
        assert_eq!(secrets.find("CLIENT_RANDOM", &[10, 12]), None);
        assert_eq!(*secrets.to_key_log(), text);
    }

    #[test]
    fn what_is_no_secret_is_passed_over() {
        let secrets = Secrets::from_key_log("# made by hand\n\nCLIENT_RANDOM 0a0\nCLIENT_RANDOM zz 00\nA 00 00 00\r\n");
        assert!(secrets.is_empty());
    }

    #[test]
    fn nothing_is_shown_unasked() {
        let secrets = Secrets::from_key_log("CLIENT_RANDOM 0a c0ffee\n");
        assert_eq!(format!("{secrets:?}"), "Secrets(1 withheld)");
    }
}
