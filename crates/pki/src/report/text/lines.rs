//! Labels and values in two columns.

use std::fmt::{Display, Write};

use crate::certificate::Names;

/// How many names are put on a line.
const MAX_NAMES: usize = 20;

/// A block under a title.
pub(super) struct Lines {
    text: String,
}

impl Lines {
    pub(super) fn headed(title: &str) -> Self {
        Self { text: format!("{title}\n") }
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    pub(super) fn warnings(&mut self, warnings: &[String]) {
        for warning in warnings {
            self.plain(&format!("  warning: {warning}"));
        }
    }

    pub(super) fn line(&mut self, label: &str, value: impl Display) {
        self.plain(&format!("  {label:<13}  {value}"));
    }

    pub(super) fn names(&mut self, names: &Names) {
        let all = names.all();
        match all.len().checked_sub(MAX_NAMES) {
            _ if all.is_empty() => {}
            None | Some(0) => self.line("names", names),
            Some(rest) => {
                self.line("names", format!("{} and {rest} more (--text lists them)", all[..MAX_NAMES].join(", ")));
            }
        }
    }

    /// A line as it is.
    pub(super) fn plain(&mut self, line: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{}", line.trim_end());
    }
}
