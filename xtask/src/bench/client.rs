//! The load: `tls-client bench` on the other cores, and what it says of a run.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result, bail};
use clap::ValueEnum;
use common::context::{ClientContext, Groups, Provider, Suites, Trust};
use common::input::Blob;
use serde::Deserialize;

use super::cores::{Pinned, other_cores};
use super::errand::{Errand, Offer};
use super::own_load::run_tls;
use super::servers::Server;
use super::site::Site;
use crate::load::Client;

/// Who puts TLS load on the servers.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub(crate) enum Loader {
    /// `tls-client bench`
    TlsClient,
    /// Blocking rustls clients in xtask itself, on one thread
    Own,
}

/// How often a run is tried again with less load when the client was too busy to be believed.
const RETRIES: usize = 3;
/// How much less each time.
const LESS: f64 = 0.7;
/// Operations in a second that can be told to come less often.
const LEAST_RATE: f64 = 20.0;

/// Clients of TLS, what they offer and what they do.
#[derive(Clone)]
pub(super) struct Load {
    pub(super) errand: Errand,
    pub(super) offer: Offer,
    /// Whether it shares its cores with the server, and so is not judged by how busy it was.
    pub(super) shares_cores: bool,
}

/// What a run showed (`latchkey.bench/1`); fields that are not used here are left out.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Run {
    pub(super) valid: bool,
    #[serde(default)]
    pub(super) why_invalid: Option<String>,
    #[serde(default)]
    pub(super) operations: u64,
    #[serde(default)]
    pub(super) failed: BTreeMap<String, u64>,
    #[serde(default)]
    pub(super) rate: Option<f64>,
    #[serde(default)]
    pub(super) bytes_per_second: Option<f64>,
    #[serde(default)]
    pub(super) handshake: Option<Handshake>,
    #[serde(default)]
    pub(super) latency_us: Latencies,
    #[serde(default)]
    pub(super) client: Option<ClientSide>,
    #[serde(default)]
    pub(super) server: Option<ServerSide>,
}

/// What was agreed on.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Handshake {
    pub(super) version: Option<String>,
    pub(super) suite: Option<String>,
    pub(super) group: Option<String>,
    pub(super) kind: Option<String>,
}

/// Latencies of whole operations.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Latencies {
    pub(super) operation: Option<Latency>,
}

/// Microseconds.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Latency {
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
}

/// What the load itself took.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ClientSide {
    pub(super) busiest_thread_share: Option<f64>,
}

/// What the server took of the measured span.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ServerSide {
    pub(super) cpu_us_per_operation: Option<f64>,
    pub(super) cpu_ns_per_byte: Option<f64>,
    pub(super) pss_per_connection: Option<f64>,
}

impl Load {
    pub(super) const fn new(errand: Errand, offer: Offer) -> Self {
        Self { errand, offer, shares_cores: false }
    }

    /// Puts the load on `server`. A run in which the client was too busy is repeated with less load, and one that
    /// stays invalid says so.
    pub(super) fn run(&self, site: &Site, server: &Server) -> Result<Run> {
        let _pinned = if self.shares_cores { None } else { Some(Pinned::to(&other_cores()?)?) };
        if site.loader == Loader::Own {
            return self.own(site, server);
        }
        let mut run = self.once(site, server, None)?;
        for _ in 0..RETRIES {
            // Transfers are too few in a second to be spread over it.
            let rate = run.rate.filter(|rate| *rate >= LEAST_RATE);
            let (false, false, Some(rate)) = (run.valid, self.shares_cores, rate) else { break };
            run = self.once(site, server, Some(rate * LESS))?;
        }
        Ok(run)
    }

    fn own(&self, site: &Site, server: &Server) -> Result<Run> {
        let mut trust = Trust::new();
        trust.add_file(&Blob::read(&site.path().join(&self.offer.anchor))?)?;
        let mut context = ClientContext::webpki(&trust, Provider::AwsLc)?;
        context.policy.suites = Suites::parse(self.offer.suites)?;
        context.policy.groups = Groups::parse(self.offer.groups, Provider::AwsLc)?;
        context.resumption = self.offer.resumed;
        let client = Client::with(server.address, context.config()?).named(&self.offer.name);
        run_tls(&self.errand, server, &client)
    }

    fn once(&self, site: &Site, server: &Server, rate: Option<f64>) -> Result<Run> {
        let mut command = site.ours("tls-client");
        command
            .args(["bench", &format!("localhost:{}", server.address.port())])
            .args(self.errand.arguments(self.offer.resumed))
            .args(self.offer.arguments())
            .args(["--pid", &server.process().to_string(), "--json"]);
        if let Some(rate) = rate {
            command.args(["--rate", &format!("{rate:.0}")]);
        }
        let shown = crate::workspace::show(&command);
        let output = command.output().with_context(|| format!("starting `{shown}`"))?;
        let said = String::from_utf8_lossy(&output.stderr);
        let run: Run = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("`{shown}` ({}) printed no figures: {}", output.status, said.trim()))?;
        if run.operations == 0 {
            let why = run.failed.keys().next().map_or("it did nothing", String::as_str);
            bail!("`{shown}` measured nothing: {why}");
        }
        Ok(run)
    }
}

impl Run {
    /// A percentile of whole operations; nothing where there were none that are timed.
    pub(super) fn latency(&self, of: fn(&Latency) -> f64) -> Option<f64> {
        self.latency_us.operation.as_ref().map(of).filter(|time| *time > 0.0)
    }

    /// What was agreed on, for a person.
    pub(super) fn agreed(&self) -> Option<String> {
        let handshake = self.handshake.as_ref()?;
        let parts = [&handshake.kind, &handshake.version, &handshake.suite, &handshake.group];
        let words: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        (!words.is_empty()).then(|| words.join(", "))
    }

    /// Why the figure is not to be believed, where it is not.
    pub(super) fn doubt(&self, shares_cores: bool) -> Option<String> {
        let failed: u64 = self.failed.values().sum();
        if failed > 0 {
            let why = self.failed.keys().next().map_or("", String::as_str);
            return Some(format!("{failed} of {} failed: {why}", self.operations + failed));
        }
        if self.valid || shares_cores {
            return None;
        }
        Some(self.why_invalid.clone().unwrap_or_else(|| "the load was too busy".to_owned()))
    }
}
