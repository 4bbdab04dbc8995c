//! `pki csr new`

use std::path::{Path, PathBuf};

use common::input::Reference;
use common::input::fsio::Access;
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use pki::convert::pem;
use pki::key::Algorithm;
use pki::request::openssl_cnf::{Config, Settings, Wanted};
use pki::request::{Spec, Subject, SubjectAltName, build, sign};

use super::configured::{Asking, ConfigArgs, new_key};
use crate::error::OrExplain;
use crate::made::Made;
use crate::options::algorithm;
use crate::output::{Outputs, is_stdout, shell};
use crate::private::Private;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki csr new --cn host.example --key-out host.key --out host.csr
  pki csr new --san host.example --san 10.0.0.1 --alg rsa-3072 --key-out h.key --out h.csr
  pki csr new --key host.key --subject '/C=DE/O=Example/CN=host.example' --out host2.csr
  printf '[req]\\nprompt = no\\ndistinguished_name = dn\\n[dn]\\nCN = host.example\\n' > openssl.cnf
  pki csr new --key host.key --config openssl.cnf --san host.example --out host3.csr")]
pub(crate) struct Args {
    /// Sign with this key instead of a new one: a file, `-`, or store:NAME
    #[arg(long, conflicts_with_all = ["alg", "key_out"])]
    key: Option<Reference>,

    /// The kind of the new key [default: p256, or RSA of the configuration's default_bits]
    #[arg(long, value_parser = algorithm(), value_name = "ALGORITHM")]
    alg: Option<Algorithm>,

    #[command(flatten)]
    config: ConfigArgs,

    /// Ask nothing: what the configuration asks and has no default for is left out
    #[arg(long, requires = "config")]
    batch: bool,

    /// The subject's common name; without a configuration a host becomes a name of the certificate as well
    #[arg(long, value_name = "NAME")]
    cn: Option<String>,

    /// The subject: `/C=DE/O=Example/CN=host` or `CN=host,O=Example,C=DE`
    #[arg(long, value_name = "DN")]
    subject: Option<String>,

    /// A name that it is for: a host, an address, a mailbox or a URI. May be repeated
    #[arg(long, value_name = "NAME")]
    san: Vec<String>,

    /// Write the request here [default: standard output]
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,

    /// Write the new private key here, for its owner alone
    #[arg(long, value_name = "FILE")]
    key_out: Option<PathBuf>,

    #[command(flatten)]
    passphrase: PassphraseArgs,

    /// Replace files that exist
    #[arg(long)]
    force: bool,
}

/// A request that is made, and what there is to say of it.
struct Request {
    der: Vec<u8>,
    private: Private,
    names: Vec<String>,
    notes: Vec<String>,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let config = args.config.read()?;
    let key_out = key_file(args, config.as_ref().map(Config::settings));
    let mut outputs = Outputs::new(&[args.out.as_deref(), key_out.as_deref()], args.force)?;
    if let Some(reference) = &args.key {
        Outputs::spare(reference, args.out.as_deref())?;
    } else if key_out.is_none() {
        return Err(CliError::usage("the new private key has nowhere to go")
            .advise("add --key-out FILE, or sign with a key that you have: --key FILE"));
    }
    let Request { der, private, names, notes } = match &config {
        Some(config) => configured(args, config, session)?,
        None => plain(args, session)?,
    };
    if args.key.is_none() {
        outputs.add(key_out.as_deref(), private.to_pem()?.expose(), Access::Private);
    }
    outputs.add(args.out.as_deref(), pem::request(&der).as_bytes(), Access::Public);
    let printed = outputs.write(ui)?;
    let mut made = Made::new("request", names, private.key.public())
        .file("request", args.out.as_deref())
        .file("key", key_out.as_deref().filter(|_| args.key.is_none()));
    made = notes.into_iter().fold(made, Made::note);
    if let Some(path) = args.out.as_deref().filter(|path| !is_stdout(path)) {
        made = made.next(format!("pki csr show {}", shell(path)));
    }
    made.tell(printed, ui)?;
    Ok(Exit::Success)
}

const NO_NAME: &str = "it asks for no name; a server is found by its names only: --san HOST";

/// From flags alone.
fn plain(args: &Args, session: &Session) -> Result<Request, CliError> {
    let spec = Spec::new(&args.san, args.subject.as_deref(), args.cn.as_deref()).or_explain()?.with_subject();
    let private = private(args, &Settings::default(), session)?;
    let der = build(&spec, &private.key).or_explain()?;
    let names = spec.names.iter().map(ToString::to_string).collect();
    let notes = spec.names.is_empty().then(|| NO_NAME.to_owned()).into_iter().collect();
    Ok(Request { der, private, names, notes })
}

/// From a configuration, and flags where they say something else.
fn configured(args: &Args, config: &Config, session: &Session) -> Result<Request, CliError> {
    let subject = args.subject.as_deref().map(str::parse::<Subject>).transpose().or_explain()?;
    let names = args.san.iter().map(|name| name.parse::<SubjectAltName>()).collect::<Result<Vec<_>, _>>();
    let wanted = Wanted { subject: subject.as_ref(), common_name: args.cn.as_deref(), names: &names.or_explain()? };
    if wanted.subject.is_some() && wanted.common_name.is_some() {
        return Err(
            CliError::usage("with --config there is one of --subject and --cn").advise("write CN=… in --subject")
        );
    }
    let settings = config.settings();
    let private = private(args, settings, session)?;
    let asking = Asking::new(args.batch);
    let contents = config.request(private.key.public(), &wanted, &mut |prompt| asking.answer(prompt)).or_explain()?;
    let der = sign(&contents, &private.key).or_explain()?;
    let made = pki::request::Request::from_der(&der).or_explain()?;
    let mut notes = contents.notes;
    if made.all_names.is_empty() {
        notes.push(NO_NAME.to_owned());
    }
    if let Some(digest) = settings.digest.filter(|_| private.key.digest(settings.digest).is_none()) {
        let title = private.key.algorithm().title();
        notes.push(format!("default_md = {digest} does not concern a key of the kind {title}, which has its own hash"));
    }
    if let (Some(bits), None) = (settings.key_bits, &args.key)
        && let Some(algorithm) = args.alg
        && algorithm != Algorithm::Rsa(bits)
    {
        notes.push(format!("--alg {algorithm} was taken, and not default_bits = {bits}"));
    }
    Ok(Request { der, private, names: made.all_names.all(), notes })
}

/// The key that signs: the one that is given, or a new one.
fn private(args: &Args, settings: &Settings, session: &Session) -> Result<Private, CliError> {
    if let Some(reference) = &args.key {
        return Private::load(reference, &args.passphrase, session);
    }
    new_key(args.alg, settings, &args.passphrase)
}

/// Where a new key goes: where the flag says, or else the configuration.
fn key_file(args: &Args, settings: Option<&Settings>) -> Option<PathBuf> {
    let configured =
        || settings.and_then(|settings| settings.key_file.as_deref()).map(|file| Path::new(file).to_owned());
    args.key_out.clone().or_else(|| if args.key.is_some() { None } else { configured() })
}
