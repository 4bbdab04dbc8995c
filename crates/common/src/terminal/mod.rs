//! The manners of the programs: what goes where, what an exit code means, how an error reads, and the flags that
//! several of them take.

mod advice;
pub mod command_line;
pub mod duration;
pub mod exit;
pub mod global_args;
pub mod logging;
pub mod manual;
pub mod passphrase;
pub mod policy_args;
pub mod ui;

pub use duration::{DurationError, parse_duration};
pub use exit::Exit;
pub use global_args::GlobalArgs;
pub use passphrase::{PassphraseArgs, ask_passphrase};
pub use policy_args::PolicyArgs;
pub use ui::{CliError, ColorChoice, Ui};
