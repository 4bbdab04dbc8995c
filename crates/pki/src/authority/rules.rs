//! A profile as an issuer applies it: what it makes of a request, and what it does not let in.

use jiff::SignedDuration;

use super::policy::Objection;
use super::{Permitted, Serial};
use crate::authority::names::Constraints;
use crate::certificate::{Extras, Profile, Role, Template, Validity};
use crate::key::{Algorithm, PublicKey};
use crate::request::{Proven, SubjectAltName};

/// How far a certificate's beginning may lie back without its life being longer for it.
const CLOCKS_DIFFER: SignedDuration = SignedDuration::from_mins(10);

/// What a profile decides. One of the usual ones by its name, or one of the user's own out of a file.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) days: u32,
    pub(super) max_days: Option<u32>,
    /// The kinds of names that are let in; none given is every one.
    pub(super) kinds: Option<Vec<String>>,
    /// Where names have to lie; empty is everywhere.
    pub(super) permitted: Vec<Permitted>,
    pub(super) wildcards: bool,
    /// The kinds of key that are let in; none given is every one.
    pub(super) keys: Option<Vec<Algorithm>>,
    pub(super) extras: Extras,
}

/// What is issued.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Leaf(Profile),
    Authority { path_len: Option<u8> },
}

impl Rules {
    /// The usual profiles.
    pub const NAMES: [&str; 6] = ["server", "client", "peer", "intermediate", "code", "email"];

    /// How long a leaf lasts, in days.
    pub const LEAF_DAYS: u32 = 90;

    /// The usual profile of that name.
    pub fn usual(name: &str) -> Option<Self> {
        let kind = match name {
            "server" => Kind::Leaf(Profile::Server),
            "client" => Kind::Leaf(Profile::Client),
            "peer" => Kind::Leaf(Profile::Peer),
            "code" => Kind::Leaf(Profile::Code),
            "email" => Kind::Leaf(Profile::Email),
            "intermediate" => Kind::Authority { path_len: Some(0) },
            _ => return None,
        };
        let days = if matches!(kind, Kind::Leaf(_)) { Self::LEAF_DAYS } else { super::Plan::INTERMEDIATE_DAYS };
        Some(Self {
            name: name.to_owned(),
            kind,
            days,
            max_days: None,
            kinds: None,
            permitted: Vec::new(),
            wildcards: true,
            keys: None,
            extras: Extras::default(),
        })
    }

    /// What it is called.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How many days a certificate lasts unless told otherwise.
    pub fn days(&self) -> u32 {
        self.days
    }

    /// What a leaf is for; none for a CA.
    pub fn profile(&self) -> Option<Profile> {
        match self.kind {
            Kind::Leaf(profile) => Some(profile),
            Kind::Authority { .. } => None,
        }
    }

    /// The same with what a command line says of a CA: how many CAs may follow, and what it is held to.
    #[must_use]
    pub fn for_authority(mut self, asked: Option<u8>, permitted: Vec<Permitted>) -> Self {
        if let Kind::Authority { path_len } = &mut self.kind {
            *path_len = asked.or(*path_len);
            self.permitted = permitted;
        }
        self
    }

    /// What a certificate under this profile may do.
    pub fn role(&self) -> Role {
        match self.kind {
            Kind::Leaf(profile) => Role::Leaf(profile),
            Kind::Authority { path_len } => Role::Authority { path_len, permitted: self.permitted.clone() },
        }
    }

    /// What is made of a proven request: its subject byte for byte and its names, and nothing that the issuer decides.
    pub fn template(&self, request: &Proven, validity: Validity, serial: Serial) -> Template {
        let template = Template::from_request(request, self.role(), validity, serial);
        self.apply(template)
    }

    /// The template with what the profile adds to every certificate.
    #[must_use]
    pub fn apply(&self, template: Template) -> Template {
        Template { extras: self.extras.clone(), ..template }
    }

    /// What the profile objects to.
    pub(super) fn objections(&self, template: &Template, key: &PublicKey) -> Vec<Objection> {
        let mut objections: Vec<Objection> = Vec::new();
        if let Kind::Leaf(_) = self.kind {
            objections.extend(template.names.iter().filter_map(|name| self.name_objection(name)));
        }
        objections.extend(self.key_objection(key));
        objections.extend(self.life_objection(template.validity));
        objections
    }

