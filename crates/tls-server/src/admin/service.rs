//! The pages on a listener of the engine: behind TLS, for who shows a client certificate.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;

use common::{Clock, SystemClock};
use engine::{End, Opened, Out, PerWorker, Reply, Service, Services};

use super::{Method, Pages, Parsed, Request, Response};

/// Requests that may wait for their answer.
const WAITING: usize = 16;

/// What a worker has been asked.
struct Question {
    head: Vec<u8>,
    reply: Reply,
}

/// Services that answer with `pages`. An answer may take longer than a worker may, so a thread of its own finds it; the
/// thread ends with the last of the services.
///
/// # Errors
/// The thread cannot be started.
pub fn services(pages: Arc<Pages>) -> io::Result<PerWorker<dyn Services>> {
    let (ask, questions) = sync_channel(WAITING);
    thread::Builder::new().name("admin-tls".into()).spawn(move || answer_all(&questions, &pages))?;
    Ok(Arc::new(move |_worker| {
        let ask = ask.clone();
        Box::new(move |_: &Opened<'_>| -> Box<dyn Service> { Box::new(AdminService::new(ask.clone())) })
    }))
}

fn answer_all(questions: &Receiver<Question>, pages: &Pages) {
    while let Ok(Question { head, reply }) = questions.recv() {
        let answer = pages.answer(&head).unwrap_or_default();
        // Where the worker's inbox is full the client waits in vain, and is closed by its deadline.
        if reply.send(answer).is_ok() {
            let _ = reply.close();
        }
    }
}

/// One client: its first request is answered, and then it is closed.
struct AdminService {
    head: Vec<u8>,
    asked: bool,
    ask: SyncSender<Question>,
}

impl AdminService {
    const fn new(ask: SyncSender<Question>) -> Self {
        Self { head: Vec::new(), asked: false, ask }
    }
}

impl Service for AdminService {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        if self.asked {
            return;
        }
        self.head.extend_from_slice(data);
        if Request::parse(&self.head) == Parsed::NeedMore {
            return;
        }
        self.asked = true;
        let question = Question { head: std::mem::take(&mut self.head), reply: out.reply() };
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) = self.ask.try_send(question) {
            let busy = Response::text(503, "too many ask at once; try again\n");
            out.write(&busy.to_bytes(Method::Get, SystemClock.now()));
            out.close();
        }
    }

    fn on_end(&mut self, end: End, out: &mut Out<'_>) {
        // Who has asked and then closed its side waits for the answer still.
        if !self.asked || end == End::CutOff {
            out.close();
        }
    }
}
