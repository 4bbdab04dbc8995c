//! Whom the client trusts: what the flags name, else the system's roots and the store's CAs.

use std::sync::Arc;

use common::SystemClock;
use common::context::{Origin, Trust, TrustError};
use common::input::{Blob, Reference};
use common::terminal::CliError;
use pki::stored::{self, StoredError};
use store::{Location, Store};

use crate::args::TrustArgs;
use crate::error;

/// The store, opened when something of it is asked for and not before. It is never made here.
pub(crate) struct LazyStore<'a> {
    flag: Option<&'a str>,
}

impl<'a> LazyStore<'a> {
    pub(crate) fn new(flag: Option<&'a str>) -> Self {
        Self { flag }
    }

    pub(crate) fn location(&self) -> Result<Location, CliError> {
        Location::resolve(self.flag).map_err(|error| StoredError::from(error).into())
    }

    /// The store where there is one.
    pub(crate) fn open(&self) -> Result<Option<Arc<dyn Store>>, CliError> {
        let opened = store::open_existing(&self.location()?, Arc::new(SystemClock));
        opened.map_err(|error| StoredError::from(error).into())
    }

    /// The store, from which something was asked by name.
    pub(crate) fn require(&self) -> Result<Arc<dyn Store>, CliError> {
        let missing = |location: Location| {
            CliError::usage(format_args!("there is no store at {location}"))
                .advise("name one with --store or LATCHKEY_STORE; `tls-server` makes one on first use")
        };
        self.open()?.map_or_else(|| Err(missing(self.location()?)), Ok)
    }
}

pub(crate) fn trust(args: &TrustArgs, store: &LazyStore<'_>) -> Result<Trust, CliError> {
    if args.ca.is_empty() && args.ca_path.is_none() {
        return unasked(args, store);
    }
    let mut trust = Trust::new();
    for reference in &args.ca {
        match reference {
            Reference::Path(path) => trust.add_file(&Blob::read(path)?).map_err(error::trust)?,
            Reference::Stdin => trust.add_file(&Blob::read_stdin()?).map_err(error::trust)?,
            Reference::Store(name) => add_authority(&mut trust, &*store.require()?, name)?,
        }
    }
    if let Some(directory) = &args.ca_path {
        trust.add_directory(directory).map_err(error::trust)?;
    }
    if args.system {
        trust.add_system().map_err(error::trust)?;
    }
    Ok(trust)
}

/// Where no flag names anybody: the system's roots and the store's CAs, of which one at least must be there.
fn unasked(args: &TrustArgs, store: &LazyStore<'_>) -> Result<Trust, CliError> {
    let mut trust = Trust::new();
    let system: Result<(), TrustError> = if args.no_system { Ok(()) } else { trust.add_system() };
    if let Some(store) = store.open()? {
        let anchors = stored::anchors(&*store)?;
        anchors.into_iter().for_each(|anchor| trust.add(anchor));
    }
    match system {
        Err(error) if args.system => Err(error::trust(error)),
        // Whoever goes on past every certificate needs nobody to trust.
        _ if args.insecure || !trust.is_empty() => Ok(trust),
        system => {
            let why = system.err().map_or_else(|| "--no-system was given".to_owned(), |error| error.to_string());
            let location = store.location()?;
            Err(CliError::usage(format_args!("nobody is trusted: {why}, and the store at {location} has no CA"))
                .advise("name whom to trust: --ca FILE"))
        }
    }
}

/// A CA of the store by its name.
fn add_authority(trust: &mut Trust, store: &dyn Store, name: &str) -> Result<(), CliError> {
    let is_named = |origin: &Origin| matches!(origin, Origin::Store(found) if found == name);
    let anchor = stored::anchors(store)?.into_iter().find(|anchor| is_named(&anchor.origin));
    trust.add(anchor.ok_or_else(|| StoredError::NoAuthority { name: name.to_owned() })?);
    Ok(())
}
