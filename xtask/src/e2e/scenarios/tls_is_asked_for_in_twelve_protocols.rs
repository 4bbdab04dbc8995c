//! STARTTLS: in each protocol TLS is asked for as its standard says, a no is 13 with the server's own words, and nothing
//! that comes in the clear behind the go-ahead is taken for protected. The same through both kinds of proxy.

use anyhow::{Context, Result};

use crate::e2e::attack;
use crate::e2e::harness::Line::{Hears, Says};
use crate::e2e::harness::{Harness, Line, Relay};

/// A server that says yes.
const YES: [(&str, &[Line]); 12] = [
    (
        "smtp",
        &[
            Says(b"220-mail.example ESMTP\r\n220 ready\r\n"),
            Hears(b"EHLO localhost\r\n"),
            Says(b"250-mail.example\r\n250-PIPELINING\r\n250 STARTTLS\r\n"),
            Hears(b"STARTTLS\r\n"),
            Says(b"220 go ahead\r\n"),
        ],
    ),
    (
        "lmtp",
        &[
            Says(b"220 ready\r\n"),
            Hears(b"LHLO localhost\r\n"),
            Says(b"250-STARTTLS\r\n250 SIZE\r\n"),
            Hears(b"STARTTLS\r\n"),
            Says(b"220 go ahead\r\n"),
        ],
    ),
    ("imap", &[Says(b"* OK ready\r\n"), Hears(b"a1 STARTTLS\r\n"), Says(b"a1 OK begin\r\n")]),
    ("pop3", &[Says(b"+OK ready\r\n"), Hears(b"STLS\r\n"), Says(b"+OK begin\r\n")]),
    ("ftp", &[Says(b"220-Hello\r\n you\r\n220 ready\r\n"), Hears(b"AUTH TLS\r\n"), Says(b"234 begin\r\n")]),
    ("ldap", &[Hears(b"1.3.6.1.4.1.1466.20037"), Says(b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00")]),
    (
        "xmpp",
        &[
            Hears(b"version='1.0'>"),
            Says(b"<?xml version='1.0'?><stream:stream><stream:features><starttls/></stream:features>"),
            Hears(b"xmpp-tls'/>"),
            Says(b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"),
        ],
    ),
    ("postgres", &[Hears(b"\0\0\0\x08\x04\xd2\x16\x2f"), Says(b"S")]),
    (
        "mysql",
        &[
            Says(b"\x16\0\0\0\x0a8.0.1\0\x01\0\0\0abcdefgh\0\xff\xff"),
            Hears(b"\0\x01\x2d\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"),
        ],
    ),
    ("nntp", &[Says(b"200 ready\r\n"), Hears(b"STARTTLS\r\n"), Says(b"382 begin\r\n")]),
    (
        "sieve",
        &[
            Says(b"\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK\r\n"),
            Hears(b"STARTTLS\r\n"),
            Says(b"OK \"begin\"\r\n"),
        ],
    ),
    ("irc", &[Says(b":irc.example NOTICE * :hello\r\n"), Hears(b"STARTTLS\r\n"), Says(b":irc.example 670 * :go\r\n")]),
];

/// A server that does not: what it says, the exit code, and what the report has to mention.
const NO: [(&str, &[Line], i32, &str); 8] = [
    ("smtp", &[Says(b"220 ready\r\n"), Hears(b"\r\n"), Says(b"250-SIZE\r\n250 HELP\r\n")], 13, "it offers SIZE, HELP"),
    (
        "lmtp",
        &[
            Says(b"220 ready\r\n"),
            Hears(b"\r\n"),
            Says(b"250 STARTTLS\r\n"),
            Hears(b"\r\n"),
            Says(b"454 no certificate\r\n"),
        ],
        13,
        "454 no certificate",
    ),
    ("imap", &[Says(b"* PREAUTH welcome\r\n")], 13, "* PREAUTH welcome"),
    (
        "pop3",
        &[Says(b"+OK ready\r\n"), Hears(b"STLS\r\n"), Says(b"+OK begin\r\n+OK injected\r\n")],
        13,
        "14 bytes in the clear",
    ),
    ("ftp", &[Says(b"SSH-2.0-OpenSSH_9.2\r\n")], 12, "SSH-2.0-OpenSSH_9.2"),
    ("postgres", &[Hears(b"\x16\x2f"), Says(b"N")], 13, "ssl = on"),
    (
        "ldap",
        &[Hears(b"20037"), Says(b"\x30\x0e\x02\x01\x01\x78\x09\x0a\x01\x34\x04\x00\x04\x02no")],
        13,
        "result code 52: no",
    ),
    ("nntp", &[Says(b"200 ready\r\n"), Hears(b"\r\n")], 22, "said nothing in NNTP"),
];

const PROXIES: [(&str, &[Line]); 2] = [
    ("http", &[Hears(b"\r\n\r\n"), Says(b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n")]),
    ("socks5", &[Hears(b"\x05\x01\0"), Says(b"\x05\0"), Hears(b"\x01\xbb"), Says(b"\x05\0\0\x01\x7f\0\0\x01\0\x50")]),
];

pub(super) fn run(harness: &Harness<'_>) -> Result<()> {
    let server = attack::serve(harness, "echo", "")?;
    let root = harness.fixture("ca/root.pem");
    let report = |arguments: &str, target: &str| {
        let client = harness.tls_client().arguments(["report", target, "--ca", &root]).words(arguments);
        client.words("--timeout 10s").run()
    };
    for (protocol, script) in YES {
        let relay = Relay::start(script, server.port)?;
        let finished = report(&format!("--starttls {protocol}"), &format!("localhost:{}", relay.port()))?;
        finished.succeeds().and_then(|finished| finished.mentions(protocol)).with_context(|| protocol.to_owned())?;
    }
    for (protocol, script, code, said) in NO {
        let relay = Relay::start(script, server.port)?;
        let client = harness.tls_client().arguments(["report", &format!("localhost:{}", relay.port())]);
        // What a server of NNTP that falls silent costs.
        let finished = client.words("--timeout 1s --starttls").words(protocol).run()?;
        finished.exits(code).and_then(|finished| finished.mentions(said)).with_context(|| protocol.to_owned())?;
    }
    for (scheme, script) in PROXIES {
        let relay = Relay::start(script, server.port)?;
        let proxy = format!("--proxy {scheme}://127.0.0.1:{}", relay.port());
        let finished = report(&proxy, "localhost:443")?;
        finished.succeeds().and_then(|finished| finished.mentions(scheme)).with_context(|| scheme.to_owned())?;
    }
    let refusing =
        Relay::start(&[Hears(b"\r\n\r\n"), Says(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")], server.port)?;
    let finished = report(&format!("--proxy http://127.0.0.1:{}", refusing.port()), "localhost:443")?;
    finished.exits(11)?.mentions("403 Forbidden").map(|_| ())
}
