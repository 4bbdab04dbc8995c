//! Completions for shells, and man pages: made from the same description that the command line is read by.

use std::path::PathBuf;

use clap::Command;
use clap_complete::Shell;
use clap_mangen::Man;
use serde::Serialize;

use super::{CliError, Exit, Ui};
use crate::input::fsio::{self, Access, Existing, Output};

/// The arguments of `completions`.
#[derive(Debug, Clone, clap::Args)]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub shell: Shell,
}

/// The arguments of `man`.
#[derive(Debug, Clone, clap::Args)]
pub struct ManArgs {
    /// Write a page for the program and each of its commands into DIR [default: the program's, on standard output]
    #[arg(long, value_name = "DIR")]
    pub out: Option<PathBuf>,

    /// Replace pages that exist
    #[arg(long, requires = "out")]
    pub force: bool,
}

/// What was made, as JSON.
#[derive(Serialize)]
struct Manual<'a> {
    schema: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    files: Vec<String>,
}

/// Prints the completions of a program.
///
/// # Errors
/// The result cannot be written.
pub fn completions(mut command: Command, args: &CompletionsArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut command, name, &mut script);
    print(&script, ui)
}

/// Prints the manual of a program, or writes a page for each of its commands.
///
/// # Errors
/// A page is there already, or cannot be written.
pub fn man(mut command: Command, args: &ManArgs, ui: &mut Ui) -> Result<Exit, CliError> {
    command.build();
    let Some(directory) = &args.out else {
        return print(&page(&command)?, ui);
    };
    if !directory.is_dir() {
        return Err(CliError::usage(format_args!("writing pages: there is no directory {}", directory.display()))
            .advise(format!("mkdir -p {}", directory.display())));
    }
    let mut pages = Vec::new();
    collect(&command, &mut pages)?;
    let pages: Vec<(PathBuf, Vec<u8>)> =
        pages.into_iter().map(|(name, page)| (directory.join(format!("{name}.1")), page)).collect();
    let outputs: Vec<Output<'_>> =
        pages.iter().map(|(path, bytes)| Output { path, bytes, access: Access::Public }).collect();
    fsio::write_all(&outputs, if args.force { Existing::Replace } else { Existing::Keep })?;
    let files: Vec<String> = pages.iter().map(|(path, _)| path.display().to_string()).collect();
    if ui.is_json() {
        ui.document(&Manual { schema: "latchkey.manual/1", text: None, files })?;
    } else {
        ui.note(format_args!("wrote {} pages into {}", files.len(), directory.display()));
        ui.note(format_args!("  next: man {}", files.first().map_or("", String::as_str)));
    }
    Ok(Exit::Success)
}

/// The pages of a command and those below it, by the names that `man` knows them by: `pki-key-new`.
fn collect(command: &Command, pages: &mut Vec<(String, Vec<u8>)>) -> Result<(), CliError> {
    let name = command.get_display_name().unwrap_or(command.get_name());
    pages.push((name.to_owned(), page(command)?));
    let mut below = command.get_subcommands().filter(|below| !below.is_hide_set() && below.get_name() != "help");
    below.try_for_each(|below| collect(below, pages))
}

fn page(command: &Command) -> Result<Vec<u8>, CliError> {
    let mut page = Vec::new();
    let rendered = Man::new(command.clone()).render(&mut page);
    rendered.map_err(|error| CliError::environment(format_args!("making a page of the manual: {error}")))?;
    Ok(page)
}

fn print(bytes: &[u8], ui: &mut Ui) -> Result<Exit, CliError> {
    if ui.is_json() {
        let text = String::from_utf8_lossy(bytes);
        ui.document(&Manual { schema: "latchkey.manual/1", text: Some(&text), files: Vec::new() })?;
    } else {
        ui.result_bytes(bytes)?;
    }
    Ok(Exit::Success)
}
