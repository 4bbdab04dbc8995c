//! What a configuration names, read as a server would read it, and let go again.

use std::rc::Rc;
use std::sync::Arc;

use common::SystemClock;
use common::terminal::{CliError, ask_passphrase};
use pki::stored::{LOCAL_IDENTITY, StoredError};
use tls_server::assemble::{Assembler, Served, Tools, admission_of};
use tls_server::config::{Checked, IdentitySource, Listener, Origin, Problem, Service, Set, Severity};
use tls_server::services::Echo;
use tls_server::{builder, capacity};

use crate::identity;

/// How much was read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub(crate) struct Loaded {
    pub(crate) listeners: usize,
    pub(crate) certificates: usize,
    pub(crate) authorities: usize,
    pub(crate) crls: usize,
    pub(crate) rules: usize,
}

/// Reads it all. Nothing is made: an identity that is made on first use is taken for granted, and no log is opened.
///
/// # Errors
/// Everything that is wrong.
pub(crate) fn load(checked: &Checked) -> Result<(Loaded, Vec<Problem>), Vec<Problem>> {
    let mut now = checked.clone();
    now.log.keylog = None;
    let mut faults = Vec::new();
    let mut later = Vec::new();
    now.listeners.retain_mut(|listener| match taken_from_store(listener, checked) {
        Ok(Presence::There) => true,
        Ok(Presence::MadeOnFirstUse) => {
            later.push(listener.clone());
            false
        }
        Err(fault) => {
            faults.push(fault);
            false
        }
    });
    let mut loaded = Loaded { listeners: checked.listeners.len(), certificates: later.len(), ..Loaded::default() };
    for listener in &later {
        match admission_of(listener) {
            Ok(admission) => loaded.count_clients(admission.as_ref()),
            Err(errors) => faults.extend(errors),
        }
    }
    let mut warnings = Vec::new();
    match assemble(&now) {
        Ok((served, told)) => {
            // The admin listener shows the certificate of the first one.
            served.iter().take(now.listeners.len()).for_each(|served| loaded.count(served));
            warnings = told;
        }
        Err(errors) => faults.extend(errors),
    }
    let warnings = warnings.into_iter().map(|told| problem(Severity::Warning, told, None)).collect();
    match faults.is_empty() {
        true => Ok((loaded, warnings)),
        false => Err(faults.into_iter().map(|fault| problem(Severity::Error, fault.fact, fault.advice)).collect()),
    }
}

/// Whether there is an identity to be read.
enum Presence {
    There,
    MadeOnFirstUse,
}

/// Names the store's `localhost` as any other identity of it where it is there, so that it is read and not made.
fn taken_from_store(listener: &mut Listener, checked: &Checked) -> Result<Presence, CliError> {
    let Some(local) = listener.identity.sources.iter_mut().find(|source| **source == IdentitySource::Local) else {
        return Ok(Presence::There);
    };
    let Some(location) = checked.store.as_ref() else { return Ok(Presence::MadeOnFirstUse) };
    let opened = store::open_existing(location, Arc::new(SystemClock)).map_err(StoredError::from)?;
    let row = match opened {
        Some(opened) => opened.identity(LOCAL_IDENTITY).map_err(StoredError::from)?,
        None => None,
    };
    if row.is_none() {
        return Ok(Presence::MadeOnFirstUse);
    }
    *local = IdentitySource::Stored(Set::new(LOCAL_IDENTITY.to_owned(), Origin::Default));
    Ok(Presence::There)
}

fn assemble(checked: &Checked) -> Result<(Vec<Served>, Vec<String>), Vec<CliError>> {
    let prepared = identity::prepare(checked).map_err(|error| vec![error])?;
    let workers = checked.workers.as_ref().map_or_else(builder::cores, |workers| workers.get());
    let listeners = checked.listeners.iter().map(|listener| listener.addresses.len()).sum();
    let possible = capacity::connections(capacity::raise_descriptor_limit(), workers, listeners);
    let forwards = checked.listeners.iter().any(|listener| matches!(listener.service, Service::Forward(_)));
    let tools = Tools {
        clock: Arc::new(SystemClock),
        sink: Arc::new(|| Rc::new(|_| {})),
        report: Arc::new(|_| {}),
        tell: Arc::new(|_| {}),
        ask: Arc::new(|name| ask_passphrase(&format!("passphrase for {name}"))),
        stdin: prepared.stdin,
        // Nobody is answered.
        admin: Arc::new(|_worker| Box::new(Echo)),
        possible: if forwards { possible / 2 } else { possible },
    };
    match Assembler::new(tools).assemble(checked) {
        Ok(assembly) => Ok((assembly.served, assembly.warnings)),
        Err(faults) => Err(faults.faults),
    }
}

impl Loaded {
    fn count(&mut self, served: &Served) {
        self.certificates += served.front.identities().len();
        self.count_clients(served.front.admission().map(AsRef::as_ref));
    }

    fn count_clients(&mut self, admission: Option<&pki::clients::Admission>) {
        let Some(admission) = admission else { return };
        self.authorities += admission.verifier().trust().anchors().len();
        self.crls += admission.verifier().crls().map_or(0, |(crls, _)| crls.iter().count());
        self.rules += admission.rules().all().len();
    }
}

/// Something about what was read, and not about how it is written.
fn problem(severity: Severity, problem: String, advice: Option<String>) -> Problem {
    Problem { severity, file: None, origin: Origin::Default, key: None, value: None, problem, advice }
}
