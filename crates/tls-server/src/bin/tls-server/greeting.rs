//! What the server says once it listens: where, with which certificate, and how to reach it.

use std::net::SocketAddr;

use common::context::Policy;
use common::facts::version_name;
use common::terminal::{CliError, Ui};
use common::{Clock as _, SystemClock};
use pki::certificate::Inspected;
use serde::Serialize;

use crate::args::ServiceName;
use crate::connect::CommandLines;
use crate::identity::{Made, Shown, Source};

/// A server that listens.
pub(crate) struct Greeting<'a> {
    pub(crate) service: ServiceName,
    pub(crate) listening: &'a [SocketAddr],
    pub(crate) policy: &'a Policy,
    pub(crate) shown: &'a Shown,
    pub(crate) commands: &'a CommandLines,
}

impl Greeting<'_> {
    /// The addresses on standard output, one a line; the rest are notes. As JSON it is one document.
    pub(crate) fn say(&self, ui: &mut Ui) -> Result<(), CliError> {
        if ui.is_json() {
            return ui.line(&self.document());
        }
        for address in self.listening {
            ui.result(&format!("listening on {address}\n"))?;
        }
        for line in self.notes() {
            ui.note(line);
        }
        Ok(())
    }

    fn notes(&self) -> Vec<String> {
        let leaf = &self.shown.leaf;
        let mut notes = vec![
            format!("serving {} over {}", self.service.as_str(), versions(self.policy)),
            format!("  certificate  {}", leaf.names),
            format!("  issued by    {}", issuer(leaf)),
            format!(
                "  valid until  {} ({} days)",
                leaf.not_after.strftime("%Y-%m-%d"),
                leaf.days_left(SystemClock.now())
            ),
            format!("  from         {}", origin(self.shown)),
            "connect with".to_owned(),
        ];
        notes.extend(self.commands.lines().map(|line| format!("  {line}")));
        if self.shown.anchor.is_none() {
            notes.push(
                "each client must trust the certificate's issuer: by its system's roots, or by a file of yours"
                    .to_owned(),
            );
        }
        notes
    }

    fn document(&self) -> Document<'_> {
        let leaf = &self.shown.leaf;
        Document {
            schema: "latchkey.serving/1",
            service: self.service.as_str(),
            listening: self.listening,
            versions: self.policy.versions.supported().iter().map(|version| version_name(version.version)).collect(),
            certificate: Certificate {
                names: leaf.names.all(),
                issuer: &leaf.issuer.text,
                not_after: leaf.not_after.to_string(),
                fingerprint: &leaf.fingerprint,
                source: self.shown.identity.name(),
                store: match &self.shown.source {
                    Source::Files => None,
                    Source::Store { location, .. } => Some(location.to_string()),
                },
                made_now: matches!(&self.shown.source, Source::Store { made, .. } if *made != Made::Nothing),
                ca_file: self.shown.anchor.as_ref().map(|path| path.display().to_string()),
            },
            connect: self.commands,
        }
    }
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    service: &'static str,
    listening: &'a [SocketAddr],
    versions: Vec<String>,
    certificate: Certificate<'a>,
    connect: &'a CommandLines,
}

#[derive(Serialize)]
struct Certificate<'a> {
    names: Vec<String>,
    issuer: &'a str,
    not_after: String,
    fingerprint: &'a str,
    source: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    store: Option<String>,
    made_now: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    ca_file: Option<String>,
}

/// `TLS 1.2 and TLS 1.3`.
pub(crate) fn versions(policy: &Policy) -> String {
    let names: Vec<String> =
        policy.versions.supported().iter().rev().map(|version| version_name(version.version)).collect();
    names.join(" and ")
}

fn issuer(leaf: &Inspected) -> String {
    if leaf.self_signed { "itself".to_owned() } else { leaf.issuer.to_string() }
}

fn origin(shown: &Shown) -> String {
    match &shown.source {
        Source::Files => shown.identity.name().to_owned(),
        Source::Store { location, made, .. } => {
            let made = match made {
                Made::Nothing => "made before",
                Made::Certificate => "made just now",
                Made::AuthorityAndCertificate => "made just now, with the CA that issued it",
            };
            format!("{} in {location} ({made})", shown.identity.name())
        }
    }
}
