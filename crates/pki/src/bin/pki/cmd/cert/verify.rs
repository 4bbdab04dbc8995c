//! `pki cert verify`

use std::path::PathBuf;
use std::sync::Arc;

use clap::ValueEnum;
use common::context::{Anchor, Origin, Provider, Trust};
use common::input::{Blob, InputError, Reference, fsio};
use common::terminal::{CliError, Exit, PassphraseArgs, Ui, ui};
use jiff::Timestamp;
use pki::crl::{Crl, CrlError, Crls, MAX_CRL_FILE};
use pki::stored;
use pki::verify::{Question, Revocation, Side, Strictness, Subject, Terms, UnusableList, Verdict, Verifier};
use rustls_pki_types::CertificateDer;

use super::verification::{Asked, Verification};
use crate::options::time;
use crate::session::Session;

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Exit codes:
  0 trusted, 31 unknown issuer or missing intermediate, 32 expired or not yet valid,
  33 name mismatch, 34 purpose, constraint, form or too weak, 35 revoked, 36 revocation unknown

Examples:
  pki ca new home && pki ca export home --out home.pem
  pki cert new web.example --out web.pem --key-out web.key
  pki cert verify web.pem --trust home.pem --name web.example
  pki cert verify web.pem --trust home.pem --at 2026-12-24 --json")]
pub(crate) struct Args {
    /// The certificate, and after it what was sent along: a file, `-`, or store:NAME
    #[arg(value_name = "CERT")]
    certificate: Reference,

    /// Believe these certificates [default: the system's roots and the store's CAs]
    #[arg(long, value_name = "FILE")]
    trust: Vec<Reference>,

    /// Believe the system's roots besides those of --trust
    #[arg(long, requires = "trust")]
    system: bool,

    /// More certificates that may stand between, in any order
    #[arg(long, value_name = "FILE")]
    intermediates: Vec<Reference>,

    /// What the certificate is to be used for
    #[arg(long, value_enum, default_value_t)]
    purpose: PurposeArg,

    /// The name that it must be for: a host, an address, a mail address or a URI
    #[arg(long, value_name = "NAME")]
    name: Option<Subject>,

    /// The time at which it must hold: 2026-11-21 or 2026-11-21T04:00:00Z [default: now]
    #[arg(long, value_name = "TIME", value_parser = time)]
    at: Option<Timestamp>,

    /// CRLs; each certificate below the trusted one must then be covered by one of its issuer
    #[arg(long, value_name = "FILE")]
    crl: Vec<PathBuf>,

    /// Refuse what no CRL covers, also where none is given
    #[arg(long)]
    require_revocation: bool,

    /// How many CAs may stand between, at most
    #[arg(long, value_name = "N")]
    max_depth: Option<u32>,

    /// Be as strict about form as another verifier is [default: as the strictest]
    #[arg(long, value_enum, value_name = "WHOSE")]
    strict: Option<StrictArg>,

    #[command(flatten)]
    passphrase: PassphraseArgs,
}

