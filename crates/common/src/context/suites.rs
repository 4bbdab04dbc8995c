//! Cipher suites by OpenSSL's names and strings, and by IANA's names.

use rustls::{CipherSuite, SupportedCipherSuite};

use super::Provider;
use super::suite_words::{ENTRIES, Entry, Word};

/// The suites that are offered and taken, in order. The default is all that can be had, AES-128-GCM first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suites {
    order: Vec<CipherSuite>,
    dropped: Vec<Dropped>,
}

/// A word of a cipher string that asked for what cannot be had.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Dropped {
    /// The word.
    pub name: String,
    /// Why it cannot be had.
    pub reason: String,
}

/// What is wrong with a cipher string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SuitesError {
    /// A word that is neither a suite nor a class.
    #[error("`{word}` in the cipher string is no cipher suite or class that OpenSSL or IANA knows{}", meant(suggestion.as_deref()))]
    Unknown {
        /// The word.
        word: String,
        /// What was probably meant.
        suggestion: Option<String>,
    },
    /// A directive that OpenSSL has and that has no meaning here.
    #[error("`{word}` in the cipher string has no meaning here: {reason}")]
    Directive {
        /// The word.
        word: String,
        /// Why.
        reason: &'static str,
    },
    /// No suite is left.
    #[error("the cipher string `{string}` leaves no cipher suite{}", reasons(dropped))]
    Empty {
        /// The string.
        string: String,
        /// What was asked for and cannot be had.
        dropped: Vec<Dropped>,
    },
}

fn meant(suggestion: Option<&str>) -> String {
    suggestion.map(|name| format!("; did you mean {name}?")).unwrap_or_default()
}

fn reasons(dropped: &[Dropped]) -> String {
    let each: Vec<_> = dropped.iter().map(|dropped| format!("{}: {}", dropped.name, dropped.reason)).collect();
    if each.is_empty() { String::new() } else { format!(" ({})", each.join("; ")) }
}

impl Default for Suites {
    fn default() -> Self {
        Self { order: ENTRIES.iter().map(|entry| entry.suite).collect(), dropped: Vec::new() }
    }
}

impl Suites {
    /// Reads a cipher string in OpenSSL's language (`openssl-ciphers(1)`): names and classes separated by colons,
    /// commas or spaces; `+` inside a word for what is in both; `!` removes for good, `-` removes, `+` in front
    /// moves to the end; `@STRENGTH` sorts. Suites of TLS 1.3 are chosen by their names alone, and all of them
    /// stay where none is named.
    ///
    /// # Errors
    /// A word that is unknown, or nothing left.
    pub fn parse(string: &str) -> Result<Self, SuitesError> {
        let mut selection = Selection::default();
        for word in string.split([':', ',', ' ', ';']).filter(|word| !word.is_empty()) {
            selection.apply(word)?;
        }
        selection.finish(string)
    }

    /// The names of what is offered, as IANA spells them, in order.
    pub fn kept(&self) -> Vec<&'static str> {
        let name = |suite: &CipherSuite| ENTRIES.iter().find(|entry| entry.suite == *suite).map(|entry| entry.iana);
        self.order.iter().filter_map(name).collect()
    }

    /// What the string asked for and cannot be had.
    pub fn dropped(&self) -> &[Dropped] {
        &self.dropped
    }

    pub(super) fn select(&self, provider: Provider) -> Vec<SupportedCipherSuite> {
        let all = provider.full().cipher_suites;
        self.order.iter().filter_map(|suite| all.iter().find(|have| have.suite() == *suite).copied()).collect()
    }
}

#[derive(Default)]
struct Selection {
    chosen: Vec<&'static Entry>,
    banned: Vec<CipherSuite>,
    dropped: Vec<Dropped>,
    names_tls13: bool,
}

