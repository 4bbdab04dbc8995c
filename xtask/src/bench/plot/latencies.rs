//! Percentiles of a visit, one panel a work, on a logarithmic scale: the tail is what people wait for.

use super::svg::{Picture, TOP, WIDTH};
use crate::bench::figures::{Row, Work};
use crate::bench::servers::Contestant;
use crate::bench::statistics::Spread;

const LEFT: f64 = 70.0;
const RIGHT: f64 = WIDTH - 170.0;
const PANEL: f64 = 150.0;
const PERCENTILES: [&str; 4] = ["p50", "p90", "p99", "p99.9"];

/// Nothing where there is nothing to draw.
pub(super) fn draw(works: &[&Work]) -> Option<Picture> {
    let mut picture = Picture::default();
    let mut y = TOP;
    for work in works {
        let lines: Vec<(&str, Vec<f64>)> =
            work.rows.iter().filter_map(|row| Some((row.name.as_str(), percentiles(row)?))).collect();
        if !lines.is_empty() {
            y = panel(&mut picture, &work.title, &lines, y);
        }
    }
    picture.height = y;
    (y > TOP).then_some(picture)
}

fn percentiles(row: &Row) -> Option<Vec<f64>> {
    let spreads = [&row.p50_us, &row.p90_us, &row.p99_us, &row.p999_us];
    spreads.into_iter().map(|spread| spread.as_ref().map(|spread: &Spread| spread.median)).collect()
}

/// Draws one work from `top` on; where the next begins.
fn panel(picture: &mut Picture, title: &str, lines: &[(&str, Vec<f64>)], top: f64) -> f64 {
    let all = || lines.iter().flat_map(|(_, values)| values.iter().copied()).filter(|value| *value > 0.0);
    let (least, most) = (all().fold(f64::INFINITY, f64::min), all().fold(0.0, f64::max));
    let (low, high) = (least.log10() - 0.05, most.log10() + 0.05);
    let (first, last) = (top + 24.0, top + 24.0 + PANEL);
    let y = |value: f64| last - (value.max(least).log10() - low) / (high - low) * PANEL;
    let x = |index: usize| {
        #[expect(clippy::cast_precision_loss, reason = "four percentiles")]
        let share = index as f64 / (PERCENTILES.len() - 1) as f64;
        LEFT + 30.0 + share * (RIGHT - LEFT - 60.0)
    };
    picture.text(16.0, top + 14.0, "head", title);
    for mark in marks(least, most) {
        picture.line((LEFT, y(mark)), (RIGHT, y(mark)), "");
        picture.text(LEFT - 6.0, y(mark) + 4.0, "faint end", &time(mark));
    }
    for (index, name) in PERCENTILES.into_iter().enumerate() {
        picture.text(x(index), last + 16.0, "faint middle", name);
    }
    for (name, values) in lines {
        let points: Vec<(f64, f64)> = values.iter().enumerate().map(|(index, value)| (x(index), y(*value))).collect();
        picture.way(&points, class(name));
    }
    labels(picture, lines, &y, first, last);
    last + 38.0
}

/// Names beside the ends of their lines, moved apart where they would cover each other.
fn labels(picture: &mut Picture, lines: &[(&str, Vec<f64>)], y: &impl Fn(f64) -> f64, first: f64, last: f64) {
    let mut ends: Vec<(f64, &str)> =
        lines.iter().filter_map(|(name, values)| values.last().map(|value| (y(*value), *name))).collect();
    ends.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut below = first - 15.0;
    for (place, _) in &mut ends {
        *place = place.max(below + 15.0);
        below = *place;
    }
    // Those that were pushed out at the bottom push the others up.
    let mut above = last + 15.0;
    for (place, _) in ends.iter_mut().rev() {
        *place = place.min(above - 15.0);
        above = *place;
    }
    for (place, name) in ends {
        picture.text(RIGHT + 4.0, place + 4.0, "", name);
    }
}

/// 1, 2 and 5 times each power of ten.
fn marks(least: f64, most: f64) -> Vec<f64> {
    let powers = (0..8).map(|power| 10_f64.powi(power));
    let all = powers.flat_map(|power| [1.0, 2.0, 5.0].map(|step| step * power));
    all.filter(|mark| (least * 0.9..=most * 1.1).contains(mark)).collect()
}

fn time(microseconds: f64) -> String {
    if microseconds >= 1000.0 { format!("{} ms", microseconds / 1000.0) } else { format!("{microseconds} µs") }
}

fn class(name: &str) -> &'static str {
    match name {
        name if name == Contestant::Latchkey.name() => "our",
        name if name == Contestant::Plain.name() => "limit",
        _ => "",
    }
}
