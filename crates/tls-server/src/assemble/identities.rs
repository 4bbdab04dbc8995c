//! The identities of a listener: what the configuration names, as sources that can be read again.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use common::Secret;
use common::context::Identity;
use common::input::{Blob, Reference};
use common::terminal::{CliError, PassphraseArgs};
use pki::stored::{LOCAL_IDENTITY, StoredError};
use store::Store;

use super::{Assembler, Gathered, Kept};
use crate::config::{self, Checked, IdentitySource, Passphrase};
use crate::control::reload::WatchedStore;
use crate::identities::{Identities, Options, Problem, Severity, Source, Unknown};

impl Assembler {
    /// Reads the identities of a listener; what is the same as before is kept. What is wrong is gathered.
    pub(super) fn identities(
        &mut self,
        checked: &Checked,
        listener: &config::Listener,
        next: &mut Kept,
        gathered: &mut Gathered,
    ) -> Option<Arc<Identities>> {
        let faults = gathered.faults.len();
        let passphrase = passphrase(&listener.identity).map_err(|fault| gathered.faults.push(fault)).ok()?;
        let mut sources = Vec::new();
        for source in &listener.identity.sources {
            match self.source(source, checked, passphrase.as_ref(), next, gathered) {
                Ok(source) => sources.push(source),
                Err(fault) => gathered.faults.push(fault),
            }
        }
        if gathered.faults.len() > faults {
            return None;
        }
        let options = Options {
            unknown: if listener.identity.strict_sni.value { Unknown::Refuse } else { Unknown::Default },
            default_name: listener.identity.default_name.as_ref().map(|name| name.value.clone()),
            policy: listener.policy.policy(),
            clock: Arc::clone(&self.tools.clock),
            report: Arc::clone(&self.tools.report),
        };
        let read = match self.kept.identities.get(&listener.name.value) {
            Some(before) => before.reload(&sources, &options).map(|(next, difference)| (next, difference.problems)),
            None => Identities::open(&sources, &options),
        };
        match read {
            Ok((identities, problems)) => {
                gathered.warnings.extend(problems.iter().map(warning));
                Some(Arc::new(identities))
            }
            Err(refused) => {
                let errors = refused.problems.iter().filter(|problem| problem.severity == Severity::Error);
                gathered.faults.extend(errors.map(fault));
                None
            }
        }
    }

    fn source(
        &mut self,
        source: &IdentitySource,
        checked: &Checked,
        passphrase: Option<&Arc<Secret>>,
        next: &mut Kept,
        gathered: &mut Gathered,
    ) -> Result<Source, CliError> {
        Ok(match source {
            IdentitySource::Pair { cert, key } => match (&cert.value, &key.value) {
                (Reference::Path(certificate), Reference::Path(key)) => {
                    gathered.paths.extend([certificate.clone(), key.clone()]);
                    let passphrase = self.opens(key, passphrase)?;
                    Source::Files { certificate: certificate.clone(), key: key.clone(), passphrase }
                }
                _ => Source::Given(self.stdin()?),
            },
            IdentitySource::Combined(file) => match &file.value {
                Reference::Path(path) => {
                    gathered.paths.push(path.clone());
                    let passphrase = self.opens(path, passphrase)?;
                    Source::Combined { file: path.clone(), passphrase }
                }
                Reference::Stdin => Source::Given(self.stdin()?),
                Reference::Store(name) => Source::Stored { store: store(checked, next, gathered)?, name: name.clone() },
            },
            IdentitySource::Directory(path) => {
                watch_directory(&path.value, &mut gathered.paths);
                Source::Directory { path: path.value.clone(), passphrase: passphrase.cloned() }
            }
            IdentitySource::Stored(name) => {
                Source::Stored { store: store(checked, next, gathered)?, name: name.value.clone() }
            }
            IdentitySource::Store => Source::Store(store(checked, next, gathered)?),
            IdentitySource::Local => {
                Source::Stored { store: store(checked, next, gathered)?, name: LOCAL_IDENTITY.to_owned() }
            }
        })
    }

    fn stdin(&self) -> Result<Identity, CliError> {
        let given = self.tools.stdin.clone();
        given.ok_or_else(|| CliError::usage("standard input was read by another identity already"))
    }

    /// The passphrase for the key in `file`: the one that is configured, or that a person gives, where it needs one.
    fn opens(&self, file: &Path, configured: Option<&Arc<Secret>>) -> Result<Option<Arc<Secret>>, CliError> {
        let blob = Blob::read(file)?;
        let encrypted = blob.pieces()?.is_encrypted();
        match (encrypted, configured) {
            (false, None) => Ok(None),
            (true, Some(passphrase)) => Ok(Some(Arc::clone(passphrase))),
            (true, None) => Ok((self.tools.ask)(&blob.name)?.map(Arc::new)),
            (false, Some(_)) => Err(CliError::usage(format_args!(
                "a passphrase was given, and {} holds no encrypted key",
                file.display()
            ))
            .advise("leave the passphrase away")),
        }
    }
}

/// The store of the configuration, opened once.
fn store(checked: &Checked, next: &mut Kept, gathered: &mut Gathered) -> Result<Arc<dyn Store>, CliError> {
    let Some(location) = checked.store.as_ref().map(|location| &location.value) else {
        return Err(CliError::usage("an identity comes from the store, and none is configured"));
    };
    let opened = match &next.store {
        Some((known, store)) if known == location => Arc::clone(store),
        _ => open(location)?,
    };
    next.store = Some((location.clone(), Arc::clone(&opened)));
    if gathered.store.is_none() {
        let version = opened.version().map_err(StoredError::from)?;
        gathered.store = Some(WatchedStore { store: Arc::clone(&opened), version });
    }
    Ok(opened)
}

fn open(location: &store::Location) -> Result<Arc<dyn Store>, CliError> {
    let opened = store::open_existing(location, Arc::new(common::SystemClock)).map_err(StoredError::from)?;
    opened.ok_or_else(|| {
        CliError::usage(format_args!("there is no store at {location}"))
            .advise("make an identity in it with `pki cert new NAME`, or name another store")
    })
}

/// A directory and those below it: a file that comes to any of them counts.
fn watch_directory(path: &Path, paths: &mut Vec<PathBuf>) {
    paths.push(path.to_owned());
    let Ok(entries) = std::fs::read_dir(path) else { return };
    let below = entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
    below.for_each(|entry| watch_directory(&entry.path(), paths));
}

fn passphrase(identity: &config::Identity) -> Result<Option<Arc<Secret>>, CliError> {
    let args = match &identity.passphrase {
        None => return Ok(None),
        Some(Passphrase::File(path)) => {
            PassphraseArgs { passphrase_file: Some(path.value.clone()), passphrase_env: None }
        }
        Some(Passphrase::Environment(name)) => {
            PassphraseArgs { passphrase_file: None, passphrase_env: Some(name.value.clone()) }
        }
    };
    Ok(args.read()?.map(Arc::new))
}

fn warning(problem: &Problem) -> String {
    let mend = problem.mend.as_deref().map(|mend| format!("; {mend}")).unwrap_or_default();
    format!("{problem}{mend}")
}

fn fault(problem: &Problem) -> CliError {
    let fault = CliError::usage(problem);
    match &problem.mend {
        Some(mend) => fault.advise(mend.clone()),
        None => fault,
    }
}