impl Selection {
    fn apply(&mut self, word: &str) -> Result<(), SuitesError> {
        if let Some(directive) = word.strip_prefix('@') {
            return self.direct(word, directive);
        }
        // `DEFAULT@SECLEVEL=2`, as it is mostly written.
        if let Some(at) = word.find('@') {
            self.apply(&word[..at])?;
            return self.apply(&word[at..]);
        }
        match word.as_bytes()[0] {
            b'!' => {
                let matched = self.matching(&word[1..], Drop::Silently)?;
                self.banned.extend(matched.iter().map(|entry| entry.suite));
                self.remove(&matched);
            }
            b'-' => {
                let matched = self.matching(&word[1..], Drop::Silently)?;
                self.remove(&matched);
            }
            b'+' => {
                let matched = self.matching(&word[1..], Drop::Silently)?;
                self.chosen.sort_by_key(|entry| contains(&matched, entry));
            }
            _ => {
                let matched = self.matching(word, Drop::AndSay)?;
                self.names_tls13 |= matched.iter().any(|entry| entry.is_tls13());
                self.add(matched);
            }
        }
        Ok(())
    }

    fn direct(&mut self, word: &str, directive: &str) -> Result<(), SuitesError> {
        let reason = match directive {
            "STRENGTH" => {
                self.chosen.sort_by_key(|entry| std::cmp::Reverse(entry.strength()));
                return Ok(());
            }
            // 112 bits, which is what holds here always.
            "SECLEVEL=2" => return Ok(()),
            "SECLEVEL=0" | "SECLEVEL=1" => {
                let reason = "keys and signatures below 112 bits of security are always refused".to_owned();
                self.dropped.push(Dropped { name: word.to_owned(), reason });
                return Ok(());
            }
            _ => "only @STRENGTH and @SECLEVEL up to 2 are known",
        };
        Err(SuitesError::Directive { word: word.to_owned(), reason })
    }

    /// The entries that every part of `word` (joined by `+`) takes.
    fn matching(&mut self, word: &str, drop: Drop) -> Result<Vec<&'static Entry>, SuitesError> {
        let mut matched: Vec<&'static Entry> = ENTRIES.iter().collect();
        let mut unavailable = None;
        for part in word.split('+') {
            match Word::of(part) {
                Word::Suite(entry) => matched.retain(|other| other.suite == entry.suite),
                Word::Class(class) => matched.retain(|entry| class(entry)),
                Word::Unavailable(reason) => unavailable = Some(reason),
                Word::Unknown => {
                    return Err(SuitesError::Unknown { word: part.to_owned(), suggestion: nearest(part) });
                }
            }
        }
        if let Some(reason) = unavailable {
            if drop == Drop::AndSay {
                self.dropped.push(Dropped { name: word.to_owned(), reason: reason.to_owned() });
            }
            return Ok(Vec::new());
        }
        Ok(matched)
    }

    fn add(&mut self, matched: Vec<&'static Entry>) {
        for entry in matched {
            if !contains(&self.chosen, entry) && !self.banned.contains(&entry.suite) {
                self.chosen.push(entry);
            }
        }
    }

    fn remove(&mut self, matched: &[&'static Entry]) {
        self.chosen.retain(|entry| !contains(matched, entry));
    }

    fn finish(mut self, string: &str) -> Result<Suites, SuitesError> {
        if self.chosen.is_empty() {
            return Err(SuitesError::Empty { string: string.to_owned(), dropped: self.dropped });
        }
        if !self.names_tls13 {
            let kept = |entry: &&Entry| entry.is_tls13() && !self.banned.contains(&entry.suite);
            let tls13: Vec<_> = ENTRIES.iter().filter(kept).collect();
            self.chosen.splice(0..0, tls13);
        }
        Ok(Suites { order: self.chosen.iter().map(|entry| entry.suite).collect(), dropped: self.dropped })
    }
}

/// Whether a word that cannot be had is reported: what is excluded anyway need not be.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Drop {
    Silently,
    AndSay,
}

