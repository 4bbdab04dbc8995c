//! Profiles of the user's own, read from TOML: one table a profile.

use std::collections::BTreeMap;

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;
use serde::Deserialize;
use x509_cert::ext::pkix::{KeyUsage, KeyUsages};

use super::rules::Kind;
use super::{Permitted, Rules};
use crate::certificate::{Extras, Profile};
use crate::key::Algorithm;

/// Why a file of profiles is not taken, or has not the one that is asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RulesProblem {
    /// It is no TOML, or a table has a key or a value that no profile has.
    #[error("line {line}: {problem}")]
    Toml {
        /// The line, from 1.
        line: usize,
        /// What is wrong, and what would be right.
        problem: String,
    },
    /// A value that a key cannot have.
    #[error("[{profile}] {key}: {problem}")]
    Value {
        /// The profile.
        profile: String,
        /// The key.
        key: &'static str,
        /// What is wrong.
        problem: String,
    },
    /// There is no such profile.
    #[error("there is no profile `{asked}`; there are {known}")]
    Unknown {
        /// What was asked for.
        asked: String,
        /// Those that there are.
        known: String,
    },
}

/// The keys, as they stand in the file.
const KEYS: [&str; 15] = [
    "base",
    "days",
    "max_days",
    "names",
    "permit",
    "wildcards",
    "keys",
    "key_usage",
    "extended_key_usage",
    "path_len",
    "crl_urls",
    "issuer_urls",
    "ocsp_urls",
    "no_rev_avail",
    "comment",
];

#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "a table with the keys of a profile, as in `[web]`")]
struct Raw {
    base: String,
    days: Option<u32>,
    max_days: Option<u32>,
    names: Option<Vec<String>>,
    #[serde(default)]
    permit: Vec<String>,
    wildcards: Option<bool>,
    keys: Option<Vec<String>>,
    key_usage: Option<Vec<String>>,
    extended_key_usage: Option<Vec<String>>,
    path_len: Option<u8>,
    #[serde(default)]
    crl_urls: Vec<String>,
    #[serde(default)]
    issuer_urls: Vec<String>,
    #[serde(default)]
    ocsp_urls: Vec<String>,
    #[serde(default)]
    no_rev_avail: bool,
    #[expect(dead_code, reason = "for people")]
    comment: Option<String>,
}

impl Rules {
    /// The profile `name` of a file: one table a profile, each of which says by `base` which of the usual ones it is a
    /// narrower one of.
    ///
    /// # Errors
    /// The text is no TOML, any profile in it has a key or value that there is not, or there is none of that name.
    pub fn from_toml(text: &str, name: &str) -> Result<Self, RulesProblem> {
        let mut tables: BTreeMap<String, Raw> = toml::from_str(text).map_err(|error| problem_of(text, &error))?;
        let known = tables.keys().map(String::as_str).chain(Self::NAMES).collect::<Vec<_>>().join(", ");
        match tables.remove(name) {
            Some(raw) => raw.check(name),
            None => Self::usual(name).ok_or_else(|| RulesProblem::Unknown { asked: name.to_owned(), known }),
        }
    }

    /// The error that says which of the usual profiles there are.
    pub fn unknown(name: &str) -> RulesProblem {
        RulesProblem::Unknown { asked: name.to_owned(), known: Self::NAMES.join(", ") }
    }
}

