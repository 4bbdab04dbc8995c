//! Patterns over text, DNS names and mail addresses.

use std::fmt;

use super::error::PatternError;

/// A character of a pattern, or a star that stands for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Token {
    Char(char),
    Star,
}

impl Token {
    pub(super) fn is(self, character: char) -> bool {
        self == Self::Char(character)
    }
}

/// Tokens as they are written, a star that stands for itself with a backslash.
pub(super) fn written(tokens: &[Token]) -> String {
    tokens.iter().fold(String::new(), |mut text, token| {
        match token {
            Token::Star => text.push('*'),
            Token::Char(character @ ('*' | '\\' | '"')) => text.extend(['\\', *character]),
            Token::Char(character) => text.push(*character),
        }
        text
    })
}

/// The characters alone; none where there is a star among them.
pub(super) fn plain(tokens: &[Token]) -> Option<String> {
    let character = |token: &Token| match token {
        Token::Char(character) => Some(*character),
        Token::Star => None,
    };
    tokens.iter().map(character).collect()
}

/// Text in a pattern, in which no star is meant.
pub(super) fn escaped(text: &str) -> String {
    written(&text.chars().map(Token::Char).collect::<Vec<_>>())
}

/// Text in which each star stands for any run of characters, none included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Glob {
    /// What stands between the stars; one alone where there is no star.
    literals: Vec<String>,
}

impl Glob {
    pub(super) fn new(tokens: &[Token]) -> Self {
        let literals = tokens.split(|token| *token == Token::Star);
        let mut literals: Vec<String> = literals.map(|tokens| plain(tokens).unwrap_or_default()).collect();
        // Two stars in a row are one.
        let last = literals.len() - 1;
        let mut index = 0;
        literals.retain(|literal| {
            index += 1;
            index == 1 || index == last + 1 || !literal.is_empty()
        });
        Self { literals }
    }

    pub(super) fn has_star(&self) -> bool {
        self.literals.len() > 1
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let [first, between @ .., last] = self.literals.as_slice() else {
            return self.literals.first().is_some_and(|literal| literal == text);
        };
        let Some(rest) = text.strip_prefix(first.as_str()).and_then(|rest| rest.strip_suffix(last.as_str())) else {
            return false;
        };
        // The earliest place of each leaves the most room for those that follow.
        let end = between
            .iter()
            .try_fold(rest, |rest, literal| rest.find(literal.as_str()).and_then(|at| rest.get(at + literal.len()..)));
        end.is_some()
    }
}

impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, literal) in self.literals.iter().enumerate() {
            if index > 0 {
                f.write_str("*")?;
            }
            f.write_str(&escaped(literal))?;
        }
        Ok(())
    }
}

/// A DNS name, whose leftmost label may be a star: then it stands for exactly one label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct DnsPattern {
    any_label: bool,
    /// In lower case, without the dot at the end.
    name: String,
}

impl DnsPattern {
    pub(super) fn new(tokens: &[Token]) -> Result<Self, PatternError> {
        let tokens = tokens.strip_suffix(&[Token::Char('.')]).unwrap_or(tokens);
        if tokens == [Token::Star] {
            let reason = "`*` stands for one label of a DNS name, so alone it would match names without a dot only";
            return Err(PatternError::new(reason).nearest("*.example.com"));
        }
        let (any_label, rest) = match tokens {
            [Token::Star, Token::Char('.'), rest @ ..] => (true, rest),
            all => (false, all),
        };
        if let Some(star) = rest.iter().rposition(|token| *token == Token::Star) {
            let error =
                PatternError::new("in a DNS name `*` stands for the one label furthest left, and for all of it");
            let after = rest[star..].iter().position(|token| token.is('.')).and_then(|dot| rest.get(star + dot + 1..));
            return Err(match after.map(written) {
                Some(after) if !after.is_empty() => error.nearest(format!("*.{after}")),
                _ => error,
            });
        }
        let name = plain(rest).unwrap_or_default().to_ascii_lowercase();
        check_name(&name)?;
        Ok(Self { any_label, name })
    }

    pub(super) fn matches(&self, name: &str) -> bool {
        let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
        if !self.any_label {
            return name == self.name;
        }
        name.split_once('.').is_some_and(|(label, rest)| !label.is_empty() && rest == self.name)
    }
}

impl fmt::Display for DnsPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.any_label { "*." } else { "" }, self.name)
    }
}

fn check_name(name: &str) -> Result<(), PatternError> {
    if name.split('.').any(str::is_empty) {
        return Err(PatternError::new("a label of the DNS name is empty"));
    }
    let usual = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.');
    match name.chars().find(|character| !usual(*character)) {
        None => Ok(()),
        Some(character) if !character.is_ascii() => {
            let reason = format!("`{character}` is not ASCII: certificates have such names in their `xn--` form");
            Err(PatternError::new(reason))
        }
        Some(character) => Err(PatternError::new(format!("`{character}` is in no DNS name"))),
    }
}

/// A mail address: stars before the `@` stand for any run of characters, behind it as in DNS names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct EmailPattern {
    local: Glob,
    domain: DnsPattern,
}

impl EmailPattern {
    pub(super) fn new(tokens: &[Token]) -> Result<Self, PatternError> {
        let Some(at) = tokens.iter().rposition(|token| token.is('@')) else {
            let error = PatternError::new("a mail address has an `@`");
            return Err(match DnsPattern::new(tokens) {
                Ok(domain) if domain.name.contains('.') => error.nearest(format!("*@{domain}")),
                _ => error,
            });
        };
        if at == 0 {
            let nearest = format!("*{}", written(tokens));
            return Err(PatternError::new("there is nothing before the `@`").nearest(nearest));
        }
        let domain = DnsPattern::new(&tokens[at + 1..]).map_err(|error| PatternError {
            nearest: error.nearest.map(|domain| format!("{}@{domain}", written(&tokens[..at]))),
            ..error
        })?;
        Ok(Self { local: Glob::new(&tokens[..at]), domain })
    }

    pub(super) fn matches(&self, address: &str) -> bool {
        let parts = address.rsplit_once('@');
        parts.is_some_and(|(local, domain)| self.local.matches(local) && self.domain.matches(domain))
    }
}

impl fmt::Display for EmailPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.local, self.domain)
    }
}
