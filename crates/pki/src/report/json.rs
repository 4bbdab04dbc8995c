//! The JSON of a report.

use serde::Serialize;

/// A report as one JSON document, indented. Empty only if it could not be written, which no report here can cause.
pub fn json<T: Serialize>(report: &T) -> String {
    serde_json::to_string_pretty(report).unwrap_or_default()
}