#[derive(Debug, Clone, Copy, Default, ValueEnum)]
enum PurposeArg {
    /// A server's, in TLS
    #[default]
    Server,
    /// A client's, in TLS
    Client,
    /// Not asked
    Any,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum StrictArg {
    /// All that the CA/Browser Forum asks of a server's certificate
    Cabf,
    /// What Python from 3.13 asks for, and OpenSSL's -x509_strict
    Python,
    /// What a handshake of tls-client and tls-server asks for
    Webpki,
}

impl Args {
    /// Everything that certificates are read from.
    fn files(&self) -> Vec<&Reference> {
        std::iter::once(&self.certificate).chain(&self.trust).chain(&self.intermediates).collect()
    }
}

pub(crate) fn run(args: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    session.check_passphrase(&args.passphrase, &args.files())?;
    let (file, chain) = chain(args, session)?;
    let verifier = verifier(args, session)?;
    let question =
        Question { side: side(args.purpose), name: args.name.as_ref(), at: args.at.unwrap_or_else(|| session.now()) };
    let verdict = verifier.judge(&chain, &question);
    let lenient = is_taken_by_handshake(&verdict, &verifier, &chain, &question);
    let asked = Asked { file, question, strictness: verifier.terms().strictness, lenient };
    let verification = Verification::of(&asked, &verdict);
    if ui.is_json() {
        ui.document(&verification)?;
    } else {
        ui.result(&verification.text())?;
    }
    Ok(verdict.exit())
}

/// Whether a handshake would take what is refused here.
fn is_taken_by_handshake(
    verdict: &Verdict,
    verifier: &Verifier,
    chain: &[CertificateDer<'static>],
    question: &Question<'_>,
) -> bool {
    if verdict.exit() != Exit::Unsuitable || verifier.terms().strictness == Strictness::Webpki {
        return false;
    }
    verifier.with_strictness(Strictness::Webpki).judge(chain, question).is_trusted()
}

/// The certificate, and everything that may stand between it and a trusted one.
fn chain(args: &Args, session: &Session) -> Result<(String, Vec<CertificateDer<'static>>), CliError> {
    let blob = session.read(&args.certificate)?;
    let mut chain = match blob.pieces() {
        Ok(pieces) if pieces.is_sealed() => {
            session.open(&args.certificate, &args.passphrase)?.require_certificates()?
        }
        Ok(pieces) => pieces.require_certificates()?,
        // It is a certificate, and one that breaks the rules: that is for the verifier to say.
        Err(InputError::TrailingBytes { .. }) => vec![blob.bytes.expose().to_vec().into()],
        Err(error) => return Err(error.into()),
    };
    for reference in &args.intermediates {
        chain.extend(session.open(reference, &args.passphrase)?.require_certificates()?);
    }
    Ok((blob.name, chain))
}

fn verifier(args: &Args, session: &Session) -> Result<Verifier, CliError> {
    let terms = Terms { strictness: strictness(args.strict), max_depth: args.max_depth };
    let trust = Arc::new(trust(args, session)?);
    let verifier = Verifier::passing_over_bad_anchors(trust, Provider::default()).with_terms(terms);
    if args.crl.is_empty() && !args.require_revocation {
        return Ok(verifier);
    }
    let (crls, unusable) = lists(&args.crl)?;
    Ok(verifier.with_any_crls(Arc::new(crls), Revocation::Chain, unusable))
}

fn trust(args: &Args, session: &Session) -> Result<Trust, CliError> {
    let mut trust = Trust::new();
    for reference in &args.trust {
        let pieces = session.open(reference, &args.passphrase)?;
        let origin = match reference {
            Reference::Store(name) => Origin::Store(name.clone()),
            _ => Origin::File(pieces.name.clone()),
        };
        // Of a CA of the store its whole chain is kept, and the last of it is what others trust.
        let mut certificates = pieces.require_certificates()?;
        if matches!(reference, Reference::Store(_)) {
            certificates.drain(..certificates.len() - 1);
        }
        certificates.into_iter().for_each(|der| trust.add(Anchor { der, origin: origin.clone() }));
    }
    if args.trust.is_empty() {
        return unasked(session);
    }
    if args.system {
        trust.add_system().map_err(CliError::usage)?;
    }
    Ok(trust)
}

/// Where nobody is named: the system's roots and the store's CAs, of which one at least must be there.
fn unasked(session: &Session) -> Result<Trust, CliError> {
    let mut trust = Trust::new();
    let system = trust.add_system();
    if let Some(store) = session.existing_store()? {
        stored::anchors(&*store)?.into_iter().for_each(|anchor| trust.add(anchor));
    }
    match system {
        Err(error) if trust.is_empty() => {
            Err(CliError::usage(format_args!("nobody is trusted: {error}, and the store has no CA"))
                .advise("name whom to trust: --trust FILE"))
        }
        _ => Ok(trust),
    }
}

/// The lists that can be looked into, and those that cannot.
fn lists(files: &[PathBuf]) -> Result<(Crls, Vec<UnusableList>), CliError> {
    let (mut usable, mut unusable) = (Vec::new(), Vec::new());
    for path in files {
        let bytes = fsio::read_at_most(path, MAX_CRL_FILE)?;
        let pieces = Blob::new(path.display().to_string(), bytes).pieces()?;
        if pieces.crls.is_empty() {
            return Err(pieces.missing("CRL").into());
        }
        for der in pieces.crls {
            match Crl::from_der(der.as_ref().to_vec(), &pieces.name) {
                Ok(crl) => usable.push(Arc::new(crl)),
                Err(error @ CrlError::Unusable { .. }) => unusable.push(UnusableList::new(&der, ui::chain(&error))),
                Err(error) => return Err(CliError::usage(error)),
            }
        }
    }
    Ok((Crls::new(usable), unusable))
}

fn side(purpose: PurposeArg) -> Side {
    match purpose {
        PurposeArg::Server => Side::Server,
        PurposeArg::Client => Side::Client,
        PurposeArg::Any => Side::Any,
    }
}

fn strictness(whose: Option<StrictArg>) -> Strictness {
    match whose {
        None => Strictness::Strictest,
        Some(StrictArg::Cabf) => Strictness::Cabf,
        Some(StrictArg::Python) => Strictness::Python,
        Some(StrictArg::Webpki) => Strictness::Webpki,
    }
}
