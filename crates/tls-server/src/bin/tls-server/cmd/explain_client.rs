//! `tls-server explain-client`: whether a client with this certificate would be let in, and what decides it.

use std::sync::Arc;

use common::context::Provider;
use common::facts::ClientIdentity;
use common::input::{Blob, Reference};
use common::terminal::{CliError, Exit, GlobalArgs, Ui};
use common::{Clock as _, SystemClock};
use pki::clients::{Admission, Explained, identify};
use pki::explain::{self, Circumstances, Explanation};
use pki::stored::{self, StoredError};
use rustls::pki_types::CertificateDer;
use serde::Serialize;
use store::Location;
use tls_server::assemble::admission_of;
use tls_server::config::{Checked, Clients, Listener};

use crate::args::{ExplainClientArgs, configuration_of_clients};

/// Judges the certificate as a handshake would, without one. That it is not let in is an answer, by its exit code.
pub(crate) fn run(args: &ExplainClientArgs, global: &GlobalArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let checked = configuration_of_clients(args)?;
    let listener = listener(&checked, args.listener.as_deref())?;
    let admission = admission_of(listener).map_err(all)?;
    let admission = admission.ok_or_else(|| CliError::usage("no client is asked for a certificate"))?;
    let (file, chain) = chain(&args.cert, global)?;
    let name = args.config.as_ref().map(|_| listener.name.value.clone());
    let report = Report::of(file, name, &admission, &chain)?;
    if ui.is_json() {
        ui.document(&report)?
    } else {
        ui.result(&report.text())?
    }
    Ok(report.exit_code)
}

/// The listener that is meant: the one of that name, or the only one that asks clients for a certificate.
fn listener<'a>(checked: &'a Checked, name: Option<&str>) -> Result<&'a Listener, CliError> {
    let asking: Vec<&Listener> =
        checked.listeners.iter().filter(|listener| listener.clients != Clients::Anyone).collect();
    let names = |listeners: &[&Listener]| -> String {
        listeners.iter().map(|listener| listener.name.as_str()).collect::<Vec<_>>().join(", ")
    };
    match (name, asking.as_slice()) {
        (_, []) => Err(CliError::usage("no listener asks clients for a certificate")
            .advise("write client_auth = \"required\" and client_ca below its [[listener]]")),
        (None, [only]) => Ok(only),
        (None, several) => {
            Err(CliError::usage(format_args!("several listeners ask clients for a certificate: {}", names(several)))
                .advise("name the one that is meant: --listener NAME"))
        }
        (Some(name), asking) => asking.iter().find(|listener| listener.name.value == name).copied().ok_or_else(|| {
            CliError::usage(format_args!("no listener `{name}` asks clients for a certificate"))
                .advise(format!("these do: {}", names(asking)))
        }),
    }
}

/// Everything that keeps the clients' side from being put together.
fn all(faults: Vec<CliError>) -> CliError {
    match faults.as_slice() {
        [only] => only.clone(),
        several => {
            let lines: String = several.iter().map(|fault| format!("\n  {fault}")).collect();
            CliError::usage(format_args!(
                "{} things are wrong with what clients are held against:{lines}",
                several.len()
            ))
        }
    }
}

/// What the client would send, and what it is called.
fn chain(cert: &Reference, global: &GlobalArgs) -> Result<(String, Vec<CertificateDer<'static>>), CliError> {
    let blob = match cert {
        Reference::Path(path) => Blob::read(path)?,
        Reference::Stdin => Blob::read_stdin()?,
        Reference::Store(name) => return Ok((cert.to_string(), stored(name, global)?)),
    };
    let certificates = blob.pieces()?.require_certificates()?;
    Ok((blob.name.clone(), certificates))
}

fn stored(name: &str, global: &GlobalArgs) -> Result<Vec<CertificateDer<'static>>, CliError> {
    let location = Location::resolve(global.store.as_deref()).map_err(StoredError::from)?;
    let opened = store::open_existing(&location, Arc::new(SystemClock)).map_err(StoredError::from)?;
    let opened = opened.ok_or_else(|| {
        CliError::usage(format_args!("there is no store at {location}, and so no identity `{name}`"))
            .advise("name another store with --store, or the certificate's file")
    })?;
    Ok(stored::identity(&*opened, name, Provider::default())?.chain().to_vec())
}

/// What is told of a client.
#[derive(Serialize)]
struct Report {
    schema: &'static str,
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    listener: Option<String>,
    client: ClientIdentity,
    let_in: bool,
    findings: Vec<Finding>,
    rules: Explained,
    exit_code: Exit,
}

/// One reason why it is not let in.
#[derive(Serialize)]
struct Finding {
    exit_code: Exit,
    sentence: String,
    mend: Option<String>,
}

