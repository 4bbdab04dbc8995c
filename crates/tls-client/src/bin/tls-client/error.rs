//! What can go wrong before a connection is made, and what to do about it.

use common::context::{ContextError, IdentityError, TrustError};
use common::terminal::{CliError, ui};
use pki::verify::AnchorError;
use tls_client::TargetError;

pub(crate) fn target(error: &TargetError) -> CliError {
    let fact = CliError::usage(error);
    match error {
        TargetError::Url { meant, .. } if !meant.is_empty() => fact.advise(format!("leave the rest away: {meant}")),
        TargetError::Brackets(_) => fact.advise("write an IPv6 address as [2001:db8::1]:443"),
        TargetError::Name(name) if !name.is_ascii() => {
            fact.advise("write the name in its ASCII form, which begins with xn--")
        }
        _ => fact.advise("write HOST, HOST:PORT, or [IPV6]:PORT"),
    }
}

pub(crate) fn trust(error: TrustError) -> CliError {
    match error {
        TrustError::Input(error) => error.into(),
        TrustError::Unhashed { ref path } => {
            let advice = format!("run `openssl rehash {}`, or name the file: --ca FILE", path.display());
            CliError::usage(&error).advise(advice)
        }
        TrustError::System { .. } => CliError::usage(&error)
            .advise("install the distribution's package ca-certificates, or name a file: --ca FILE"),
        error => CliError::usage(ui::chain(&error)),
    }
}

pub(crate) fn anchor(error: &AnchorError) -> CliError {
    CliError::usage(error).advise("look at it with `pki cert show FILE`")
}

pub(crate) fn identity(error: IdentityError) -> CliError {
    match error {
        IdentityError::Input(error) => error.into(),
        IdentityError::Mismatch { ref certificate, ref key } => {
            let advice = format!("find the pair that belongs together: `pki cert match {certificate} {key}`");
            CliError::usage(&error).advise(advice)
        }
        IdentityError::OutOfOrder { .. } => {
            CliError::usage(&error).advise("put our own certificate first, then the one that issued it, and so on")
        }
        IdentityError::UnusableKey { .. } => {
            CliError::usage(&error).advise("use a P-256, P-384, RSA or Ed25519 key, or another --provider")
        }
        error => CliError::usage(ui::chain(&error)),
    }
}

pub(crate) fn context(error: &ContextError) -> CliError {
    match error {
        ContextError::KeyLog { .. } => {
            CliError::environment(ui::chain(error)).advise("name a file that can be written: --keylog FILE")
        }
        ContextError::Combination(_) => {
            CliError::usage(ui::chain(error)).advise("choose --ciphers and --groups for a version that is allowed")
        }
        _ => CliError::usage(ui::chain(error)),
    }
}
