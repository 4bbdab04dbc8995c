//! Protocols of lines: SMTP and LMTP (RFC 3207), IMAP (RFC 9051 section 6.2.1), POP3 (RFC 2595 section 4), FTP (RFC
//! 4217), NNTP (RFC 4642), ManageSieve (RFC 5804 section 2.2), and IRC.

use super::lines::{reply, undecided, whole, word};
use super::step::{Heard, Step, shown};

/// The name that is given where one has to be: a host's own name is nobody's business here.
const SELF: &str = "localhost";

pub(super) fn smtp(verb: &'static str) -> Vec<Step> {
    vec![
        Step::Hear(|bytes| reply(bytes, &["220"], None)),
        Step::say(format!("{verb} {SELF}\r\n").into_bytes()),
        Step::Hear(|bytes| reply(bytes, &["250"], Some("STARTTLS"))),
        Step::say(&b"STARTTLS\r\n"[..]),
        Step::Hear(|bytes| reply(bytes, &["220"], None)),
    ]
}

pub(super) fn imap() -> Vec<Step> {
    vec![
        Step::Hear(imap_greeting),
        Step::say(&b"a1 STARTTLS\r\n"[..]),
        Step::Hear(|bytes| word(bytes, &["a1 OK"], &["a1 NO", "a1 BAD", "* BYE"])),
    ]
}

fn imap_greeting(bytes: &[u8]) -> Heard {
    match whole(bytes).next() {
        // Who is let in at once cannot ask for TLS any more.
        Some((line, _)) if line.starts_with(b"* PREAUTH") || line.starts_with(b"* BYE") => Heard::Refused(shown(line)),
        Some((line, ends)) if line.starts_with(b"* OK") => Heard::GoOn(ends),
        Some(_) => Heard::Misunderstood,
        None => undecided(bytes, |start| start.is_empty() || start.starts_with(b"*")),
    }
}

pub(super) fn pop3() -> Vec<Step> {
    vec![Step::Hear(pop3_answer), Step::say(&b"STLS\r\n"[..]), Step::Hear(pop3_answer)]
}

fn pop3_answer(bytes: &[u8]) -> Heard {
    match whole(bytes).next() {
        Some((line, ends)) if line.starts_with(b"+OK") => Heard::GoOn(ends),
        Some((line, _)) if line.starts_with(b"-ERR") => Heard::Refused(shown(line)),
        Some(_) => Heard::Misunderstood,
        None => undecided(bytes, |start| start.first().is_none_or(|first| matches!(first, b'+' | b'-'))),
    }
}

pub(super) fn ftp() -> Vec<Step> {
    vec![
        Step::Hear(|bytes| reply(bytes, &["220"], None)),
        Step::say(&b"AUTH TLS\r\n"[..]),
        Step::Hear(|bytes| reply(bytes, &["234"], None)),
    ]
}

pub(super) fn nntp() -> Vec<Step> {
    vec![
        Step::Hear(|bytes| reply(bytes, &["200", "201"], None)),
        Step::say(&b"STARTTLS\r\n"[..]),
        Step::Hear(|bytes| reply(bytes, &["382"], None)),
    ]
}

pub(super) fn sieve() -> Vec<Step> {
    vec![
        Step::Hear(sieve_greeting),
        Step::say(&b"STARTTLS\r\n"[..]),
        Step::Hear(|bytes| word(bytes, &["OK"], &["NO", "BYE"])),
    ]
}

fn sieve_greeting(bytes: &[u8]) -> Heard {
    if bytes.first().is_some_and(|first| !matches!(first, b'"' | b'O' | b'o' | b'N' | b'n' | b'B' | b'b')) {
        return Heard::Misunderstood;
    }
    match word(bytes, &["OK"], &["NO", "BYE"]) {
        Heard::GoOn(ends) => {
            let capabilities = || whole(bytes).map(|(line, _)| line);
            if capabilities().any(|line| line.to_ascii_uppercase().starts_with(b"\"STARTTLS\"")) {
                Heard::GoOn(ends)
            } else {
                let offered: Vec<String> = capabilities().filter(|line| line.starts_with(b"\"")).map(shown).collect();
                Heard::NotOffered(format!("it offers {}", offered.join(", ")))
            }
        }
        other => other,
    }
}

/// IRC servers greet with notices, or with nothing, and answer with a number: 670 is yes, 691 and 421 are no.
pub(super) fn irc() -> Vec<Step> {
    vec![Step::say(&b"STARTTLS\r\n"[..]), Step::Hear(irc_answer)]
}

fn irc_answer(bytes: &[u8]) -> Heard {
    for (line, ends) in whole(bytes) {
        let rest = line.strip_prefix(b":").and_then(|rest| rest.splitn(2, |byte| *byte == b' ').nth(1)).unwrap_or(line);
        match rest.split(|byte| *byte == b' ').next() {
            Some(b"670") => return Heard::GoOn(ends),
            Some(b"691" | b"421" | b"451" | b"ERROR") => return Heard::Refused(shown(line)),
            _ if !line.starts_with(b":") && !rest.starts_with(b"NOTICE") && !rest.starts_with(b"PING") => {
                return Heard::Misunderstood;
            }
            _ => {}
        }
    }
    Heard::NeedMore
}
