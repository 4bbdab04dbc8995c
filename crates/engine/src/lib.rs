//! The engine: TLS connections driven without an async runtime.
//!
//! A [`session`] takes bytes and the time and gives bytes back; it does no input or output and reads no clock. Under
//! it stands a thin shell on mio: one worker per core, each with its own listening sockets, its own poll and its own
//! connections, which nobody else touches. Above it stands a [`Service`], which sees plaintext and nothing else.
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let config: std::sync::Arc<rustls::ServerConfig> = unimplemented!();
//! use std::sync::Arc;
//!
//! use engine::{Bounds, Limits, Listener, NoObserver, Opened, Out, Plan, ProxyHeader, Server, Service, Settings};
//!
//! struct Echo;
//!
//! impl Service for Echo {
//!     fn on_data(&mut self, data: &[u8], out: &mut Out<'_>) {
//!         out.write(data);
//!     }
//! }
//!
//! let listener = Listener {
//!     name: "echo".into(),
//!     address: "127.0.0.1:8443".parse()?,
//!     configs: Arc::new(config),
//!     services: Arc::new(|_worker| Box::new(|_: &Opened<'_>| Box::new(Echo) as Box<dyn Service>)),
//!     limits: Limits::default(),
//!     proxy: ProxyHeader::Off,
//!     fingerprint: false,
//! };
//! let server = Server::bind(Settings {
//!     workers: 2,
//!     plan: Plan { listeners: vec![listener], bounds: Bounds::default() },
//!     observers: Arc::new(|_worker| Box::new(NoObserver)),
//!     inherited: Vec::new(),
//! })?;
//! let handle = server.handle(); // for a thread that waits for signals: `handle.drain(…)`, `handle.stop()`
//! server.run()?;
//! # Ok(())
//! # }
//! ```
//!
//! The engine knows bytes, configurations and services; it knows no store and parses no certificate.

mod backend;
mod control;
mod inbox;
mod inforce;
mod limits;
mod net;
pub mod observe;
mod out;
mod reply;
mod server;
mod service;
pub mod session;

pub use backend::{Backed, BackendEvent, Dial, DialFault, Target};
pub use control::{Handle, Updated};
pub use inforce::{Choice, Configs, Detail, Listener, PerWorker, Plan, ProxyHeader};
pub use limits::{Bounds, Limits};
#[cfg(feature = "measure")]
#[doc(hidden)]
pub use net::measure;
pub use observe::{Cause, Ended, Failed, How, NoObserver, Observer, Shed, Stage, Totals, Trouble};
pub use out::Out;
pub use reply::{Full, Reply, Wake};
pub use server::{BindError, RunError, Server, Settings, Summary};
pub use service::{End, Opened, Peer, Service, Services};
