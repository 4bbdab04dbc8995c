use std::fmt::Write as _;

use super::*;
use crate::config::keys::{Kind, TABLES, Table};

#[test]
fn the_guide_has_every_key_as_it_is_in_the_code() {
    let path = workspace("docs/guide/configuration.md");
    let guide = fs::read_to_string(&path).unwrap();
    let mut written = String::new();
    let mut rest = guide.as_str();
    for table in TABLES {
        let begin = format!("<!-- keys: {} -->\n", table.head());
        let (before, after) = rest.split_once(&begin).unwrap_or_else(|| panic!("the guide has no `{begin}`"));
        let (_, after) = after.split_once("<!-- end -->\n").expect("the keys end with <!-- end -->");
        let _ = writeln!(written, "{before}{begin}{}<!-- end -->", rows(table));
        rest = after;
    }
    written.push_str(rest);
    golden(&path, &written);
}

#[test]
fn the_examples_of_the_guide_are_configurations() {
    let guide = fs::read_to_string(workspace("docs/guide/configuration.md")).unwrap();
    let examples: Vec<&str> = guide.split("```toml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(examples.len() >= 2, "{examples:?}");
    for example in examples {
        // What an example names is not on this machine; everything else must hold.
        let wrong = match parse(example) {
            Ok(_) => Vec::new(),
            Err(problems) => problems.0,
        };
        let others: Vec<&Problem> = wrong.iter().filter(|problem| !problem.problem.contains("no such file")).collect();
        assert!(others.is_empty(), "{example}\n{others:#?}");
    }
}

fn rows(table: &Table) -> String {
    let mut rows = String::from("\n| key | takes | default | flag | |\n|---|---|---|---|---|\n");
    for key in table.keys {
        let takes = match key.kind {
            Kind::Text => "a string".to_owned(),
            Kind::Texts => "strings".to_owned(),
            Kind::Word(words) => words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(", "),
            Kind::Duration => "a duration".to_owned(),
            Kind::Count => "a number".to_owned(),
            Kind::Switch => "`true`, `false`".to_owned(),
        };
        let default = match (key.kind, key.default) {
            (_, None) => String::new(),
            (Kind::Switch | Kind::Count, Some(default)) => format!("`{default}`"),
            (_, Some(default)) => format!("`\"{default}\"`"),
        };
        let flag = key.flag.map(|flag| format!("`{flag}`")).unwrap_or_default();
        let _ = writeln!(rows, "| `{}` | {takes} | {default} | {flag} | {} |", key.name, key.about);
    }
    rows.push('\n');
    rows
}
