//! Every document that docs/json.md describes is printed by some command, with the fields that are described and no
//! other: those that begin a table's row are there unless they are optional, and no name at any depth is left unsaid.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::net::TcpStream;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::Signal;
use serde_json::Value;

use crate::e2e::harness::{Harness, free_port, page};
use crate::workspace;

/// Each makes what the next ones need.
const PKI: [&str; 22] = [
    "key new --out made.key",
    "key show made.key",
    "csr new --cn app.test --key made.key --out made.csr",
    "csr show made.csr",
    "cert self-signed app.test --key made.key --out made.pem",
    "cert show made.pem",
    "cert match made.pem made.key",
    "convert made.pem made.key --to combined",
    "convert made.pem made.key --to p12 --out-passphrase-file passphrase --out made.p12",
    "man",
    "ca new home",
    "ca export home",
    "ca list",
    "cert new app.test --ca home",
    "cert verify store:app.test --trust store:home --name app.test",
    "cert issue --batch hosts.csv --ca home --out-dir issued",
    "cert renew app.test --force",
    "cert renew --due",
    "cert revoke app.test",
    "crl new --ca home",
    "store list",
    "store export app.test --dir exported",
];

pub(super) fn run(harness: &Harness) -> Result<()> {
    let path = workspace::root()?.join("docs/json.md");
    let documentation = fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
    // The keys of a configuration are the guide's, to which its section refers.
    let guide = workspace::root()?.join("docs/guide/configuration.md");
    let guide = fs::read_to_string(&guide).with_context(|| format!("reading {}", guide.display()))?;
    let described = sections(&documentation);
    let mut printed = BTreeSet::new();
    for text in documents(harness)? {
        let document: Value = serde_json::from_str(&text).with_context(|| format!("reading JSON\n{text}"))?;
        let schema = document.get("schema").and_then(Value::as_str).context("a document without a schema")?;
        let elsewhere = if schema == "latchkey.config/1" { &guide } else { "" };
        check(schema, &document, &described, elsewhere).with_context(|| format!("{schema}\n{text}"))?;
        printed.insert(schema.to_owned());
    }
    let unseen: Vec<_> = described.keys().filter(|schema| !printed.contains(**schema)).collect();
    ensure!(unseen.is_empty(), "described, and printed by nothing here: {unseen:?}");
    Ok(())
}

/// Every kind of document, one a command or a line.
fn documents(harness: &Harness) -> Result<Vec<String>> {
    let mut texts = Vec::new();
    harness.write("hosts.csv", "names\nbatch.test\n")?;
    harness.write("passphrase", "correct horse")?;
    for command in PKI {
        texts.push(harness.pki().words(command).words("--json").run()?.succeeds()?.stdout);
    }
    let refused = "cert verify store:app.test --trust store:home --name other.test --at 2040-01-01 --json";
    texts.push(harness.pki().words(refused).run()?.exits(32)?.stdout);
    let crl = harness.fixture("crl/intermediate.pem");
    texts.push(harness.pki().words("crl show --json").arguments([crl]).run()?.succeeds()?.stdout);
    texts.push(harness.pki().words("key show absent --json").run()?.exits(2)?.stdout);

    let identity = harness.private_fixture("leaf/combined.pem")?;
    let server = harness.serve(["hello", "--pem", &identity, "--json", "--log-format", "json"])?;
    let anchor = harness.fixture("ca/root.pem");
    for command in ["connect --send hello", "report", "trace --send hello"] {
        let client = harness.tls_client().words(command).arguments([&server.target(), "--ca", &anchor, "--json"]);
        texts.push(client.run()?.succeeds()?.stdout);
    }
    let load = ["bench", &server.target(), "--ca", &anchor, "--rate", "20", "--count", "5", "--json"];
    texts.push(harness.tls_client().arguments(load).run()?.succeeds()?.stdout);
    TcpStream::connect(("127.0.0.1", server.port))?.write_all(b"no TLS at all\r\n")?;
    server.program.wait_for_text("latchkey.failed_handshake/1")?;
    server.program.signal(Signal::TERM)?;
    let ended = server.program.finish()?.succeeds()?;
    texts.extend(ended.stdout.lines().chain(ended.stderr.lines()).map(str::to_owned));
    texts.extend(about_a_server(harness, &identity)?);
    Ok(texts)
}

/// What is said of a server without serving, and of one that runs.
fn about_a_server(harness: &Harness, identity: &str) -> Result<Vec<String>> {
    let (root, alice) = (harness.fixture("ca/root.pem"), harness.fixture("client/alice.pem"));
    let clients = ["--client-auth", "optional", "--client-ca", &root, "--allow", "cn=alice"];
    let said = |words: &str, more: &[&str]| {
        let command = harness.tls_server().words(words).arguments(more).words("--json").run()?;
        Ok::<_, anyhow::Error>(command.succeeds()?.stdout)
    };
    let broken = harness.tls_server().words("check --json --config").arguments([harness.fixture("server/broken.toml")]);
    let broken = broken.run()?.exits(2)?.stdout;
    let serving = [&["http", "--pem", identity][..], &clients].concat();
    let mut texts = vec![
        broken,
        said("config show", &serving)?,
        said("explain-client", &[&[alice.as_str()][..], &clients].concat())?,
    ];
    let admin = free_port()?;
    let own = ["--instance", "documented", "--admin", &format!("127.0.0.1:{admin}")];
    let server = harness.serve([&serving[..], &own].concat())?;
    let curl =
        harness.peer("curl")?.words("-q -sS --noproxy * --max-time 30 --cacert").arguments([&root, "--cert", &alice]);
    let curl = curl.arguments(["--key", &harness.fixture("client/alice.key")]);
    texts.push(curl.arguments([format!("https://localhost:{}/json", server.port)]).run()?.succeeds()?.stdout);
    texts.push(changed(harness, identity, || said("reload --instance documented", &[]))?);
    texts.push(page(admin, "/status")?);
    Ok(texts)
}

/// What a reload says that changed something. The server watches its files, and may have seen the change by itself
/// before it was told: then it is changed again.
fn changed(harness: &Harness, identity: &str, reload: impl Fn() -> Result<String>) -> Result<String> {
    for leaf in ["leaf/localhost-p256", "leaf/localhost"].into_iter().cycle().take(20) {
        let (chain, key) = (harness.fixture(&format!("{leaf}.pem")), harness.fixture(&format!("{leaf}.key")));
        fs::write(identity, [fs::read(chain)?, fs::read(key)?].concat())?;
        let said = reload()?;
        if said.contains("\"changed\"") {
            return Ok(said);
        }
    }
    bail!("the server sees every change by itself, and none is left for who asks it")
}

fn check(schema: &str, document: &Value, described: &BTreeMap<&str, &str>, elsewhere: &str) -> Result<()> {
    let section = described.get(schema).context("is not described")?;
    let mut names = BTreeSet::new();
    collect_names(document, &mut names);
    let mut known = words(section, described);
    known.extend(code(elsewhere));
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
