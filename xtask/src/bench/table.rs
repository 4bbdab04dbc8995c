//! Figures as tables, the same for a terminal and for a page: Markdown whose columns are in line.

use comfy_table::{CellAlignment, Table, presets};

use super::figures::{Figures, Row, Work};
use super::statistics::Spread;

/// A column: its title, and what it shows of a row.
type Column = (&'static str, fn(&Row) -> String);

const COLUMNS: [Column; 10] = [
    ("figure", |row| row.figure.as_ref().map_or_else(String::new, |figure| number(figure.median))),
    ("least to most", |row| reach(row.figure.as_ref())),
    ("ratio", |row| row.ratio.as_ref().map_or_else(String::new, |ratio| format!("**{:.3}**", ratio.median))),
    ("least to most", |row| reach(row.ratio.as_ref())),
    ("to reach", |row| row.to_reach.map_or_else(String::new, |most| format!("≤ {most:.2}{}", verdict(row, most)))),
    ("a second", |row| row.rate.as_ref().map_or_else(String::new, |rate| number(rate.median))),
    ("GB/s", |row| row.bytes_per_second.as_ref().map_or_else(String::new, |rate| number(rate.median / 1e9))),
    ("p50 µs", |row| row.p50_us.as_ref().map_or_else(String::new, |time| number(time.median))),
    ("p99 µs", |row| row.p99_us.as_ref().map_or_else(String::new, |time| number(time.median))),
    ("", remarks),
];

/// Every work, each under a line that says what it is.
pub(super) fn of_figures(figures: &Figures) -> String {
    let tables: Vec<String> = figures.works.iter().map(of_work).collect();
    tables.join("\n")
}

/// Who, the figure, the ratio and what is to be reached, rate and latencies; columns that nobody fills are left out.
pub(super) fn of_work(work: &Work) -> String {
    let filled: Vec<&Column> =
        COLUMNS.iter().filter(|(_, show)| work.rows.iter().any(|row| !show(row).is_empty())).collect();
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(std::iter::once("").chain(filled.iter().map(|(title, _)| *title)));
    for row in &work.rows {
        table.add_row(std::iter::once(row.name.clone()).chain(filled.iter().map(|(_, show)| show(row))));
    }
    for (column, (title, _)) in table.column_iter_mut().skip(1).zip(&filled) {
        let alignment = if title.is_empty() { CellAlignment::Left } else { CellAlignment::Right };
        column.set_cell_alignment(alignment);
    }
    let against = if work.against.is_empty() { String::new() } else { format!("; ratio to {}", work.against) };
    let rounds = if work.rounds == 1 { "1 round".to_owned() } else { format!("{} rounds", work.rounds) };
    format!("**{}**: {}{against}; median of {rounds}\n\n{}\n", work.title, work.unit, trimmed(&table.to_string()))
}

/// No line ends in a space.
fn trimmed(table: &str) -> String {
    table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

fn reach(spread: Option<&Spread>) -> String {
    match spread {
        Some(spread) if spread.rounds.len() > 1 => format!("{} to {}", number(spread.least), number(spread.most)),
        _ => String::new(),
    }
}

fn verdict(row: &Row, most: f64) -> &'static str {
    match &row.ratio {
        Some(ratio) if ratio.median <= most => " ✓",
        Some(_) => " ✗",
        None => "",
    }
}

fn remarks(row: &Row) -> String {
    let invalid = row.invalid.as_ref().map(|why| format!("INVALID: {why}"));
    let words: Vec<String> = invalid.into_iter().chain(row.notes.iter().cloned()).collect();
    words.join("; ")
}

/// Three or four digits that count.
pub(super) fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 100.0 => format!("{value:.0}"),
        size if size >= 10.0 => format!("{value:.1}"),
        size if size >= 1.0 => format!("{value:.2}"),
        _ => format!("{value:.3}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_says_what_was_reached_and_leaves_empty_columns_out() {
        let figure = |rounds: &[f64]| Spread::of(rounds.to_vec());
        let ours =
            Row { name: "latchkey".into(), figure: figure(&[200.0, 210.0]), to_reach: Some(0.35), ..Row::default() };
        let theirs = Row { name: "nginx stream".into(), figure: figure(&[600.0, 630.0]), ..Row::default() };
        let mut work = Work {
            name: "full".into(),
            title: "full handshake".into(),
            unit: "µs".into(),
            against: "nginx stream".into(),
            rounds: 2,
            rows: vec![ours, theirs],
        };
        work.compare_rows();
        let text = of_work(&work);
        assert!(text.contains("**0.333**") && text.contains("≤ 0.35 ✓"), "{text}");
        assert!(!text.contains("GB/s") && !text.contains("p99"), "{text}");
        assert!(text.lines().all(|line| !line.ends_with(' ')), "{text}");
    }
}
