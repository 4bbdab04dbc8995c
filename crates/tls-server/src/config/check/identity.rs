//! Which certificates a listener shows.

use std::path::Path;

use common::input::{Blob, Reference};

use super::super::checked::{Identity, IdentitySource, Passphrase};
use super::super::keys::{self, Key};
use super::super::look::{Look, absolute};
use super::super::problem::Fault;
use super::super::{Origin, Set, files, values};

pub(super) fn check(look: &mut Look<'_>) -> Option<Identity> {
    let mut sources = pairs(look);
    for given in look.given(&keys::PEM) {
        sources.extend(combined(look, given));
    }
    for directory in look.paths(&keys::CERTS, files::directory) {
        sources.push(IdentitySource::Directory(directory));
    }
    for name in look.each(&keys::STORE_NAMES, values::some) {
        sources.push(if name.value == "*" { IdentitySource::Store } else { IdentitySource::Stored(name) });
    }
    standard_input(look);
    let passphrase = passphrase(look);
    if !sources_given(look) {
        sources.push(IdentitySource::Local);
    }
    let default_name = look.optional(&keys::DEFAULT_NAME, values::some);
    let strict_sni = look.defaulted(&keys::STRICT_SNI, values::switch)?;
    Some(Identity {
        sources: Some(sources).filter(|sources| !sources.is_empty())?,
        default_name,
        strict_sni,
        passphrase,
    })
}

fn sources_given(look: &Look<'_>) -> bool {
    let keys = [&keys::CERT, &keys::KEY, &keys::PEM, &keys::CERTS, &keys::STORE_NAMES];
    keys.iter().any(|key| look.has(key))
}

/// Each chain with the key at its place.
fn pairs(look: &mut Look<'_>) -> Vec<IdentitySource> {
    let (certs, keys) = (look.given(&keys::CERT), look.given(&keys::KEY));
    if keys.is_empty() && !certs.is_empty() && certs.iter().all(|cert| holds_key(look, cert)) {
        return certs.iter().filter_map(|cert| whole(look, cert)).collect();
    }
    if let Some(lonely) = certs.get(keys.len()) {
        let advice =
            format!("give its key by {}, or a file with both by {}", look.called(&keys::KEY), look.called(&keys::PEM));
        look.report(&keys::CERT, lonely, Fault::new("there is no key for this chain").advise(advice));
    }
    if let Some(lonely) = keys.get(certs.len()) {
        let advice = format!("give its chain by {}", look.called(&keys::CERT));
        look.report(&keys::KEY, lonely, Fault::new("there is no chain for this key").advise(advice));
    }
    let mut pairs = Vec::new();
    for (cert, key) in certs.iter().zip(keys) {
        let cert = half(look, &keys::CERT, cert);
        let given = key;
        let key = half(look, &keys::KEY, given);
        if let Some(Reference::Path(path)) = key.as_ref().map(|key| &key.value) {
            warn_of_mode(look, &keys::KEY, given, path);
        }
        if let (Some(cert), Some(key)) = (cert, key) {
            pairs.push(IdentitySource::Pair { cert, key });
        }
    }
    pairs
}

/// A chain or a key: a file, or standard input.
fn half(look: &mut Look<'_>, key: &'static Key, given: &Set<String>) -> Option<Set<Reference>> {
    if let Some(name) = given.strip_prefix("store:") {
        let advice = format!("name it alone: {}", look.written(&keys::STORE_NAMES, name));
        look.report(
            key,
            given,
            Fault::new("this is a chain with its key, and one of them belongs here").advise(advice),
        );
        return None;
    }
    file(look, key, given)
}

/// Whether the private key lies in the file as well, as it does in PKCS#12.
fn holds_key(look: &Look<'_>, given: &Set<String>) -> bool {
    let pieces = Blob::read(&look.located(given)).ok().and_then(|file| file.pieces().ok());
    pieces.is_some_and(|pieces| !pieces.keys.is_empty() || pieces.is_sealed())
}

/// A chain with its key in the file.
fn whole(look: &mut Look<'_>, given: &Set<String>) -> Option<IdentitySource> {
    let found = file(look, &keys::CERT, given)?;
    if let Reference::Path(path) = &found.value {
        warn_of_mode(look, &keys::CERT, given, path);
    }
    Some(IdentitySource::Combined(found))
}

fn combined(look: &mut Look<'_>, given: &Set<String>) -> Option<IdentitySource> {
    if let Some(name) = given.strip_prefix("store:") {
        if name.is_empty() {
            look.report(&keys::PEM, given, Fault::new("there is no name").write("store:NAME"));
            return None;
        }
        look.show(&keys::PEM, given.value.clone(), given.origin);
        return Some(IdentitySource::Stored(Set::new(name.to_owned(), given.origin)));
    }
    let found = file(look, &keys::PEM, given)?;
    if let Reference::Path(path) = &found.value {
        warn_of_mode(look, &keys::PEM, given, path);
    }
    Some(IdentitySource::Combined(found))
}

fn file(look: &mut Look<'_>, key: &'static Key, given: &Set<String>) -> Option<Set<Reference>> {
    if given.value == "-" {
        if matches!(given.origin, Origin::File { .. }) {
            let fault = Fault::new("standard input can be read once, and a reload reads everything again");
            look.report(key, given, fault.advise("name a file"));
            return None;
        }
        look.show(key, "-".to_owned(), given.origin);
        return Some(Set::new(Reference::Stdin, given.origin));
    }
    if given.is_empty() {
        look.report(key, given, Fault::new("this is empty").advise("name a file"));
        return None;
    }
    let path = look.located(given);
    match files::readable(&path) {
        Ok(()) => {
            look.show(key, absolute(&path), given.origin);
            Some(Set::new(Reference::Path(path), given.origin))
        }
        Err(fault) => {
            look.report_path(key, given, &path, fault);
            None
        }
    }
}

fn warn_of_mode(look: &mut Look<'_>, key: &'static Key, given: &Set<String>, path: &Path) {
    if let Some(fault) = files::loose(path) {
        look.warn(key, given, fault);
    }
}

/// Standard input is one file.
fn standard_input(look: &mut Look<'_>) {
    let all = [&keys::CERT, &keys::KEY, &keys::PEM];
    let twice = all.iter().flat_map(|key| look.given(key).iter().map(move |given| (*key, given)));
    if let Some((key, given)) = twice.filter(|(_, given)| given.value == "-").nth(1) {
        let advice = format!("give the chain and the key together: {}", look.written(&keys::PEM, "-"));
        look.report(key, given, Fault::new("standard input can be read once").advise(advice));
    }
}

fn passphrase(look: &mut Look<'_>) -> Option<Passphrase> {
    let (by_file, by_variable) = (&keys::PASSPHRASE_FILE, &keys::PASSPHRASE_ENV);
    let from_files = [&keys::CERT, &keys::KEY, &keys::PEM, &keys::CERTS].iter().any(|key| look.has(key));
    if !from_files {
        for key in [by_file, by_variable] {
            look.without_effect(key, "where no key comes from a file: keys in the store have none", "leave it out");
        }
        return None;
    }
    if look.has(by_file) {
        let because = format!("beside {}", look.called(by_file));
        look.without_effect(by_variable, because, "give one of them");
    }
    if let Some(file) = look.path(by_file, files::readable) {
        if let (Some(fault), Some(given)) = (files::loose(&file.value), look.given(by_file).first()) {
            look.warn(by_file, given, fault);
        }
        return Some(Passphrase::File(file));
    }
    look.optional(by_variable, values::some).map(Passphrase::Environment)
}