    fn name_objection(&self, name: &SubjectAltName) -> Option<Objection> {
        let refused = |rule: String, nearest: Option<String>| {
            let (profile, name) = (self.name.clone(), name.to_string());
            Some(Objection::NameNotAllowed { profile, name, rule, nearest })
        };
        if let Some(kinds) = &self.kinds
            && !kinds.iter().any(|kind| kind.eq_ignore_ascii_case(name.kind()))
        {
            return refused(format!("names = {kinds:?}"), None);
        }
        if let SubjectAltName::Dns(host) = name
            && !self.wildcards
            && let Some(parent) = host.strip_prefix("*.")
        {
            return refused("wildcards = false".to_owned(), Some(format!("www.{parent}")));
        }
        if self.permitted.is_empty() {
            return None;
        }
        let allowed = Constraints::within(&self.permitted);
        if allowed.allow(name) {
            return None;
        }
        let mut near = allowed.near(name).into_iter();
        let nearest = near.find(|text| text.parse().is_ok_and(|name| allowed.allow(&name)));
        let within: Vec<String> = self.permitted.iter().map(ToString::to_string).collect();
        refused(format!("permit = {within:?}"), nearest)
    }

    fn key_objection(&self, key: &PublicKey) -> Option<Objection> {
        let allowed = self.keys.as_ref()?;
        let at_least = |kind: &Algorithm| match (kind, key.algorithm()) {
            // A longer RSA key is no weaker one.
            (Algorithm::Rsa(least), Some(Algorithm::Rsa(bits))) => bits >= *least,
            (kind, algorithm) => Some(*kind) == algorithm,
        };
        let names: Vec<String> = allowed.iter().map(ToString::to_string).collect();
        (!allowed.iter().any(at_least)).then(|| Objection::KeyNotAllowed {
            profile: self.name.clone(),
            kind: key.title(),
            allowed: names.join(", "),
        })
    }

    fn life_objection(&self, validity: Validity) -> Option<Objection> {
        let most = self.max_days?;
        let life = validity.not_after().duration_since(validity.not_before());
        let longest = SignedDuration::from_hours(24 * i64::from(most)) + CLOCKS_DIFFER;
        (life > longest).then(|| Objection::TooLong {
            profile: self.name.clone(),
            asked: ((life - CLOCKS_DIFFER).as_secs() + 86_399) / 86_400,
            most,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::PrivateKey;
    use crate::specimens::now;

    fn objections(toml: &str, names: &[&str], days: u32, algorithm: Algorithm) -> Vec<Objection> {
        let rules = Rules::from_toml(toml, "own").unwrap();
        let spec = crate::request::Spec::new(names, None, None).unwrap();
        let validity = Validity::days(now(), days).unwrap();
        let template = Template::new(&spec, rules.role(), validity, Serial::random().unwrap()).unwrap();
        rules.objections(&rules.apply(template), PrivateKey::generate(algorithm).unwrap().public())
    }

    #[test]
    fn each_objection_names_the_rule_and_the_nearest_value_that_would_pass() {
        let toml = "[own]\nbase = 'server'\nmax_days = 30\nkeys = ['p384', 'rsa-3072']\nnames = ['dns']\n\
                    permit = ['home.example']\nwildcards = false";
        assert_eq!(objections(toml, &["nas.home.example"], 30, Algorithm::P384), []);
        let cases = [
            (&["10.0.0.1"][..], 30, Algorithm::P384, "names = [\"dns\"]", None),
            (&["nas.other.example"], 30, Algorithm::P384, "permit = ", Some("`nas.home.example`")),
            (&["*.home.example"], 30, Algorithm::P384, "wildcards = false", Some("`www.home.example`")),
            (&["nas.home.example"], 31, Algorithm::P384, "max_days", Some("--days 30")),
            (&["nas.home.example"], 30, Algorithm::P256, "keys", Some("p384, rsa-3072")),
        ];
        for (names, days, algorithm, rule, nearest) in cases {
            let found = objections(toml, names, days, algorithm);
            let [objection] = found.as_slice() else { panic!("{names:?}: {found:?}") };
            assert!(objection.to_string().contains(rule), "{objection}");
            match nearest {
                Some(nearest) => {
                    assert!(objection.nearest().is_some_and(|said| said.contains(nearest)), "{objection:?}")
                }
                None => assert_eq!(objection.nearest(), None),
            }
        }
    }
}
