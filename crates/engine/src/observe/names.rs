//! Every metric: its name, what it is, and the words for it. Nothing else makes a name, and the guide lists them all.

/// What a metric's values do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// They only grow. The name of each sample ends in `_total`.
    Counter,
    /// They come and go.
    Gauge,
    /// Counts below bounds, with a sum.
    Histogram,
    /// Always 1: what there is to say is in the labels. The name of each sample ends in `_info`.
    Info,
}

impl Kind {
    /// The word of OpenMetrics.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Counter => "counter",
            Self::Gauge => "gauge",
            Self::Histogram => "histogram",
            Self::Info => "info",
        }
    }
}

/// One metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Metric {
    /// Its name, without the ending that its kind adds.
    pub name: &'static str,
    /// What its values do.
    pub kind: Kind,
    /// The unit, which is then the last word of the name, too.
    pub unit: Option<&'static str>,
    /// What it says.
    pub help: &'static str,
    /// The labels of its samples.
    pub labels: &'static [&'static str],
}

impl Metric {
    /// The name that its samples have and that is asked for: `latchkey_connections_accepted_total`.
    pub fn sample(&self) -> String {
        let ending = match self.kind {
            Kind::Counter => "_total",
            Kind::Info => "_info",
            Kind::Gauge | Kind::Histogram => "",
        };
        format!("{}{ending}", self.name)
    }
}

macro_rules! metrics {
    ($($constant:ident: $kind:ident $name:literal $([$unit:literal])? ($($label:literal),*) $help:literal;)+) => {
        $(
            #[doc = $help]
            pub const $constant: Metric = Metric {
                name: $name,
                kind: Kind::$kind,
                unit: metrics!(@unit $($unit)?),
                help: $help,
                labels: &[$($label),*],
            };
        )+

        /// All of them, in the order in which they are told.
        pub const ALL: &[Metric] = &[$($constant),+];
    };
    (@unit) => { None };
    (@unit $unit:literal) => { Some($unit) };
}