impl Report {
    fn of(
        file: String,
        listener: Option<String>,
        admission: &Admission,
        chain: &[CertificateDer<'static>],
    ) -> Result<Self, CliError> {
        let leaf = chain.first().map(AsRef::as_ref).unwrap_or_default();
        let client = identify(leaf)
            .map_err(|error| CliError::usage(format_args!("the certificate in {file} cannot be read: {error}")))?;
        let verdict = admission.judge(chain, SystemClock.now());
        let explanations =
            verdict.refusal().map(|refusal| explain::refusal(refusal, &Circumstances::server("the client")));
        Ok(Self {
            schema: "latchkey.client/1",
            file,
            listener,
            rules: admission.rules().explain(&client),
            client,
            let_in: verdict.is_trusted(),
            findings: explanations.unwrap_or_default().into_iter().map(Finding::from).collect(),
            exit_code: verdict.exit(),
        })
    }

    fn text(&self) -> String {
        let Self { file, listener, client, rules, .. } = self;
        let answer = if self.let_in { "is let in" } else { "is not let in" };
        let by = listener.as_ref().map(|name| format!(" by the listener {name}")).unwrap_or_default();
        let mut text = format!("{file} {answer}{by}\n");
        for Finding { sentence, mend, .. } in &self.findings {
            text.push_str(&format!("  {sentence}\n"));
            if let Some(mend) = mend {
                text.push_str(&format!("    try: {mend}\n"));
            }
        }
        text.push_str(&names(client));
        text.push_str("rules\n");
        rules.to_string().lines().for_each(|line| text.push_str(&format!("  {line}\n")));
        text
    }
}

impl From<Explanation> for Finding {
    fn from(explanation: Explanation) -> Self {
        Self { exit_code: explanation.exit, sentence: explanation.sentence, mend: explanation.mend }
    }
}

/// What rules can be about, each kind that the certificate has on a line.
fn names(client: &ClientIdentity) -> String {
    let addresses: Vec<String> = client.addresses.iter().map(ToString::to_string).collect();
    let common_name: Vec<String> = client.common_name.iter().cloned().collect();
    let kinds = [
        ("cn", &common_name),
        ("ou", &client.organizational_units),
        ("dns", &client.dns),
        ("uri", &client.uris),
        ("email", &client.emails),
        ("ip", &addresses),
    ];
    let mut text = format!("client\n  subject  {}\n  issuer   {}\n", client.subject, client.issuer);
    for (kind, values) in kinds.iter().filter(|(_, values)| !values.is_empty()) {
        text.push_str(&format!("  {kind:<8} {}\n", values.join(", ")));
    }
    text + &format!("  pin      {}\n", client.pin)
}

#[cfg(test)]
mod tests {
    use std::io::sink;

    use clap::Parser as _;

    use super::*;
    use crate::args::{Args, Command};

    fn explained(words: &str) -> Result<Exit, CliError> {
        let words = ["tls-server", "explain-client"].into_iter().chain(words.split(' '));
        let args = Args::try_parse_from(words).map_err(CliError::usage)?;
        let Some(Command::ExplainClient(explain)) = args.command else { panic!("explain-client") };
        run(&explain, &args.global, &mut Ui::to_writers("tls-server", Box::new(sink()), Box::new(sink())))
    }

    #[test]
    fn each_client_gets_the_code_of_what_decides() {
        for (client, exit) in [
            ("alice", Exit::Success),
            ("not-allowed", Exit::Identity),
            ("expired", Exit::Validity),
            ("revoked", Exit::Revoked),
            ("stale-crl", Exit::RevocationUnknown),
            ("unknown-ca", Exit::UnknownIssuer),
            ("server-only", Exit::Unsuitable),
        ] {
            let fixtures = "../../fixtures";
            let words = format!(
                "{fixtures}/client/{client}.pem --client-ca {fixtures}/ca/root.pem --crl {fixtures}/crl/all.pem --allow \
                 cn=alice"
            );
            assert_eq!(explained(&words).unwrap(), exit, "{client}");
        }
    }

    #[test]
    fn the_listener_of_a_file_decides() {
        let config = "../../fixtures/client/alice.pem --config ../../fixtures/server/several.toml";
        assert_eq!(explained(config).unwrap(), Exit::Success);
        assert_eq!(explained(&format!("{config} --listener database")).unwrap(), Exit::Success);
        let error = explained(&format!("{config} --listener shop")).unwrap_err();
        assert_eq!(error.advice.unwrap(), "these do: database");
        assert_eq!(explained(&format!("{config} --allow cn=bob")).unwrap_err().exit, Exit::Usage);
    }

    #[test]
    fn nobody_vouches_unasked() {
        let error = explained("../../fixtures/client/alice.pem --allow cn=alice").unwrap_err();
        assert!(error.fact.contains("who vouches for clients is not said"), "{}", error.fact);
    }
}
