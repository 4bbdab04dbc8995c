//! From the flags to a configuration, of their own or of the file that they name.

use std::env;
use std::path::Path;

use clap::ValueEnum;
use common::terminal::{CliError, GlobalArgs, PolicyArgs};
use pki::clients::{Kind, Rule};
use tls_server::config::{self, Checked, Document, Origin, Problems, Raw, Section, Source, keys};

use super::options::{ClientArgs, ExplainClientArgs, ServeArgs};

/// A configuration that cannot be used.
#[derive(Debug)]
pub(crate) enum Refused {
    /// What is wrong with it.
    Problems(Problems),
    /// It cannot be read, or the flags contradict each other.
    Unreadable(CliError),
}

impl From<Refused> for CliError {
    /// One problem is the fact; several are listed below it.
    fn from(refused: Refused) -> Self {
        let problems = match refused {
            Refused::Unreadable(error) => return error,
            Refused::Problems(problems) => problems,
        };
        let errors: Vec<_> = problems.errors().collect();
        match errors.as_slice() {
            [only] => {
                let fact = Self::usage(only.fact());
                only.advice.clone().map_or(fact.clone(), |advice| fact.advise(advice))
            }
            several => {
                let lines: String = several.iter().map(|problem| format!("\n  {problem}")).collect();
                Self::usage(format_args!("{} things are wrong with the configuration:{lines}", several.len()))
            }
        }
    }
}

/// What the flags ask for, checked whole.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn configuration(args: &ServeArgs, global: &GlobalArgs) -> Result<Checked, Refused> {
    match &args.process.config {
        Some(path) => from_file(path, args, global),
        None => {
            let mut raw = Raw::new(Source::Flags);
            raw.listeners.push(listener(args));
            raw.take_environment(|name| env::var_os(name));
            process(args, global, &mut raw);
            config::check(&raw).map_err(Refused::Problems)
        }
    }
}

fn from_file(path: &Path, args: &ServeArgs, global: &GlobalArgs) -> Result<Checked, Refused> {
    refuse_flags_of(&listener(args), path)?;
    let mut document = Document::read(path).map_err(|error| Refused::Unreadable(error.into()))?;
    document.raw.take_environment(|name| env::var_os(name));
    process(args, global, &mut document.raw);
    document.check().map_err(Refused::Problems)
}

/// What a client is held against. Where only flags say it, clients are asked: nothing else can be meant.
///
/// # Errors
/// Everything that is wrong with it.
pub(crate) fn configuration_of_clients(args: &ExplainClientArgs) -> Result<Checked, Refused> {
    let mut listener = Section::default();
    clients(&args.clients, &mut listener);
    if let Some(path) = &args.config {
        refuse_flags_of(&listener, path)?;
        let document = Document::read(path).map_err(|error| Refused::Unreadable(error.into()))?;
        return document.check().map_err(Refused::Problems);
    }
    if args.clients.client_auth.is_none() {
        listener.flag(&keys::CLIENT_AUTH, ["required"]);
    }
    let mut raw = Raw::new(Source::Flags);
    raw.listeners.push(listener);
    config::check(&raw).map_err(Refused::Problems)
}

/// Flags of a listener have no place beside a file.
fn refuse_flags_of(listener: &Section, file: &Path) -> Result<(), Refused> {
    match listener.origins().next() {
        Some(Origin::Flag(flag)) => Err(Refused::Unreadable(
            CliError::usage(format_args!("{flag} is about one listener, and the listeners are those of --config"))
                .advise(format!("write it in {}, or leave --config out", file.display())),
        )),
        _ => Ok(()),
    }
}

/// What is about the process.
fn process(args: &ServeArgs, global: &GlobalArgs, raw: &mut Raw) {
    let ServeArgs { process, limits, watching, .. } = args;
    raw.process.flag(&keys::INSTANCE, process.instance.as_deref());
    raw.process.flag(&keys::STORE, global.store.as_deref());
    raw.process.flag(&keys::WORKERS, limits.workers.as_deref());
    raw.limits.flag(&keys::MAX_CONNECTIONS, limits.max_connections.as_deref());
    raw.limits.flag(&keys::MAX_PER_IP, limits.max_per_ip.as_deref());
    raw.limits.flag(&keys::MAX_HANDSHAKE_RATE, limits.max_handshake_rate.as_deref());
    raw.limits.flag(&keys::HANDSHAKE_TIMEOUT, limits.handshake_timeout.as_deref());
    raw.limits.flag(&keys::IDLE_TIMEOUT, limits.idle_timeout.as_deref());
    raw.limits.flag(&keys::DRAIN_TIMEOUT, limits.drain_timeout.as_deref());
    raw.admin.flag(&keys::ADMIN_ADDRESS, watching.admin.as_deref());
    raw.admin.flag(&keys::ADMIN_CLIENT_CA, watching.admin_client_ca.as_deref());
    raw.log.flag(&keys::LOG_FORMAT, watching.log_format.as_deref());
    raw.log.flag(&keys::ACCESS_LOG, watching.access_log.as_deref());
    raw.log.flag(&keys::KEYLOG, watching.keylog.as_deref());
}

