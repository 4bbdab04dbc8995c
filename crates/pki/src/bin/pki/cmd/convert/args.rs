//! What `pki convert` accepts.

use std::path::PathBuf;

use clap::ValueEnum;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use common::input::Reference;
use common::pkcs12::Recipe;
use common::terminal::PassphraseArgs;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// The chain, leaf first; the private key where --key-out says
    Pem,
    /// One certificate, key, request or list
    Der,
    /// Chain and private key under a passphrase (PKCS#12); without a key a trust store as Java takes it
    P12,
    /// Chain and private key in one PEM file
    Combined,
}

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki cert self-signed localhost --out cert.pem --key-out key.pem
  echo 'correct horse' > passphrase
  pki convert cert.pem key.pem --to p12 --out-passphrase-file passphrase --out both.p12
  pki convert both.p12 --passphrase-file passphrase --to pem --out chain.pem --key-out same.key
  pki convert cert.pem key.pem --to combined --out combined.pem
  pki convert cert.pem key.pem --to p12 --for java8 --out-passphrase-file passphrase --out old.p12
  pki convert cert.pem --to der --out cert.der")]
pub(crate) struct Args {
    /// What is read: PEM, DER, PKCS#7 and PKCS#12, told by content; files, `-`, or store:NAME
    #[arg(value_name = "IN", required = true)]
    pub(crate) inputs: Vec<Reference>,

    /// What is written
    #[arg(long, value_enum, value_name = "FORM")]
    pub(crate) to: Form,

    /// Write it here [default: standard output]
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,

    /// With --to pem: write the private key here, for its owner alone
    #[arg(long, value_name = "FILE")]
    pub(crate) key_out: Option<PathBuf>,

    /// The leaf that is meant, by one of its names [default: the private key's, or the only one]
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<String>,

    /// Keep certificates that are in nobody's chain as well
    #[arg(long)]
    pub(crate) all: bool,

    /// With --to der: the leaf's certificate without its chain
    #[arg(long)]
    pub(crate) leaf_alone: bool,

    /// With --to p12: who is to read it
    #[arg(long = "for", value_parser = recipe(), default_value = "modern", value_name = "READER")]
    pub(crate) recipe: Recipe,

    /// With --to p12: the name that programs show it by [default: the certificate's]
    #[arg(long, value_name = "NAME")]
    pub(crate) alias: Option<String>,

    #[command(flatten)]
    pub(crate) passphrase: PassphraseArgs,

    #[command(flatten)]
    pub(crate) output: OutputPassphraseArgs,

    /// Replace a file that exists
    #[arg(long)]
    pub(crate) force: bool,
}

/// What the private key is written under.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct OutputPassphraseArgs {
    /// Write under the passphrase in the first line of FILE [default: the one that the key came under]
    #[arg(long, value_name = "FILE", conflicts_with = "out_passphrase_env")]
    out_passphrase_file: Option<PathBuf>,

    /// Write under the passphrase in the environment variable NAME
    #[arg(long, value_name = "NAME")]
    out_passphrase_env: Option<String>,

    /// Write the private key in the clear, whatever it came under
    #[arg(long, conflicts_with_all = ["out_passphrase_file", "out_passphrase_env"])]
    pub(crate) plain: bool,
}

impl OutputPassphraseArgs {
    /// As the flags of what is read.
    pub(crate) fn args(&self) -> PassphraseArgs {
        PassphraseArgs {
            passphrase_file: self.out_passphrase_file.clone(),
            passphrase_env: self.out_passphrase_env.clone(),
        }
    }
}

fn recipe() -> impl TypedValueParser<Value = Recipe> {
    PossibleValuesParser::new(Recipe::NAMES).map(|name| Recipe::named(&name).unwrap_or_default())
}
