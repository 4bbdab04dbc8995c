//! What is damaged: what is whole in `fixtures/` and `fuzz/seeds/`, and the configurations of `fixtures/openssl_cnf`.

use anyhow::{Result, bail};
use common::input::{Blob, KeyFile, PlainKey};
use der::pem::decode_vec;

use super::verbs::Verb;
use crate::fuzz::files;
use crate::workspace;

/// What the inputs of a command are made from.
pub(super) enum Kind {
    /// The structures of each file.
    Der(fn(&Blob) -> Vec<Seed>),
    /// The configurations of OpenSSL.
    Configurations,
}

/// What is damaged.
pub(super) enum Seeds {
    Der(Vec<Seed>),
    Text(Vec<Vec<u8>>),
}

/// What the encrypted keys in `fuzz/seeds/` are encrypted with.
pub(super) const PASSPHRASE: &str = "x";

/// One structure: its DER, and the label that PEM puts around it; without one it is taken as it is.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Seed {
    pub(super) der: Vec<u8>,
    pub(super) label: Option<&'static str>,
}

/// What a command's inputs are made from.
pub(super) fn of(verb: &Verb) -> Result<Seeds> {
    let root = workspace::root()?;
    let Kind::Der(of) = verb.of else {
        let files = files(&root.join("fixtures/openssl_cnf"))?;
        return Ok(Seeds::Text(files.into_iter().map(|file| file.bytes.expose().to_vec()).collect()));
    };
    let all: Vec<Blob> = [files(&root.join("fixtures"))?, files(&root.join("fuzz/seeds"))?].concat();
    let mut seeds: Vec<Seed> = all.iter().flat_map(of).collect();
    seeds.sort();
    seeds.dedup();
    if seeds.is_empty() {
        bail!("there is nothing to damage for {}", verb.name);
    }
    Ok(Seeds::Der(seeds))
}

pub(super) fn certificates(file: &Blob) -> Vec<Seed> {
    // Those that are broken on purpose hold none.
    file.pieces().map_or_else(|_| Vec::new(), |pieces| labelled("CERTIFICATE", &pieces.certificates))
}

pub(super) fn requests(file: &Blob) -> Vec<Seed> {
    file.pieces().map_or_else(|_| Vec::new(), |pieces| labelled("CERTIFICATE REQUEST", &pieces.requests))
}

pub(super) fn lists(file: &Blob) -> Vec<Seed> {
    file.pieces().map_or_else(|_| Vec::new(), |pieces| labelled("X509 CRL", &pieces.crls))
}

pub(super) fn plain_keys(file: &Blob) -> Vec<Seed> {
    let Ok(pieces) = file.pieces() else { return Vec::new() };
    let ders = pieces.keys.into_iter().filter_map(|key| match key {
        KeyFile::Plain(PlainKey::Pkcs8(der) | PlainKey::Pkcs1(der) | PlainKey::Sec1(der)) => Some(der.into_vec()),
        KeyFile::Encrypted(_) => None,
    });
    labelled("PRIVATE KEY", &ders.collect::<Vec<_>>())
}

/// Encrypted PKCS#8 as DER; OpenSSL's traditional form, which has no DER to it, as its text.
pub(super) fn encrypted_keys(file: &Blob) -> Vec<Seed> {
    let label = "ENCRYPTED PRIVATE KEY";
    let Ok(pieces) = file.pieces() else { return Vec::new() };
    if !pieces.keys.iter().any(|key| matches!(key, KeyFile::Encrypted(_))) {
        return Vec::new();
    }
    match decode_vec(file.bytes.expose()) {
        Ok((found, der)) if found == label => labelled(label, &[der]),
        _ => vec![Seed { der: file.bytes.expose().to_vec(), label: None }],
    }
}

/// PKCS#12, for which PEM has no label.
pub(super) fn pkcs12(file: &Blob) -> Vec<Seed> {
    if file.name.ends_with(".p12") { vec![Seed { der: file.bytes.expose().to_vec(), label: None }] } else { Vec::new() }
}

fn labelled<D: AsRef<[u8]>>(label: &'static str, ders: &[D]) -> Vec<Seed> {
    ders.iter().map(|der| Seed { der: der.as_ref().to_vec(), label: Some(label) }).collect()
}
