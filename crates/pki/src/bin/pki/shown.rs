//! What the showing commands share: what there is to say of a file, whatever was asked of it.

use common::input::{KeyFile, Pieces, Reference};
use common::terminal::CliError;
use pki::report::loose_mode;

use crate::output::shell;

/// That others may read a private key in the clear that lies in the file.
pub(crate) fn loose(reference: &Reference, pieces: &Pieces) -> Option<String> {
    let is_plain = pieces.keys.iter().any(|key| matches!(key, KeyFile::Plain(_)));
    match reference {
        Reference::Path(path) if is_plain => loose_mode(path),
        _ => None,
    }
}

/// The error that says that `wanted` is not there, and which command shows what is.
pub(crate) fn missing(pieces: &Pieces, wanted: &'static str, reference: &Reference) -> CliError {
    let error = CliError::from(pieces.missing(wanted));
    let Reference::Path(path) = reference else { return error };
    let found = [
        (pieces.certificates.is_empty(), "cert"),
        (pieces.requests.is_empty(), "csr"),
        (pieces.crls.is_empty(), "crl"),
        (pieces.keys.is_empty() && pieces.public_keys.is_empty(), "key"),
    ];
    match found.iter().find(|(is_absent, _)| !is_absent) {
        Some((_, noun)) => error.advise(format!("`pki {noun} show {}` shows what it holds", shell(path))),
        None => error,
    }
}
