//! One term of a rule: a kind of name, and a pattern over it.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use common::facts::ClientIdentity;
use data_encoding::BASE64;

use super::error::PatternError;
use super::pattern::{DnsPattern, EmailPattern, Glob, Token, escaped, plain, written};
use super::uri::UriPattern;

/// What of a certificate a term is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `cn`: the common name.
    Cn,
    /// `ou`: an organizational unit.
    Ou,
    /// `dns`: a DNS name.
    Dns,
    /// `email`: a mail address.
    Email,
    /// `uri`: a URI, as a SPIFFE ID.
    Uri,
    /// `ip`: an address.
    Ip,
    /// `pin`: the public key.
    Pin,
    /// `san`: `uri`, `email`, `ip` or `dns`, whichever the pattern looks like.
    San,
}

impl Kind {
    pub(super) const ALL: [(Self, &'static str); 8] = [
        (Self::Cn, "cn"),
        (Self::Ou, "ou"),
        (Self::Dns, "dns"),
        (Self::Email, "email"),
        (Self::Uri, "uri"),
        (Self::Ip, "ip"),
        (Self::Pin, "pin"),
        (Self::San, "san"),
    ];

    /// The word before the `=`.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(kind, _)| *kind == self).map_or("", |(_, name)| name)
    }

    /// The word of the first letters of which this is a misspelling, or another word for it.
    pub(super) fn nearest(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "commonname" | "common_name" | "name" | "subject" | "common-name" => Self::Cn,
            "organizationalunit" | "unit" | "o" => Self::Ou,
            "host" | "hostname" | "domain" | "dnsname" => Self::Dns,
            "mail" | "e-mail" | "rfc822" | "emailaddress" => Self::Email,
            "spiffe" | "url" | "id" | "spiffeid" => Self::Uri,
            "ipaddress" | "address" | "addr" => Self::Ip,
            "key" | "spki" | "sha256" | "fingerprint" => Self::Pin,
            "altname" | "subjectaltname" => Self::San,
            _ => return None,
        })
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(word: &str) -> Result<Self, ()> {
        let found = Self::ALL.iter().find(|(_, name)| name.eq_ignore_ascii_case(word));
        found.map(|(kind, _)| *kind).ok_or(())
    }
}

/// `[not] KIND=PATTERN`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) negated: bool,
    pub(super) pattern: Pattern,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Pattern {
    Cn(Glob),
    Ou(Glob),
    Dns(DnsPattern),
    Email(EmailPattern),
    Uri(UriPattern),
    Ip(IpAddr),
    Pin(String),
}

impl Pattern {
    pub(super) fn new(kind: Kind, tokens: &[Token]) -> Result<Self, PatternError> {
        if tokens.is_empty() {
            return Err(PatternError::new(format!("there is no pattern after `{}=`", kind.name())));
        }
        if tokens.iter().any(|token| matches!(token, Token::Char(character) if character.is_control())) {
            return Err(PatternError::new("there is a control character in the pattern"));
        }
        Ok(match kind {
            Kind::Cn => Self::Cn(Glob::new(tokens)),
            Kind::Ou => Self::Ou(Glob::new(tokens)),
            Kind::Dns => Self::Dns(DnsPattern::new(tokens)?),
            Kind::Email => Self::Email(EmailPattern::new(tokens)?),
            Kind::Uri => Self::Uri(UriPattern::new(tokens)?),
            Kind::Ip => Self::Ip(address(tokens).ok_or_else(|| {
                PatternError::new(format!("`{}` is no IP address, which is taken whole", written(tokens)))
            })?),
            Kind::Pin => Self::Pin(pin(tokens)?),
            Kind::San => return Self::new(kind_of_name(tokens), tokens),
        })
    }

    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Cn(_) => Kind::Cn,
            Self::Ou(_) => Kind::Ou,
            Self::Dns(_) => Kind::Dns,
            Self::Email(_) => Kind::Email,
            Self::Uri(_) => Kind::Uri,
            Self::Ip(_) => Kind::Ip,
            Self::Pin(_) => Kind::Pin,
        }
    }

    fn matches(&self, client: &ClientIdentity) -> bool {
        match self {
            Self::Cn(glob) => client.common_name.as_deref().is_some_and(|name| glob.matches(name)),
            Self::Ou(glob) => client.organizational_units.iter().any(|unit| glob.matches(unit)),
            Self::Dns(pattern) => client.dns.iter().any(|name| pattern.matches(name)),
            Self::Email(pattern) => client.emails.iter().any(|address| pattern.matches(address)),
            Self::Uri(pattern) => client.uris.iter().any(|uri| pattern.matches(uri)),
            Self::Ip(address) => client.addresses.contains(address),
            Self::Pin(pin) => client.pin == *pin,
        }
    }
}

