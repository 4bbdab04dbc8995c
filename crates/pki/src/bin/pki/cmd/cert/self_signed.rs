//! `pki cert self-signed`

use common::input::Reference;
use common::input::fsio::Access;
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use pki::authority::Serial;
use pki::certificate::{Profile, Role, Template, Validity, self_sign};
use pki::convert::pem;
use pki::key::{Algorithm, PrivateKey};
use pki::request::{Request, Spec, SubjectAltName};

use crate::cmd::csr;
use crate::error::OrExplain;
use crate::made::Made;
use crate::options::{CertificateOutputs, ValidityArgs, algorithm};
use crate::output::{Outputs, is_stdout, shell};
use crate::private::Private;
use crate::session::Session;

const DAYS: u32 = 365;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki cert self-signed localhost --out cert.pem --key-out key.pem
  pki cert self-signed web.example 10.0.0.1 --alg rsa-4096 --days 365 --pem combined.pem
  pki csr new --cn david.example --key-out david.key --out david.csr
  pki cert self-signed --csr david.csr --key david.key --out david.crt")]
pub(crate) struct Args {
    /// The names that it is for: hosts, addresses, mailboxes, URIs
    #[arg(value_name = "NAME", required_unless_present = "csr", conflicts_with = "csr")]
    names: Vec<String>,

    /// Take subject and names from this request, whose key signs: a file or `-`
    #[arg(long, requires = "key", conflicts_with_all = ["cn", "alg"])]
    csr: Option<Reference>,

    /// The subject's common name [default: the first name]
    #[arg(long, value_name = "NAME")]
    cn: Option<String>,

    /// Sign with this key instead of a new one: a file, `-`, or store:NAME
    #[arg(long, conflicts_with_all = ["alg", "key_out"])]
    key: Option<Reference>,

    /// The kind of the new key
    #[arg(long, value_parser = algorithm(), default_value = "p256", value_name = "ALGORITHM")]
    alg: Algorithm,

    /// What it is for
    #[arg(long, value_enum, default_value_t)]
    profile: Profile,

    /// Its serial number, in decimal or as 0x… [default: 16 random bytes]
    #[arg(long, value_name = "N")]
    serial: Option<Serial>,

    #[command(flatten)]
    validity: ValidityArgs<DAYS>,

    #[command(flatten)]
    outputs: CertificateOutputs,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let validity = args.validity.resolve(session.now())?;
    let mut outputs = Outputs::new(&args.outputs.all(), args.outputs.force)?;
    for input in [&args.csr, &args.key].into_iter().flatten() {
        Outputs::spare(input, args.outputs.out.as_deref())?;
    }
    let Asked { template, private, notes } = match &args.csr {
        Some(csr) => from_request(args, csr, validity, session)?,
        None => from_names(args, validity, session)?,
    };
    let certificate = self_sign(&template, &private.key).or_explain()?;

    let text = pem::certificate(&certificate);
    let key_text = private.to_pem()?;
    if args.outputs.out.is_some() || args.outputs.pem.is_none() {
        outputs.add(args.outputs.out.as_deref(), text.as_bytes(), Access::Public);
    }
    if args.outputs.key_out.is_some() {
        outputs.add(args.outputs.key_out.as_deref(), key_text.expose(), Access::Private);
    }
    if args.outputs.pem.is_some() {
        let combined = [text.as_bytes(), key_text.expose()].concat();
        outputs.add(args.outputs.pem.as_deref(), &combined, Access::Private);
    }
    let printed = outputs.write(ui)?;
    let made = made(args, &template, &private.key, &certificate);
    notes.into_iter().fold(made, Made::note).tell(printed, ui)?;
    Ok(Exit::Success)
}

/// What is signed, with what, and what is worth knowing about it.
struct Asked {
    template: Template,
    private: Private,
    notes: Vec<String>,
}

