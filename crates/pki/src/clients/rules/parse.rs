//! A rule from its text. What goes wrong is told with its column and the nearest right form.

use super::Rule;
use super::error::{PatternError, RuleError};
use super::pattern::{Token, written};
use super::term::{Kind, Pattern, Term, quoted};

/// A rule of one term, whose pattern needs no quotes.
pub(super) fn one_term(kind: Kind, pattern: &str) -> Result<Rule, RuleError> {
    let characters: Vec<char> = pattern.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < characters.len() {
        let (token, length) = token(&characters[at..]);
        tokens.push(token);
        at += length;
    }
    match Pattern::new(kind, &tokens) {
        Ok(pattern) => Ok(Rule { terms: vec![Term { negated: false, pattern }] }),
        Err(PatternError { reason, nearest }) => {
            let rule = format!("{}={}", kind.name(), quoted(pattern));
            let nearest = nearest.map(|nearest| format!("{}={}", kind.name(), quoted(&nearest)));
            Err(RuleError { rule, column: kind.name().len() + 2, reason, nearest })
        }
    }
}

pub(super) fn rule(text: &str) -> Result<Rule, RuleError> {
    let mut parser = Parser { text, characters: text.chars().collect(), at: 0 };
    let mut terms = vec![parser.term()?];
    while !parser.is_at_end() {
        parser.and(terms.last())?;
        terms.push(parser.term()?);
    }
    Ok(Rule { terms })
}

struct Parser<'a> {
    text: &'a str,
    characters: Vec<char>,
    at: usize,
}

