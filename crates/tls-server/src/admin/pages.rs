//! What is answered to which request.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use common::Clock;

use super::{Method, Parsed, Request, Response};
use crate::status::{CONTENT_TYPE, Process, Readiness, Sampler, Source, Status, metrics};

/// How long the workers may take to the end of a turn before the server counts as stuck.
const STUCK: Duration = Duration::from_secs(2);

/// What `/` says.
const INDEX: &str = "\
/metrics   everything that is counted, for Prometheus (OpenMetrics)
/status    what the server is doing, as JSON
/readyz    200 where newcomers are to be sent here, 503 and the reasons where not
/healthz   200 where every worker's loop turns, 503 where one is stuck
";

/// The pages of a server.
pub struct Pages {
    source: Arc<dyn Source>,
    sampler: Sampler,
    clock: Arc<dyn Clock>,
}

impl Pages {
    /// Pages about the server that `source` knows. A thread begins to take samples, for the rates.
    ///
    /// # Errors
    /// The thread cannot be started.
    pub fn new(source: Arc<dyn Source>, clock: Arc<dyn Clock>) -> io::Result<Self> {
        let sampler = Sampler::start(Arc::clone(&source))?;
        Ok(Self { source, sampler, clock })
    }

    /// The answer to a request. It may take as long as [`Source::answers`] does.
    pub fn respond(&self, request: &Request) -> Response {
        if request.method == Method::Other {
            return Response::text(405, "only GET and HEAD are done here\n");
        }
        match request.path.as_str() {
            "/" => Response::text(200, INDEX),
            "/metrics" => {
                let body = metrics(&*self.source, Process::now());
                Response { status: 200, content_type: CONTENT_TYPE, body }
            }
            "/status" => self.status(),
            "/readyz" => self.readyz(),
            "/healthz" if self.source.answers(STUCK) => Response::text(200, "every worker turns\n"),
            "/healthz" => Response::text(503, format!("a worker has not come to the end of a turn within {STUCK:?}\n")),
            _ => Response::text(404, "there is no such page; / lists those that there are\n"),
        }
    }

    /// The bytes that answer what was read of a request; `None` where more has to be read.
    pub fn answer(&self, head: &[u8]) -> Option<Vec<u8>> {
        let (method, response) = match Request::parse(head) {
            Parsed::NeedMore => return None,
            Parsed::Request(request) => (request.method, self.respond(&request)),
            Parsed::Malformed => (Method::Get, Response::text(400, "this is no request of HTTP/1.1\n")),
            Parsed::TooLong => (Method::Get, Response::text(431, "the head of the request is too long\n")),
        };
        Some(response.to_bytes(method, self.clock.now()))
    }

    fn status(&self) -> Response {
        let totals = self.source.totals();
        let rates = self.sampler.rates(&totals);
        let status = Status::now(&*self.source, &totals, rates, Process::now(), self.clock.now());
        // Strings, numbers and lists under fixed names: there is nothing that JSON could not hold.
        let body = serde_json::to_string_pretty(&status).unwrap_or_default();
        Response { status: 200, content_type: "application/json", body: body + "\n" }
    }

    fn readyz(&self) -> Response {
        match self.source.readiness() {
            Readiness::Ready => Response::text(200, "ready\n"),
            Readiness::Draining => Response::text(503, "draining: nothing new is accepted\n"),
            Readiness::NotReady(reasons) => Response::text(503, format!("not ready: {}\n", reasons.join("; "))),
        }
    }
}