fn from_names(args: &Args, validity: Validity, session: &Session) -> Result<Asked, CliError> {
    let spec = Spec::new(&args.names, None, args.cn.as_deref()).or_explain()?.with_subject();
    let template = Template::new(&spec, Role::Leaf(args.profile), validity, serial(args)?).or_explain()?;
    let private = match &args.key {
        Some(reference) => Private::load(reference, &args.passphrase, session)?,
        None => {
            if args.outputs.key_out.is_none() && args.outputs.pem.is_none() {
                return Err(CliError::usage("the new private key has nowhere to go")
                    .advise("add --key-out key.pem --out cert.pem, or --pem combined.pem for both in one file"));
            }
            Private::generate(args.alg, &args.passphrase)?
        }
    };
    Ok(Asked { template, private, notes: Vec::new() })
}

fn from_request(args: &Args, csr: &Reference, validity: Validity, session: &Session) -> Result<Asked, CliError> {
    let request = csr::read(csr, session)?.prove().or_explain_in(&csr.to_string())?;
    let Some(reference) = &args.key else {
        return Err(CliError::usage("a request is signed with its own key here").advise("add --key FILE"));
    };
    let private = Private::load(reference, &args.passphrase, session)?;
    if *private.key.public() != request.key {
        return Err(CliError::usage(format_args!("the key in {reference} is not the one that {csr} was made with"))
            .advise(format!("`pki cert match {csr} {reference}` compares them")));
    }
    let template = Template::from_request(&request, Role::Leaf(args.profile), validity, serial(args)?);
    Ok(Asked { notes: differences(&request, &template), template, private })
}

/// Where the certificate is not what the request asks for.
fn differences(request: &Request, template: &Template) -> Vec<String> {
    let mut notes = Vec::new();
    if request.all_names.is_empty() && !template.names.is_empty() {
        notes.push("the request asks for no name, and its common name was taken for one".to_owned());
    }
    if !request.left_out.is_empty() {
        notes.push(format!("names that were not taken over: {}", request.left_out.all().join(", ")));
    }
    let asked = request.extensions.iter().map(|extension| extension.name.as_str());
    let issuers: Vec<&str> = asked.filter(|name| *name != "subjectAltName").collect();
    if !issuers.is_empty() {
        notes.push(format!("what its issuer decides was not taken over: {}", issuers.join(", ")));
    }
    notes
}

fn serial(args: &Args) -> Result<Serial, CliError> {
    args.serial.clone().map_or_else(|| Serial::random().or_explain(), Ok)
}

fn made(args: &Args, template: &Template, key: &PrivateKey, certificate: &[u8]) -> Made {
    let names = template.names.iter().map(ToString::to_string).collect();
    let mut made = Made::new("self-signed certificate", names, key.public())
        .certificate(certificate)
        .file("certificate", args.outputs.out.as_deref())
        .file("key", args.outputs.key_out.as_deref())
        .file("combined", args.outputs.pem.as_deref())
        .note("it vouches for itself alone and issues nothing (CA:FALSE); who is to trust it names it, as below");
    let own_key = match &args.key {
        Some(Reference::Path(path)) => Some(path.as_path()),
        _ => None,
    };
    if let Some(flags) = args.outputs.identity_flags(own_key, &args.passphrase) {
        made = match args.profile {
            Profile::Client => made.next(format!("tls-client connect localhost:8443 {flags}")),
            Profile::Server | Profile::Peer => made.next(format!("tls-server hello {flags}")),
        };
        let trust = [&args.outputs.out, &args.outputs.pem].into_iter().flatten().find(|path| !is_stdout(path));
        if let (Some(trust), Some(target)) = (trust, target(template, args.profile)) {
            made = made.next(format!("tls-client connect {target} --ca {}", shell(trust)));
        }
    }
    made
}

/// Where and under which name the server of the command before is reached: it listens on this machine, whatever
/// its certificate is for.
fn target(template: &Template, profile: Profile) -> Option<String> {
    let mut names = template.names.iter();
    let first = names.find(|name| matches!(name, SubjectAltName::Dns(_) | SubjectAltName::Ip(_)))?.to_string();
    match (profile, first.as_str()) {
        (Profile::Client, _) => None,
        (_, "localhost" | "127.0.0.1") => Some(format!("{first}:8443")),
        _ => Some(format!("127.0.0.1:8443 --server-name {}", first.replacen('*', "www", 1))),
    }
}