impl Parser<'_> {
    fn term(&mut self) -> Result<Term, RuleError> {
        let mut negated = false;
        loop {
            self.skip_spaces();
            let start = self.at;
            let word = self.word();
            match word.to_ascii_lowercase().as_str() {
                "not" if negated => return Err(self.error(start, "`not` stands before a term once", None)),
                "not" => negated = true,
                "and" | "or" => {
                    return Err(self.error(start, format!("`{word}` stands between two terms"), None));
                }
                "" if self.is_at_end() => {
                    return Err(self.error(start, "a term is missing: KIND=PATTERN", Some("cn=alice".to_owned())));
                }
                _ => return Ok(Term { negated, pattern: self.pattern(start, &word)? }),
            }
        }
    }

    /// `=PATTERN`, and before it the `word` that is its kind.
    fn pattern(&mut self, start: usize, word: &str) -> Result<Pattern, RuleError> {
        if self.peek() != Some('=') {
            return Err(self.no_term(start, word));
        }
        let Ok(kind) = word.parse::<Kind>() else {
            self.at += 1;
            let pattern = self.tokens()?;
            let kinds = Kind::ALL.map(|(_, name)| name).join(", ");
            let nearest = Kind::nearest(word).map(|kind| term_of(kind, &written(&pattern)));
            return Err(self.error(start, format!("`{word}` is no kind of name; there are {kinds}"), nearest));
        };
        self.at += 1;
        let start = self.at;
        let tokens = self.tokens()?;
        if tokens.is_empty() && !self.is_at_end() {
            let reason = format!("there is a space after `{word}=`");
            let nearest = self.rest_as_pattern(kind);
            return Err(self.error(start, reason, nearest));
        }
        Pattern::new(kind, &tokens).map_err(|PatternError { reason, nearest }| {
            let nearest = nearest.map(|nearest| term_of(kind, &nearest));
            self.error(start, reason, nearest)
        })
    }

    /// What is wrong with a word that no `=` follows.
    fn no_term(&mut self, start: usize, word: &str) -> RuleError {
        self.skip_spaces();
        if let (Some('='), Ok(kind)) = (self.peek(), word.parse::<Kind>()) {
            self.at += 1;
            let nearest = self.rest_as_pattern(kind);
            return self.error(start, format!("there is a space after `{word}`"), nearest);
        }
        let nearest = if word.contains("://") { term_of(Kind::Uri, word) } else { term_of(Kind::Cn, word) };
        self.error(start, format!("`{word}` is no term, which is KIND=PATTERN"), Some(nearest))
    }

    /// The `and` between two terms.
    fn and(&mut self, before: Option<&Term>) -> Result<(), RuleError> {
        let start = self.at;
        let word = self.word();
        let follows = self.peek() == Some('=');
        match word.to_ascii_lowercase().as_str() {
            "and" if !follows => Ok(()),
            "or" if !follows => {
                let reason = "there is no `or` within a rule: make it two rules, of which one must hold";
                Err(self.error(start, reason, None))
            }
            "not" => Err(self.error(start, "`and` is missing before `not`", None)),
            _ if follows => {
                let nearest = self.insert(start, "and ");
                Err(self.error(start, "`and` is missing between two terms", Some(nearest)))
            }
            _ => Err(self.trailing(start, &word, before)),
        }
    }

    /// What follows a term and is none: most likely the rest of a name with spaces in it.
    fn trailing(&self, start: usize, word: &str, before: Option<&Term>) -> RuleError {
        let spaced = before.filter(|term| matches!(term.pattern, Pattern::Cn(_) | Pattern::Ou(_)));
        let nearest = spaced.map(|term| {
            let term = term.to_string();
            let (kind, pattern) = term.split_once('=').unwrap_or_default();
            format!("{kind}=\"{} {word}\"", pattern.trim_matches('"'))
        });
        let reason = "a term is followed by `and` and another term; a pattern with spaces stands in double quotes";
        self.error(start, reason, nearest)
    }

    /// Letters up to a space, a `=` or the end.
    fn word(&mut self) -> String {
        let rest = self.characters.get(self.at..).unwrap_or_default();
        let word: String = rest.iter().take_while(|next| !next.is_whitespace() && **next != '=').collect();
        self.at += word.chars().count();
        word
    }

    /// A pattern, up to a space that is not within quotes.
    fn tokens(&mut self) -> Result<Vec<Token>, RuleError> {
        let mut tokens = Vec::new();
        let mut quote = None;
        while let Some(next) = self.peek() {
            match next {
                '"' => {
                    quote = if quote.is_some() { None } else { Some(self.at) };
                    self.at += 1;
                }
                space if space.is_whitespace() && quote.is_none() => break,
                _ => {
                    let (token, length) = token(&self.characters[self.at..]);
                    tokens.push(token);
                    self.at += length;
                }
            }
        }
        match quote {
            Some(start) => Err(self.error(start, "the double quote that begins here has no end", None)),
            None => Ok(tokens),
        }
    }

    fn rest_as_pattern(&mut self, kind: Kind) -> Option<String> {
        self.skip_spaces();
        let pattern = self.tokens().ok()?;
        (!pattern.is_empty()).then(|| term_of(kind, &written(&pattern)))
    }

    fn insert(&self, at: usize, text: &str) -> String {
        let (before, after) = self.characters.split_at(at.min(self.characters.len()));
        before.iter().chain(&text.chars().collect::<Vec<_>>()).chain(after).collect()
    }

    fn skip_spaces(&mut self) {
        while self.peek().is_some_and(char::is_whitespace) {
            self.at += 1;
        }
    }

    fn peek(&self) -> Option<char> {
        self.characters.get(self.at).copied()
    }

    /// Whether nothing but spaces follows.
    fn is_at_end(&mut self) -> bool {
        self.skip_spaces();
        self.at >= self.characters.len()
    }

    fn error(&self, start: usize, reason: impl Into<String>, nearest: Option<String>) -> RuleError {
        RuleError { rule: self.text.to_owned(), column: start + 1, reason: reason.into(), nearest }
    }
}

/// The first token of a pattern, and how many characters it takes. A backslash at the very end is one.
fn token(characters: &[char]) -> (Token, usize) {
    match characters {
        ['*', ..] => (Token::Star, 1),
        ['\\', next, ..] => (Token::Char(*next), 2),
        [next, ..] => (Token::Char(*next), 1),
        [] => (Token::Star, 1),
    }
}

fn term_of(kind: Kind, pattern: &str) -> String {
    format!("{}={}", kind.name(), quoted(pattern))
}
