//! What the program does in place of serving, one command a file.

pub(crate) mod check;
pub(crate) mod config_show;
pub(crate) mod explain_client;
mod loading;
pub(crate) mod reload;
