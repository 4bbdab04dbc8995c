//! Who is let in: the CAs, what they have revoked, and the rules.

use std::path::Path;
use std::sync::Arc;

use common::context::{Clients, Trust};
use common::input::Blob;
use common::terminal::{CliError, ui};
use pki::clients::{Admission, Rules};
use pki::crl::Crls;
use pki::verify::{ClientCertificates, Revocation, Verifier};

use super::{Assembler, Gathered};
use crate::config::{self, Vouched};

impl Assembler {
    /// The verifier of a listener's clients; none where they are not asked.
    ///
    /// # Errors
    /// What is wrong has been gathered.
    pub(super) fn admission(
        &self,
        listener: &config::Listener,
        gathered: &mut Gathered,
    ) -> Result<Option<Arc<Admission>>, ()> {
        match admission(listener, gathered) {
            Ok(admission) => Ok(admission.map(Arc::new)),
            Err(faults) => {
                gathered.faults.extend(faults);
                Err(())
            }
        }
    }
}

/// Whom `clients` lets in, without a server: for `explain-client`.
///
/// # Errors
/// Everything that is wrong with it.
pub fn admission_of(listener: &config::Listener) -> Result<Option<Admission>, Vec<CliError>> {
    admission(listener, &mut Gathered::default())
}

fn admission(listener: &config::Listener, gathered: &mut Gathered) -> Result<Option<Admission>, Vec<CliError>> {
    let (vouched, asked) = match &listener.clients {
        config::Clients::Anyone => return Ok(None),
        config::Clients::Optional(vouched) => (vouched, ClientCertificates::Optional),
        config::Clients::Required(vouched) => (vouched, ClientCertificates::Required),
    };
    let files = vouched.authorities.iter().chain(&vouched.crls);
    gathered.paths.extend(files.map(|path| path.value.clone()));
    let mut faults = Vec::new();
    let verifier = verifier(vouched, listener, asked, &mut faults);
    let rules = rules(vouched, &mut faults);
    match (verifier, rules) {
        (Some(verifier), Some(rules)) if faults.is_empty() => Ok(Some(Admission::new(verifier, rules))),
        _ => Err(faults),
    }
}

fn verifier(
    vouched: &Vouched,
    listener: &config::Listener,
    asked: ClientCertificates,
    faults: &mut Vec<CliError>,
) -> Option<Verifier> {
    let mut trust = Trust::new();
    for path in &vouched.authorities {
        if let Err(error) = add(&mut trust, &path.value) {
            faults.push(error);
        }
    }
    let crls = crls(vouched, faults);
    if !faults.is_empty() {
        return None;
    }
    let verifier = match Verifier::new(Arc::new(trust), listener.policy.provider) {
        Ok(verifier) => verifier.with_client_certificates(asked),
        Err(error) => {
            faults.push(CliError::usage(ui::chain(&error)));
            return None;
        }
    };
    match crls {
        None => Some(verifier),
        Some(crls) => match verifier.with_crls(crls, Revocation::default()) {
            Ok(verifier) => Some(verifier),
            Err(error) => {
                faults.push(CliError::usage(ui::chain(&error)));
                None
            }
        },
    }
}

/// Whom a file has believed.
pub(super) fn trust(path: &Path) -> Result<Trust, CliError> {
    let mut trust = Trust::new();
    add(&mut trust, path)?;
    Ok(trust)
}

fn add(trust: &mut Trust, path: &Path) -> Result<(), CliError> {
    let blob = Blob::read(path)?;
    trust.add_file(&blob).map_err(|error| CliError::usage(ui::chain(&error)))
}

/// Every list that is named; none where none is.
fn crls(vouched: &Vouched, faults: &mut Vec<CliError>) -> Option<Arc<Crls>> {
    if vouched.crls.is_empty() {
        return None;
    }
    let mut all = Vec::new();
    for path in &vouched.crls {
        match pki::crl::read(&path.value) {
            Ok(lists) => all.extend(lists.into_iter().map(Arc::new)),
            Err(error) => faults.push(CliError::usage(ui::chain(&error))),
        }
    }
    Some(Arc::new(Crls::new(all)))
}

fn rules(vouched: &Vouched, faults: &mut Vec<CliError>) -> Option<Rules> {
    let texts: Vec<&str> = vouched.rules.iter().map(|rule| rule.value.as_str()).collect();
    match Rules::parse(&texts) {
        Ok(rules) => Some(rules),
        Err(errors) => {
            faults.extend(errors.iter().map(|error| CliError::usage(ui::chain(error))));
            None
        }
    }
}

/// What rustls is told.
pub(super) fn asked(clients: &config::Clients, admission: Option<&Arc<Admission>>) -> Clients {
    match (clients, admission) {
        (config::Clients::Optional(_), Some(admission)) => Clients::Optional(Arc::clone(admission) as _),
        (config::Clients::Required(_), Some(admission)) => Clients::Required(Arc::clone(admission) as _),
        _ => Clients::None,
    }
}
