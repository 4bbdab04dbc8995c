//! The same facts as a document and as metrics, of a server that does not exist.

use std::sync::Arc;
use std::time::Duration;

use engine::observe::names;
use engine::observe::sets::Phase;
use engine::observe::{ListenerTotals, Reason, Tally, Totals};
use engine::{Bounds, Limits};
use serde_json::Value;

use super::*;

/// A source that says what it is told to.
pub(crate) struct Fake {
    about: About,
    totals: Totals,
    pub(crate) turns: bool,
    pub(crate) readiness: Readiness,
    certificates: Vec<Certificate>,
}

impl Source for Fake {
    fn about(&self) -> &About {
        &self.about
    }

    fn totals(&self) -> Totals {
        self.totals
    }

    fn listeners(&self) -> Vec<Listener> {
        let totals = ListenerTotals { name: "web \"1\"".into(), accepted: 9, connections: 3, refused: 1 };
        vec![Listener {
            name: Arc::clone(&totals.name),
            addresses: vec!["127.0.0.1:8443".parse().unwrap()],
            limits: Limits::default(),
            totals: Some(totals),
        }]
    }

    fn bounds(&self) -> Bounds {
        Bounds::default()
    }

    fn answers(&self, _within: Duration) -> bool {
        self.turns
    }

    fn readiness(&self) -> Readiness {
        self.readiness.clone()
    }

    fn certificates(&self, most: usize) -> Certificates {
        let list = self.certificates.iter().take(most).cloned().collect();
        Certificates { loaded: self.certificates.len() as u64, waiting: 4, failed: 1, list, unusable: Vec::new() }
    }

    fn backends(&self) -> Vec<Backend> {
        let backend = Backend {
            listener: "web".into(),
            target: "127.0.0.1:5432".into(),
            up: false,
            connections: 2,
            connects: 5,
            failures: 3,
            last_error: Some("connection refused".into()),
        };
        vec![backend.clone(), backend]
    }

    fn reload(&self) -> Reload {
        let last = LastReload {
            at: "2026-11-21T04:00:00Z".parse().unwrap(),
            trigger: "SIGHUP".into(),
            outcome: Outcome::Refused,
            difference: Vec::new(),
            problems: vec!["the key of `web` does not belong to its certificate".into()],
        };
        Reload { generation: 7, last: Some(last) }
    }
}

/// A server with a little of everything.
pub(crate) fn source() -> Fake {
    let mut failures = [0; Reason::COUNT];
    failures[engine::observe::sets::ClosedSet::index(Reason::CertificateExpired)] = 2;
    let certificate = Certificate {
        names: vec!["example.org".into(), "www.example.org".into()],
        issuer: "CN=ca".into(),
        serial: "0a".into(),
        key: "P-256".into(),
        not_before: Some("2026-11-01T00:00:00Z".parse().unwrap()),
        not_after: "2026-12-01T00:00:00Z".parse().unwrap(),
        source: "/etc/tls/example.pem".into(),
        served: "ab".into(),
        on_disk: Some("cd".into()),
        warnings: Vec::new(),
    };
    Fake {
        about: About {
            version: "0.1.0".into(),
            instance: Some("web".into()),
            started: "2026-11-21T04:00:00Z".parse().unwrap(),
            workers: 2,
        },
        totals: Totals {
            accepted: 9,
            connections: 3,
            full: 5,
            failed: 2,
            phases: Tally::new([1, 0, 2, 0]),
            failures: Tally::new(failures),
            ..Totals::default()
        },
        turns: true,
        readiness: Readiness::Ready,
        certificates: vec![certificate.clone(), certificate],
    }
}

fn status(source: &dyn Source) -> Value {
    let rates = [1, 10, 60].map(|seconds| {
        Rates::default().over(Duration::from_secs(seconds), std::time::Instant::now(), Sample::default())
    });
    let time = "2026-11-21T04:19:00Z".parse().unwrap();
    serde_json::to_value(Status::now(source, &source.totals(), rates, Process::default(), time)).unwrap()
}

#[test]
fn the_document_says_what_there_is() {
    let status = status(&source());
    assert_eq!((&status["schema"], &status["state"]), (&"latchkey.status/1".into(), &"serving".into()));
    assert_eq!((&status["uptime_s"], &status["reload"]["outcome"]), (&1_140.into(), &Value::Null));
    assert_eq!(status["reload"]["last"]["outcome"], "refused");
    assert_eq!((&status["connections"]["held"], &status["connections"]["open"]), (&3.into(), &2.into()));
    assert_eq!(status["failures"][0]["reason"], "certificate_expired");
    assert_eq!(status["failures"].as_array().unwrap().len(), 1, "what is zero is left out");
    let certificate = &status["certificates"]["list"][0];
    assert_eq!((&certificate["days_left"], &certificate["up_to_date"]), (&9.into(), &false.into()));
    assert_eq!(certificate["life_left"], 0.327);
}

#[test]
fn every_metric_is_told_and_no_sample_twice() {
    let text = metrics(&source(), Process { resident_bytes: Some(1), descriptors: Some(2), most_descriptors: Some(3) });
    // Whoever has no log has no metrics of it.
    let told = names::ALL.iter().filter(|metric| !metric.name.starts_with("latchkey_log_"));
    for metric in told {
        assert!(text.contains(&format!("# TYPE {} {}\n", metric.name, metric.kind.name())), "{}", metric.name);
        assert!(text.contains(&format!("\n{}", metric.sample())), "{}", metric.name);
    }
    let mut samples: Vec<_> =
        text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' ')).collect();
    let all = samples.len();
    samples.sort_by_key(|(name, _)| *name);
    samples.dedup_by_key(|(name, _)| *name);
    assert_eq!(samples.len(), all);
    let sample = |name: &str| samples.iter().find(|(other, _)| *other == name).map(|(_, value)| *value);
    assert_eq!(sample("latchkey_connections_accepted_total{listener=\"web \\\"1\\\"\"}"), Some("9"));
    assert_eq!(
        sample("latchkey_certificate_not_after_timestamp_seconds{name=\"example.org\",serial=\"0a\"}"),
        Some("1796083200")
    );
    assert_eq!(sample("latchkey_last_reload_successful"), Some("0"));
    assert_eq!(
        sample(&format!("latchkey_connections{{phase=\"{}\"}}", engine::observe::sets::ClosedSet::name(Phase::Open))),
        Some("2")
    );
    assert!(text.ends_with("# EOF\n"));
}
