//! The flags by which a server and a client choose versions, ciphers, groups, ALPN and the provider.

use super::{CliError, Ui};
use crate::context::{Groups, Policy, Profile, Provider, Suites, Versions};

const SUITES_ADVICE: &str =
    "name suites or classes that can be had, such as --ciphers ECDHE+AESGCM, or leave --ciphers away for all of them";

/// The flags of a policy; without any it is [`Policy::default`].
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Policy")]
pub struct PolicyArgs {
    /// Mozilla's level of compatibility: modern is TLS 1.3 alone [default: intermediate]
    #[arg(long, conflicts_with_all = ["min_version", "max_version"])]
    pub profile: Option<Profile>,
    /// The lowest TLS version: 1.2 or 1.3 [default: 1.2]
    #[arg(long, value_name = "VERSION")]
    pub min_version: Option<String>,
    /// The highest TLS version: 1.2 or 1.3 [default: 1.3]
    #[arg(long, value_name = "VERSION")]
    pub max_version: Option<String>,
    /// Cipher suites in order: names of OpenSSL or IANA, or an OpenSSL cipher string
    #[arg(long, value_name = "STRING")]
    pub ciphers: Option<String>,
    /// Key exchange groups in order, such as X25519MLKEM768:x25519:P-256
    #[arg(long, value_name = "LIST")]
    pub groups: Option<String>,
    /// Application protocols in order, such as h2,http/1.1
    #[arg(long, value_name = "LIST", value_delimiter = ',', value_parser = protocol)]
    pub alpn: Vec<String>,
    /// Where the cryptography comes from [default: aws-lc]
    #[arg(long)]
    pub provider: Option<Provider>,
}

impl PolicyArgs {
    /// The policy that the flags ask for. What of a cipher string cannot be had or has no effect is warned of.
    ///
    /// # Errors
    /// A name that is unknown, or a choice that leaves nothing.
    pub fn policy(&self, ui: &mut Ui) -> Result<Policy, CliError> {
        let provider = self.provider.unwrap_or_default();
        let versions = match self.profile {
            Some(profile) => profile.versions(),
            None => Versions::new(self.min_version.as_deref(), self.max_version.as_deref()).map_err(CliError::usage)?,
        };
        let suites = match &self.ciphers {
            Some(string) => Suites::parse(string).map_err(|error| CliError::usage(error).advise(SUITES_ADVICE))?,
            None => Suites::default(),
        };
        let groups = match &self.groups {
            Some(list) => Groups::parse(list, provider).map_err(CliError::usage)?,
            None => Groups::default(),
        };
        for dropped in suites.dropped() {
            ui.warn(format_args!("--ciphers: {} is left out: {}", dropped.name, dropped.reason));
        }
        let idle = self.ciphers.as_ref().map(|_| without_effect(&suites, &versions)).unwrap_or_default();
        if !idle.is_empty() {
            ui.warn(format_args!("--ciphers: {} cannot be used with the versions chosen", idle.join(", ")));
        }
        let alpn = self.alpn.iter().map(|name| name.clone().into_bytes()).collect();
        Ok(Policy { provider, versions, suites, groups, alpn })
    }
}

/// The suites whose version is out of the range. Those of TLS 1.3 are there unasked and are not counted.
fn without_effect(suites: &Suites, versions: &Versions) -> Vec<&'static str> {
    if versions.contains(rustls::ProtocolVersion::TLSv1_2) {
        return Vec::new();
    }
    // The registry's names of TLS 1.2 say how the key is exchanged `WITH` which cipher.
    suites.kept().into_iter().filter(|name| name.contains("_WITH_")).collect()
}

/// One ALPN protocol name (RFC 7301 section 3.1): 1 to 255 bytes.
fn protocol(name: &str) -> Result<String, String> {
    match name.trim() {
        "" => Err("an empty protocol name".to_owned()),
        name if name.len() > 255 => Err("a protocol name longer than 255 bytes".to_owned()),
        name => Ok(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use clap::{Args as _, FromArgMatches as _};

    use super::*;
    use crate::terminal::Exit;

    fn policy(words: &str) -> Result<Policy, CliError> {
        let command = PolicyArgs::augment_args(clap::Command::new("test"));
        let matches = command
            .try_get_matches_from(std::iter::once("test").chain(words.split_whitespace()))
            .map_err(CliError::usage)?;
        let mut ui = Ui::to_writers("test", Box::new(io::sink()), Box::new(io::sink()));
        PolicyArgs::from_arg_matches(&matches).map_err(CliError::usage)?.policy(&mut ui)
    }

    #[test]
    fn no_flag_is_the_default() {
        let made = policy("").unwrap();
        assert_eq!(
            (made.versions, made.suites, made.groups),
            (Versions::default(), Suites::default(), Groups::default())
        );
        assert!(made.alpn.is_empty());
    }

    #[test]
    fn each_flag_has_its_effect() {
        let made =
            policy("--min-version 1.3 --ciphers TLS_AES_256_GCM_SHA384 --groups x25519 --alpn h2,http/1.1").unwrap();
        assert_eq!(made.versions, Versions::tls13());
        assert_eq!(made.suites.kept(), ["TLS_AES_256_GCM_SHA384"]);
        assert_eq!(made.alpn, [b"h2".to_vec(), b"http/1.1".to_vec()]);
        assert_eq!(policy("--profile modern --provider ring").unwrap().provider, Provider::Ring);
    }

    #[test]
    fn what_cannot_be_had_is_a_usage_error() {
        for words in [
            "--ciphers ECDHE-NONSENSE",
            "--groups curve9000",
            "--min-version 1.0",
            "--provider ring --groups X25519MLKEM768",
            "--alpn ,",
            "--profile modern --min-version 1.2",
        ] {
            assert_eq!(policy(words).unwrap_err().exit, Exit::Usage, "{words}");
        }
    }
}
