//! The fields of a trace are those that tshark reads from the capture of the same connection, which it opens decrypted:
//! TLS 1.2 and 1.3, full, resumed, with a client certificate and after a HelloRetryRequest, against OpenSSL and GnuTLS.

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::e2e::harness::{Harness, Listening, Sends, free_port};

/// How a value is written on both sides.
#[derive(Clone, Copy)]
enum Written {
    /// A number, in decimal or hexadecimal.
    Number,
    /// Text, or bytes in hexadecimal.
    Plain,
    /// As the length of what stands behind a length of so many bytes.
    Length(u64),
}

/// A field of tshark's, and where the same stands with us: what encloses it, which may be anything, and its names. Where there are
/// several, `|` stands between them.
struct Pair {
    tshark: &'static str,
    within: Option<&'static str>,
    name: &'static str,
    written: Written,
}

const fn pair(tshark: &'static str, within: Option<&'static str>, name: &'static str, written: Written) -> Pair {
    Pair { tshark, within, name, written }
}

use Written::{Length, Number, Plain};

/// Fields of handshake messages; what encloses a message's own fields is the message.
#[rustfmt::skip]
const MESSAGES: &[Pair] = &[
    pair("tls.handshake.type", Some("message"), "type", Number),
    pair("tls.handshake.length", Some("message"), "length", Number),
    pair("tls.handshake.version", Some("message"), "version", Number),
    pair("tls.handshake.random", None, "random", Plain),
    pair("tls.handshake.session_id", None, "session_id", Plain),
    pair("tls.handshake.ciphersuite", None, "cipher_suite", Number),
    pair("tls.handshake.comp_method", None, "compression_method", Number),
    pair("tls.handshake.extension.type", Some("extension"), "type", Number),
    pair("tls.handshake.extension.len", Some("extension"), "content", Length(2)),
    pair("tls.handshake.extensions_server_name", None, "host_name", Plain),
    pair("tls.handshake.extensions_supported_group", Some("groups"), "group", Number),
    pair("tls.handshake.extensions.supported_version", Some("versions|content"), "version|selected_version", Number),
    pair("tls.handshake.extensions_key_share_group", Some("key_share"), "group", Number),
    pair("tls.handshake.extensions_key_share_selected_group", None, "selected_group", Number),
    pair("tls.handshake.extensions_key_share_key_exchange", None, "key_exchange", Plain),
    pair("tls.handshake.extensions_alpn_str", None, "protocol", Plain),
    pair("tls.extension.psk_ke_mode", None, "psk_mode", Number),
    pair("tls.handshake.extensions.psk.identity.identity_length", Some("identity"), "ticket", Length(2)),
    pair("tls.handshake.extensions.psk.identity.obfuscated_ticket_age", None, "obfuscated_ticket_age", Number),
    pair("tls.handshake.extensions.psk.identity.selected", None, "selected_identity", Number),
    pair("tls.handshake.certificate_length", None, "certificate_data", Length(3)),
    pair("tls.handshake.cert_type", None, "certificate_type", Number),
    pair("tls.handshake.dname_len", None, "distinguished_name", Length(2)),
    pair("tls.handshake.session_ticket_lifetime_hint", None, "ticket_lifetime", Number),
    pair("tls.handshake.session_ticket_length", Some("message"), "ticket", Length(2)),
    pair("tls.handshake.session_ticket_age_add", None, "ticket_age_add", Number),
    pair("tls.handshake.session_ticket_nonce", None, "ticket_nonce", Plain),
    pair("tls.handshake.server_named_curve", None, "named_group", Number),
    pair("tls.handshake.server_point", Some("ServerKeyExchange"), "public", Plain),
    pair("tls.handshake.client_point", Some("ClientKeyExchange"), "public", Plain),
    pair("tls.handshake.sig", Some("ServerKeyExchange"), "signature", Plain),
    pair("tls.handshake.client_cert_vrfy.sig", Some("CertificateVerify"), "signature", Plain),
    pair("tls.handshake.sig_hash_alg", None, "signature_algorithm|signature_scheme", Number),
];

/// Fields of records.
const RECORDS: &[Pair] =
    &[pair("tls.record.version", None, "version", Number), pair("tls.record.length", None, "length", Number)];

/// What is tried: the client's arguments, and those of either server.
struct Case {
    name: &'static str,
    client: &'static str,
    openssl: &'static str,
    gnutls: &'static str,
    identity: bool,
    /// What must be in the messages, so that the case is what it says.
    shows: &'static str,
    resumed: bool,
}

