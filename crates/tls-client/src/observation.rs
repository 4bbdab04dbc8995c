//! One connection from beginning to end, and everything that was seen of it, whether it succeeded or not.

use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use common::context::{ClientContext, ContextError, Identity, KeyLogging, Policy};
use common::facts::{Facts, Kind};
use jiff::Timestamp;
use pki::explain::Stage;
use pki::verify::Verifier;
use rustls::pki_types::ServerName;
use rustls::{AlertDescription, ClientConfig, ProtocolVersion};
use wire::speaks::{self, Heard, Speaks};

use crate::bench::Once;
use crate::conversation::{self, Exchange};
use crate::dial::{DialError, Dialing, dial_at};
use crate::preamble::{Preamble, PreambleError, converse};
use crate::recorder::{OnRefusal, Recorded, Recorder};
use crate::target::Target;
use crate::tls::{Arrived, Hello, Stop, Tls};
use crate::trace::Tap;

/// How long a TLS 1.3 server is given to refuse our certificate after the handshake (RFC 8446 section 4.4.2.4).
const LATE_ALERT: Duration = Duration::from_secs(1);

/// How long is read on for the rest of a greeting that is not TLS.
const GREETING: Duration = Duration::from_millis(500);

/// On a fast connection a server's tickets are waited for no less than this.
const SHORT_QUIET: Duration = Duration::from_millis(100);

/// How long a peer whose good-bye is waited for may take to say it.
const LAST_WORDS: Duration = Duration::from_millis(500);

/// Everything that a client brings to a connection.
#[derive(Debug, Clone)]
pub struct Client {
    /// Who judges the server's certificate.
    pub verifier: Arc<Verifier>,
    /// What happens when the verifier refuses it; default: the handshake ends.
    pub on_refusal: OnRefusal,
    /// Versions, suites, groups, ALPN and provider.
    pub policy: Policy,
    /// The client's own chain and key; default: none.
    pub identity: Option<Identity>,
    /// Whether session secrets are written down; default: no.
    pub key_logging: KeyLogging,
    /// What is said in the clear before TLS begins; default: nothing.
    pub preamble: Preamble,
    /// How long each stage may take; default: 10 s.
    pub limit: Duration,
}

/// What is done once the handshake is over.
pub enum Then<'a> {
    /// Nothing is sent.
    Leave,
    /// Something is sent, and the answer read.
    Say {
        /// What is sent.
        words: &'a [u8],
        /// Hears the answer as it comes.
        answer: &'a mut dyn FnMut(&[u8]),
    },
    /// Nothing is sent; what the server sends by itself, as tickets, is waited for until nothing more comes.
    Watch,
}

/// What was seen.
#[derive(Debug)]
pub struct Observation {
    /// Whom it was meant for.
    pub target: Target,
    /// The way there: to the proxy, where there is one.
    pub dialing: Dialing,
    /// How long it took until TLS could begin; none where nothing had to be said before, or it came to nothing.
    pub preamble: Option<Duration>,
    /// The handshake; none where there was no connection.
    pub handshake: Option<Handshake>,
    /// What was said; none where it did not come to that.
    pub exchange: Option<Exchange>,
    /// What went wrong first. That the certificate is refused stands in the handshake's verdict, too, and is not
    /// repeated here where the handshake went on.
    pub failure: Option<Failure>,
}

/// The handshake, as far as it came.
#[derive(Debug)]
pub struct Handshake {
    /// What was agreed.
    pub facts: Facts,
    /// What the recorder noted.
    pub recorded: Recorded,
    /// Whether it came to its end.
    pub complete: bool,
}

/// What went wrong.
#[derive(Debug)]
pub struct Failure {
    /// How far the connection had come.
    pub stage: Stage,
    /// What it was.
    pub cause: Cause,
}

/// Why it went no further.
#[derive(Debug)]
#[non_exhaustive]
pub enum Cause {
    /// There is no connection.
    Dial(DialError),
    /// What had to be said before TLS led to none.
    Preamble(PreambleError),
    /// The peer does not speak TLS.
    NotTls(Speaks),
    /// The deadline passed.
    Deadline,
    /// The peer closed the connection without close_notify.
    CutOff,
    /// The connection broke.
    Io(io::Error),
    /// The peer's alert, or what is wrong with what it sent, or our verifier's refusal.
    Tls(rustls::Error),
}

impl Client {
    /// A client with the default policy.
    pub fn new(verifier: Arc<Verifier>) -> Self {
        Self {
            verifier,
            on_refusal: OnRefusal::default(),
            policy: Policy::default(),
            identity: None,
            key_logging: KeyLogging::default(),
            preamble: Preamble::default(),
            limit: Duration::from_secs(10),
        }
    }

