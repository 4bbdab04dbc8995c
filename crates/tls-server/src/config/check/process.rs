//! What is about the process: limits, the listener for those who watch, and the log.

use std::path::PathBuf;
use std::time::Duration;

use common::terminal::logging::LogFormat;

use super::super::checked::{AccessLog, Admin, Limits, Log, Target};
use super::super::look::{Look, absolute};
use super::super::problem::{Fault, Problem};
use super::super::raw::{Section, Source};
use super::super::shown::Shown;
use super::super::{Set, files, keys, values};

/// The bounds of the process, and those that listeners have where they say nothing.
pub(super) struct Bounds {
    pub(super) limits: Limits,
    pub(super) handshake_timeout: Set<Duration>,
    pub(super) idle_timeout: Set<Duration>,
}

pub(super) fn limits(
    source: &Source,
    section: &Section,
    problems: &mut Vec<Problem>,
    shown: &mut Shown,
) -> Option<Bounds> {
    let mut look = Look::new(source, &keys::LIMITS, section, problems);
    let max_connections = look.optional(&keys::MAX_CONNECTIONS, values::count);
    let max_per_ip = look.optional(&keys::MAX_PER_IP, values::count);
    let max_handshake_rate = look.optional(&keys::MAX_HANDSHAKE_RATE, values::rate);
    let handshake_timeout = look.defaulted(&keys::HANDSHAKE_TIMEOUT, values::deadline);
    let idle_timeout = look.defaulted(&keys::IDLE_TIMEOUT, values::deadline);
    let drain_timeout = look.defaulted(&keys::DRAIN_TIMEOUT, values::duration);
    shown.tables.push(look.shown);
    Some(Bounds {
        limits: Limits { max_connections, max_per_ip, max_handshake_rate, drain_timeout: drain_timeout? },
        handshake_timeout: handshake_timeout?,
        idle_timeout: idle_timeout?,
    })
}

/// The listener for those who watch; `None` within where there is none.
pub(super) fn admin(
    source: &Source,
    section: &Section,
    problems: &mut Vec<Problem>,
    shown: &mut Shown,
) -> Option<Option<Admin>> {
    let mut look = Look::new(source, &keys::ADMIN, section, problems);
    let Some(given) = look.given(&keys::ADMIN_ADDRESS).first() else {
        if !section.is_empty() {
            look.without_effect(&keys::ADMIN_CLIENT_CA, "without an address", "say where the listener is");
        }
        return Some(None);
    };
    let address = target(&mut look, &keys::ADMIN_ADDRESS, given, values::place);
    let client_ca = match &address {
        Some(address) if matches!(address.value, Target::Unix(_)) => {
            let because = "on a Unix socket, which only this user can connect to";
            look.without_effect(&keys::ADMIN_CLIENT_CA, because, "leave it out");
            None
        }
        _ => look.path(&keys::ADMIN_CLIENT_CA, files::readable),
    };
    if let Some(address) = &address
        && !address.is_local()
        && !look.has(&keys::ADMIN_CLIENT_CA)
    {
        let advice = format!(
            "take an address of this machine, such as 127.0.0.1:9000, or say who may ask: {}",
            look.written(&keys::ADMIN_CLIENT_CA, "FILE")
        );
        let fault = Fault::new("everybody who reaches this address could watch the server").advise(advice);
        look.report(&keys::ADMIN_ADDRESS, given, fault);
    }
    shown.tables.push(look.shown);
    Some(Some(Admin { address: address?, client_ca }))
}

/// A place on the network, or `unix:PATH`.
pub(super) fn target(
    look: &mut Look<'_>,
    key: &'static keys::Key,
    given: &Set<String>,
    place: fn(&str) -> Result<super::super::Place, Fault>,
) -> Option<Set<Target>> {
    let read = match given.strip_prefix("unix:") {
        Some("") => Err(Fault::new("there is no path").write("unix:/run/service.sock")),
        Some(path) => Ok(Target::Unix(look.located(&Set::new(path.to_owned(), given.origin)))),
        None if given.starts_with('/') => Err(Fault::new("this is a path").write(format_args!("unix:{}", given.value))),
        None => place(given).map(Target::Tcp),
    };
    match read {
        Ok(target) => {
            let text = match &target {
                Target::Tcp(place) => place.to_string(),
                Target::Unix(path) => format!("unix:{}", absolute(path)),
            };
            look.show(key, text, given.origin);
            Some(Set::new(target, given.origin))
        }
        Err(fault) => {
            look.report(key, given, fault);
            None
        }
    }
}

pub(super) fn log(source: &Source, section: &Section, problems: &mut Vec<Problem>, shown: &mut Shown) -> Option<Log> {
    let mut look = Look::new(source, &keys::LOG, section, problems);
    let formats = [("text", LogFormat::Text), ("json", LogFormat::Json)];
    let format = look.defaulted(&keys::LOG_FORMAT, |text| values::word(text, &formats));
    let access = match look.given(&keys::ACCESS_LOG).first() {
        Some(given) if given.value == "-" => {
            look.show(&keys::ACCESS_LOG, "-".to_owned(), given.origin);
            Some(Set::new(AccessLog::Stdout, given.origin))
        }
        _ => look.path(&keys::ACCESS_LOG, files::writable).map(|path| path.map(AccessLog::File)),
    };
    let keylog: Option<Set<PathBuf>> = look.path(&keys::KEYLOG, files::writable);
    shown.tables.push(look.shown);
    Some(Log { format: format?, access, keylog })
}
