//! The colours of a report, where there are any.

use anstyle::{AnsiColor, Style};
use common::terminal::Ui;
use tls_client::report::text::Tone;

pub(crate) fn paint(ui: &Ui, tone: Tone, text: &str) -> String {
    let colored = |color: AnsiColor| Style::new().fg_color(Some(color.into()));
    let style = match tone {
        Tone::Good => colored(AnsiColor::Green).bold(),
        Tone::Bad => colored(AnsiColor::Red).bold(),
        Tone::Warning => colored(AnsiColor::Yellow),
        Tone::Heading => Style::new().bold(),
        Tone::Label => Style::new().dimmed(),
    };
    ui.paint(style, text)
}