    /// Connects to `target`, and says what was seen. Nothing is sent past a certificate that is refused, unless
    /// [`Client::on_refusal`] allows it.
    ///
    /// # Errors
    /// The client's own settings cannot be used; whatever the peer does is no error here.
    pub fn observe(&self, target: &Target, then: Then<'_>) -> Result<Observation, ContextError> {
        let recorder = self.recorder();
        let config = self.config(&recorder, false)?;
        self.observe_with(config, &recorder, target, then, None)
    }

    /// The same with a configuration that the caller may have changed, and with somebody who notes what passes.
    pub(crate) fn observe_with(
        &self,
        config: Arc<ClientConfig>,
        recorder: &Recorder,
        target: &Target,
        then: Then<'_>,
        tap: Option<Tap>,
    ) -> Result<Observation, ContextError> {
        let hello = Hello::new(config, target.server_name.clone()).map_err(ContextError::Combination)?;
        let (host, port) = self.preamble.dials(target);
        let (dialing, outcome) = dial_at(host, port, self.limit);
        let mut observation = Observation {
            target: target.clone(),
            dialing,
            preamble: None,
            handshake: None,
            exchange: None,
            failure: None,
        };
        match outcome {
            Err(error) => observation.failure = Some(Failure { stage: Stage::Connect, cause: Cause::Dial(error) }),
            Ok(mut stream) => {
                let begun = Instant::now();
                if let Err(error) = converse(&self.preamble, target, &mut stream, begun + self.limit) {
                    observation.failure = Some(Failure { stage: Stage::Connect, cause: Cause::Preamble(error) });
                    return Ok(observation);
                }
                observation.preamble = (!self.preamble.is_empty()).then(|| begun.elapsed());
                // What was said in the clear before is no part of TLS.
                if let Some(tap) = &tap {
                    let took = observation.dialing.attempts.last().map(|attempt| attempt.took);
                    tap.begin(&stream, Timestamp::now(), took.unwrap_or_default());
                }
                self.talk(&mut observation, hello.over(stream).tapped(tap), recorder, then);
            }
        }
        Ok(observation)
    }

    /// The configuration for many connections, of which each certificate is verified once; with sessions that are
    /// resumed, or without.
    ///
    /// # Errors
    /// The client's own settings cannot be used.
    pub fn for_many(&self, resumption: bool) -> Result<Arc<ClientConfig>, ContextError> {
        let recorder: Arc<dyn rustls::client::danger::ServerCertVerifier> = self.recorder();
        let mut context = ClientContext::new(Arc::new(Once::new(recorder)));
        context.policy = self.policy.clone();
        context.identity.clone_from(&self.identity);
        context.key_logging = self.key_logging.clone();
        context.resumption = resumption;
        context.config()
    }

    pub(crate) fn recorder(&self) -> Arc<Recorder> {
        let own = self.identity.as_ref().map(Identity::certified_key);
        Arc::new(Recorder::new(Arc::clone(&self.verifier), self.on_refusal, own))
    }

    pub(crate) fn config(&self, recorder: &Arc<Recorder>, resumption: bool) -> Result<Arc<ClientConfig>, ContextError> {
        let verifier = Arc::clone(recorder) as Arc<dyn rustls::client::danger::ServerCertVerifier>;
        let mut context = ClientContext::new(verifier);
        context.policy = self.policy.clone();
        context.key_logging = self.key_logging.clone();
        // One connection has nothing to resume.
        context.resumption = resumption;
        let mut config = Arc::unwrap_or_clone(context.config()?);
        config.client_auth_cert_resolver = Arc::clone(recorder) as Arc<dyn rustls::client::ResolvesClientCert>;
        Ok(Arc::new(config))
    }

