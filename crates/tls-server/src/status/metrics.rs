//! The facts as metrics.

use std::collections::HashSet;

use engine::observe::Totals;
use engine::observe::names;
use engine::observe::sets::ClosedSet;

use super::openmetrics::Text;
use super::{Backend, Certificates, Outcome, Process, Reload, Source};

/// The type of the text that [`metrics`] makes.
pub const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Certificates that are told one by one. Whoever serves more has them counted.
const MOST_CERTIFICATES: usize = 1_000;

/// Everything that there is to measure, in the text of OpenMetrics.
pub fn metrics(source: &dyn Source, process: Process) -> String {
    let mut text = Text::new();
    let about = source.about();
    text.family(&names::BUILD).sample(&[&about.version], 1);
    text.family(&names::START_TIME).value(about.started.as_duration().as_secs_f64());
    cost(&mut text, process);
    listeners(&mut text, source);
    let totals = source.totals();
    connections(&mut text, &totals);
    handshakes(&mut text, &totals);
    text.family(&names::RECEIVED).value(totals.received);
    text.family(&names::SENT).value(totals.sent);
    text.family(&names::BACKEND_CONNECTS).value(totals.backend_connects);
    text.family(&names::BACKEND_FAILURES).value(totals.backend_failures);
    backends(&mut text, &source.backends());
    certificates(&mut text, &source.certificates(MOST_CERTIFICATES));
    configuration(&mut text, &source.reload());
    if let Some(queue) = source.log() {
        text.family(&names::LOG_WAITING).value(queue.waiting());
        text.family(&names::LOG_LOST).value(queue.lost());
    }
    text.finish()
}

fn cost(text: &mut Text, process: Process) {
    let known = [
        (&names::RESIDENT_MEMORY, process.resident_bytes),
        (&names::OPEN_DESCRIPTORS, process.descriptors),
        (&names::MAX_DESCRIPTORS, process.most_descriptors),
    ];
    for (metric, value) in known {
        if let Some(value) = value {
            text.family(metric).value(value);
        }
    }
}

fn listeners(text: &mut Text, source: &dyn Source) {
    let listeners: Vec<_> = source.listeners().into_iter().filter_map(|listener| listener.totals).collect();
    let each = [
        (&names::ACCEPTED, listeners.iter().map(|listener| listener.accepted).collect::<Vec<_>>()),
        (&names::REFUSED, listeners.iter().map(|listener| listener.refused).collect()),
        (&names::HELD, listeners.iter().map(|listener| listener.connections).collect()),
    ];
    for (metric, values) in each {
        let mut family = text.family(metric);
        for (listener, value) in listeners.iter().zip(values) {
            family.sample(&[&listener.name], value);
        }
    }
}

fn connections(text: &mut Text, totals: &Totals) {
    text.family(&names::PHASES).tally(&totals.phases);
    text.family(&names::BOUNDED).tally(&totals.bounded);
    text.family(&names::ACCEPT_ERRORS).value(totals.accept_errors);
    text.family(&names::ENDED).tally(&totals.endings);
    text.family(&names::CONNECTION_TIME).distribution(&totals.connection_time);
}

fn handshakes(text: &mut Text, totals: &Totals) {
    let mut family = text.family(&names::HANDSHAKES);
    for (kind, versions) in totals.handshakes.kinds() {
        for (version, count) in versions.iter() {
            family.sample(&[version.name(), kind.name()], count);
        }
    }
    text.family(&names::SUITES).tally(&totals.suites);
    text.family(&names::GROUPS).tally(&totals.groups);
    text.family(&names::SIGNATURES).tally(&totals.signatures);
    let mut family = text.family(&names::FAILURES);
    for (reason, count) in totals.failures.iter() {
        family.sample(&[reason.name(), reason.at_fault().name()], count);
    }
    text.family(&names::HANDSHAKE_TIME).distribution(&totals.handshake_time);
}

/// The same labels twice would make the whole text unreadable.
fn backends(text: &mut Text, backends: &[Backend]) {
    let mut seen = HashSet::new();
    let backends: Vec<_> =
        backends.iter().filter(|backend| seen.insert((&backend.listener, &backend.target))).collect();
    let mut family = text.family(&names::BACKEND_UP);
    for backend in &backends {
        family.sample(&[&backend.listener, &backend.target], u8::from(backend.up));
    }
    let mut family = text.family(&names::BACKEND_OPEN);
    for backend in &backends {
        family.sample(&[&backend.listener, &backend.target], backend.connections);
    }
}

fn certificates(text: &mut Text, certificates: &Certificates) {
    let mut seen = HashSet::new();
    let mut family = text.family(&names::CERTIFICATE_END);
    for certificate in &certificates.list {
        let name = certificate.names.first().map_or("", String::as_str);
        if seen.insert((name, certificate.serial.as_str())) {
            family.sample(&[name, &certificate.serial], certificate.not_after.as_second());
        }
    }
    text.family(&names::CERTIFICATES)
        .sample(&["loaded"], certificates.loaded)
        .sample(&["waiting"], certificates.waiting)
        .sample(&["failed"], certificates.failed);
}

fn configuration(text: &mut Text, reload: &Reload) {
    text.family(&names::GENERATION).value(reload.generation);
    if let Some(last) = &reload.last {
        text.family(&names::RELOAD_OK).value(u8::from(last.outcome != Outcome::Refused));
        text.family(&names::RELOAD_TIME).value(last.at.as_duration().as_secs_f64());
    }
}
