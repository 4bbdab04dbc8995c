//! The admin listener: who watches asks here, over plain HTTP on this machine or over TLS with a client certificate.
//!
//! What is answered is decided in one place, [`Pages::respond`], which knows requests and responses and no sockets.
//! [`Admin`] serves it on threads and descriptors of its own, so that it answers when the server is at its limits;
//! [`services`] serves the same on a listener of the engine, for TLS.

mod address;
mod pages;
mod request;
mod response;
mod serve;
mod service;
mod socket;
#[cfg(test)]
mod tests;

pub use self::address::{AdminAddress, AdminAddressError};
pub use self::pages::Pages;
pub use self::request::{Method, Parsed, Request};
pub use self::response::Response;
pub use self::serve::{Admin, Serving};
pub use self::service::services;
pub use self::socket::AdminError;
