//! Key exchange groups by the names of IANA and OpenSSL.

use rustls::NamedGroup;
use rustls::crypto::SupportedKxGroup;

use super::Provider;
use crate::facts::group_name;

/// The groups that are offered and taken, in order; the provider's own unless told.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Groups(Option<Vec<NamedGroup>>);

/// What is wrong with the groups asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum GroupsError {
    /// A name that is no group.
    #[error("`{name}` is no key exchange group that can be had; these can: {available}")]
    Unknown {
        /// The name as given.
        name: String,
        /// What the provider has.
        available: String,
    },
    /// A group that this provider lacks.
    #[error("the provider {provider} does not have the group {name}; it has: {available}")]
    NotInProvider {
        /// The group.
        name: String,
        /// The provider.
        provider: &'static str,
        /// What the provider has.
        available: String,
    },
    /// Nothing in the list.
    #[error("the list of groups is empty")]
    Empty,
}

/// Names in OpenSSL and elsewhere for what IANA calls by another.
const ALIASES: &[(&str, NamedGroup)] = &[
    ("p-256", NamedGroup::secp256r1),
    ("p256", NamedGroup::secp256r1),
    ("prime256v1", NamedGroup::secp256r1),
    ("p-384", NamedGroup::secp384r1),
    ("p384", NamedGroup::secp384r1),
    ("p-521", NamedGroup::secp521r1),
    ("p521", NamedGroup::secp521r1),
];

/// Groups with a name, whether or not a provider has them, so that the error can say which it is.
const KNOWN: &[NamedGroup] = &[
    NamedGroup::X25519MLKEM768,
    NamedGroup::secp256r1MLKEM768,
    NamedGroup::MLKEM512,
    NamedGroup::MLKEM768,
    NamedGroup::MLKEM1024,
    NamedGroup::X25519,
    NamedGroup::secp256r1,
    NamedGroup::secp384r1,
    NamedGroup::secp521r1,
    NamedGroup::X448,
    NamedGroup::FFDHE2048,
    NamedGroup::FFDHE3072,
    NamedGroup::FFDHE4096,
    NamedGroup::FFDHE6144,
    NamedGroup::FFDHE8192,
];

impl Groups {
    /// A list such as `X25519MLKEM768:x25519:P-256`, separated by colons or commas.
    ///
    /// # Errors
    /// A name that is unknown or that `provider` lacks, or an empty list.
    pub fn parse(list: &str, provider: Provider) -> Result<Self, GroupsError> {
        let available = || {
            let names: Vec<_> = provider.full().kx_groups.iter().map(|group| group_name(group.name())).collect();
            names.join(", ")
        };
        let mut groups = Vec::new();
        for name in list.split([':', ',']).map(str::trim).filter(|name| !name.is_empty()) {
            let Some(group) = named(name) else {
                return Err(GroupsError::Unknown { name: name.to_owned(), available: available() });
            };
            if !provider.full().kx_groups.iter().any(|known| known.name() == group) {
                let name = group_name(group);
                return Err(GroupsError::NotInProvider { name, provider: provider.name(), available: available() });
            }
            if !groups.contains(&group) {
                groups.push(group);
            }
        }
        if groups.is_empty() { Err(GroupsError::Empty) } else { Ok(Self(Some(groups))) }
    }

    pub(super) fn select(&self, provider: Provider) -> Vec<&'static dyn SupportedKxGroup> {
        let Some(wanted) = &self.0 else {
            return provider_default(provider);
        };
        let all = provider.full().kx_groups;
        wanted.iter().filter_map(|name| all.iter().find(|group| group.name() == *name).copied()).collect()
    }
}

fn provider_default(provider: Provider) -> Vec<&'static dyn SupportedKxGroup> {
    match provider {
        Provider::AwsLc => rustls::crypto::aws_lc_rs::DEFAULT_KX_GROUPS.to_vec(),
        Provider::Ring => rustls::crypto::ring::DEFAULT_KX_GROUPS.to_vec(),
    }
}

fn named(name: &str) -> Option<NamedGroup> {
    let wanted = name.to_ascii_lowercase();
    let alias = ALIASES.iter().find(|(alias, _)| *alias == wanted).map(|(_, group)| *group);
    alias.or_else(|| KNOWN.iter().copied().find(|group| group_name(*group).to_ascii_lowercase() == wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_openssl_and_iana_mean_the_same() {
        let openssl = Groups::parse("X25519:P-256", Provider::AwsLc).unwrap();
        assert_eq!(openssl, Groups::parse("x25519,secp256r1", Provider::AwsLc).unwrap());
        let selected: Vec<_> = openssl.select(Provider::AwsLc).iter().map(|group| group.name()).collect();
        assert_eq!(selected, [NamedGroup::X25519, NamedGroup::secp256r1]);
    }

    #[test]
    fn what_cannot_be_had_says_which_can() {
        let unknown = Groups::parse("curve9000", Provider::AwsLc).unwrap_err();
        assert!(unknown.to_string().contains("X25519MLKEM768"), "{unknown}");
        let missing = Groups::parse("X25519MLKEM768", Provider::Ring).unwrap_err();
        assert!(matches!(missing, GroupsError::NotInProvider { provider: "ring", .. }), "{missing}");
        assert_eq!(Groups::parse(" : ", Provider::Ring), Err(GroupsError::Empty));
    }

    #[test]
    fn the_default_prefers_post_quantum() {
        assert_eq!(Groups::default().select(Provider::AwsLc)[0].name(), NamedGroup::X25519MLKEM768);
    }
}
