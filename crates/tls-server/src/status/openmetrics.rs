//! The text of OpenMetrics 1.0, as Prometheus reads it.

use std::fmt::{self, Display, Write as _};

use engine::observe::names::{Kind, Metric};
use engine::observe::sets::ClosedSet;
use engine::observe::{Distribution, Tally};

/// A text that grows, one family of samples after the other.
pub(super) struct Text(String);

impl Text {
    pub(super) fn new() -> Self {
        Self(String::with_capacity(16 * 1024))
    }

    /// Begins a metric; its samples follow.
    pub(super) fn family(&mut self, metric: &'static Metric) -> Family<'_> {
        let Metric { name, help, .. } = metric;
        self.write(format_args!("# TYPE {name} {}\n", metric.kind.name()));
        if let Some(unit) = metric.unit {
            self.write(format_args!("# UNIT {name} {unit}\n"));
        }
        self.write(format_args!("# HELP {name} {help}\n"));
        Family { text: self, metric }
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push_str("# EOF\n");
        self.0
    }

    fn write(&mut self, text: fmt::Arguments<'_>) {
        // Writing to a string does not fail.
        let _ = self.0.write_fmt(text);
    }
}

/// The samples of one metric.
pub(super) struct Family<'a> {
    text: &'a mut Text,
    metric: &'static Metric,
}

impl Family<'_> {
    /// A sample; `values` are those of the metric's labels, in their order.
    pub(super) fn sample(&mut self, values: &[&str], value: impl Display) -> &mut Self {
        debug_assert_eq!(values.len(), self.metric.labels.len(), "{}", self.metric.name);
        let labels = Labels(self.metric.labels, values);
        self.text.write(format_args!("{}{labels} {value}\n", self.metric.sample()));
        self
    }

    /// The one sample of a metric without labels.
    pub(super) fn value(&mut self, value: impl Display) {
        self.sample(&[], value);
    }

    /// A sample for each member of a set, the one label of the metric.
    pub(super) fn tally<S: ClosedSet, const N: usize>(&mut self, tally: &Tally<S, N>) {
        for (member, count) in tally.iter() {
            self.sample(&[member.name()], count);
        }
    }

    /// The samples of a histogram.
    pub(super) fn distribution(&mut self, distribution: &Distribution) {
        debug_assert_eq!(self.metric.kind, Kind::Histogram);
        let (name, count) = (self.metric.name, distribution.count());
        for (bound, below) in distribution.cumulated() {
            self.text.write(format_args!("{name}_bucket{{le=\"{bound:?}\"}} {below}\n"));
        }
        self.text.write(format_args!("{name}_bucket{{le=\"+Inf\"}} {count}\n"));
        self.text.write(format_args!("{name}_count {count}\n{name}_sum {}\n", distribution.seconds()));
    }
}

/// `{name="value",…}`, or nothing.
struct Labels<'a>(&'a [&'a str], &'a [&'a str]);

impl Display for Labels<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (label, value)) in self.0.iter().zip(self.1).enumerate() {
            let before = if place == 0 { '{' } else { ',' };
            write!(f, "{before}{label}=\"{}\"", Escaped(value))?;
        }
        if self.0.is_empty() { Ok(()) } else { f.write_char('}') }
    }
}

/// A label's value: backslash, quote and line feed are escaped, and nothing else is.
struct Escaped<'a>(&'a str);

impl Display for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for letter in self.0.chars() {
            match letter {
                '\\' => f.write_str("\\\\")?,
                '"' => f.write_str("\\\"")?,
                '\n' => f.write_str("\\n")?,
                other => f.write_char(other)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use engine::observe::names;

    use super::*;

    #[test]
    fn samples_follow_their_head() {
        let mut text = Text::new();
        text.family(&names::HANDSHAKES).sample(&["TLS 1.3", "full"], 7).sample(&["TLS 1.2", "resumed"], 0);
        text.family(&names::START_TIME).value(1.5);
        assert_eq!(
            text.finish(),
            "# TYPE latchkey_handshakes counter\n\
             # HELP latchkey_handshakes Handshakes done.\n\
             latchkey_handshakes_total{version=\"TLS 1.3\",kind=\"full\"} 7\n\
             latchkey_handshakes_total{version=\"TLS 1.2\",kind=\"resumed\"} 0\n\
             # TYPE process_start_time_seconds gauge\n\
             # UNIT process_start_time_seconds seconds\n\
             # HELP process_start_time_seconds When the process started, in seconds since 1970.\n\
             process_start_time_seconds 1.5\n\
             # EOF\n"
        );
    }

    #[test]
    fn what_a_stranger_chose_stays_inside_its_quotes() {
        let mut text = Text::new();
        text.family(&names::CERTIFICATE_END).sample(&["a\"} 1\nb\\", "00"], 3);
        assert!(text.finish().contains("{name=\"a\\\"} 1\\nb\\\\\",serial=\"00\"} 3\n"));
    }
}
