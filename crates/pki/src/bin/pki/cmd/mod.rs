//! One file a command: its arguments, and what it does.

pub(crate) mod ca;
pub(crate) mod cert;
pub(crate) mod convert;
pub(crate) mod crl;
pub(crate) mod csr;
pub(crate) mod key;
pub(crate) mod store;
