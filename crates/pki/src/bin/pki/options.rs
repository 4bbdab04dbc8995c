//! Options that several commands share, and what they mean.

use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use common::terminal::{CliError, PassphraseArgs};
use jiff::Timestamp;
use pki::certificate::Validity;
use pki::key::{Algorithm, PublicFormat};

use crate::error::OrExplain;
use crate::output::{is_stdout, shell};

/// The value of `--alg`.
pub(crate) fn algorithm() -> impl TypedValueParser<Value = Algorithm> {
    PossibleValuesParser::new(Algorithm::NAMES).try_map(|name| name.parse::<Algorithm>())
}

/// The value of `--format` of a public key.
pub(crate) fn public_format() -> impl TypedValueParser<Value = PublicFormat> {
    PossibleValuesParser::new(PublicFormat::NAMES).try_map(|name| name.parse::<PublicFormat>())
}

/// From when until when; for `DAYS` unless told.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct ValidityArgs<const DAYS: u32> {
    #[arg(long, help = format!("How many days it lasts [default: {DAYS}]"), value_name = "N", conflicts_with = "not_after", value_parser = clap::value_parser!(u32).range(1..))]
    days: Option<u32>,

    /// Its beginning: 2026-11-21 or 2026-11-21T04:00:00Z [default: five minutes ago]
    #[arg(long, value_name = "TIME", value_parser = time)]
    not_before: Option<Timestamp>,

    /// Its end, in the same form
    #[arg(long, value_name = "TIME", value_parser = time)]
    not_after: Option<Timestamp>,
}

impl<const DAYS: u32> ValidityArgs<DAYS> {
    /// The dates.
    pub(crate) fn resolve(&self, now: Timestamp) -> Result<Validity, CliError> {
        self.resolve_or(now, DAYS)
    }

    /// The dates; `days` long where no end was given.
    pub(crate) fn resolve_or(&self, now: Timestamp, days: u32) -> Result<Validity, CliError> {
        let days = self.days.unwrap_or(days);
        match (self.not_before, self.not_after) {
            (None, None) => Validity::days(now, days),
            (None, Some(end)) => Validity::until(now, end),
            (Some(begin), None) => Validity::days_from(begin, days),
            (Some(begin), Some(end)) => Validity::between(begin, end),
        }
        .or_explain()
    }
}

/// A day, or a time that says its zone: without one it would mean another moment on another machine.
pub(crate) fn time(text: &str) -> Result<Timestamp, String> {
    let day = |text: &str| {
        let is_day = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-');
        let day = text.parse::<jiff::civil::Date>().ok().filter(|_| is_day)?;
        day.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|midnight| midnight.timestamp())
    };
    text.parse().ok().or_else(|| day(text)).ok_or_else(|| {
        "a time is 2026-11-21 or 2026-11-21T04:00:00Z, and 9999-12-30T22:00:00Z at the latest".to_owned()
    })
}

/// Where a certificate and its key go.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct CertificateOutputs {
    /// Write the certificate here (`-` is standard output)
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// Write the new private key here, for its owner alone
    #[arg(long, value_name = "FILE")]
    pub(crate) key_out: Option<PathBuf>,

    /// Write certificate and private key into one file
    #[arg(long, value_name = "FILE")]
    pub(crate) pem: Option<PathBuf>,

    /// Replace what is there already
    #[arg(long)]
    pub(crate) force: bool,
}

impl CertificateOutputs {
    pub(crate) fn all(&self) -> [Option<&Path>; 3] {
        [self.out.as_deref(), self.key_out.as_deref(), self.pem.as_deref()]
    }

    /// The command line that serves or connects with what was written, where it was written to files.
    pub(crate) fn identity_flags(&self, key: Option<&Path>, passphrase: &PassphraseArgs) -> Option<String> {
        let mut flags = match (&self.pem, &self.out) {
            (Some(combined), _) if !is_stdout(combined) => format!("--pem {}", shell(combined)),
            (_, Some(out)) if !is_stdout(out) => {
                let key = self.key_out.as_deref().or(key).filter(|path| !is_stdout(path))?;
                format!("--cert {} --key {}", shell(out), shell(key))
            }
            _ => return None,
        };
        if let Some(file) = &passphrase.passphrase_file {
            flags.push_str(&format!(" --passphrase-file {}", shell(file)));
        }
        if let Some(variable) = &passphrase.passphrase_env {
            flags.push_str(&format!(" --passphrase-env {}", shell(variable)));
        }
        Some(flags)
    }
}
