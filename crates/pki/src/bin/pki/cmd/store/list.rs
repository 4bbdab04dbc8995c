//! `pki store list`

use common::terminal::{CliError, Exit, Ui};
use jiff::Timestamp;
use pki::certificate::Inspected;
use pki::stored::StoredError;
use serde::Serialize;
use store::Identity;

use crate::cmd::ca::AuthorityLine;
use crate::error::OrExplain;
use crate::session::Session;
use crate::table::{day, table};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki store list
  pki store list --json")]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Listing {
    schema: &'static str,
    store: String,
    identities: Vec<IdentityLine>,
    authorities: Vec<AuthorityLine>,
}

#[derive(Serialize)]
struct IdentityLine {
    name: String,
    names: Vec<String>,
    authority: Option<String>,
    key: String,
    not_before: Timestamp,
    not_after: Timestamp,
    days_left: i64,
    holds_key: bool,
    fingerprint: String,
}

impl IdentityLine {
    const HEADER: [&str; 5] = ["identity", "CA", "key", "until", "names"];

    fn of(identity: &Identity, now: Timestamp) -> Result<Self, CliError> {
        let leaf = identity.chain.first().map(Vec::as_slice).unwrap_or_default();
        let said = Inspected::from_der(leaf).or_explain_in(&format!("store:{}", identity.name))?;
        Ok(Self {
            name: identity.name.clone(),
            names: identity.names.clone(),
            authority: identity.authority.clone(),
            key: said.key.to_string(),
            days_left: said.days_left(now),
            not_before: said.not_before,
            not_after: said.not_after,
            holds_key: identity.key.is_some(),
            fingerprint: said.fingerprint,
        })
    }

    fn row(&self) -> [String; 5] {
        let authority = self.authority.clone().unwrap_or_else(|| "none".to_owned());
        let key = if self.holds_key { self.key.clone() } else { format!("{} (kept elsewhere)", self.key) };
        [self.name.clone(), authority, key, day(self.not_after, self.days_left), self.names.join(", ")]
    }
}

pub(crate) fn run(_: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let now = session.now();
    let (identities, authorities) = match session.existing_store()? {
        Some(store) => {
            (store.identities().map_err(StoredError::from)?, store.authorities().map_err(StoredError::from)?)
        }
        None => (Vec::new(), Vec::new()),
    };
    let listing = Listing {
        schema: "latchkey.store/1",
        store: session.location()?.to_string(),
        identities: identities.iter().map(|row| IdentityLine::of(row, now)).collect::<Result<_, _>>()?,
        authorities: authorities.iter().map(|row| AuthorityLine::of(row, now)).collect::<Result<_, _>>()?,
    };
    if ui.is_json() {
        ui.document(&listing)?;
        return Ok(Exit::Success);
    }
    if listing.identities.is_empty() && listing.authorities.is_empty() {
        ui.note(format_args!(
            "there is nothing in the store at {} yet; `pki cert new localhost` begins it",
            listing.store
        ));
        return Ok(Exit::Success);
    }
    let identities = table(&IdentityLine::HEADER, listing.identities.iter().map(IdentityLine::row));
    let authorities = table(&AuthorityLine::HEADER, listing.authorities.iter().map(AuthorityLine::row));
    let shown = match (listing.identities.is_empty(), listing.authorities.is_empty()) {
        (true, _) => authorities,
        (_, true) => identities,
        _ => format!("{identities}\n{authorities}"),
    };
    ui.result(&shown)?;
    Ok(Exit::Success)
}
