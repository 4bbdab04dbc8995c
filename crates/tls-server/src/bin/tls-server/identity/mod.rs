//! Which certificate is shown: what has to be made or read before the server can be put together, and what a person
//! is told of it afterwards.

mod stdin;
mod stored;

use std::path::PathBuf;

use common::context::Identity;
use common::input::Reference;
use common::terminal::{CliError, Ui};
use pki::certificate::Inspected;
use store::Location;
use tls_server::assemble::Served;
use tls_server::config::{Checked, IdentitySource};

pub(crate) use stored::Made;

/// What clients of a listener are shown, and what a person is told of it.
#[derive(Debug)]
pub(crate) struct Shown {
    /// The file, or the name in the store, that it is from.
    pub(crate) name: String,
    pub(crate) leaf: Inspected,
    pub(crate) source: Source,
    /// A file by which a client can verify the chain.
    pub(crate) anchor: Option<PathBuf>,
    /// How many others there are.
    pub(crate) others: usize,
}

/// Where the identity came from.
#[derive(Debug)]
pub(crate) enum Source {
    /// Files, or standard input.
    Files,
    /// The store.
    Store {
        location: Location,
        /// The CA of the store that issued it.
        authority: Option<String>,
        made: Made,
    },
}

/// What was made or read before anything else.
#[derive(Default)]
pub(crate) struct Prepared {
    /// What came from standard input.
    pub(crate) stdin: Option<Identity>,
    made: Option<Made>,
}

/// Makes the store's `localhost` where it is wanted and missing, and reads standard input where that is wanted.
pub(crate) fn prepare(checked: &Checked) -> Result<Prepared, CliError> {
    let mut prepared = Prepared::default();
    for listener in &checked.listeners {
        for source in &listener.identity.sources {
            match source {
                IdentitySource::Local if prepared.made.is_none() => {
                    prepared.made = Some(stored::make_local(location(checked)?)?);
                }
                IdentitySource::Pair { cert, key } if is_stdin(&cert.value) || is_stdin(&key.value) => {
                    prepared.take(stdin::pair(&cert.value, &key.value, listener)?)?;
                }
                IdentitySource::Combined(file) if is_stdin(&file.value) => {
                    prepared.take(stdin::combined(listener)?)?;
                }
                IdentitySource::Stored(name) => stored::check(&name.value, location(checked)?)?,
                _ => {}
            }
        }
    }
    Ok(prepared)
}

impl Prepared {
    fn take(&mut self, identity: Identity) -> Result<(), CliError> {
        match self.stdin.replace(identity) {
            None => Ok(()),
            Some(_) => Err(CliError::usage("standard input can hold one identity, and two are to be read from it")),
        }
    }
}

/// What the first listener shows by default.
pub(crate) fn shown(
    checked: &Checked,
    served: &Served,
    prepared: &Prepared,
    ui: &mut Ui,
) -> Result<Option<Shown>, CliError> {
    let identities = served.front.identities();
    let Some(chain) = identities.default_chain() else { return Ok(None) };
    let Some(leaf) = identities.default_leaf() else { return Ok(None) };
    let others = identities.len() - 1;
    let name = identities.default_source().unwrap_or_default();
    let Some(stored) = name.strip_prefix("store:") else {
        let top = chain.last().and_then(|top| Inspected::from_der(top).ok());
        let anchor = top.filter(|top| top.self_signed).map(|_| PathBuf::from(&name)).filter(|path| path.is_file());
        return Ok(Some(Shown { name, leaf, source: Source::Files, anchor, others }));
    };
    let location = location(checked)?;
    let made = prepared.made.filter(|_| stored == pki::stored::LOCAL_IDENTITY).unwrap_or(Made::Nothing);
    let (authority, anchor) = stored::issuer(stored, &location, ui)?;
    let source = Source::Store { location, authority, made };
    Ok(Some(Shown { name, leaf, source, anchor, others }))
}

fn is_stdin(reference: &Reference) -> bool {
    matches!(reference, Reference::Stdin)
}

/// The configuration has a store wherever an identity comes from one.
fn location(checked: &Checked) -> Result<Location, CliError> {
    let store = checked.store.as_ref().map(|store| store.value.clone());
    store.ok_or_else(|| CliError::usage("no store is configured"))
}