#[rustfmt::skip]
const CASES: [Case; 7] = [
    case("TLS 1.3", "--min-version 1.3", "", "NORMAL", "EncryptedExtensions"),
    case("TLS 1.2", "--max-version 1.2", "", "NORMAL", "ServerKeyExchange"),
    Case { resumed: true, ..case("TLS 1.3 resumed", "--min-version 1.3 --resume", "", "NORMAL", "NewSessionTicket") },
    Case { resumed: true, ..case("TLS 1.2 resumed", "--max-version 1.2 --resume", "", "NORMAL", "NewSessionTicket") },
    Case { identity: true, ..case("TLS 1.3 with a client certificate", "--min-version 1.3", "-Verify 3", "NORMAL", "CertificateRequest") },
    Case { identity: true, ..case("TLS 1.2 with a client certificate", "--max-version 1.2", "-Verify 3", "NORMAL", "CertificateRequest") },
    case("a HelloRetryRequest", "--min-version 1.3", "-groups P-384", "NORMAL:-GROUP-ALL:+GROUP-SECP384R1", "HelloRetryRequest"),
];

const fn case(
    name: &'static str,
    client: &'static str,
    openssl: &'static str,
    gnutls: &'static str,
    shows: &'static str,
) -> Case {
    Case { name, client, openssl, gnutls, identity: false, shows, resumed: false }
}

const SAID: &str = "Hello from client!";

pub(super) fn run(harness: &Harness) -> Result<()> {
    for case in &CASES {
        let openssl = format!("-rev {} -CAfile {}", case.openssl, harness.fixture("ca/root.pem"));
        let server = harness.openssl_server("leaf/localhost.pem", Sends::WithIntermediate, &openssl)?;
        compare(harness, case, &server).with_context(|| format!("OpenSSL, {}", case.name))?;
        let server = gnutls(harness, case)?;
        compare(harness, case, &server).with_context(|| format!("GnuTLS, {}", case.name))?;
    }
    Ok(())
}

/// `gnutls-serv` that echoes.
fn gnutls(harness: &Harness, case: &Case) -> Result<Listening> {
    let port = free_port()?;
    let client = if case.identity { "--require-client-cert" } else { "--disable-client-cert" };
    let file = |flag: &str, name: &str| format!("--{flag}={}", harness.fixture(name));
    let chain =
        ["leaf/localhost.pem", "ca/intermediate.pem"].map(|name| std::fs::read_to_string(harness.fixture(name)));
    let [leaf, intermediate] = chain;
    harness.write("chain.pem", leaf? + &intermediate?)?;
    let program = harness
        .peer("gnutls-serv")?
        .arguments([format!("--port={port}"), format!("--priority={}", case.gnutls), client.to_owned()])
        .arguments(["--echo", "--x509certfile=chain.pem"])
        .arguments([file("x509keyfile", "leaf/localhost.key"), file("x509cafile", "ca/root.pem")])
        .start()?;
    program.wait_for_text("Echo Server listening")?;
    Ok(Listening { program, port })
}

fn compare(harness: &Harness, case: &Case, server: &Listening) -> Result<()> {
    let said = format!("{SAID}\n");
    let mut client = harness.tls_client().arguments(["trace", &server.target(), "--send", &said]);
    client = client.arguments(["--ca", &harness.fixture("ca/root.pem")]).words(case.client);
    client = client.words("--json --pcapng trace.pcapng --force");
    if case.identity {
        let (chain, key) = (harness.fixture("client/alice.pem"), harness.fixture("client/alice.key"));
        client = client.arguments(["--cert", &chain, "--key", &key]);
    }
    let trace: Value = serde_json::from_str(&client.run()?.succeeds()?.stdout).context("reading JSON")?;
    let connections = trace["connections"].as_array().context("no connections")?;
    let names: Vec<&str> = each(connections, "messages").filter_map(|message| message["name"].as_str()).collect();
    ensure!(names.contains(&case.shows), "no {} among {names:?}", case.shows);
    ensure!(connections.iter().skip(1).all(|connection| connection["resumed"] == case.resumed), "not resumed");
    every_byte_is_accounted_for(connections)?;

    let tshark = Tshark::read(harness, server.port)?;
    let messages: Vec<&Value> = each(connections, "messages").collect();
    for pair in MESSAGES {
        let mut ours = Vec::new();
        messages.iter().for_each(|message| {
            let name = message["name"].as_str().unwrap_or_default();
            collect(&message["fields"], name, pair, &mut ours);
        });
        tshark.has(pair.tshark, &ours)?;
    }
    let events: Vec<&Value> = each(connections, "events").collect();
    for pair in RECORDS {
        let mut ours = Vec::new();
        events.iter().for_each(|event| collect(&event["fields"], "record", pair, &mut ours));
        tshark.has(pair.tshark, &ours)?;
    }
    tshark.has("tls.record.content_type", &events.iter().map(|event| inner_type(event)).collect::<Vec<_>>())?;
    tshark.shows(SAID)
}

/// Each of what `name` holds, of all connections.
fn each<'a>(connections: &'a [Value], name: &'a str) -> impl Iterator<Item = &'a Value> {
    connections.iter().flat_map(move |connection| connection[name].as_array().into_iter().flatten())
}

