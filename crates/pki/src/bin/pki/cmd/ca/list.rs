//! `pki ca list`

use common::terminal::{CliError, Exit, Ui};
use jiff::Timestamp;
use pki::certificate::Inspected;
use pki::stored::StoredError;
use serde::Serialize;
use store::Authority;

use crate::error::OrExplain;
use crate::session::Session;
use crate::table::{day, table};

#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  pki ca list
  pki ca list --json")]
pub(crate) struct Args {}

#[derive(Serialize)]
struct Authorities {
    schema: &'static str,
    authorities: Vec<AuthorityLine>,
}

/// One CA in a list.
#[derive(Debug, Serialize)]
pub(crate) struct AuthorityLine {
    name: String,
    subject: String,
    issuer: String,
    key: String,
    not_before: Timestamp,
    not_after: Timestamp,
    days_left: i64,
    holds_key: bool,
    fingerprint: String,
}

impl AuthorityLine {
    /// The columns of [`Self::row`].
    pub(crate) const HEADER: [&str; 5] = ["CA", "issued by", "key", "until", "subject"];

    pub(crate) fn of(authority: &Authority, now: Timestamp) -> Result<Self, CliError> {
        let own = authority.chain.first().map(Vec::as_slice).unwrap_or_default();
        let said = Inspected::from_der(own).or_explain_in(&format!("store:{}", authority.name))?;
        Ok(Self {
            name: authority.name.clone(),
            issuer: if said.self_signed { "itself".to_owned() } else { said.issuer.text.clone() },
            key: said.key.to_string(),
            days_left: said.days_left(now),
            not_before: said.not_before,
            not_after: said.not_after,
            holds_key: authority.key.is_some(),
            fingerprint: said.fingerprint,
            subject: said.subject.text,
        })
    }

    pub(crate) fn row(&self) -> [String; 5] {
        let key = if self.holds_key { self.key.clone() } else { format!("{} (kept elsewhere)", self.key) };
        [self.name.clone(), self.issuer.clone(), key, day(self.not_after, self.days_left), self.subject.clone()]
    }
}

pub(crate) fn run(_: &Args, session: &Session, ui: &mut Ui) -> Result<Exit, CliError> {
    let rows = match session.existing_store()? {
        Some(store) => store.authorities().map_err(StoredError::from)?,
        None => Vec::new(),
    };
    let lines = rows.iter().map(|row| AuthorityLine::of(row, session.now())).collect::<Result<Vec<_>, _>>()?;
    if ui.is_json() {
        ui.document(&Authorities { schema: "latchkey.authorities/1", authorities: lines })?;
    } else if lines.is_empty() {
        ui.note("the store has no CA yet; `pki ca new NAME` makes one");
    } else {
        ui.result(&table(&AuthorityLine::HEADER, lines.iter().map(AuthorityLine::row)))?;
    }
    Ok(Exit::Success)
}
