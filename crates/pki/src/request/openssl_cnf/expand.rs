//! What a value says: quotes taken off, escapes resolved, variables put in.

use super::lines::is_space;

/// The longest value, as OpenSSL has it.
pub(super) const MAX_VALUE: usize = 64 * 1024;

/// A variable in a value.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Variable<'a> {
    /// The section that it is looked up in; none is the section of the value itself.
    pub(super) section: Option<&'a str>,
    /// Its name.
    pub(super) name: &'a str,
}

/// Whether `$` begins a variable, or belongs to a name as under `.pragma dollarid:on`, where only braces do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dollar {
    Variable,
    PartOfName,
}

/// Resolves `text`; `look_up` knows the variables, or says why one has no value.
pub(super) fn expand(
    text: &str,
    dollar: Dollar,
    look_up: &mut dyn FnMut(&Variable<'_>) -> Result<String, String>,
) -> Result<String, String> {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let after = &rest[c.len_utf8()..];
        rest = match c {
            '\'' | '"' | '`' => quoted(after, c, &mut out),
            '\\' => escaped(after, &mut out),
            '$' if dollar == Dollar::Variable || after.starts_with(['{', '(']) => {
                let (variable, after) = variable(after, dollar)?;
                out.push_str(&look_up(&variable)?);
                after
            }
            other => {
                out.push(other);
                after
            }
        };
        if out.len() > MAX_VALUE {
            return Err(format!("its value grows beyond {MAX_VALUE} bytes"));
        }
    }
    Ok(out)
}

/// Up to the closing quote, or to the end where there is none. A backslash takes its meaning from what follows it.
fn quoted<'a>(text: &'a str, quote: char, out: &mut String) -> &'a str {
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '\\' => out.extend(characters.next().map(|(_, c)| c)),
            c if c == quote => return &text[at + c.len_utf8()..],
            c => out.push(c),
        }
    }
    ""
}

fn escaped<'a>(text: &'a str, out: &mut String) -> &'a str {
    let Some(c) = text.chars().next() else { return "" };
    out.push(match c {
        'r' => '\r',
        'n' => '\n',
        'b' => '\u{8}',
        't' => '\t',
        other => other,
    });
    &text[c.len_utf8()..]
}

/// The variable that begins behind a `$`, and what follows it.
fn variable(text: &str, dollar: Dollar) -> Result<(Variable<'_>, &str), String> {
    let (close, inner) = match text.chars().next() {
        Some('{') => (Some('}'), &text[1..]),
        Some('(') => (Some(')'), &text[1..]),
        _ => (None, text),
    };
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_' || (c == '$' && dollar == Dollar::PartOfName);
    let word = |text: &str| text.find(|c| !is_name(c)).unwrap_or(text.len());
    let first = word(inner);
    let (variable, after) = match inner[first..].strip_prefix("::") {
        Some(rest) => {
            let end = word(rest);
            (Variable { section: Some(&inner[..first]), name: &rest[..end] }, &rest[end..])
        }
        None => (Variable { section: None, name: &inner[..first] }, &inner[first..]),
    };
    match close {
        None if variable.name.is_empty() => Err("a `$` begins a variable; write `\\$` for the sign itself".to_owned()),
        None => Ok((variable, after)),
        Some(close) => match after.strip_prefix(close) {
            Some(after) if !variable.name.is_empty() => Ok((variable, after)),
            Some(_) => Err(format!("the variable between the brackets `$…{close}` has no name")),
            None => Err(format!("a variable `${}` is not closed with `{close}`", &text[..text.len().min(1)])),
        },
    }
}

/// The name of a section or of a key, and what follows it and the white space behind it.
pub(super) fn name(text: &str, dollar: Dollar) -> (&str, &str) {
    let mut end = text.len();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            // What has a backslash before it belongs to the name, whatever it is.
            '\\' => drop(characters.next()),
            '$' if dollar == Dollar::PartOfName => {}
            c if c.is_ascii_alphanumeric() || "_!.%&*+,/;?@^~|-".contains(c) => {}
            _ => {
                end = at;
                break;
            }
        }
    }
    (&text[..end], text[end..].trim_start_matches(is_space))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(text: &str) -> Result<String, String> {
        expand(text, Dollar::Variable, &mut |variable| match (variable.section, variable.name) {
            (None, "a") => Ok("1".to_owned()),
            (Some("s"), "b") => Ok("2".to_owned()),
            (Some("ENV"), "HOME") => Ok("/home".to_owned()),
            (_, name) => Err(format!("no {name}")),
        })
    }

    #[test]
    fn quotes_escapes_and_variables_are_resolved() {
        for (text, value) in [
            ("plain", "plain"),
            ("$a${a}$(a)$a.x", "1111.x"),
            ("${s::b} $s::b", "2 2"),
            ("$ENV::HOME/ca", "/home/ca"),
            ("\"$a # \\\" 'x'\" y", "$a # \" 'x' y"),
            ("'it'`s`", "its"),
            ("a\\nb\\tc\\$a\\\\", "a\nb\tc$a\\"),
            ("\"open", "open"),
            ("end\\", "end"),
        ] {
            assert_eq!(expanded(text).as_deref(), Ok(value), "{text}");
        }
        for text in ["${a", "$(s::b}", "$nothing", "cost: $5 $ x", "${}"] {
            assert!(expanded(text).is_err(), "{text}");
        }
    }

    #[test]
    fn under_the_pragma_only_brackets_make_a_variable() {
        let look_up = &mut |_: &Variable<'_>| Ok("1".to_owned());
        assert_eq!(expand("a$b ${c} $(d)", Dollar::PartOfName, look_up).as_deref(), Ok("a$b 1 1"));
        assert_eq!(name("a$b = c", Dollar::PartOfName), ("a$b", "= c"));
        assert_eq!(name("1.OU  = c", Dollar::Variable), ("1.OU", "= c"));
    }

    #[test]
    fn a_value_that_grows_without_bound_is_refused() {
        let large = "x".repeat(40_000);
        assert!(expand("$a$a", Dollar::Variable, &mut |_| Ok(large.clone())).is_err());
    }
}
