//! Decoded values as text: what fits on a line is on one, and what has parts is indented.

use super::lines::Lines;
use crate::certificate::{Detail, Extension};

/// The longest line that a list is put on; a longer one is put one value a line.
const WIDTH: usize = 100;
/// How many digits of a long number are put on a line.
const DIGITS: usize = 64;

/// Extensions under a heading.
pub(super) fn extensions(out: &mut Lines, heading: &str, extensions: &[Extension], depth: usize) {
    if extensions.is_empty() {
        return;
    }
    let indent = "  ".repeat(depth);
    out.plain(&format!("{indent}{heading}"));
    for extension in extensions {
        extension_lines(out, extension, depth + 1);
    }
}

fn extension_lines(out: &mut Lines, extension: &Extension, depth: usize) {
    let indent = "  ".repeat(depth);
    let critical = if extension.critical { ", critical" } else { "" };
    let title = match extension.name {
        Some(name) => format!("{indent}{name}{critical}"),
        None => format!("{indent}{} (not known here){critical}", extension.oid),
    };
    match &extension.value {
        Some(value) if value.is_empty() => out.plain(&format!("{title}: nothing")),
        Some(value) => value_lines(out, &title, value, depth),
        None => {
            out.plain(&title);
            if let Some(error) = &extension.error {
                out.plain(&format!("{indent}  cannot be read: {error}"));
            }
            hexadecimal(out, extension.bytes.as_deref().unwrap_or_default(), depth + 1);
        }
    }
}

/// A value behind its title where it fits, else below it.
fn value_lines(out: &mut Lines, title: &str, value: &Detail, depth: usize) {
    match value.in_line().or_else(|| listed(value)) {
        Some(line) if title.chars().count() + line.chars().count() <= WIDTH => out.plain(&format!("{title}: {line}")),
        Some(_) if matches!(value, Detail::Bytes(_)) => {
            out.plain(title);
            hexadecimal(out, &value.in_line().unwrap_or_default(), depth + 1);
        }
        _ => {
            out.plain(title);
            value_below(out, value, depth + 1);
        }
    }
}

fn value_below(out: &mut Lines, value: &Detail, depth: usize) {
    let indent = "  ".repeat(depth);
    match value {
        Detail::Fields(fields) => {
            for (name, value) in fields {
                value_lines(out, &format!("{indent}{}", name.replace('_', " ")), value, depth);
            }
        }
        Detail::List(items) if items.iter().any(|item| item.in_line().is_none()) => {
            for (item, number) in items.iter().zip(1..) {
                numbered(out, number, items.len(), item, depth);
            }
        }
        Detail::List(items) => {
            items.iter().filter_map(Detail::in_line).for_each(|line| out.plain(&format!("{indent}{line}")));
        }
        other => out.plain(&format!("{indent}{}", other.in_line().unwrap_or_default())),
    }
}

/// An item with parts: alone it needs no number.
fn numbered(out: &mut Lines, number: usize, count: usize, item: &Detail, depth: usize) {
    if count == 1 {
        return value_below(out, item, depth);
    }
    out.plain(&format!("{}{number}.", "  ".repeat(depth)));
    value_below(out, item, depth + 1);
}

/// The values of a list of simple ones, on one line.
fn listed(value: &Detail) -> Option<String> {
    let Detail::List(items) = value else { return None };
    let words: Option<Vec<String>> = items.iter().map(Detail::in_line).collect();
    Some(words?.join(", "))
}

/// The fields of a value under a heading.
pub(super) fn value(out: &mut Lines, heading: &str, value: &Detail, depth: usize) {
    out.plain(&format!("{}{heading}", "  ".repeat(depth)));
    value_below(out, value, depth + 1);
}

/// A long number, some digits a line.
pub(super) fn hexadecimal(out: &mut Lines, digits: &str, depth: usize) {
    let indent = "  ".repeat(depth);
    for line in digits.as_bytes().chunks(DIGITS) {
        out.plain(&format!("{indent}{}", String::from_utf8_lossy(line)));
    }
}
