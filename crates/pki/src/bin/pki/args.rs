//! What `pki` accepts. Each command's arguments stand beside the command.

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Parser, Subcommand};
use common::terminal::GlobalArgs;
use common::terminal::manual::{CompletionsArgs, ManArgs};

use crate::cmd::{ca, cert, convert, crl, csr, key, store};
use crate::lazily::Lazily;

/// Keys, certificate requests, certificates and CAs, with defaults that every verifier takes
#[derive(Debug, Parser)]
#[command(name = "pki", version, styles = STYLES, after_help = EXAMPLES, disable_help_subcommand = true)]
pub(crate) struct Args {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,

    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Make and show keys
    #[command(subcommand)]
    Key(Lazily<key::KeyCommand>),

    /// Make and show certificate requests
    #[command(subcommand)]
    Csr(Lazily<csr::CsrCommand>),

    /// Make, show and compare certificates
    #[command(subcommand)]
    Cert(Lazily<Box<cert::CertCommand>>),

    /// Make and show revocation lists
    #[command(subcommand)]
    Crl(Lazily<crl::CrlCommand>),

    /// Make, show and export the store's CAs
    #[command(subcommand)]
    Ca(Lazily<ca::CaCommand>),

    /// Show and export what the store keeps
    #[command(subcommand)]
    Store(Lazily<store::StoreCommand>),

    /// Write certificates and keys in another form, put in order and checked
    Convert(Box<convert::Args>),

    /// Print completions for a shell
    Completions(CompletionsArgs),

    /// Print the manual, or write a page for each command
    Man(ManArgs),
}

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default())
    .placeholder(AnsiColor::Cyan.on_default());

const EXAMPLES: &str = "\
Examples:
  pki cert self-signed localhost --out cert.pem --key-out key.pem
  pki cert new web.example --profile server
  pki cert show store:web.example
  pki ca new home --permit home.example
  pki ca export home --out home.pem";