metrics! {
    BUILD: Info "latchkey_build" ("version")
        "The version of the program.";
    START_TIME: Gauge "process_start_time_seconds" ["seconds"] ()
        "When the process started, in seconds since 1970.";
    RESIDENT_MEMORY: Gauge "process_resident_memory_bytes" ["bytes"] ()
        "Memory of the process that is in RAM.";
    OPEN_DESCRIPTORS: Gauge "process_open_fds" ()
        "File descriptors that the process holds.";
    MAX_DESCRIPTORS: Gauge "process_max_fds" ()
        "File descriptors that the process may hold.";
    ACCEPTED: Counter "latchkey_connections_accepted" ("listener")
        "Connections accepted.";
    REFUSED: Counter "latchkey_connections_refused" ("listener")
        "Newcomers turned away before a byte of theirs was read, as their address held as many connections as one may.";
    HELD: Gauge "latchkey_connections_held" ("listener")
        "Connections held now.";
    PHASES: Gauge "latchkey_connections" ("phase")
        "Connections held now, by where they are in their lives.";
    BOUNDED: Counter "latchkey_limits_reached" ("limit")
        "Times that a limit was reached: at per_address and memory a connection was ended, at connections and handshake_rate newcomers wait.";
    ACCEPT_ERRORS: Counter "latchkey_accept_errors" ()
        "Times that the system would not give a connection, for want of descriptors or memory.";
    ENDED: Counter "latchkey_connections_ended" ("how")
        "Connections that were open and have ended, by how they did.";
    CONNECTION_TIME: Histogram "latchkey_connection_duration_seconds" ["seconds"] ()
        "From the accept of a connection that was open to its end.";
    HANDSHAKES: Counter "latchkey_handshakes" ("version", "kind")
        "Handshakes done.";
    SUITES: Counter "latchkey_handshakes_by_suite" ("suite")
        "Handshakes done, by cipher suite.";
    GROUPS: Counter "latchkey_handshakes_by_group" ("group")
        "Handshakes done, by key exchange group; a resumed session of TLS 1.2 has none.";
    SIGNATURES: Counter "latchkey_handshakes_by_signature" ("signature")
        "Handshakes done, by the scheme of the server's signature; a resumed session has none.";
    FAILURES: Counter "latchkey_handshake_failures" ("reason", "fault")
        "Handshakes that failed, by the reason and by who can do something about it.";
    HANDSHAKE_TIME: Histogram "latchkey_handshake_duration_seconds" ["seconds"] ()
        "From the first byte of a ClientHello to the end of its handshake.";
    RECEIVED: Counter "latchkey_received_bytes" ["bytes"] ()
        "Plaintext received from clients.";
    SENT: Counter "latchkey_sent_bytes" ["bytes"] ()
        "Plaintext sent to clients.";
    BACKEND_CONNECTS: Counter "latchkey_backend_connects" ()
        "Connections opened to backends.";
    BACKEND_FAILURES: Counter "latchkey_backend_connect_failures" ()
        "Tries to open a connection to a backend that failed.";
    BACKEND_UP: Gauge "latchkey_backend_up" ("listener", "backend")
        "1 where new connections go to the backend, 0 where it rests after failures.";
    BACKEND_OPEN: Gauge "latchkey_backend_connections" ("listener", "backend")
        "Connections to the backend that are open now.";
    CERTIFICATE_END: Gauge "latchkey_certificate_not_after_timestamp_seconds" ["seconds"] ("name", "serial")
        "When the certificate that is served ends, in seconds since 1970.";
    CERTIFICATES: Gauge "latchkey_certificates" ("state")
        "Identities that can be served: loaded, waiting to be asked for, or failed.";
    GENERATION: Gauge "latchkey_configuration_generation" ()
        "The number of the configuration that is in force; it begins at 1 and grows by one with each change.";
    RELOAD_OK: Gauge "latchkey_last_reload_successful" ()
        "1 where the last reload came into force or found nothing changed, 0 where the old configuration stayed.";
    RELOAD_TIME: Gauge "latchkey_last_reload_timestamp_seconds" ["seconds"] ()
        "When the last reload was, in seconds since 1970.";
    LOG_WAITING: Gauge "latchkey_log_waiting_batches" ()
        "Batches of log lines that wait to be written.";
    LOG_LOST: Counter "latchkey_log_lines_lost" ()
        "Log lines that were lost because they came faster than they could be written.";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_as_openmetrics_wants_them() {
        for metric in ALL {
            let word = |text: &str| {
                text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
            };
            assert!(word(metric.name) && metric.labels.iter().all(|label| word(label)), "{metric:?}");
            assert!(metric.unit.is_none_or(|unit| metric.name.ends_with(&format!("_{unit}"))), "{metric:?}");
            assert!(!metric.name.ends_with("_total") && !metric.name.ends_with("_info"), "{metric:?}");
            assert_eq!(ALL.iter().filter(|other| other.name == metric.name).count(), 1, "{metric:?}");
            assert!(metric.help.ends_with('.') && !metric.help.contains(['"', '\\', '\n']), "{metric:?}");
        }
    }

    /// The guide has a row for each: `| NAME | LABELS | HELP |`.
    #[test]
    fn the_guide_lists_every_metric_as_it_is_and_no_other() {
        let guide = include_str!("../../../../docs/guide/watching.md");
        let rows: Vec<_> =
            guide.lines().filter(|line| line.starts_with("| `latchkey_") || line.starts_with("| `process_")).collect();
        let expected: Vec<_> = ALL
            .iter()
            .map(|metric| {
                let labels: Vec<_> = metric.labels.iter().map(|label| format!("`{label}`")).collect();
                format!("| `{}` | {} | {} |", metric.sample(), labels.join(", "), metric.help)
            })
            .collect();
        assert_eq!(rows, expected);
    }
}