impl Term {
    pub(super) fn holds(&self, client: &ClientIdentity) -> bool {
        self.pattern.matches(client) != self.negated
    }

    /// What of `client` it is held against.
    pub(super) fn values(&self, client: &ClientIdentity) -> Vec<String> {
        match self.pattern.kind() {
            Kind::Cn => client.common_name.iter().cloned().collect(),
            Kind::Ou => client.organizational_units.clone(),
            Kind::Dns | Kind::San => client.dns.clone(),
            Kind::Email => client.emails.clone(),
            Kind::Uri => client.uris.clone(),
            Kind::Ip => client.addresses.iter().map(ToString::to_string).collect(),
            Kind::Pin => vec![client.pin.clone()],
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pattern = match &self.pattern {
            Pattern::Cn(glob) | Pattern::Ou(glob) => glob.to_string(),
            Pattern::Dns(pattern) => pattern.to_string(),
            Pattern::Email(pattern) => pattern.to_string(),
            Pattern::Uri(pattern) => pattern.to_string(),
            Pattern::Ip(address) => address.to_string(),
            Pattern::Pin(pin) => escaped(pin),
        };
        let not = if self.negated { "not " } else { "" };
        write!(f, "{not}{}={}", self.pattern.kind().name(), quoted(&pattern))
    }
}

/// A pattern as it stands in a rule: within quotes where there are spaces in it.
pub(super) fn quoted(pattern: &str) -> String {
    if pattern.contains(char::is_whitespace) { format!("\"{pattern}\"") } else { pattern.to_owned() }
}

fn kind_of_name(tokens: &[Token]) -> Kind {
    let text = written(tokens);
    if text.contains("://") || text.get(..4).is_some_and(|scheme| scheme.eq_ignore_ascii_case("urn:")) {
        Kind::Uri
    } else if text.contains('@') {
        Kind::Email
    } else if address(tokens).is_some() {
        Kind::Ip
    } else {
        Kind::Dns
    }
}

fn address(tokens: &[Token]) -> Option<IpAddr> {
    plain(tokens)?.parse().ok()
}

/// `sha256//` and the base64 of 32 bytes, with or without its `=`.
fn pin(tokens: &[Token]) -> Result<String, PatternError> {
    const PREFIX: &str = "sha256//";
    const DIGITS: usize = 43;
    let error = || {
        PatternError::new(
            "a pin is `sha256//` and 44 letters of base64, as `pki cert show` and `pki key show` print it",
        )
    };
    let text = plain(tokens).ok_or_else(error)?;
    let digits = text.strip_prefix(PREFIX).unwrap_or(&text).trim_end_matches('=');
    let digits = format!("{digits}=");
    let whole = digits.len() == DIGITS + 1 && BASE64.decode(digits.as_bytes()).is_ok_and(|bytes| bytes.len() == 32);
    match (whole, text.starts_with(PREFIX)) {
        (true, true) => Ok(format!("{PREFIX}{digits}")),
        (true, false) => Err(error().nearest(format!("{PREFIX}{digits}"))),
        (false, _) => Err(error()),
    }
}