impl Raw {
    fn check(self, name: &str) -> Result<Rules, RulesProblem> {
        let wrong = |key, problem: String| RulesProblem::Value { profile: name.to_owned(), key, problem };
        let usual = Rules::usual(&self.base);
        let usual = usual.ok_or_else(|| wrong("base", nearest(&self.base, &Rules::NAMES)))?;
        let kind = match (usual.kind, self.path_len) {
            (Kind::Authority { path_len }, asked) => Kind::Authority { path_len: asked.or(path_len) },
            (leaf, None) => leaf,
            (_, Some(_)) => return Err(wrong("path_len", "only an `intermediate` has one".to_owned())),
        };
        let days = self.days.unwrap_or(self.max_days.map_or(usual.days, |most| usual.days.min(most)));
        if days == 0 || self.max_days.is_some_and(|most| days > most) {
            return Err(wrong("days", "it is at least 1, and not above max_days".to_owned()));
        }
        // RFC 9608 section 3. A client that nobody may ask about could not be locked out.
        if self.no_rev_avail && usual.kind != Kind::Leaf(Profile::Server) {
            return Err(wrong("no_rev_avail", "only what is based on `server` may be without revocation".to_owned()));
        }
        if self.no_rev_avail && !(self.crl_urls.is_empty() && self.ocsp_urls.is_empty()) {
            return Err(wrong(
                "no_rev_avail",
                "it says that there is no place to ask, and crl_urls or ocsp_urls name one".to_owned(),
            ));
        }
        for kind in self.names.iter().flatten() {
            if !NAME_KINDS.contains(&kind.as_str()) {
                return Err(wrong("names", nearest(kind, &NAME_KINDS)));
            }
        }
        let permitted = self.permit.iter().map(|text| text.parse::<Permitted>()).collect::<Result<_, _>>();
        let keys = self.keys.map(|keys| keys.iter().map(|key| key.parse::<Algorithm>()).collect::<Result<_, _>>());
        Ok(Rules {
            name: name.to_owned(),
            kind,
            days,
            max_days: self.max_days,
            kinds: self.names,
            permitted: permitted.map_err(|problem| wrong("permit", problem.to_string()))?,
            wildcards: self.wildcards.unwrap_or(true),
            keys: keys.transpose().map_err(|problem| wrong("keys", problem.to_string()))?,
            extras: Extras {
                purposes: read(self.extended_key_usage, purpose).map_err(|p| wrong("extended_key_usage", p))?,
                key_usage: usages(self.key_usage).map_err(|problem| wrong("key_usage", problem))?,
                crl_urls: urls(self.crl_urls).map_err(|problem| wrong("crl_urls", problem))?,
                issuer_urls: urls(self.issuer_urls).map_err(|problem| wrong("issuer_urls", problem))?,
                ocsp_urls: urls(self.ocsp_urls).map_err(|problem| wrong("ocsp_urls", problem))?,
                no_rev_avail: self.no_rev_avail,
                ..Extras::default()
            },
        })
    }
}

const NAME_KINDS: [&str; 4] = ["dns", "ip", "email", "uri"];

const PURPOSES: [(&str, ObjectIdentifier); 6] = [
    ("serverAuth", rfc5280::ID_KP_SERVER_AUTH),
    ("clientAuth", rfc5280::ID_KP_CLIENT_AUTH),
    ("codeSigning", rfc5280::ID_KP_CODE_SIGNING),
    ("emailProtection", rfc5280::ID_KP_EMAIL_PROTECTION),
    ("timeStamping", rfc5280::ID_KP_TIME_STAMPING),
    ("OCSPSigning", rfc5280::ID_KP_OCSP_SIGNING),
];

/// What a leaf's key may do. Signing certificates and lists is a CA's, and is none of it.
const USAGES: [(&str, KeyUsages); 5] = [
    ("digitalSignature", KeyUsages::DigitalSignature),
    ("nonRepudiation", KeyUsages::NonRepudiation),
    ("keyEncipherment", KeyUsages::KeyEncipherment),
    ("dataEncipherment", KeyUsages::DataEncipherment),
    ("keyAgreement", KeyUsages::KeyAgreement),
];

fn read<T>(texts: Option<Vec<String>>, one: fn(&str) -> Result<T, String>) -> Result<Option<Vec<T>>, String> {
    texts.map(|texts| texts.iter().map(|text| one(text)).collect()).transpose()
}

fn purpose(text: &str) -> Result<ObjectIdentifier, String> {
    if let Some((_, oid)) = PURPOSES.iter().find(|(name, _)| *name == text) {
        return Ok(*oid);
    }
    let names: Vec<&str> = PURPOSES.iter().map(|(name, _)| *name).collect();
    ObjectIdentifier::new(text).map_err(|_| nearest(text, &names))
}

