//! What is in force in words that can be compared: whatever a reload can change is in it.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash, Hasher};

use engine::Plan;

use super::Served;
use super::tickets::Keys;
use crate::config::{self, Checked, Clients, Service, Vouched};
use crate::control::{Kind, Summary};

/// Everything that `checked` has led to.
pub(super) fn of(checked: &Checked, served: &[Served], keys: &Keys, plan: &Plan) -> Summary {
    let mut summary = Summary::new();
    for listener in &plan.listeners {
        summary.add(Kind::Listener, listener.address, &listener.name, &[]);
    }
    for (listener, served) in checked.listeners.iter().zip(served) {
        of_listener(&mut summary, listener, served, keys);
    }
    of_process(&mut summary, checked, plan);
    summary
}

fn of_process(summary: &mut Summary, checked: &Checked, plan: &Plan) {
    let or_none = |bound: Option<String>| bound.unwrap_or_else(|| "none".to_owned());
    summary.add(Kind::Limit, "connections", plan.bounds.connections, &[]);
    summary.add(Kind::Limit, "per address", or_none(plan.bounds.per_address.map(|most| most.to_string())), &[]);
    summary.add(
        Kind::Limit,
        "handshakes a second",
        or_none(plan.bounds.handshake_rate.map(|most| most.to_string())),
        &[],
    );
    summary.add(Kind::Limit, "drain", format_args!("{:?}", checked.limits.drain_timeout.value), &[]);
}

fn of_listener(summary: &mut Summary, listener: &config::Listener, served: &Served, keys: &Keys) {
    let name = listener.name.value.as_str();
    of_service(summary, listener);
    of_identities(summary, name, listener, served);
    of_clients(summary, name, &listener.clients, served);
    summary.add(Kind::Setting, format_args!("{name}: policy"), "", &digest(&format!("{:?}", listener.policy.policy())));
    for (what, bound) in [
        ("handshake", format!("{:?}", listener.handshake_timeout.value)),
        ("idle", format!("{:?}", listener.idle_timeout.value)),
        ("connections", format!("{:?}", listener.max_connections.as_ref().map(|most| most.value))),
    ] {
        summary.add(Kind::Limit, format_args!("{name}: {what}"), bound, &[]);
    }
    for network in &listener.accept_proxy {
        summary.add(Kind::Setting, format_args!("{name}: PROXY header from {}", network.value), "", &[]);
    }
    // This process's own keys change without a reload.
    let of_file = keys.of_files.iter().find(|(listener, _)| listener == name);
    for key in of_file.map(|(_, keys)| keys.names()).unwrap_or_default() {
        summary.add(Kind::TicketKey, format_args!("{name}: {key}"), "", &[]);
    }
    if matches!(listener.tickets, config::Tickets::Off) {
        summary.add(Kind::Setting, format_args!("{name}: resumption"), "off", &[]);
    }
}

fn of_service(summary: &mut Summary, listener: &config::Listener) {
    let shown = match &listener.service {
        Service::Http { root: Some(root) } => format!("http under {}", root.value.display()),
        Service::Forward(forward) => format!("forward, {} targets", forward.targets.len()),
        other => other.word().to_owned(),
    };
    let digest = digest(&match &listener.service {
        Service::Forward(forward) => values(forward),
        _ => String::new(),
    });
    summary.add(Kind::Service, &listener.name.value, shown, &digest);
}

/// What a forward asks for, wherever it was written.
fn values(forward: &config::Forward) -> String {
    let targets: Vec<_> = forward.targets.iter().map(|target| &target.value).collect();
    let version = forward.proxy_protocol.as_ref().map(|version| version.value);
    format!("{targets:?} {:?} {:?} {version:?}", forward.balance, forward.connect_timeout.value)
}

fn of_identities(summary: &mut Summary, name: &str, listener: &config::Listener, served: &Served) {
    for identity in served.front.identities().status() {
        let shown = format!("serial {}, until {}", identity.serial, identity.not_after.strftime("%Y-%m-%d"));
        let what = format!("{name}: {}", identity.source);
        summary.add(Kind::Certificate, what, shown, identity.fingerprint.as_bytes());
    }
    let unknown = if listener.identity.strict_sni.value { "refused" } else { "shown the default" };
    summary.add(Kind::Setting, format_args!("{name}: unknown names"), unknown, &[]);
    if let Some(default) = &listener.identity.default_name {
        summary.add(Kind::Setting, format_args!("{name}: default name"), &default.value, &[]);
    }
}

fn of_clients(summary: &mut Summary, name: &str, clients: &Clients, served: &Served) {
    let (asked, vouched) = match clients {
        Clients::Anyone => ("none", None),
        Clients::Optional(vouched) => ("optional", Some(vouched)),
        Clients::Required(vouched) => ("required", Some(vouched)),
    };
    summary.add(Kind::Setting, format_args!("{name}: client certificates"), asked, &[]);
    let (Some(Vouched { rules, .. }), Some(admission)) = (vouched, served.front.admission()) else { return };
    for anchor in admission.verifier().trust().anchors() {
        let label = pki::certificate::Inspected::from_der(&anchor.der)
            .map_or_else(|_| "a CA".to_owned(), |certificate| certificate.label());
        summary.add(Kind::ClientCa, format_args!("{name}: {label}"), &anchor.origin, &anchor.der);
    }
    if let Some((crls, _)) = admission.verifier().crls() {
        for crl in crls.iter() {
            let shown = format!(
                "number {}, {} revoked, until {}",
                crl.number().unwrap_or("none"),
                crl.len(),
                crl.next_update().strftime("%Y-%m-%d %H:%M")
            );
            let digest = [crl.this_update().to_string().into_bytes(), crls.revoked_digest().to_vec()].concat();
            summary.add(Kind::Crl, format_args!("{name}: {}", crl.issuer()), shown, &digest);
        }
    }
    for rule in rules {
        summary.add(Kind::Rule, format_args!("{name}: {}", rule.value), "", &[]);
    }
}

/// Tells one text from another within this process; nothing depends on it being hard to forge.
fn digest(text: &str) -> [u8; 8] {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish().to_be_bytes()
}