    fn talk(&self, observation: &mut Observation, mut tls: Tls, recorder: &Recorder, then: Then<'_>) {
        let fail = |stage, cause| Some(Failure { stage, cause });
        let begun = Instant::now();
        let ended = tls.handshake(begun + self.limit);
        let took = begun.elapsed();
        let complete = ended.is_ok();
        tracing::debug!(?took, complete, "handshake");
        if let Err(stop) = ended {
            let stage = if tls.first_bytes().is_empty() { Stage::Hello } else { Stage::Handshake };
            observation.failure = fail(stage, handshake_cause(&mut tls, stop));
        } else if let Err(stop) = self.late_alert(&mut tls, recorder) {
            observation.failure = fail(Stage::Data, stop.into());
        } else if let Then::Say { words, answer } = then {
            let (exchange, stop) = conversation::hold(&mut tls, words, answer, self.limit);
            observation.exchange = Some(exchange);
            observation.failure = stop.and_then(|stop| fail(Stage::Data, stop.into()));
        } else if let Then::Watch = then
            && let Err(stop) = watch(&mut tls, took)
        {
            observation.failure = fail(Stage::Data, stop.into());
        }
        let recorded = recorder.recorded();
        let facts = facts(&tls, &observation.target.server_name, &recorded, took);
        observation.handshake = Some(Handshake { facts, recorded, complete });
        if complete {
            tls.close(Instant::now() + self.limit);
        }
        if tls.is_tapped() {
            tls.linger(Instant::now() + self.limit.min(LAST_WORDS));
        }
    }

    /// In TLS 1.3 the server judges our certificate, or that there is none, only after our handshake is over. A ticket
    /// or data says that it is content.
    fn late_alert(&self, tls: &mut Tls, recorder: &Recorder) -> Result<(), Stop> {
        let asked = recorder.recorded().request.is_some();
        if !asked || tls.state().protocol_version() != Some(ProtocolVersion::TLSv1_3) {
            return Ok(());
        }
        let deadline = Instant::now() + self.limit.min(LATE_ALERT);
        while tls.state().tls13_tickets_received() == 0 {
            match tls.hear(deadline) {
                Ok(Arrived::Nothing) => {}
                Ok(Arrived::Data | Arrived::Closed) | Err(Stop::Deadline) => return Ok(()),
                Err(stop) => return Err(stop),
            }
        }
        Ok(())
    }
}

/// Hears what a server sends by itself after a handshake that took so long, until nothing more comes.
fn watch(tls: &mut Tls, handshake: Duration) -> Result<(), Stop> {
    let quiet = (handshake * 3).clamp(SHORT_QUIET, LATE_ALERT);
    let last = Instant::now() + LATE_ALERT;
    loop {
        match tls.hear(last.min(Instant::now() + quiet)) {
            Ok(Arrived::Closed) | Err(Stop::Deadline) => return Ok(()),
            Ok(Arrived::Nothing | Arrived::Data) => {}
            Err(stop) => return Err(stop),
        }
    }
}

/// Why a handshake ended early. What rustls could not read may be another protocol, which can be named, and what it
/// passed over may be an alert.
fn handshake_cause(tls: &mut Tls, stop: Stop) -> Cause {
    if let (Stop::Deadline | Stop::CutOff | Stop::Io(_), Some(alert)) = (&stop, first_alert(tls.first_bytes())) {
        return Cause::Tls(rustls::Error::AlertReceived(alert));
    }
    let undecodable = matches!(&stop, Stop::Tls(rustls::Error::InvalidMessage(_)) | Stop::CutOff | Stop::Io(_));
    if !undecodable || tls.first_bytes().is_empty() || tls.state().protocol_version().is_some() {
        return stop.into();
    }
    if matches!(wire::record::Header::decode(tls.first_bytes()), Ok(Some(_))) {
        return stop.into();
    }
    tls.overhear(Instant::now() + GREETING, |bytes| speaks::hear(bytes) != Heard::NeedMore);
    Cause::NotTls(speaks::heard(tls.first_bytes()))
}

/// The alert that a server answered the ClientHello with. rustls waits for more after one that is not fatal, as
/// close_notify, and where nothing more comes it is what ended the handshake.
fn first_alert(first: &[u8]) -> Option<AlertDescription> {
    match first {
        [21, 3, _, 0, 2, _, description, ..] => Some(AlertDescription::from(*description)),
        _ => None,
    }
}

fn facts(tls: &Tls, name: &ServerName<'_>, recorded: &Recorded, took: Duration) -> Facts {
    let state = tls.state();
    Facts {
        version: state.protocol_version(),
        suite: state.negotiated_cipher_suite().map(|suite| suite.suite()),
        group: state.negotiated_key_exchange_group().map(|group| group.name()),
        signature: recorded.signature,
        alpn: state.alpn_protocol().map(<[u8]>::to_vec),
        kind: state.handshake_kind().map(Kind::from),
        server_name: match name {
            ServerName::DnsName(name) => Some(name.as_ref().to_owned()),
            _ => None,
        },
        handshake: took,
        ..Facts::default()
    }
}

impl From<Stop> for Cause {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Deadline => Self::Deadline,
            Stop::CutOff => Self::CutOff,
            Stop::Io(error) => Self::Io(error),
            Stop::Tls(error) => Self::Tls(error),
        }
    }
}
