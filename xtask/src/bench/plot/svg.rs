//! Lines, boxes and words, with colours that follow the page's.

use std::fmt::Write as _;

/// The width of every picture.
pub(super) const WIDTH: f64 = 860.0;
/// From the top to where the first thing is drawn, below the title.
pub(super) const TOP: f64 = 44.0;

const STYLE: &str = "\
    :root { --page: #ffffff; --ink: #1f2933; --faint: #6b7785; --grid: #dde3ea; --ours: #0f766e; --others: #b8c2cc;\
    --limit: #e2e8ee; --mark: #c2410c }\
    @media (prefers-color-scheme: dark) { :root { --page: #0d1117; --ink: #e6edf3; --faint: #93a1b0; --grid: #2b333d;\
    --ours: #2dd4bf; --others: #4b5866; --limit: #303a45; --mark: #fb923c } }\
    text { font: 13px system-ui, sans-serif; fill: var(--ink) }\
    .title { font-size: 16px; font-weight: 600 } .head { font-weight: 600 } .faint { fill: var(--faint); font-size: 11px }\
    .end { text-anchor: end } .middle { text-anchor: middle }\
    .number { paint-order: stroke; stroke: var(--page); stroke-width: 4px }\
    .page { fill: var(--page) } .ours { fill: var(--ours) } .others { fill: var(--others) }\
    .limit { fill: var(--limit); stroke: var(--faint); stroke-dasharray: 3 3 }\
    line, path { stroke: var(--grid); fill: none } .whisker { stroke: var(--ink); stroke-width: 1.2 }\
    .mark { stroke: var(--mark); stroke-width: 2 } .one { stroke: var(--faint); stroke-dasharray: 4 4 }\
    .way { stroke: var(--others); stroke-width: 2 } .our.way { stroke: var(--ours); stroke-width: 2.5 }\
    .limit.way { stroke: var(--faint); stroke-dasharray: 5 4; fill: none }\
    circle { fill: var(--others) } circle.our { fill: var(--ours) } circle.limit { fill: var(--faint); stroke: none }";

/// A picture that grows downwards.
#[derive(Default)]
pub(super) struct Picture {
    body: String,
    pub(super) height: f64,
}

impl Picture {
    pub(super) fn text(&mut self, x: f64, y: f64, class: &str, words: &str) {
        let _ = writeln!(self.body, "<text x=\"{x:.1}\" y=\"{y:.1}\" class=\"{class}\">{}</text>", escaped(words));
    }

    pub(super) fn bar(&mut self, x: f64, y: f64, width: f64, height: f64, class: &str) {
        let _ = writeln!(
            self.body,
            "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" rx=\"2\" class=\"{class}\"/>"
        );
    }

    pub(super) fn line(&mut self, from: (f64, f64), to: (f64, f64), class: &str) {
        let _ = writeln!(
            self.body,
            "<line x1=\"{:.1}\" y1=\"{:.1}\" x2=\"{:.1}\" y2=\"{:.1}\" class=\"{class}\"/>",
            from.0, from.1, to.0, to.1
        );
    }

    /// A way through points, each of which is marked.
    pub(super) fn way(&mut self, points: &[(f64, f64)], class: &str) {
        let mut steps = String::new();
        for (index, (x, y)) in points.iter().enumerate() {
            let _ = write!(steps, "{}{x:.1} {y:.1} ", if index == 0 { "M" } else { "L" });
        }
        let _ = writeln!(self.body, "<path d=\"{}\" class=\"way {class}\"/>", steps.trim_end());
        for (x, y) in points {
            let _ = writeln!(self.body, "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3\" class=\"{class}\"/>");
        }
    }

    pub(super) fn finish(&self, title: &str) -> String {
        let (height, title) = (self.height, escaped(title));
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height:.0}\" width=\"{WIDTH}\" \
             height=\"{height:.0}\" role=\"img\">\n<title>{title}</title>\n<style>{STYLE}</style>\n\
             <rect class=\"page\" width=\"100%\" height=\"100%\"/>\n\
             <text x=\"16\" y=\"26\" class=\"title\">{title}</text>\n{}</svg>\n",
            self.body
        )
    }
}

fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