/// The values of a field at any depth, as both sides can be compared.
fn collect(fields: &Value, within: &str, pair: &Pair, found: &mut Vec<String>) {
    for field in fields.as_array().into_iter().flatten() {
        let name = field["name"].as_str().unwrap_or_default();
        // The names of messages begin with a capital, and nothing else does.
        let is_message = within.starts_with(|letter: char| letter.is_ascii_uppercase());
        let is_within = |wanted: &str| wanted.split('|').any(|one| one == within) || wanted == "message" && is_message;
        if pair.name.split('|').any(|wanted| wanted == name) && pair.within.is_none_or(is_within) {
            let text = |name: &str| field[name].as_str().map(str::to_owned);
            let value = match pair.written {
                Number => field["number"].as_u64().map(|number| number.to_string()),
                Plain => text("text").or_else(|| text("hex")).filter(|value| !value.is_empty()),
                Length(prefix) => field["length"].as_u64().map(|length| (length - prefix).to_string()),
            };
            found.extend(value);
        }
        collect(&field["fields"], name, pair, found);
    }
}

/// The type of what is in a record, as a number.
fn inner_type(event: &Value) -> String {
    let name = event["inside"][0]["content_type"].as_str().unwrap_or_default();
    let types = [("change_cipher_spec", 20), ("alert", 21), ("handshake", 22), ("application_data", 23)];
    types.iter().find(|(known, _)| *known == name).map_or_else(|| name.to_owned(), |(_, number)| number.to_string())
}

/// Records follow each other to the end of what was sent, none is left closed, and what is in each is tiled.
fn every_byte_is_accounted_for(connections: &[Value]) -> Result<()> {
    for connection in connections {
        for (end, total) in [("client", "sent"), ("server", "received")] {
            let total = &connection[total];
            let own = connection["events"].as_array().into_iter().flatten().filter(|event| event["from"] == end);
            let mut at = 0;
            for event in own {
                ensure!(event["offset"] == at, "{end}: {event} does not begin at {at}");
                tiles(&event["fields"], 0, event["length"].as_u64())?;
                at += event["length"].as_u64().unwrap_or_default();
            }
            ensure!(total["bytes"] == at && total["in_no_record"] == 0, "{end}: {total}, and records of {at} bytes");
            ensure!(total["unopened"] == 0, "{end}: records that were not opened");
        }
        for message in connection["messages"].as_array().into_iter().flatten() {
            tiles(&message["fields"], 0, message["length"].as_u64()).with_context(|| message["name"].to_string())?;
        }
    }
    Ok(())
}

fn tiles(fields: &Value, offset: u64, length: Option<u64>) -> Result<()> {
    let mut at = offset;
    for field in fields.as_array().into_iter().flatten() {
        ensure!(field["offset"] == at, "{field} does not begin at {at}");
        ensure!(field["undecoded"].is_null(), "{field} is not decoded");
        if field["fields"].is_array() {
            tiles(&field["fields"], at, field["length"].as_u64())?;
        }
        at += field["length"].as_u64().unwrap_or_default();
    }
    ensure!(Some(at) == length.map(|length| offset + length), "fields to {at} in {length:?} bytes from {offset}");
    Ok(())
}

/// What tshark reads from the capture.
struct Tshark<'a> {
    harness: &'a Harness<'a>,
    /// That the server's port is TLS's: the number at either end may be one that tshark knows for something else.
    decode: String,
}

impl<'a> Tshark<'a> {
    fn read(harness: &'a Harness<'a>, port: u16) -> Result<Self> {
        harness.peer("tshark")?;
        Ok(Self { harness, decode: format!("tcp.port=={port},tls") })
    }

    /// Every value of `field` in the capture, in order, is one of `ours`.
    fn has(&self, field: &str, ours: &[String]) -> Result<()> {
        let tshark = self.harness.peer("tshark")?.words("-r trace.pcapng -Y tls -T fields -E occurrence=a");
        let read = tshark.arguments(["-d", &self.decode, "-E", "aggregator=,", "-e", field]).run()?.succeeds()?.stdout;
        let theirs: Vec<String> = read.lines().flat_map(|line| line.split(',')).filter_map(normal).collect();
        ensure!(theirs == ours, "{field}:\n tshark {theirs:?}\n trace  {ours:?}");
        Ok(())
    }

    /// It reads what the application said.
    fn shows(&self, said: &str) -> Result<()> {
        let tshark = self.harness.peer("tshark")?.words("-r trace.pcapng -q -z follow,tls,ascii,0");
        tshark.arguments(["-d", &self.decode]).run()?.succeeds()?.mentions(said)?;
        Ok(())
    }
}

/// A value of tshark's: a number in hexadecimal is written in decimal.
fn normal(value: &str) -> Option<String> {
    let value = value.trim();
    let number = value.strip_prefix("0x").and_then(|digits| u64::from_str_radix(digits, 16).ok());
    number.map(|number| number.to_string()).or_else(|| (!value.is_empty()).then(|| value.to_owned()))
}
