//! The flags that every command of every program takes.

use super::logging::Verbosity;
use super::{ColorChoice, Ui};

/// Flags that come before or after any command. Flatten them into a program's arguments.
#[derive(Debug, Clone, Default, clap::Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Print results as JSON
    #[arg(long, global = true)]
    pub json: bool,

    /// When to use colour
    #[arg(long, global = true, value_enum, value_name = "WHEN", default_value_t)]
    pub color: ColorChoice,

    /// Print results and errors only
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Log more; twice for everything. LATCHKEY_LOG takes a filter
    #[arg(short, long, global = true, action = clap::ArgAction::Count, conflicts_with = "quiet")]
    pub verbose: u8,

    /// The store: a directory [default: LATCHKEY_STORE, else ~/.local/share/latchkey]
    #[arg(long, global = true, value_name = "URL")]
    pub store: Option<String>,
}

impl GlobalArgs {
    /// The process's streams as these flags want them.
    pub fn ui(&self, program: &'static str) -> Ui {
        Ui::new(program, self.color).json(self.json).quiet(self.quiet)
    }

    /// How much is logged; `normal` is what the program logs unasked.
    pub fn verbosity(&self, normal: Verbosity) -> Verbosity {
        match self.verbose {
            _ if self.quiet => Verbosity::Quiet,
            0 => normal,
            1 => Verbosity::Verbose,
            _ => Verbosity::Trace,
        }
    }
}
