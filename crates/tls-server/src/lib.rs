//! A TLS server on [`engine`]: services, the log, and what a process around them needs.
//!
//! The program `tls-server` is made of this, and a Rust program can be, too: a context says who the server is, a
//! service what it does.
//!
//! ```no_run
//! use common::context::{Identity, Provider, ServerContext};
//! use common::input::Blob;
//! use tls_server::services::Echo;
//! use tls_server::{Bounds, Builder};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let certificate = Blob::read("cert.pem".as_ref())?;
//! let key = Blob::read("key.pem".as_ref())?;
//! let identity = Identity::from_files(&certificate, &key, None, Provider::AwsLc)?;
//! let server = Builder::new(&ServerContext::new(&identity))
//!     .listen("127.0.0.1:8443".parse()?)
//!     .bounds(Bounds { connections: 1_000, ..Bounds::default() })
//!     .bind(|_worker| Echo)?;
//! let handle = server.handle(); // for another thread: `handle.drain(…)`, `handle.stop()`
//! server.run()?;
//! # Ok(())
//! # }
//! ```
//!
//! A service of one's own is an [`engine::Service`]: `examples/shout.rs` has one, and `examples/embed.rs` one that
//! answers later, from another thread.

pub mod access;
pub mod admin;
pub mod assemble;
pub mod builder;
pub mod capacity;
pub mod config;
pub mod control;
pub mod identities;
pub mod memory;
pub mod running;
pub mod services;
pub mod status;

pub use builder::{Builder, StartError};
pub use engine::{Bounds, End, Handle, Limits, Opened, Out, Peer, Reply, Server, Service, Services, Summary};
