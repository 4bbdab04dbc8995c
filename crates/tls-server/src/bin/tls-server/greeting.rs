//! What the server says once it listens: where, with which certificate, and how to reach it.

use std::net::SocketAddr;

use common::context::Policy;
use common::facts::version_name;
use common::terminal::{CliError, Ui};
use common::{Clock as _, SystemClock};
use pki::certificate::Inspected;
use serde::Serialize;
use tls_server::assemble::Served;
use tls_server::config::{Checked, Clients, Listener, Service};

use crate::connect::CommandLines;
use crate::identity::{Made, Shown, Source};

/// A server that listens.
pub(crate) struct Greeting<'a> {
    pub(crate) checked: &'a Checked,
    pub(crate) served: &'a [Served],
    /// In the order of the listeners, each with as many as it has addresses.
    pub(crate) listening: &'a [SocketAddr],
    /// What the first listener shows by default.
    pub(crate) shown: Option<&'a Shown>,
}

impl Greeting<'_> {
    /// The addresses on standard output, one a line; the rest are notes. As JSON it is one document.
    pub(crate) fn say(&self, ui: &mut Ui) -> Result<(), CliError> {
        let commands = self.commands();
        if ui.is_json() {
            return ui.line(&self.document(commands.as_ref()));
        }
        for address in &self.listening[..self.of_listeners()] {
            ui.result(&format!("listening on {address}\n"))?;
        }
        for line in self.notes(commands.as_ref()) {
            ui.note(line);
        }
        Ok(())
    }

    /// How many of the addresses are those of the configuration's listeners; the admin listener's may follow.
    fn of_listeners(&self) -> usize {
        let listeners = self.served.iter().take(self.checked.listeners.len());
        listeners.map(|served| served.addresses.len()).sum::<usize>().min(self.listening.len())
    }

    fn first(&self) -> (&Listener, &Served) {
        (&self.checked.listeners[0], &self.served[0])
    }

    fn commands(&self) -> Option<CommandLines> {
        let (listener, served) = self.first();
        let listening = &self.listening[..served.addresses.len().min(self.listening.len())];
        Some(CommandLines::of(&listener.service, self.checked.store.as_ref(), listening, self.shown?))
    }

    fn notes(&self, commands: Option<&CommandLines>) -> Vec<String> {
        let (listener, served) = self.first();
        let mut notes = vec![serving(listener, served)];
        if let Some(shown) = self.shown {
            notes.extend(certificate(shown));
        }
        let mut start = served.addresses.len();
        for (listener, served) in self.checked.listeners.iter().zip(self.served).skip(1) {
            let end = (start + served.addresses.len()).min(self.listening.len());
            let addresses: Vec<String> = self.listening[start.min(end)..end].iter().map(ToString::to_string).collect();
            notes.push(format!("{} on {}", serving(listener, served), addresses.join(" and ")));
            start = end;
        }
        if let Some(commands) = commands {
            notes.push("connect with".to_owned());
            notes.extend(commands.lines().map(|line| format!("  {line}")));
        }
        if self.shown.is_some_and(|shown| shown.anchor.is_none()) {
            notes.push(
                "each client must trust the certificate's issuer: by its system's roots, or by a file of yours"
                    .to_owned(),
            );
        }
        notes
    }

    fn document<'a>(&'a self, commands: Option<&'a CommandLines>) -> Document<'a> {
        let (listener, served) = self.first();
        Document {
            schema: "latchkey.serving/1",
            service: listener.service.word(),
            listening: &self.listening[..self.of_listeners()],
            versions: served.policy.versions.supported().iter().map(|version| version_name(version.version)).collect(),
            certificate: self.shown.map(|shown| Certificate {
                names: shown.leaf.names.all(),
                issuer: &shown.leaf.issuer.text,
                not_after: shown.leaf.not_after.to_string(),
                fingerprint: &shown.leaf.fingerprint,
                source: &shown.name,
                store: match &shown.source {
                    Source::Files => None,
                    Source::Store { location, .. } => Some(location.to_string()),
                },
                made_now: matches!(&shown.source, Source::Store { made, .. } if *made != Made::Nothing),
                ca_file: shown.anchor.as_ref().map(|path| path.display().to_string()),
            }),
            connect: commands,
        }
    }
}

/// `serving echo over TLS 1.3 and TLS 1.2`
fn serving(listener: &Listener, served: &Served) -> String {
    let clients = match listener.clients {
        Clients::Anyone => "",
        Clients::Optional(_) => ", client certificates optional",
        Clients::Required(_) => ", client certificates required",
    };
    format!("serving {} over {}{clients}", service(&listener.service), versions(&served.policy))
}

fn service(service: &Service) -> String {
    match service {
        Service::Forward(forward) => {
            let targets: Vec<String> = forward.targets.iter().map(|target| target.value.to_string()).collect();
            format!("forward to {}", targets.join(" and "))
        }
        Service::Http { root: Some(root) } => format!("http with the files under {}", root.value.display()),
        other => other.word().to_owned(),
    }
}

fn certificate(shown: &Shown) -> Vec<String> {
    let leaf = &shown.leaf;
    let others = match shown.others {
        0 => String::new(),
        1 => ", and one more certificate for other names".to_owned(),
        others => format!(", and {others} more certificates for other names"),
    };
    vec![
        format!("  certificate  {}{others}", leaf.names),
        format!("  issued by    {}", issuer(leaf)),
        format!("  valid until  {} ({} days)", leaf.not_after.strftime("%Y-%m-%d"), leaf.days_left(SystemClock.now())),
        format!("  from         {}", origin(shown)),
    ]
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    service: &'static str,
    listening: &'a [SocketAddr],
    versions: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate: Option<Certificate<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    connect: Option<&'a CommandLines>,
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
        Source::Files => shown.name.clone(),
        Source::Store { location, made, .. } => {
            let made = match made {
                Made::Nothing => "made before",
                Made::Certificate => "made just now",
                Made::AuthorityAndCertificate => "made just now, with the CA that issued it",
            };
            format!("{} in {location} ({made})", shown.name)
        }
    }
}
