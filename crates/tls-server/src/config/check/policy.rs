//! Versions, suites, groups, protocols and provider of a listener.

use common::context::{Groups, Profile, Provider, Suites, Versions};
use rustls::ProtocolVersion;

use super::super::checked::PolicyChoice;
use super::super::keys;
use super::super::look::Look;
use super::super::problem::Fault;
use super::super::{Set, values};

pub(super) fn check(look: &mut Look<'_>) -> Option<PolicyChoice> {
    let providers = [("aws-lc", Provider::AwsLc), ("ring", Provider::Ring)];
    let provider = look.defaulted(&keys::PROVIDER, |text| values::word(text, &providers));
    let versions = versions(look);
    let suites = match look.has(&keys::CIPHERS) {
        true => look.optional(&keys::CIPHERS, suites).map(|suites| suites.value),
        false => Some(Suites::default()),
    };
    let groups = match (look.has(&keys::GROUPS), &provider) {
        (true, Some(provider)) => {
            let read = |list: &str| Groups::parse(list, provider.value).map_err(Fault::new);
            look.optional(&keys::GROUPS, read).map(|groups| groups.value)
        }
        _ => Some(Groups::default()),
    };
    let alpn = look.each(&keys::ALPN, values::protocol).into_iter().map(|name| name.value).collect();
    if let (Some(suites), Some(versions)) = (&suites, &versions) {
        warn_of_suites(look, suites, versions);
    }
    Some(PolicyChoice { provider: provider?.value, versions: versions?, suites: suites?, groups: groups?, alpn })
}

fn versions(look: &mut Look<'_>) -> Option<Versions> {
    let profiles = [("modern", Profile::Modern), ("intermediate", Profile::Intermediate)];
    if look.has(&keys::PROFILE) {
        for key in [&keys::MIN_VERSION, &keys::MAX_VERSION] {
            look.without_effect(key, "beside a profile, which names the versions", "give one of them");
        }
        return look.optional(&keys::PROFILE, |text| values::word(text, &profiles)).map(|profile| profile.versions());
    }
    let each = |text: &str| Versions::new(Some(text), Some(text)).map(|_| text.to_owned()).map_err(Fault::new);
    let lowest: Option<Set<String>> = look.optional(&keys::MIN_VERSION, each);
    let highest: Option<Set<String>> = look.optional(&keys::MAX_VERSION, each);
    let text = |version: &Option<Set<String>>| version.as_ref().map(|version| version.value.clone());
    match Versions::new(text(&lowest).as_deref(), text(&highest).as_deref()) {
        Ok(versions) => Some(versions),
        Err(error) => {
            let key = if lowest.is_some() { &keys::MIN_VERSION } else { &keys::MAX_VERSION };
            if let Some(given) = look.given(key).first() {
                look.report(key, given, Fault::new(error).advise("leave one of them out"));
            }
            None
        }
    }
}

fn suites(string: &str) -> Result<Suites, Fault> {
    Suites::parse(string).map_err(|error| {
        Fault::new(error)
            .advise("name suites or classes that can be had, such as ECDHE+AESGCM, or leave it out for all")
    })
}

/// What of the cipher string cannot be had or is never used. It may come from another program's configuration, so
/// that nothing is refused for it.
fn warn_of_suites(look: &mut Look<'_>, suites: &Suites, versions: &Versions) {
    let Some(given) = look.given(&keys::CIPHERS).first() else { return };
    for dropped in suites.dropped() {
        look.warn(&keys::CIPHERS, given, Fault::new(format_args!("{} is left out: {}", dropped.name, dropped.reason)));
    }
    if versions.contains(ProtocolVersion::TLSv1_2) {
        return;
    }
    // The registry's names of TLS 1.2 say how the key is exchanged `WITH` which cipher.
    let idle: Vec<&str> = suites.kept().into_iter().filter(|name| name.contains("_WITH_")).collect();
    if !idle.is_empty() {
        let fault = Fault::new(format_args!("{} cannot be used with the versions chosen", idle.join(", ")));
        look.warn(&keys::CIPHERS, given, fault);
    }
}
