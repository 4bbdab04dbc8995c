//! The lists that are in force, by issuer.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use aws_lc_rs::digest::{Context, SHA256};
use common::input::{Blob, InputError, fsio};

use super::error::CrlError;
use super::list::Crl;

/// The longest file of lists that is read: some two million entries in PEM.
pub const MAX_CRL_FILE: u64 = 128 * 1024 * 1024;

/// Reads every list of a file, PEM or DER.
///
/// # Errors
/// The file cannot be read, holds no list, or one that cannot be used.
pub fn read(path: &Path) -> Result<Vec<Crl>, CrlError> {
    let bytes = fsio::read_at_most(path, MAX_CRL_FILE).map_err(InputError::from)?;
    of_blob(&Blob::new(path.display().to_string(), bytes))
}

fn of_blob(blob: &Blob) -> Result<Vec<Crl>, CrlError> {
    let pieces = blob.pieces()?;
    if pieces.crls.is_empty() {
        return Err(pieces.missing("CRL").into());
    }
    pieces.crls.into_iter().map(|crl| Crl::from_der(crl.as_ref().to_vec(), &pieces.name)).collect()
}

/// The lists that are in force: of each issuer, key and place the newest.
#[derive(Debug, Default)]
pub struct Crls {
    by_issuer: BTreeMap<Vec<u8>, Vec<Arc<Crl>>>,
    revoked_digest: [u8; 32],
}

impl Crls {
    /// The set of these. Of two lists of the same issuer, key and place the newer one counts, by thisUpdate.
    pub fn new(crls: impl IntoIterator<Item = Arc<Crl>>) -> Self {
        let mut by_issuer: BTreeMap<Vec<u8>, Vec<Arc<Crl>>> = BTreeMap::new();
        for crl in crls {
            let known = by_issuer.entry(crl.issuer_der().to_vec()).or_default();
            let replaces =
                |old: &Arc<Crl>| old.authority_key_id() == crl.authority_key_id() && old.points() == crl.points();
            match known.iter_mut().find(|old| replaces(old)) {
                Some(old) if old.this_update() < crl.this_update() => *old = crl,
                Some(_) => {}
                None => known.push(crl),
            }
        }
        let revoked_digest = digest(&by_issuer);
        Self { by_issuer, revoked_digest }
    }

    /// Reads every list of these files.
    ///
    /// # Errors
    /// The first file that cannot be read, holds no list, or one that cannot be used.
    pub fn read<P: AsRef<Path>>(paths: &[P]) -> Result<Self, CrlError> {
        let mut crls = Vec::new();
        for path in paths {
            crls.extend(read(path.as_ref())?.into_iter().map(Arc::new));
        }
        Ok(Self::new(crls))
    }

    /// Those of one issuer, by its name in DER.
    pub fn of(&self, issuer: &[u8]) -> &[Arc<Crl>] {
        self.by_issuer.get(issuer).map(Vec::as_slice).unwrap_or_default()
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Crl>> {
        self.by_issuer.values().flatten()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.by_issuer.is_empty()
    }

    /// SHA-256 over the set of what is revoked, issuer and serial number, and not over the bytes of the lists: one
    /// that was signed anew and revokes the same has the same.
    pub fn revoked_digest(&self) -> [u8; 32] {
        self.revoked_digest
    }
}

/// Each issuer that revokes anything, and its serial numbers in order; lengths stand in front, so that no two sets
/// give the same bytes.
fn digest(by_issuer: &BTreeMap<Vec<u8>, Vec<Arc<Crl>>>) -> [u8; 32] {
    /// To hash a million times a few bytes costs more than to put them in a row first.
    const ROW: usize = 64 * 1024;
    let mut context = Context::new(&SHA256);
    let mut row = Vec::with_capacity(ROW + 64);
    let mut add = |bytes: &[u8]| {
        row.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        row.extend_from_slice(bytes);
        if row.len() >= ROW {
            context.update(&row);
            row.clear();
        }
    };
    for (issuer, crls) in by_issuer {
        let serials = crls.iter().flat_map(|crl| crl.serials());
        // The first bytes decide most comparisons, and they are at hand.
        let mut serials: Vec<(u64, &[u8])> = serials.map(|serial| (first_bytes(serial), serial)).collect();
        if serials.is_empty() {
            continue;
        }
        serials.sort_unstable();
        serials.dedup();
        add(issuer);
        add(&(serials.len() as u64).to_be_bytes());
        serials.iter().for_each(|(_, serial)| add(serial));
    }
    context.update(&row);
    let mut digest = [0; 32];
    digest.copy_from_slice(context.finish().as_ref());
    digest
}

/// Up to eight bytes as a number that is ordered as they are.
fn first_bytes(serial: &[u8]) -> u64 {
    let bytes = serial.iter().copied().chain(std::iter::repeat(0)).take(8);
    bytes.fold(0, |number, byte| number << 8 | u64::from(byte))
}
