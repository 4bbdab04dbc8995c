//! What a peer speaks when it does not speak TLS, told from its first bytes.
//!
//! Used on both sides: a server hears what a client says first, a client what a server answers to its ClientHello.

use std::fmt;

/// A protocol that was recognised, or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Speaks {
    /// A request of HTTP/1, or the preface of HTTP/2 without TLS.
    HttpRequest,
    /// A response of HTTP/1.
    HttpResponse,
    /// SSH, either side.
    Ssh,
    /// SMTP, either side.
    Smtp,
    /// FTP's greeting.
    Ftp,
    /// A greeting with code 220 that says neither SMTP nor FTP.
    SmtpOrFtp,
    /// IMAP's greeting.
    Imap,
    /// POP3's greeting, or its error.
    Pop3,
    /// ManageSieve's greeting.
    Sieve,
    /// NNTP's greeting.
    Nntp,
    /// XMPP, either side.
    Xmpp,
    /// LDAP, either side.
    Ldap,
    /// MySQL's or MariaDB's greeting.
    MySql,
    /// PostgreSQL, either side.
    Postgres,
    /// Redis, either side.
    Redis,
    /// memcached's error.
    Memcached,
    /// AMQP, either side.
    Amqp,
    /// Remote Desktop, either side.
    Rdp,
    /// VNC (RFB), either side.
    Vnc,
    /// Telnet's negotiation of options.
    Telnet,
    /// A PROXY protocol header, version 1 or 2, in front of whatever comes.
    ProxyHeader,
    /// A ClientHello in the format of SSL 2.0 (RFC 6176 forbids it).
    SslV2,
    /// Nothing known.
    Unknown,
}

impl Speaks {
    /// The name for a sentence: "the peer speaks …".
    pub const fn name(self) -> &'static str {
        match self {
            Self::HttpRequest | Self::HttpResponse => "plain HTTP",
            Self::Ssh => "SSH",
            Self::Smtp => "plain SMTP",
            Self::Ftp => "plain FTP",
            Self::SmtpOrFtp => "plain SMTP or FTP",
            Self::Imap => "plain IMAP",
            Self::Pop3 => "plain POP3",
            Self::Sieve => "plain ManageSieve",
            Self::Nntp => "plain NNTP",
            Self::Xmpp => "plain XMPP",
            Self::Ldap => "plain LDAP",
            Self::MySql => "plain MySQL",
            Self::Postgres => "plain PostgreSQL",
            Self::Redis => "plain Redis",
            Self::Memcached => "plain memcached",
            Self::Amqp => "plain AMQP",
            Self::Rdp => "Remote Desktop",
            Self::Vnc => "VNC",
            Self::Telnet => "Telnet",
            Self::ProxyHeader => "the PROXY protocol",
            Self::SslV2 => "SSL 2.0",
            Self::Unknown => "something that is not TLS",
        }
    }
}

impl fmt::Display for Speaks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// What can be said of the bytes so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    /// They may still become several things.
    NeedMore,
    /// They are this.
    Speaks(Speaks),
}

/// What the first bytes of a stream that is not TLS are, more of which may come.
pub fn hear(bytes: &[u8]) -> Heard {
    for &(beginning, speaks) in BEGINNINGS {
        if bytes.starts_with(beginning) {
            return Heard::Speaks(speaks);
        }
    }
    let undecided = bytes.len() < ENOUGH
        && (BEGINNINGS.iter().any(|(beginning, _)| beginning.starts_with(bytes))
            || (greets_with_220(bytes) && !bytes.contains(&b'\n'))
            || b"220".starts_with(bytes)
            || bytes.len() < BINARY);
    if undecided { Heard::NeedMore } else { Heard::Speaks(binary_or_line(bytes)) }
}

/// The same when nothing more will come.
pub fn heard(bytes: &[u8]) -> Speaks {
    match hear(bytes) {
        Heard::Speaks(speaks) => speaks,
        Heard::NeedMore => binary_or_line(bytes),
    }
}

/// After so many bytes without a line end no more are waited for: RFC 5321 section 4.5.3.1.5.
const ENOUGH: usize = 512;

/// What the protocols without text need to be told apart.
const BINARY: usize = 8;

/// Beginnings that leave no doubt. None is the beginning of another that means something else.
#[rustfmt::skip]
const BEGINNINGS: &[(&[u8], Speaks)] = &[
    (b"GET ", Speaks::HttpRequest), (b"HEAD ", Speaks::HttpRequest), (b"POST ", Speaks::HttpRequest),
    (b"PUT ", Speaks::HttpRequest), (b"DELETE ", Speaks::HttpRequest), (b"OPTIONS ", Speaks::HttpRequest),
    (b"PATCH ", Speaks::HttpRequest), (b"CONNECT ", Speaks::HttpRequest), (b"TRACE ", Speaks::HttpRequest),
    (b"PRI * HTTP/2", Speaks::HttpRequest), (b"HTTP/", Speaks::HttpResponse),
    // An error page without a status line: the answer of HTTP/0.9, which some servers take a ClientHello for.
    (b"<!DOCTYPE", Speaks::HttpResponse), (b"<!doctype", Speaks::HttpResponse), (b"<html", Speaks::HttpResponse),
    (b"<HTML", Speaks::HttpResponse),
    (b"SSH-", Speaks::Ssh), (b"EHLO ", Speaks::Smtp), (b"HELO ", Speaks::Smtp),
    (b"* OK", Speaks::Imap), (b"* PREAUTH", Speaks::Imap), (b"* BYE", Speaks::Imap), (b"* BAD", Speaks::Imap),
    (b"+OK", Speaks::Pop3), (b"-ERR unknown command", Speaks::Redis), (b"-ERR Protocol error", Speaks::Redis),
    (b"-DENIED Redis", Speaks::Redis), (b"-NOAUTH", Speaks::Redis), (b"+PONG", Speaks::Redis), (b"PING\r\n", Speaks::Redis),
    (b"\"IMPLEMENTATION\"", Speaks::Sieve), (b"200 ", Speaks::Nntp), (b"201 ", Speaks::Nntp),
    (b"<?xml", Speaks::Xmpp), (b"<stream:", Speaks::Xmpp), (b"ERROR\r\n", Speaks::Memcached), (b"AMQP", Speaks::Amqp),
    (b"RFB 00", Speaks::Vnc), (b"PROXY ", Speaks::ProxyHeader), (b"\r\n\r\n\0\r\nQUIT\n", Speaks::ProxyHeader),
    (b"\0\0\0\x08\x04\xd2\x16\x2f", Speaks::Postgres), // SSLRequest
    (b"\0\0\0\x08\x04\xd2\x16\x30", Speaks::Postgres), // GSSENCRequest
];

