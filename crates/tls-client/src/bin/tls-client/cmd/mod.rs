//! The commands, one a file.

pub(crate) mod bench;
pub(crate) mod connect;
pub(crate) mod report;
pub(crate) mod trace;
