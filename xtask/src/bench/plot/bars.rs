//! Ratios as bars, each work a group: how far the rounds reach as whiskers, what is to be reached as a mark.

use super::svg::{Picture, TOP, WIDTH};
use crate::bench::figures::{Row, Work};
use crate::bench::servers::Contestant;
use crate::bench::table::number;
use crate::bench::works::FLOOR;

/// Where the bars begin: names stand before them.
const LEFT: f64 = 160.0;
/// Where they end: numbers stand behind them.
const RIGHT: f64 = WIDTH - 120.0;
const BAR: f64 = 14.0;
const STEP: f64 = 19.0;
/// Bars are drawn no longer than this, so that one slow peer does not flatten everyone else.
const LONGEST: f64 = 2.5;

/// Nothing where there is nothing to draw.
pub(super) fn draw(works: &[&Work]) -> Option<Picture> {
    let ratios = works.iter().flat_map(|work| &work.rows).filter_map(|row| row.ratio.as_ref());
    let most = ratios.map(|ratio| ratio.most).fold(f64::NAN, f64::max);
    if !most.is_finite() {
        return None;
    }
    let scale = Scale { most: most.clamp(1.1, LONGEST) };
    let mut picture = Picture::default();
    let mut y = TOP;
    for work in works {
        y = group(&mut picture, work, &scale, y);
    }
    picture.text(16.0, y + 4.0, "faint", "bar: median · whisker: least to most of the rounds · mark: to be reached");
    picture.height = y + 18.0;
    Some(picture)
}

struct Scale {
    most: f64,
}

impl Scale {
    fn x(&self, ratio: f64) -> f64 {
        LEFT + (ratio.min(self.most) / self.most) * (RIGHT - LEFT)
    }
}

/// Draws one work from `top` on; where the next begins.
fn group(picture: &mut Picture, work: &Work, scale: &Scale, top: f64) -> f64 {
    picture.text(16.0, top + 14.0, "head", &work.title);
    picture.text(WIDTH - 16.0, top + 14.0, "faint end", &format!("{}, over {}", work.unit, work.against));
    let rows: Vec<&Row> = work.rows.iter().filter(|row| row.ratio.is_some()).collect();
    let first = top + 24.0;
    let places = || rows.iter().scan(first, |y, row| Some((*row, std::mem::replace(y, *y + STEP))));
    places().for_each(|(row, y)| bar(picture, row, scale, y));
    let last = places().last().map_or(first, |(_, y)| y + STEP);
    picture.line((scale.x(1.0), first - 4.0), (scale.x(1.0), last), "one");
    // Last, so that no line goes through a number.
    places().for_each(|(row, y)| value(picture, row, scale, y));
    last + 14.0
}

fn bar(picture: &mut Picture, row: &Row, scale: &Scale, y: f64) {
    let Some(ratio) = &row.ratio else { return };
    let class = class(&row.name);
    let end = scale.x(ratio.median);
    picture.text(LEFT - 8.0, y + 11.5, "end", &row.name);
    picture.bar(LEFT, y, end - LEFT, BAR, class);
    let middle = y + BAR / 2.0;
    if ratio.rounds.len() > 1 {
        picture.line((scale.x(ratio.least), middle), (scale.x(ratio.most), middle), "whisker");
        for edge in [ratio.least, ratio.most] {
            picture.line((scale.x(edge), middle - 3.5), (scale.x(edge), middle + 3.5), "whisker");
        }
    }
    if let Some(most) = row.to_reach {
        picture.line((scale.x(most), y - 2.5), (scale.x(most), y + BAR + 2.5), "mark");
    }
}

/// The median, behind everything else of its row.
fn value(picture: &mut Picture, row: &Row, scale: &Scale, y: f64) {
    let Some(ratio) = &row.ratio else { return };
    let said = if row.invalid.is_some() { " (invalid)" } else { "" };
    let words = format!("{}{}{said}", if ratio.median > scale.most { "→ " } else { "" }, number(ratio.median));
    let farthest = row.to_reach.unwrap_or(0.0).max(ratio.most);
    picture.text(scale.x(farthest) + 8.0, y + 11.5, "number", &words);
}

fn class(name: &str) -> &'static str {
    if name == Contestant::Plain.name() || name == FLOOR {
        "limit"
    } else if Contestant::ALL.iter().any(|other| *other != Contestant::Latchkey && other.name() == name) {
        "others"
    } else {
        "ours"
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::statistics::Spread;

    #[test]
    fn a_bar_has_its_whisker_its_mark_and_its_number() {
        let ratio = Spread::of(vec![0.3, 0.32, 0.34]);
        let row = Row { name: "latchkey".into(), ratio, to_reach: Some(0.35), ..Row::default() };
        let work = Work {
            name: "full".into(),
            title: "a < b".into(),
            unit: "µs".into(),
            against: "nginx stream".into(),
            rounds: 3,
            rows: vec![row],
        };
        let text = draw(&[&work]).unwrap().finish("title");
        for part in ["class=\"whisker\"", "class=\"mark\"", ">0.320<", "a &lt; b", "prefers-color-scheme: dark"] {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        assert!(draw(&[]).is_none());
    }
}
