//! `pki cert self-signed`

use common::input::Reference;
use common::input::fsio::Access;
use common::terminal::{CliError, Exit, PassphraseArgs, Ui};
use pki::authority::Serial;
use pki::certificate::{Profile, Role, Template, Validity, self_sign, self_sign_parts};
use pki::convert::pem;
use pki::key::{Algorithm, PrivateKey};
use pki::request::openssl_cnf::{CertificateParts, Config};
use pki::request::{Spec, Subject, SubjectAltName};

use crate::cmd::csr::{self, Asking, ConfigArgs, new_key};
use crate::error::OrExplain;
use crate::issuing::differences;
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
  pki cert self-signed --csr david.csr --key david.key --out david.crt
  printf '[req]\\nx509_extensions = ext\\n[ext]\\nsubjectAltName = DNS:david.example\\n' > david.cnf
  pki cert self-signed --csr david.csr --key david.key --config david.cnf --out david2.crt")]
pub(crate) struct Args {
    /// The names that it is for: hosts, addresses, mailboxes, URIs
    #[arg(value_name = "NAME", required_unless_present_any = ["csr", "config"], conflicts_with_all = ["csr", "config"])]
    names: Vec<String>,

    /// Take subject and names from this request, whose key signs: a file or `-`
    #[arg(long, requires = "key", conflicts_with_all = ["cn", "subject", "alg"])]
    csr: Option<Reference>,

    #[command(flatten)]
    config: ConfigArgs,

    /// Ask nothing: what the configuration asks and has no default for is left out
    #[arg(long, requires = "config")]
    batch: bool,

    /// The subject's common name [default: the first name]
    #[arg(long, value_name = "NAME")]
    cn: Option<String>,

    /// The subject: `/C=DE/O=Example/CN=host` or `CN=host,O=Example,C=DE` [default: the common name alone]
    #[arg(long, value_name = "DN", conflicts_with = "cn")]
    subject: Option<String>,

    /// Sign with this key instead of a new one: a file, `-`, or store:NAME
    #[arg(long, conflicts_with_all = ["alg", "key_out"])]
    key: Option<Reference>,

    /// The kind of the new key [default: p256, or RSA of the configuration's default_bits]
    #[arg(long, value_parser = algorithm(), value_name = "ALGORITHM")]
    alg: Option<Algorithm>,

    /// What it is for
    #[arg(long, value_enum, default_value_t, conflicts_with = "config")]
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
    let config = args.config.read()?;
    let days = config.as_ref().and_then(|config| config.settings().days).unwrap_or(DAYS);
    let validity = args.validity.resolve_or(session.now(), days)?;
    let mut outputs = Outputs::new(&args.outputs.all(), args.outputs.force)?;
    for input in [&args.csr, &args.key].into_iter().flatten() {
        Outputs::spare(input, args.outputs.out.as_deref())?;
    }
    let Asked { template, private, notes, parts } = match (&config, &args.csr) {
        (Some(config), csr) => from_config(args, config, csr.as_ref(), validity, session)?,
        (None, Some(csr)) => from_request(args, csr, validity, session)?,
        (None, None) => from_names(args, validity, session)?,
    };
    let certificate = match &parts {
        Some(parts) => {
            let digest = config.as_ref().and_then(|config| config.settings().digest);
            self_sign_parts(parts, validity, &template.serial, digest, &private.key).or_explain()?
        }
        None => self_sign(&template, &private.key).or_explain()?,
    };

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
    let mut made = made(args, &template, &private.key, &certificate);
    if parts.is_none() {
        made = made
            .note("it vouches for itself alone and issues nothing (CA:FALSE); who is to trust it names it, as below");
    }
    notes.into_iter().fold(made, Made::note).tell(printed, ui)?;
    Ok(Exit::Success)
}

/// What is signed, with what, and what is worth knowing about it.
struct Asked {
    template: Template,
    private: Private,
    notes: Vec<String>,
    /// What a configuration has decided, in place of what the template says.
    parts: Option<CertificateParts>,
}

