//! The times of a run as a picture.

use std::fmt::Write as _;

use super::figures::Figures;

const WIDTH: f64 = 760.0;
const HEIGHT: f64 = 340.0;
const LEFT: f64 = 56.0;
const RIGHT: f64 = 20.0;
const TOP: f64 = 64.0;
const BOTTOM: f64 = 52.0;
const COLUMNS: usize = 60;

/// A histogram of whole operations over a logarithmic scale of time, with its percentiles: one SVG that needs nothing
/// else, and reads well on light and on dark.
pub fn svg(figures: &Figures) -> String {
    let columns = figures.histogram.columns(COLUMNS);
    let most = columns.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1) as f64;
    let (first, last) = (columns.first().map_or(1.0, |(end, _)| *end), columns.last().map_or(2.0, |(end, _)| *end));
    let width = (WIDTH - LEFT - RIGHT) / COLUMNS as f64;
    let (base, tall) = (HEIGHT - BOTTOM, HEIGHT - BOTTOM - TOP);
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {HEIGHT}\" role=\"img\">\n<style>\n\
         svg {{ font: 13px system-ui, sans-serif; background: #fff; }} text {{ fill: #333; }} .b {{ fill: #3b76b5; }}\n\
         .a {{ stroke: #999; }} .p {{ stroke: #c0562b; stroke-dasharray: 4 3; }} .t {{ font-size: 16px; font-weight: 600; }}\n\
         @media (prefers-color-scheme: dark) {{ svg {{ background: #16181b; }} text {{ fill: #ddd; }}\n\
         .b {{ fill: #6aa7e0; }} .p {{ stroke: #f08a5d; }} .a {{ stroke: #666; }} }}\n</style>\n"
    );
    let _ = writeln!(text, "<text class=\"t\" x=\"{LEFT}\" y=\"24\">{}</text>", escaped(&title(figures)));
    for (place, (end, count)) in columns.iter().enumerate() {
        let height = *count as f64 / most * tall;
        let _ = writeln!(
            text,
            "<rect class=\"b\" x=\"{:.1}\" y=\"{:.1}\" width=\"{:.1}\" height=\"{height:.1}\"><title>≤ {end:.0} µs: {count}</title></rect>",
            LEFT + place as f64 * width,
            base - height,
            width - 1.0
        );
    }
    let _ = writeln!(text, "<line class=\"a\" x1=\"{LEFT}\" y1=\"{base}\" x2=\"{}\" y2=\"{base}\"/>", WIDTH - RIGHT);
    let at =
        |time: f64| LEFT + (time / first).ln() / (last / first).ln().max(1e-9) * (WIDTH - LEFT - RIGHT - width) + width;
    for step in 0..=4 {
        let time = first * (last / first).powf(f64::from(step) / 4.0);
        let _ = writeln!(
            text,
            "<text x=\"{:.1}\" y=\"{:.1}\" text-anchor=\"middle\">{} µs</text>",
            at(time).clamp(LEFT + 16.0, WIDTH - RIGHT - 16.0),
            base + 20.0,
            rounded(time)
        );
    }
    for (label, quantile, row) in [("p50", 0.5, 0.0), ("p90", 0.9, 1.0), ("p99", 0.99, 0.0)] {
        let time = figures.histogram.at(quantile);
        let x = at(time.max(first)).clamp(LEFT, WIDTH - RIGHT);
        let y = TOP - 18.0 + row * 14.0;
        let _ = writeln!(text, "<line class=\"p\" x1=\"{x:.1}\" y1=\"{:.1}\" x2=\"{x:.1}\" y2=\"{base}\"/>", y + 4.0);
        let _ =
            writeln!(text, "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"middle\">{label} {}</text>", rounded(time));
    }
    let _ = writeln!(
        text,
        "<text x=\"{LEFT}\" y=\"{:.1}\">time of an operation, logarithmic; {} of them, the tallest column has {most}</text>\n</svg>",
        HEIGHT - 10.0,
        figures.histogram.count()
    );
    text
}

fn title(figures: &Figures) -> String {
    let mode = serde_json::to_value(figures.mode).ok().and_then(|value| value.as_str().map(str::to_owned));
    let doubt = if figures.valid { "" } else { " (NOT VALID)" };
    format!("{} on {}: {:.0} a second{doubt}", mode.unwrap_or_default(), figures.target, figures.rate)
}

fn rounded(time: f64) -> String {
    if time < 100.0 { format!("{time:.1}") } else { format!("{time:.0}") }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
