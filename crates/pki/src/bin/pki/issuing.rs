//! Who issues, and by which rules: what several commands choose in the same words.

use std::path::PathBuf;

use common::input::Reference;
use common::terminal::{CliError, PassphraseArgs};
use pki::authority::{Issuer, Permitted, Rules};
use pki::certificate::{Role, Template};
use pki::request::{Request, SubjectAltName};
use pki::stored::{self, LOCAL_AUTHORITY, StoredError};
use store::Store;

use crate::error::OrExplain;
use crate::private::Private;
use crate::session::Session;

/// Which CA issues.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct IssuerArgs {
    /// The CA of the store that issues [default: `local`, or the only one there is]
    #[arg(long, value_name = "NAME", conflicts_with_all = ["ca_cert", "ca_key"])]
    pub(crate) ca: Option<String>,

    /// A CA that is not in the store: its certificate, and its parents' where there are any
    #[arg(long, value_name = "FILE", requires = "ca_key")]
    pub(crate) ca_cert: Option<Reference>,

    /// The private key of that CA
    #[arg(long, value_name = "FILE", requires = "ca_cert")]
    pub(crate) ca_key: Option<Reference>,
}

/// A CA that issues, and what the store calls it where it is the store's.
pub(crate) struct Chosen {
    pub(crate) name: Option<String>,
    pub(crate) issuer: Issuer,
}

impl IssuerArgs {
    /// A CA out of files, where one was named.
    pub(crate) fn foreign(&self, passphrase: &PassphraseArgs, session: &Session) -> Result<Option<Chosen>, CliError> {
        let (Some(certificate), Some(key)) = (&self.ca_cert, &self.ca_key) else { return Ok(None) };
        let chain = session.read(certificate)?.pieces()?.require_certificates()?;
        let key = Private::load(key, passphrase, session)?.key;
        let issuer = Issuer::new(chain, key).or_explain_in(&certificate.to_string())?;
        Ok(Some(Chosen { name: None, issuer }))
    }

    /// A CA of the store: the one that was named; else `local`; else the only one that holds its key.
    pub(crate) fn of_store(&self, store: &dyn Store) -> Result<Chosen, CliError> {
        let name = authority_name(store, self.ca.as_deref())?;
        let issuer = stored::issuer(store, &name)?;
        Ok(Chosen { name: Some(name), issuer })
    }
}

/// The CA that was named; else `local`; else the only one that holds its key.
pub(crate) fn authority_name(store: &dyn Store, asked: Option<&str>) -> Result<String, CliError> {
    if let Some(name) = asked {
        return Ok(name.to_owned());
    }
    let authorities = store.authorities().map_err(StoredError::from)?;
    let able: Vec<&str> = authorities.iter().filter(|a| a.key.is_some()).map(|a| a.name.as_str()).collect();
    match able.as_slice() {
        [only] => Ok((*only).to_owned()),
        [] => Err(CliError::usage(format_args!("the store at {} has no CA that holds its key", store.location()))
            .advise("`pki ca new NAME` makes one")),
        several if several.contains(&LOCAL_AUTHORITY) => Ok(LOCAL_AUTHORITY.to_owned()),
        several => Err(CliError::usage(format_args!("the store has several CAs: {}", several.join(", ")))
            .advise("say which one, with --ca NAME")),
    }
}

/// By which rules.
#[derive(Debug, Clone, clap::Args)]
pub(crate) struct RulesArgs {
    /// What it is for: server, client, peer, intermediate, code, email, or a profile of --profile-file
    #[arg(long, default_value = "server", value_name = "NAME")]
    pub(crate) profile: String,

    /// Profiles of your own in TOML, one table each, as in `[web]` with `base = "server"` and `max_days = 30`
    #[arg(long, value_name = "FILE")]
    pub(crate) profile_file: Option<PathBuf>,

    /// For an intermediate: hold it to a domain and what is below it, or to a range of addresses. May be repeated
    #[arg(long, value_name = "NAME")]
    pub(crate) permit: Vec<Permitted>,

    /// For an intermediate: how many CAs may follow below it [default: 0]
    #[arg(long, value_name = "N")]
    pub(crate) path_len: Option<u8>,
}

impl RulesArgs {
    pub(crate) fn rules(&self, session: &Session) -> Result<Rules, CliError> {
        let rules = match &self.profile_file {
            None => Rules::usual(&self.profile).ok_or_else(|| Rules::unknown(&self.profile)).or_explain()?,
            Some(path) => {
                let blob = session.read(&Reference::Path(path.clone()))?;
                let text = std::str::from_utf8(blob.bytes.expose())
                    .map_err(|_| CliError::usage(format_args!("reading {}: it is not UTF-8", path.display())))?;
                Rules::from_toml(text, &self.profile).or_explain_in(&path.display().to_string())?
            }
        };
        if rules.profile().is_some() && (self.path_len.is_some() || !self.permit.is_empty()) {
            return Err(CliError::usage(format_args!(
                "--permit and --path-len are for CAs, and the profile `{}` makes none",
                self.profile
            ))
            .advise("add --profile intermediate, or leave them out"));
        }
        Ok(rules.for_authority(self.path_len, self.permit.clone()))
    }
}

/// Where a certificate is not what its request asks for.
pub(crate) fn differences(request: &Request, template: &Template) -> Vec<String> {
    let mut notes = Vec::new();
    if request.all_names.is_empty() && !template.names.is_empty() {
        notes.push("the request asks for no name, and its common name was taken for one".to_owned());
    }
    let mut lost: Vec<String> = request.left_out.all();
    let missing = request.names.iter().filter(|name| !template.names.contains(name));
    lost.extend(missing.map(SubjectAltName::to_string));
    if !lost.is_empty() {
        notes.push(format!("names that were not taken over: {}", lost.join(", ")));
    }
    if let Some(host) = host_in_subject(request)
        && !template.names.is_empty()
        && !template.names.contains(&host)
    {
        notes.push(format!("its common name {host} is none of its names, and clients do not look for it there"));
    }
    if request.asks_for_authority && matches!(template.role, Role::Leaf(_)) {
        notes.push("it asks to be a CA and is none; --profile intermediate makes one".to_owned());
    }
    let asked = request.extensions.iter().map(|extension| extension.name.as_str());
    let issuers: Vec<&str> = asked.filter(|name| *name != "subjectAltName").collect();
    if !issuers.is_empty() {
        notes.push(format!("what its issuer decides was not taken over: {}", issuers.join(", ")));
    }
    notes
}

/// The common name where it is a host's, as older tools write it.
fn host_in_subject(request: &Request) -> Option<SubjectAltName> {
    let name = request.subject_name.common_name.as_deref().filter(|name| name.contains('.'))?;
    name.parse().ok().filter(|name| matches!(name, SubjectAltName::Dns(_)))
}
