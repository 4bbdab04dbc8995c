//! `tls-server config show`: what is in force, and where each value came from.

use common::terminal::{CliError, GlobalArgs, Ui};

use crate::args::{ServeArgs, configuration};

/// Prints it as a file that says the same, or as a document.
pub(crate) fn run(args: &ServeArgs, global: &GlobalArgs, ui: &mut Ui) -> Result<(), CliError> {
    let checked = configuration(args, global)?;
    for warning in &checked.warnings {
        ui.warn(warning);
    }
    if ui.is_json() { ui.document(&checked.to_document()) } else { ui.result(&checked.to_toml()) }
}
