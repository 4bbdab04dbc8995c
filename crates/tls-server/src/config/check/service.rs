//! What a listener serves.

use std::time::Duration;

use super::super::checked::{Balance, Forward, ProxyVersion, Service, Target};
use super::super::keys::{self, Key};
use super::super::look::Look;
use super::super::problem::Fault;
use super::super::{Set, files, values};
use super::process::target;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Word {
    Hello,
    Echo,
    Http,
    Forward,
}

const WORDS: [(&str, Word); 4] =
    [("hello", Word::Hello), ("echo", Word::Echo), ("http", Word::Http), ("forward", Word::Forward)];

pub(super) fn check(look: &mut Look<'_>) -> Option<Service> {
    let word = look.defaulted(&keys::SERVICE, |text| values::word(text, &WORDS))?;
    let spoken = WORDS.iter().find(|(_, known)| *known == word.value).map_or("", |(spoken, _)| spoken);
    if word.value != Word::Http {
        only_with(look, &[&keys::ROOT], "http", spoken);
    }
    if word.value != Word::Forward {
        let keys: [&'static Key; 5] =
            [&keys::TARGETS, &keys::BALANCE, &keys::CONNECT_TIMEOUT, &keys::PROXY_PROTOCOL, &keys::PLAIN_REMOTE];
        only_with(look, &keys, "forward", spoken);
    }
    match word.value {
        Word::Hello => Some(Service::Hello),
        Word::Echo => Some(Service::Echo),
        Word::Http => {
            refuse_http2(look);
            Some(Service::Http { root: look.path(&keys::ROOT, files::directory) })
        }
        Word::Forward => forward(look).map(Service::Forward),
    }
}

/// A client that was promised HTTP/2 would hear HTTP/1.1.
fn refuse_http2(look: &mut Look<'_>) {
    for given in look.given(&keys::ALPN).iter().filter(|given| given.value == "h2") {
        look.report(&keys::ALPN, given, Fault::new("the service http speaks HTTP/1.1 and no HTTP/2").write("http/1.1"));
    }
}

/// Keys that another service has.
fn only_with(look: &mut Look<'_>, keys: &[&'static Key], service: &str, spoken: &str) {
    for key in keys {
        let advice = format!("take the service {service}, or leave this out");
        look.without_effect(key, format_args!("with the service {spoken}"), advice);
    }
}

fn forward(look: &mut Look<'_>) -> Option<Forward> {
    let given = look.given(&keys::TARGETS);
    if given.is_empty() {
        let right = match look.called(&keys::TARGETS).as_str() {
            "TARGET" => "name it behind the word: forward 127.0.0.1:5432".to_owned(),
            _ => "write targets = [\"127.0.0.1:5432\"], or [\"unix:/run/service.sock\"]".to_owned(),
        };
        look.missing(&keys::TARGETS, Fault::new("where to forward to is not said").advise(right));
    }
    let plain_remote = look.defaulted(&keys::PLAIN_REMOTE, values::switch);
    let may_leave = plain_remote.as_ref().is_none_or(|remote| remote.value);
    let targets = targets(look, given, may_leave);
    let balance = match given.len() {
        0 | 1 => {
            look.without_effect(&keys::BALANCE, "with one target", "leave it out, or name another target");
            Some(Balance::default())
        }
        _ => {
            let words = [("round-robin", Balance::RoundRobin), ("least-connections", Balance::LeastConnections)];
            look.defaulted(&keys::BALANCE, |text| values::word(text, &words)).map(|balance| balance.value)
        }
    };
    let connect_timeout: Option<Set<Duration>> = look.defaulted(&keys::CONNECT_TIMEOUT, values::deadline);
    let versions = [("v1", ProxyVersion::V1), ("v2", ProxyVersion::V2)];
    let proxy_protocol = look.optional(&keys::PROXY_PROTOCOL, |text| values::word(text, &versions));
    Some(Forward {
        targets: Some(targets).filter(|targets| !targets.is_empty())?,
        balance: balance?,
        connect_timeout: connect_timeout?,
        proxy_protocol,
        plain_remote: plain_remote?,
    })
}

fn targets(look: &mut Look<'_>, given: &[Set<String>], may_leave: bool) -> Vec<Set<Target>> {
    let mut targets: Vec<Set<Target>> = Vec::new();
    for given in given {
        let Some(target) = target(look, &keys::TARGETS, given, values::remote) else { continue };
        if targets.contains(&target) {
            look.report(&keys::TARGETS, given, Fault::new("this target is named twice").advise("name it once"));
        } else if !target.is_local() && !may_leave {
            let permission = match look.called(&keys::PLAIN_REMOTE).as_str() {
                "--plain-remote" => "--plain-remote",
                _ => "plain_remote = true",
            };
            let fault = Fault::new("what was encrypted on its way here would go on readable to another machine")
                .advise(format_args!("run the server beside the service, or allow it: {permission}"));
            look.report(&keys::TARGETS, given, fault);
        }
        targets.push(target);
    }
    targets
}