/// The subject of the request, or else the configuration's; and its extensions, or else ours.
fn from_config(
    args: &Args,
    config: &Config,
    csr: Option<&Reference>,
    validity: Validity,
    session: &Session,
) -> Result<Asked, CliError> {
    let Some(csr) = csr else {
        let private = match &args.key {
            Some(reference) => Private::load(reference, &args.passphrase, session)?,
            None => {
                check_key_destination(args)?;
                new_key(args.alg, config.settings(), &args.passphrase)?
            }
        };
        let asking = Asking::new(args.batch);
        let subject = match &args.subject {
            Some(subject) => subject.parse::<Subject>().or_explain()?.encode().or_explain()?,
            None => config.certificate_subject(args.cn.as_deref(), &mut |prompt| asking.answer(prompt)).or_explain()?,
        };
        let role = Role::Leaf(args.profile);
        let template = Template {
            subject,
            ..Template::new(&Spec::for_names(Vec::new()), role, validity, serial(args)?).or_explain()?
        };
        let mut asked = configured(config, Asked { template, private, notes: Vec::new(), parts: None })?;
        if asked.parts.is_none() {
            asked.template.names =
                config.requested_names(&asked.template.subject, asked.private.key.public()).or_explain()?;
        }
        if args.subject.is_none() {
            asked.notes.extend(config.subject_notes());
        }
        return Ok(asked);
    };
    configured(config, from_request(args, csr, validity, session)?)
}

fn configured(config: &Config, asked: Asked) -> Result<Asked, CliError> {
    let Asked { mut template, private, mut notes, .. } = asked;
    let parts = config.certificate(&template.subject, private.key.public(), template.serial.as_bytes()).or_explain()?;
    if parts.extensions.is_none() {
        notes.push(
            "the configuration names no `x509_extensions`: its names are those that are asked for, and the rest is what \
             is usual here"
                .to_owned(),
        );
        return Ok(Asked { template, private, notes, parts: None });
    }
    template.subject = parts.subject.clone();
    template.names.clone_from(&parts.names);
    // What was not taken over from the request is the configuration's to say, as with `openssl req -x509 -in`.
    notes.clone_from(&parts.notes);
    Ok(Asked { template, private, notes, parts: Some(parts) })
}

/// A new key needs a file.
fn check_key_destination(args: &Args) -> Result<(), CliError> {
    if args.outputs.key_out.is_none() && args.outputs.pem.is_none() {
        return Err(CliError::usage("the new private key has nowhere to go")
            .advise("add --key-out key.pem --out cert.pem, or --pem combined.pem for both in one file"));
    }
    Ok(())
}

fn from_names(args: &Args, validity: Validity, session: &Session) -> Result<Asked, CliError> {
    let spec = Spec::new(&args.names, args.subject.as_deref(), args.cn.as_deref()).or_explain()?.with_subject();
    let template = Template::new(&spec, Role::Leaf(args.profile), validity, serial(args)?).or_explain()?;
    let private = match &args.key {
        Some(reference) => Private::load(reference, &args.passphrase, session)?,
        None => {
            check_key_destination(args)?;
            Private::generate(args.alg.unwrap_or_default(), &args.passphrase)?
        }
    };
    Ok(Asked { template, private, notes: Vec::new(), parts: None })
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
    Ok(Asked { notes: differences(&request, &template), template, private, parts: None })
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
        .file("combined", args.outputs.pem.as_deref());
    let own_key = match &args.key {
        Some(Reference::Path(path)) => Some(path.as_path()),
        _ => None,
    };
    if let Some(flags) = args.outputs.identity_flags(own_key, &args.passphrase) {
        made = match args.profile {
            Profile::Client => made.next(format!("tls-client connect localhost:8443 {flags}")),
            Profile::Server | Profile::Peer => made.next(format!("tls-server hello {flags}")),
            Profile::Code | Profile::Email => return made,
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
        (Profile::Client | Profile::Code | Profile::Email, _) => None,
        (_, "localhost" | "127.0.0.1") => Some(format!("{first}:8443")),
        _ => Some(format!("127.0.0.1:8443 --server-name {}", first.replacen('*', "www", 1))),
    }
}