fn greets_with_220(bytes: &[u8]) -> bool {
    bytes.starts_with(b"220 ") || bytes.starts_with(b"220-")
}

fn binary_or_line(bytes: &[u8]) -> Speaks {
    match bytes {
        _ if greets_with_220(bytes) => {
            let line = bytes.split(|&byte| byte == b'\n').next().unwrap_or_default();
            let line = &line[..line.len().min(ENOUGH)];
            let says = |word: &[u8]| line.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
            match (says(b"SMTP"), says(b"FTP")) {
                (true, _) => Speaks::Smtp,
                (false, true) => Speaks::Ftp,
                (false, false) => Speaks::SmtpOrFtp,
            }
        }
        [b'-', b'E', b'R', b'R', ..] => Speaks::Pop3,
        [b'*', b'1'..=b'9', b'\r' | b'0'..=b'9', ..] => Speaks::Redis,
        // A packet of less than 64 KiB, sequence 0, protocol 10 with a version in digits, or an error.
        [_, _, 0, 0, 10, b'0'..=b'9', ..] | [_, _, 0, 0, 0xff, _, 4, ..] => Speaks::MySql,
        // A startup message of protocol 3.0, or an error response that begins with its severity.
        [0, 0, _, _, 0, 3, 0, ..] | [b'E', 0, 0, _, _, b'S', ..] => Speaks::Postgres,
        [0x30, 0..0x80, 2, 1, ..] | [0x30, 0x84, _, _, _, _, 2, 1, ..] => Speaks::Ldap,
        [3, 0, 0, _, _, 0xd0 | 0xe0, ..] => Speaks::Rdp,
        [0xff, 0xfb..=0xfe, _, ..] => Speaks::Telnet,
        [0x80..=0xff, _, 1, 0 | 2 | 3, ..] => Speaks::SslV2,
        _ => Speaks::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn beginnings_are_recognised() {
        let check =
            |bytes: &[u8], expected| assert_eq!(heard(bytes), expected, "{:?}", bytes.escape_ascii().to_string());
        check(b"GET / HTTP/1.1\r\n\r\n", Speaks::HttpRequest);
        check(b"HTTP/1.1 400 Bad Request\r\n", Speaks::HttpResponse);
        check(b"<!DOCTYPE HTML>\n<html lang=\"en\">\n", Speaks::HttpResponse);
        check(b"SSH-2.0-OpenSSH_9.2p1\r\n", Speaks::Ssh);
        check(b"220 mail.example.com ESMTP Postfix\r\n", Speaks::Smtp);
        check(b"220 ProFTPD Server ready\r\n", Speaks::Ftp);
        check(b"220-welcome", Speaks::SmtpOrFtp);
        check(b"* OK [CAPABILITY IMAP4rev1] ready\r\n", Speaks::Imap);
        check(b"+OK POP3 ready\r\n", Speaks::Pop3);
        check(b"-ERR bad command\r\n", Speaks::Pop3);
        check(b"-ERR unknown command '\\x16\\x03\\x01'\r\n", Speaks::Redis);
        check(b"*2\r\n$4\r\n", Speaks::Redis);
        check(b"\x4a\0\0\0\x0a8.0.35\0", Speaks::MySql);
        check(b"E\0\0\0\x8fSFATAL\0", Speaks::Postgres);
        check(b"\0\0\0\x08\x04\xd2\x16\x2f", Speaks::Postgres);
        check(b"\x30\x0c\x02\x01\x01\x60\x07", Speaks::Ldap);
        check(b"PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n", Speaks::ProxyHeader);
        check(b"\x80\x2e\x01\x03\x01\0\x15\0", Speaks::SslV2);
        check(b"\x01\x02\x03\x04\x05\x06\x07\x08", Speaks::Unknown);
        check(b"", Speaks::Unknown);
    }

    #[test]
    fn no_beginning_hides_another() {
        for (n, &(one, speaks)) in BEGINNINGS.iter().enumerate() {
            for &(other, meaning) in &BEGINNINGS[n + 1..] {
                assert!(speaks == meaning || !(one.starts_with(other) || other.starts_with(one)));
            }
        }
    }

    proptest! {
        #[test]
        fn more_bytes_never_change_what_was_heard(
            beginning in prop::sample::select(BEGINNINGS), keep in 0_usize..20, rest in prop::collection::vec(any::<u8>(), 0..40),
        ) {
            let bytes = [&beginning.0[..keep.min(beginning.0.len())], &rest].concat();
            let whole = hear(&bytes);
            for end in 0..bytes.len() {
                let part = hear(&bytes[..end]);
                prop_assert!(part == Heard::NeedMore || part == whole);
            }
        }
    }
}
