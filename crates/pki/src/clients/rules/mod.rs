//! Allow rules: which clients are let in, of those that a CA vouches for.
//!
//! A rule is one term or several joined by `and`, each of which must hold; before a term may stand `not`. A term is
//! `KIND=PATTERN`:
//!
//! | kind | of the certificate | `*` stands for | case |
//! |---|---|---|---|
//! | `cn` | the subject's most specific common name | any run of characters | counts |
//! | `ou` | any organizational unit of the subject | any run of characters | counts |
//! | `dns` | any DNS name of subjectAltName | the one label furthest left, whole | does not count |
//! | `email` | any mail address of subjectAltName | any run of characters before the `@`; behind it as in `dns` | counts before the `@` |
//! | `uri` | any URI of subjectAltName | any run of characters within one path segment, and alone one whole segment; `**` any number of segments, none included | does not count in scheme and host |
//! | `ip` | any address of subjectAltName | | |
//! | `pin` | the public key: `sha256//BASE64` | | |
//!
//! `san=PATTERN` is `uri`, `email`, `ip` or `dns`, whichever the pattern looks like. A pattern with spaces stands in
//! double quotes, and a backslash takes the meaning from the character behind it: `\*` is a star. A star in a URI
//! matches no segment that is empty, `.` or `..`, and neither a query nor a fragment.
//!
//! A client is let in if one rule of the set holds. Where there is none, everybody is whom the CA vouches for.

mod error;
mod explain;
mod parse;
mod pattern;
mod term;
#[cfg(test)]
mod tests;
mod uri;

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use common::facts::ClientIdentity;

pub use error::RuleError;
pub use explain::{Explained, ExplainedRule, ExplainedTerm};
pub use term::Kind;
use term::Term;

/// One rule: terms that must all hold. `Display` writes it so that it reads back as the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    terms: Vec<Term>,
}

impl Rule {
    /// The rule of one term whose pattern is all of `pattern`, spaces and quotes included; a backslash still takes the
    /// meaning from a star.
    ///
    /// # Errors
    /// The pattern is none of this kind.
    pub fn of(kind: Kind, pattern: &str) -> Result<Self, RuleError> {
        parse::one_term(kind, pattern)
    }

    /// Whether every term holds.
    pub fn holds(&self, client: &ClientIdentity) -> bool {
        self.terms.iter().all(|term| term.holds(client))
    }
}

impl FromStr for Rule {
    type Err = RuleError;

    fn from_str(text: &str) -> Result<Self, RuleError> {
        parse::rule(text)
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, term) in self.terms.iter().enumerate() {
            if index > 0 {
                f.write_str(" and ")?;
            }
            term.fmt(f)?;
        }
        Ok(())
    }
}

/// A set of rules, one of which must hold; without any everybody is let in. The default has none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Rules(Vec<Rule>);

/// Whether a client is let in, and by what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decision {
    /// Whether it is.
    pub allowed: bool,
    /// The first rule that holds, by its index; none where there are no rules, or none holds.
    pub rule: Option<usize>,
}

impl Rules {
    /// Parses each rule.
    ///
    /// # Errors
    /// Every rule that is none, with what is wrong with it.
    pub fn parse<S: AsRef<str>>(rules: &[S]) -> Result<Self, Vec<RuleError>> {
        let mut parsed = Self::default();
        let mut errors = Vec::new();
        for rule in rules {
            match rule.as_ref().parse() {
                Ok(rule) => parsed.0.push(rule),
                Err(error) => errors.push(error),
            }
        }
        if errors.is_empty() { Ok(parsed) } else { Err(errors) }
    }

    /// The rules, in order.
    pub fn all(&self) -> &[Rule] {
        &self.0
    }

    /// Whether there is none, so that everybody is let in.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `client` is let in.
    pub fn decide(&self, client: &ClientIdentity) -> Decision {
        let rule = self.0.iter().position(|rule| rule.holds(client));
        Decision { allowed: self.is_empty() || rule.is_some(), rule }
    }

    /// What each rule and each of its terms says to `client`.
    pub fn explain(&self, client: &ClientIdentity) -> Explained {
        explain::explain(self, client)
    }

    /// SHA-256 over what the rules say, whatever their order.
    pub fn digest(&self) -> [u8; 32] {
        let mut lines: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        lines.sort_unstable();
        lines.dedup();
        let mut bytes = [0; 32];
        // No rule has a line break in it.
        bytes.copy_from_slice(digest(&SHA256, lines.join("\n").as_bytes()).as_ref());
        bytes
    }
}

impl From<Vec<Rule>> for Rules {
    fn from(rules: Vec<Rule>) -> Self {
        Self(rules)
    }
}
