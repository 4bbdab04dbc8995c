//! Lists in columns.

use comfy_table::{ContentArrangement, Table, presets};
use jiff::Timestamp;

/// Rows under a header, without lines. Ends with a line end.
pub(crate) fn table<const N: usize>(header: &[&str; N], rows: impl Iterator<Item = [String; N]>) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table.set_header(header);
    rows.for_each(|row| {
        table.add_row(row);
    });
    for index in 0..N {
        if let Some(column) = table.column_mut(index) {
            column.set_padding((0, 2));
        }
    }
    let lines = table.lines().map(|line| line.trim_end().to_owned());
    lines.fold(String::new(), |text, line| text + &line + "\n")
}

/// `2027-02-19 (90 days)`
pub(crate) fn day(until: Timestamp, days_left: i64) -> String {
    let date = until.strftime("%Y-%m-%d");
    match days_left {
        ..=-1 => format!("{date} (expired)"),
        1 => format!("{date} (1 day)"),
        days => format!("{date} ({days} days)"),
    }
}
