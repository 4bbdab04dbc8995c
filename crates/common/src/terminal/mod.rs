//! The manners of the programs: what goes where, what an exit code means, how an error reads.

pub mod exit;
pub mod logging;
pub mod ui;

pub use exit::Exit;
pub use ui::{CliError, ColorChoice, Ui};