fn contains(entries: &[&'static Entry], entry: &Entry) -> bool {
    entries.iter().any(|other| other.suite == entry.suite)
}

/// The suite whose name differs from `word` in case or separators only.
fn nearest(word: &str) -> Option<String> {
    let plain = |text: &str| text.to_ascii_uppercase().replace(['-', '_'], "").replace("WITH", "");
    let wanted = plain(word);
    let names = ENTRIES.iter().flat_map(|entry| [entry.iana, entry.openssl]);
    names.into_iter().find(|name| plain(name) == wanted).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kept(string: &str) -> Vec<&'static str> {
        Suites::parse(string).unwrap().kept()
    }

    #[test]
    fn aes_128_comes_first_unless_told() {
        assert_eq!(Suites::default().kept()[0], "TLS_AES_128_GCM_SHA256");
        assert_eq!(Suites::default().select(Provider::Ring).len(), 9);
    }

    #[test]
    fn tls13_suites_stay_where_none_is_named() {
        assert_eq!(kept("ECDHE-RSA-AES256-GCM-SHA384").len(), 4);
        assert_eq!(kept("TLS_AES_256_GCM_SHA384"), ["TLS_AES_256_GCM_SHA384"]);
    }

    #[test]
    fn the_operators_of_openssl_mean_what_they_mean_there() {
        let tls12 = |string| kept(string).into_iter().filter(|name| name.contains("ECDHE")).collect::<Vec<_>>();
        assert_eq!(tls12("ECDHE+AESGCM").len(), 4);
        assert_eq!(tls12("HIGH:!aNULL:!MD5").len(), 6);
        assert_eq!(tls12("ALL:!CHACHA20:!aRSA").len(), 2);
        assert_eq!(tls12("ALL:-ECDSA:ECDSA").last(), Some(&"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"));
        assert_eq!(tls12("!AES128:ALL").len(), 4);
        assert!(tls12("ALL:+AES128").last().unwrap().contains("AES_128"));
        assert!(tls12("ALL:@STRENGTH")[0].contains("256"));
    }

    #[test]
    fn mozillas_intermediate_string_is_taken_and_says_what_it_drops() {
        let string = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:DHE-RSA-AES128-GCM-SHA256";
        let suites = Suites::parse(string).unwrap();
        assert_eq!(suites.dropped().len(), 1);
        assert_eq!(suites.dropped()[0].name, "DHE-RSA-AES128-GCM-SHA256");
    }

    #[test]
    fn what_cannot_be_had_alone_is_refused_with_its_reason() {
        for (string, reason) in [
            ("RC4-SHA", "RC4"),
            ("AES128-SHA", "forward secret"),
            ("kRSA", "forward secret"),
            ("ECDHE-RSA-AES128-SHA", "CBC"),
            ("TLS_RSA_WITH_3DES_EDE_CBC_SHA", "SWEET32"),
        ] {
            let error = Suites::parse(string).unwrap_err();
            assert!(matches!(error, SuitesError::Empty { .. }), "{error}");
            assert!(error.to_string().contains(reason), "{error}");
        }
        assert!(matches!(Suites::parse(""), Err(SuitesError::Empty { .. })));
    }

    #[test]
    fn pythons_own_default_is_taken() {
        let string = "@SECLEVEL=2:ECDH+AESGCM:ECDH+CHACHA20:ECDH+AES:DHE+AES:!aNULL:!eNULL:!aDSS:!SHA1:!AESCCM";
        let suites = Suites::parse(string).unwrap();
        assert_eq!(suites.kept().len(), 9);
        assert_eq!(suites.dropped().iter().map(|dropped| &dropped.name).collect::<Vec<_>>(), ["DHE+AES"]);
    }

    #[test]
    fn a_security_level_that_always_holds_is_taken_and_others_are_told() {
        assert!(Suites::parse("DEFAULT@SECLEVEL=2").unwrap().dropped().is_empty());
        assert_eq!(Suites::parse("DEFAULT:@SECLEVEL=1").unwrap().dropped()[0].name, "@SECLEVEL=1");
        assert!(matches!(Suites::parse("DEFAULT@SECLEVEL=3"), Err(SuitesError::Directive { .. })));
        assert!(matches!(Suites::parse("@SECLEVEL=2"), Err(SuitesError::Empty { .. })));
    }

    #[test]
    fn an_unknown_word_is_an_error_that_guesses() {
        let error = Suites::parse("ecdhe-rsa-aes128-gcm-sha256").unwrap_err();
        assert!(error.to_string().contains("did you mean"), "{error}");
        for word in ["!BOGUS", "ECDSA:TLS_AES_ECDH", "AES128-ECDH"] {
            assert!(matches!(Suites::parse(word), Err(SuitesError::Unknown { .. })), "{word}");
        }
    }
}
