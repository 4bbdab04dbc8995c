//! Figures for a person.

use std::fmt::Write as _;

use super::figures::{Figures, Latency};
use super::histogram::Histogram;
use super::plan::Mode;

/// How wide a bar of a histogram is at most.
const BAR: usize = 48;
/// Rows of a histogram.
const ROWS: usize = 16;

/// The figures, a line for each.
pub fn figures(figures: &Figures) -> String {
    let mut text = String::new();
    let mut line = |label: &str, value: String| {
        let _ = writeln!(text, "{label:<22}{value}");
    };
    line("target", figures.target.clone());
    if let Some(handshake) = &figures.handshake {
        let parts = [&handshake.version, &handshake.suite, &handshake.group];
        let agreed: Vec<&str> = parts.into_iter().flatten().map(String::as_str).collect();
        let kinds: Vec<String> = handshake.kinds.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        line("agreed on", format!("{} ({})", agreed.join(", "), kinds.join(", ")));
    }
    line(
        what(figures.mode),
        format!("{} in {:.2} s, {:.1} a second", figures.operations, figures.seconds, figures.rate),
    );
    if let (Some(bytes), Some(rate)) = (figures.bytes, figures.bytes_per_second) {
        line("content", format!("{bytes} bytes, {:.1} MB/s", rate / 1e6));
    }
    for (label, latency) in [
        ("whole, µs", &figures.latency_us.operation),
        ("connecting, µs", &figures.latency_us.connect),
        ("handshake, µs", &figures.latency_us.handshake),
    ] {
        if let Some(latency) = latency {
            line(label, times(latency));
        }
    }
    if let Some(newcomers) = &figures.newcomers {
        let (answered, all) = newcomers.answered;
        line("newcomers", format!("{answered} of {all} answered"));
        for (label, latency) in [("  alone, µs", &newcomers.alone), ("  beside it, µs", &newcomers.beside)] {
            if let Some(latency) = latency {
                line(label, times(latency));
            }
        }
    }
    if let Some((ended, last)) = figures.ended_by_server {
        line("ended by the server", format!("{ended} of {}, the last after {last:.1} s", figures.operations));
    }
    let client = &figures.client;
    line(
        "the load's own CPU",
        format!(
            "{:.2} s{}, busiest of {} threads {:.0} % of a core",
            client.cpu_seconds,
            each(client.cpu_us_per_operation),
            client.threads,
            client.busiest_thread_share * 100.0
        ),
    );
    if let Some(server) = &figures.server {
        let byte = server.cpu_ns_per_byte.map(|time| format!(", {time:.3} ns a byte")).unwrap_or_default();
        line("the server's CPU", format!("{:.2} s{}{byte}", server.cpu_seconds, each(server.cpu_us_per_operation)));
        let one = server.pss_per_connection.map(|bytes| format!(", {bytes:.0} bytes a connection")).unwrap_or_default();
        let kib = |bytes: u64| bytes / 1024;
        line(
            "its memory (PSS)",
            format!(
                "{} KiB before, {} with, {} after{one}",
                kib(server.pss_before),
                kib(server.pss_held),
                kib(server.pss_after)
            ),
        );
    }
    for (why, count) in &figures.failed {
        line("failed", format!("{count}: {why}"));
    }
    text
}

/// A histogram with a logarithmic scale of time.
pub fn histogram(times: &Histogram) -> String {
    let columns = times.columns(ROWS);
    let most = columns.iter().map(|(_, count)| *count).max().unwrap_or(0).max(1);
    let mut text = String::new();
    for (end, count) in columns {
        let length = usize::try_from(count * BAR as u64 / most).unwrap_or(BAR);
        let _ = writeln!(text, "{:>12} µs {:>9} {}", format!("≤ {end:.0}"), count, "█".repeat(length));
    }
    text
}

fn times(latency: &Latency) -> String {
    let Latency { p50, p90, p99, p999, max, .. } = latency;
    format!("p50 {p50:.0}, p90 {p90:.0}, p99 {p99:.0}, p99.9 {p999:.0}, most {max:.0}")
}

fn each(time: Option<f64>) -> String {
    time.map(|time| format!(", {time:.1} µs each")).unwrap_or_default()
}

const fn what(mode: Mode) -> &'static str {
    match mode {
        Mode::Handshakes | Mode::Resumed => "visits",
        Mode::Download | Mode::Upload => "transfers",
        Mode::Latency => "exchanges",
        Mode::Idle | Mode::HalfOpen => "held",
    }
}
