//! The loads that everyone is put under: what a client offers, what it does, how often, and what is to be reached.

use std::time::Duration;

use super::primitives::Primitives;
use super::rounds::{Figure, cpu_of_byte, cpu_of_operation};
use super::{Effort, What};
use crate::bench::client::Load;
use crate::bench::errand::{Errand, Offer};
use crate::bench::servers::Contestant;
use crate::bench::site::Certificate;

/// The order in which OpenSSL, and so most clients, offer the suites of TLS 1.3.
const SUITES: &str = "TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_128_GCM_SHA256";
const AES_128: &str = "TLS_AES_128_GCM_SHA256";
const AES_256: &str = "TLS_AES_256_GCM_SHA384";
const X25519: &str = "x25519";
/// Full or resumed, through a terminator: a byte to the plain service and back, and the end.
const VISITS: usize = 1500;
/// Visits before those that are measured: caches and tickets are there then.
const WARM_UP: usize = 50;
/// What everyone who answers in process answers: ours and the script anything, `s_server` a request for a file.
const REQUEST: &str = "GET /hello HTTP/1.0\r\n\r\n";
const EXCHANGES: usize = 60_000;
/// The bytes of one transfer.
const TRANSFER: usize = 256 << 20;

/// A kind of work, the same for everyone.
pub(super) struct Plan {
    pub(super) title: &'static str,
    pub(super) unit: &'static str,
    pub(super) certificate: Certificate,
    /// Whether the plain service behind them is the one that speaks HTTP.
    pub(super) http: bool,
    pub(super) load: Load,
    pub(super) figure: Figure,
    pub(super) against: Contestant,
    /// What has to be computed beside the forwarding.
    pub(super) primitives: Option<Primitives>,
    /// What our ratio is to be at most.
    pub(super) to_reach: Option<f64>,
}

impl Plan {
    /// The plan of what is done to everyone alike; nothing for what is measured in another way.
    pub(super) fn of(what: What, effort: Effort) -> Option<Self> {
        let full = |suites, groups| Load::new(visits(effort), Offer::new(suites, groups, Certificate::P256));
        let time = Duration::from_millis(if effort.quick { 500 } else { 3000 });
        let (warmup, count) = (WARM_UP, effort.scaled(VISITS));
        Some(match what {
            What::Full => {
                Self::handshakes("full handshake, P-256, everyone's own default", full(SUITES, X25519)).reaching(0.35)
            }
            What::FullAes128 => {
                Self::handshakes("full handshake, P-256, AES-128-GCM for all", full(AES_128, X25519)).reaching(0.41)
            }
            What::Resumed => {
                let mut load = full(SUITES, X25519);
                load.offer.resumed = true;
                let plan = Self::handshakes("resumed handshake, everyone's own default", load).reaching(0.36);
                Self { primitives: Some(Primitives::Resumed), ..plan }
            }
            What::Rsa => {
                let offer = Offer::new(SUITES, X25519, Certificate::Rsa2048);
                let plan =
                    Self::handshakes("full handshake, RSA-2048", Load::new(visits(effort), offer)).reaching(0.71);
                Self { certificate: Certificate::Rsa2048, primitives: Some(Primitives::FullRsa), ..plan }
            }
            What::PostQuantum => {
                let load = full(SUITES, "X25519MLKEM768:x25519");
                // Those without a post-quantum group compute less, and ours more, than the floor of X25519.
                let plan = Self::handshakes("full handshake, P-256, X25519MLKEM768 offered first", load);
                Self { primitives: None, ..plan }
            }
            What::Download => {
                Self::bulk("bulk down, AES-256-GCM", Errand::Download { bytes: TRANSFER, time }).reaching(0.52)
            }
            What::Upload => Self::bulk("bulk up, AES-256-GCM", Errand::Upload { bytes: TRANSFER, time }).reaching(0.49),
            What::Exchange => {
                let count = effort.scaled(EXCHANGES);
                let load = usual(Errand::Exchanges { connections: 64, warmup: 2000, count });
                Self {
                    unit: "µs of the server's CPU for an exchange",
                    primitives: Some(Primitives::Exchange),
                    ..Self::handshakes("64-byte exchange on 64 kept connections", load).reaching(0.75)
                }
            }
            What::Hello => {
                let load = usual(Errand::Requests { request: REQUEST, warmup, count });
                let plan =
                    Self::handshakes("full handshake answered in process, beside the script", load).reaching(0.32);
                Self { against: Contestant::Python, primitives: None, ..plan }
            }
            _ => return None,
        })
    }

    fn handshakes(title: &'static str, load: Load) -> Self {
        Self {
            title,
            unit: "µs of the server's CPU for a handshake",
            certificate: Certificate::P256,
            http: false,
            load,
            figure: cpu_of_operation,
            against: Contestant::Nginx,
            primitives: Some(Primitives::FullP256),
            to_reach: None,
        }
    }

    fn bulk(title: &'static str, errand: Errand) -> Self {
        Self {
            unit: "ns of the server's CPU for a byte",
            http: true,
            figure: cpu_of_byte,
            primitives: Some(Primitives::Byte),
            ..Self::handshakes(title, Load::new(errand, Offer::new(AES_256, X25519, Certificate::P256)))
        }
    }

    fn reaching(self, ratio: f64) -> Self {
        Self { to_reach: Some(ratio), ..self }
    }
}

/// What clients do as they usually come.
pub(super) fn usual(errand: Errand) -> Load {
    Load::new(errand, Offer::new(SUITES, X25519, Certificate::P256))
}

/// Visits of clients as they usually come, for what compares us with ourselves.
pub(super) fn usual_visits(effort: Effort) -> Load {
    usual(visits(effort))
}

fn visits(effort: Effort) -> Errand {
    Errand::Visits { warmup: WARM_UP, count: effort.scaled(VISITS) }
}
