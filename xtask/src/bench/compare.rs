//! What has moved since an earlier run, beyond what chance moves.

use comfy_table::{Table, presets};

use super::figures::{Figures, Row};
use super::statistics::Spread;
use super::table::number;

/// Fewer rounds say nothing of chance.
const ROUNDS: usize = 3;
/// A difference that is smaller is none, however quiet both runs were.
const LEAST: f64 = 0.01;

/// What is said of two spreads.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
enum Moved {
    Faster,
    Slower,
    Within,
    TooFew,
}

/// Everything that is in both runs. Where there is a ratio it is what is compared, as the machine has its say in both
/// halves of it; otherwise the figure.
pub(super) fn table(old: &Figures, new: &Figures) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(["work", "", "of", "then", "now", "change", ""]);
    for work in &new.works {
        let Some(before) = old.works.iter().find(|other| other.name == work.name) else { continue };
        for row in &work.rows {
            let Some((what, then, now)) = before.row(&row.name).and_then(|then| both(then, row)) else { continue };
            let change = format!("{:+.1} %", (now.median / then.median - 1.0) * 100.0);
            let verdict = match moved(then, now) {
                Moved::Faster => "better",
                Moved::Slower => "WORSE",
                Moved::Within => "within the noise",
                Moved::TooFew => "too few rounds to tell",
            };
            let cells = [&work.name, &row.name, what, &number(then.median), &number(now.median), &change, verdict];
            table.add_row(cells);
        }
    }
    let moved = "\"better\" and \"WORSE\" are differences of the medians greater than both runs' spreads together";
    format!("since {}; {moved}\n\n{table}\n", old.commit)
}

/// What can be compared of two rows. The row that the others are held against has a ratio of one, always.
fn both<'a>(then: &'a Row, now: &'a Row) -> Option<(&'static str, &'a Spread, &'a Spread)> {
    let says_something = |ratio: &&Spread| ratio.least != 1.0 || ratio.most != 1.0;
    let ratios = then.ratio.as_ref().filter(says_something).zip(now.ratio.as_ref().filter(says_something));
    match ratios {
        Some((then, now)) => Some(("ratio", then, now)),
        None => then.figure.as_ref().zip(now.figure.as_ref()).map(|(then, now)| ("figure", then, now)),
    }
}

fn moved(then: &Spread, now: &Spread) -> Moved {
    let difference = now.median - then.median;
    if then.rounds.len() < ROUNDS || now.rounds.len() < ROUNDS {
        Moved::TooFew
    } else if difference.abs() <= (then.noise() + now.noise()).max(then.median.abs() * LEAST) {
        Moved::Within
    } else if difference < 0.0 {
        Moved::Faster
    } else {
        Moved::Slower
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spread(rounds: &[f64]) -> Spread {
        Spread::of(rounds.to_vec()).unwrap()
    }

    #[test]
    fn only_what_is_beyond_both_spreads_has_moved() {
        let then = spread(&[0.40, 0.41, 0.42, 0.43, 0.44]);
        assert_eq!(moved(&then, &spread(&[0.38, 0.39, 0.40, 0.41, 0.42])), Moved::Within);
        assert_eq!(moved(&then, &spread(&[0.34, 0.35, 0.35, 0.36, 0.36])), Moved::Faster);
        assert_eq!(moved(&then, &spread(&[0.50, 0.51, 0.52, 0.53, 0.54])), Moved::Slower);
        assert_eq!(moved(&then, &spread(&[0.20])), Moved::TooFew);
    }

    #[test]
    fn a_hair_is_no_difference_however_quiet_the_machine() {
        assert_eq!(moved(&spread(&[1.0, 1.0, 1.0]), &spread(&[1.005, 1.005, 1.005])), Moved::Within);
    }
}