/// What is about the one listener that flags can have.
fn listener(args: &ServeArgs) -> Section {
    let mut listener = Section::default();
    let ServeArgs { identity, forward, tickets, .. } = args;
    listener.flag(&keys::ADDRESS, &args.listen);
    listener.flag(&keys::SERVICE, args.service.map(|service| service.as_str()));
    listener.flag(&keys::TARGETS, &args.targets);
    listener.flag(&keys::ROOT, args.http.root.as_deref());
    listener.flag(&keys::BALANCE, forward.balance.as_deref());
    listener.flag(&keys::CONNECT_TIMEOUT, forward.connect_timeout.as_deref());
    listener.flag(&keys::PROXY_PROTOCOL, forward.proxy_protocol.as_deref());
    listener.flag(&keys::PLAIN_REMOTE, forward.plain_remote.then_some("true"));
    listener.flag(&keys::ACCEPT_PROXY, &forward.accept_proxy);
    listener.flag(&keys::CERT, &identity.cert);
    listener.flag(&keys::KEY, &identity.key);
    listener.flag(&keys::PEM, &identity.pem);
    listener.flag(&keys::CERTS, &identity.certs);
    listener.flag(&keys::STORE_NAMES, &identity.name);
    listener.flag(&keys::STRICT_SNI, identity.strict_sni.then_some("true"));
    let passphrase_file = identity.passphrase.passphrase_file.as_deref().map(Path::to_string_lossy);
    listener.flag(&keys::PASSPHRASE_FILE, passphrase_file);
    listener.flag(&keys::PASSPHRASE_ENV, identity.passphrase.passphrase_env.as_deref());
    listener.flag(&keys::TICKETS, tickets.no_tickets.then_some("false"));
    listener.flag(&keys::TICKET_KEYS, tickets.ticket_keys.as_deref());
    clients(&args.clients, &mut listener);
    policy(&args.policy, &mut listener);
    listener
}

fn clients(args: &ClientArgs, listener: &mut Section) {
    listener.flag(&keys::CLIENT_AUTH, args.client_auth.as_deref());
    listener.flag(&keys::CLIENT_CA, &args.client_ca);
    listener.flag(&keys::CRL, &args.crl);
    listener.flag(&keys::ALLOW, &args.allow);
    let shorter = [
        ("--allow-cn", Kind::Cn, &args.allow_cn),
        ("--allow-san", Kind::San, &args.allow_san),
        ("--allow-uri", Kind::Uri, &args.allow_uri),
        ("--allow-email", Kind::Email, &args.allow_email),
        ("--allow-ou", Kind::Ou, &args.allow_ou),
        ("--allow-pin", Kind::Pin, &args.allow_pin),
    ];
    for (flag, kind, patterns) in shorter {
        for pattern in patterns {
            // A pattern that is none is told by the check, as the rule that it would be.
            let rule = Rule::of(kind, pattern).map_or_else(|error| error.rule, |rule| rule.to_string());
            listener.add(&keys::ALLOW, rule, Origin::Flag(flag));
        }
    }
}

fn policy(args: &PolicyArgs, listener: &mut Section) {
    listener.flag(&keys::PROFILE, args.profile.and_then(word));
    listener.flag(&keys::MIN_VERSION, args.min_version.as_deref());
    listener.flag(&keys::MAX_VERSION, args.max_version.as_deref());
    listener.flag(&keys::CIPHERS, args.ciphers.as_deref());
    listener.flag(&keys::GROUPS, args.groups.as_deref());
    listener.flag(&keys::ALPN, &args.alpn);
    listener.flag(&keys::PROVIDER, args.provider.and_then(word));
}

/// How a value is written on the command line.
fn word(value: impl ValueEnum) -> Option<String> {
    value.to_possible_value().map(|value| value.get_name().to_owned())
}