fn usages(texts: Option<Vec<String>>) -> Result<Option<KeyUsage>, String> {
    let names = USAGES.map(|(name, _)| name);
    let find = |text: &String| USAGES.iter().find(|(name, _)| name == text).ok_or_else(|| nearest(text, &names));
    let Some(texts) = texts else { return Ok(None) };
    let found = texts.iter().map(find).collect::<Result<Vec<_>, _>>()?;
    let mut found = found.into_iter().map(|(_, usage)| *usage);
    let first = found.next().ok_or("it names no usage; leave it out for the usual ones")?;
    Ok(Some(KeyUsage(found.fold(first.into(), |usages, usage| usages | usage))))
}

fn urls(texts: Vec<String>) -> Result<Vec<String>, String> {
    let good = |text: &String| text.is_ascii() && (text.starts_with("http://") || text.starts_with("ldap://"));
    match texts.iter().find(|text| !good(text)) {
        // Whoever checks a certificate would have to check another one first.
        Some(text) => Err(format!("`{text}` is no http:// address in ASCII, which is what verifiers fetch from")),
        None => Ok(texts),
    }
}

fn nearest(text: &str, known: &[&str]) -> String {
    let near = known.iter().max_by(|a, b| strsim::jaro(text, a).total_cmp(&strsim::jaro(text, b)));
    let near = near.filter(|name| strsim::jaro(text, name) > 0.8);
    match near {
        Some(name) => format!("`{text}` is not known; did you mean `{name}`?"),
        None => format!("`{text}` is not known; there are {}", known.join(", ")),
    }
}

fn problem_of(text: &str, error: &toml::de::Error) -> RulesProblem {
    let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
    let message = error.message().trim();
    let unknown = message.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    let problem = match unknown {
        Some(key) => format!("the key {}", nearest(key, &KEYS)),
        None if message == "missing field `base`" => {
            format!("the profile has no `base`; it is one of {}", Rules::NAMES.join(", "))
        }
        None => message.replace("expected u32", "expected a number").replace("expected u8", "expected a number"),
    };
    RulesProblem::Toml { line: before.matches('\n').count() + 1, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_known_is_refused_with_its_line_and_the_nearest() {
        for (toml, said) in [
            ("[web]\nbase = 'server'\nmax_day = 3", "line 3: the key `max_day` is not known; did you mean `max_days`?"),
            ("[web]\nbase = 'sever'", "[web] base: `sever` is not known; did you mean `server`?"),
            ("[web]\nbase = 'server'\nkey_usage = ['keyCertSign']", "there are digitalSignature"),
            ("[web]\nbase = 'server'\nextended_key_usage = ['serverauth']", "did you mean `serverAuth`"),
            ("[web]\nbase = 'server'\npath_len = 0", "only an `intermediate`"),
            ("[web]\nbase = 'server'\ndays = 9\nmax_days = 3", "not above max_days"),
            ("[web]\nbase = 'server'\ncrl_urls = ['https://a.example/']", "http://"),
            ("[web]\nbase = 'client'\nno_rev_avail = true", "only what is based on `server`"),
            ("[web]\nbase = 'server'\nno_rev_avail = true\ncrl_urls = ['http://a.example/']", "no place to ask"),
            ("[web]\ndays = 3", "line 1: the profile has no `base`; it is one of server"),
            ("[web]\nbase = 'server'\ndays = 'x'", "expected a number"),
            ("web = 3", "a table with the keys of a profile"),
            ("[web\n", "line "),
            ("[other]\nbase = 'server'", "there is no profile `web`; there are other, server"),
        ] {
            let problem = Rules::from_toml(toml, "web").unwrap_err().to_string();
            assert!(problem.contains(said), "{problem}");
        }
    }

    #[test]
    fn every_key_is_known_by_name() {
        let toml = "[web]\nbase = 'server'\nx = 1";
        let error = toml::from_str::<BTreeMap<String, Raw>>(toml).err().unwrap().to_string();
        for key in KEYS {
            assert!(error.contains(&format!("`{key}`")), "{key}: {error}");
        }
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_profile_or_an_error(text in "(\\[web\\]\n)?([a-z_]{1,12} = ['0-9a-z\\[\\]]{0,9}\n){0,4}") {
            let _ = Rules::from_toml(&text, "web");
        }
    }
}
