//! Every document that docs/json.md describes is printed by some command, with the fields that are described and no
//! other: those that begin a table's row are there unless they are optional, and no name at any depth is left unsaid.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::net::TcpStream;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use serde_json::Value;

use crate::e2e::harness::Harness;
use crate::workspace;

/// Each makes what the next ones need.
const PKI: [&str; 13] = [
    "key new --out made.key",
    "key show made.key",
    "csr new --cn app.test --key made.key --out made.csr",
    "csr show made.csr",
    "cert self-signed app.test --key made.key --out made.pem",
    "cert show made.pem",
    "cert match made.pem made.key",
    "ca new home",
    "ca export home",
    "ca list",
    "cert new app.test --ca home",
    "store list",
    "store export app.test --dir exported",
];

pub(super) fn run(harness: &Harness) -> Result<()> {
    let path = workspace::root()?.join("docs/json.md");
    let documentation = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    let described = sections(&documentation);
    let mut printed = BTreeSet::new();
    for text in documents(harness)? {
        let document: Value = serde_json::from_str(&text).with_context(|| format!("reading JSON\n{text}"))?;
        let schema = document.get("schema").and_then(Value::as_str).context("a document without a schema")?;
        check(schema, &document, &described).with_context(|| format!("{schema}\n{text}"))?;
        printed.insert(schema.to_owned());
    }
    let unseen: Vec<_> = described.keys().filter(|schema| !printed.contains(**schema)).collect();
    ensure!(unseen.is_empty(), "described, and printed by nothing here: {unseen:?}");
    Ok(())
}

/// Every kind of document, one a command or a line.
fn documents(harness: &Harness) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    for command in PKI {
        texts.push(harness.pki().words(command).words("--json").run()?.succeeds()?.stdout);
    }
    texts.push(harness.pki().words("key show absent --json").run()?.exits(2)?.stdout);

    let identity = harness.fixture("leaf/combined.pem");
    let server = harness.serve(["hello", "--pem", &identity, "--json", "--log-format", "json"])?;
    let anchor = harness.fixture("ca/root.pem");
    for command in ["connect --send hello", "report"] {
        let client = harness.tls_client().words(command).arguments([&server.target(), "--ca", &anchor, "--json"]);
        texts.push(client.run()?.succeeds()?.stdout);
    }
    TcpStream::connect(("127.0.0.1", server.port))?.write_all(b"no TLS at all\r\n")?;
    server.program.wait_for_text("latchkey.failed_handshake/1")?;
    server.program.signal(Signal::TERM)?;
    let ended = server.program.finish()?.succeeds()?;
    texts.extend(ended.stdout.lines().chain(ended.stderr.lines()).map(str::to_owned));
    Ok(texts)
}

fn check(schema: &str, document: &Value, described: &BTreeMap<&str, &str>) -> Result<()> {
    let section = described.get(schema).context("is not described")?;
    let mut names = BTreeSet::new();
    collect_names(document, &mut names);
    let known = words(section, described);
    let unsaid: Vec<_> = names.iter().filter(|name| *name != "schema" && !known.contains(name.as_str())).collect();
    ensure!(unsaid.is_empty(), "printed, and not described: {unsaid:?}");
    let missing: Vec<_> = required(section).filter(|name| !names.contains(*name)).collect();
    ensure!(missing.is_empty(), "described, and not printed: {missing:?}");
    Ok(())
}

/// The text under each heading that names a schema.
fn sections(documentation: &str) -> BTreeMap<&str, &str> {
    let parts = documentation.split("\n## ").skip(1);
    parts.filter_map(|part| part.strip_prefix('`')?.split_once('`')).collect()
}

/// The names of every object in `value`, at any depth.
fn collect_names(value: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => fields.iter().for_each(|(name, field)| {
            names.insert(name.clone());
            collect_names(field, names);
        }),
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

/// What a section says in code, and what the sections say to which it refers.
fn words<'a>(section: &'a str, described: &BTreeMap<&str, &'a str>) -> BTreeSet<&'a str> {
    let own: BTreeSet<&str> = code(section).collect();
    let others = own.iter().filter_map(|word| described.get(word)).flat_map(|other| words(other, described));
    own.iter().copied().chain(others).collect()
}

/// The fields that begin a row, unless its text begins with *optional*.
fn required(section: &str) -> impl Iterator<Item = &str> {
    section.lines().filter_map(|line| line.strip_prefix("| `")?.split_once('|')).flat_map(|(names, text)| {
        let is_optional = text.trim_start().starts_with("*optional*");
        names.split('`').step_by(2).filter(move |_| !is_optional)
    })
}

fn code(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}
