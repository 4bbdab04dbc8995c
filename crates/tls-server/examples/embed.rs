//! The server inside a Rust program, with a service that answers later, from another thread:
//! `cargo run -p tls-server --example embed -- cert.pem key.pem`
//!
//! `pki cert self-signed localhost --out cert.pem --key-out key.pem` makes the files. In another terminal,
//! `openssl s_client -connect localhost:8445 -CAfile cert.pem -quiet` takes numbers, one a line, and each is answered
//! with how many primes there are up to it.

use std::any::Any;
use std::error::Error;
use std::net::SocketAddr;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use common::context::{Identity, Provider, ServerContext};
use common::input::Blob;
use tls_server::{Builder, End, Opened, Out, Reply, Server, Service};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (Some(certificate), Some(key)) = (arguments.next(), arguments.next()) else {
        return Err("usage: embed CERT KEY".into());
    };
    let identity =
        Identity::from_files(&Blob::read(certificate.as_ref())?, &Blob::read(key.as_ref())?, None, Provider::AwsLc)?;
    let server = primes(&ServerContext::new(&identity), "127.0.0.1:8445".parse()?)?;
    server.run()?;
    Ok(())
}

/// A server that counts primes. Another thread may run it, and end it by its [`Server::handle`].
pub(crate) fn primes(context: &ServerContext, address: SocketAddr) -> Result<Server, Box<dyn Error>> {
    let (jobs, work) = sync_channel(1_000);
    thread::Builder::new().name("counter".into()).spawn(move || count(&work))?;
    let server = Builder::new(context).listen(address).bind(move |_worker| {
        let jobs = jobs.clone();
        move |_opened: &Opened<'_>| Box::new(Primes::new(jobs.clone())) as Box<dyn Service>
    })?;
    Ok(server)
}

/// A number, and where its answer goes.
type Job = (u32, Reply);

/// What the thread says to the service.
struct Counted {
    limit: u32,
    primes: usize,
}

/// One connection. It is called by the worker that owns it, which serves others too: so it must not count itself.
struct Primes {
    jobs: SyncSender<Job>,
    line: String,
    /// How many answers are to come.
    open: usize,
    ended: bool,
}

impl Primes {
    fn new(jobs: SyncSender<Job>) -> Self {
        Self { jobs, line: String::new(), open: 0, ended: false }
    }

    fn ask(&mut self, out: &mut Out<'_>) {
        let line = std::mem::take(&mut self.line);
        match line.trim().parse() {
            Ok(limit) if limit > 10_000_000 => out.write(b"that is too far\n"),
            Ok(limit) => match self.jobs.try_send((limit, out.reply())) {
                Ok(()) => self.open += 1,
                Err(_) => out.write(b"too much to do, ask again later\n"),
            },
            Err(_) => out.write(b"that is no number\n"),
        }
    }
}

impl Service for Primes {
    fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
        for &byte in data {
            match byte {
                b'\n' => self.ask(out),
                _ if self.line.len() < 20 => self.line.push(char::from(byte)),
                _ => return out.close(),
            }
        }
    }

    fn on_message(&mut self, message: Box<dyn Any + Send>, out: &mut Out<'_>) {
        if let Ok(counted) = message.downcast::<Counted>() {
            out.write(format!("{} primes up to {}\n", counted.primes, counted.limit).as_bytes());
            self.open -= 1;
        }
        if self.ended && self.open == 0 {
            out.close();
        }
    }

    fn on_end(&mut self, _end: End, out: &mut Out<'_>) {
        self.ended = true;
        if self.open == 0 {
            out.close();
        }
    }
}

/// The thread that has the time.
fn count(work: &Receiver<Job>) {
    for (limit, reply) in work {
        let primes = sieve(limit as usize).into_iter().filter(|&prime| prime).count();
        // A worker that has no room for it now leaves the client without this answer.
        let _ = reply.tell(Box::new(Counted { limit, primes }));
    }
}

/// Which numbers up to `limit` are prime.
fn sieve(limit: usize) -> Vec<bool> {
    let mut prime = vec![true; limit + 1];
    prime.iter_mut().take(2).for_each(|number| *number = false);
    for factor in (2..).take_while(|factor| factor * factor <= limit) {
        if prime[factor] {
            (factor * factor..=limit).step_by(factor).for_each(|multiple| prime[multiple] = false);
        }
    }
    prime
}
