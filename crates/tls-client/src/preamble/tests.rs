use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use super::*;
use crate::preamble::step::{Heard, shown};

/// What is heard in each step of a conversation that goes well, and how it is answered no.
type Talk = (StartTls, &'static [&'static [u8]], &'static [u8]);

const TALKS: [Talk; 12] = [
    (
        StartTls::Smtp,
        &[b"220-mail.example\r\n220 ready\r\n", b"250-mail.example\r\n250-SIZE\r\n250 StartTLS\r\n", b"220 go\r\n"],
        b"454 TLS not available\r\n",
    ),
    (StartTls::Lmtp, &[b"220 ready\r\n", b"250-STARTTLS\r\n250 PIPELINING\r\n", b"220 go\r\n"], b"502 no\r\n"),
    (StartTls::Imap, &[b"* OK ready\r\n", b"* CAPABILITY IMAP4\r\na1 OK begin\r\n"], b"a1 BAD no\r\n"),
    (StartTls::Pop3, &[b"+OK ready\r\n", b"+OK begin\r\n"], b"-ERR no\r\n"),
    (StartTls::Ftp, &[b"220-Welcome\r\n to all\r\n220 ready\r\n", b"234 go\r\n"], b"534 no\r\n"),
    (
        StartTls::Ldap,
        &[b"\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\x00\x04\x00\x04\x00"],
        b"\x30\x0e\x02\x01\x01\x78\x09\x0a\x01\x34\x04\x00\x04\x02no",
    ),
    (
        StartTls::Xmpp,
        &[
            b"<?xml version='1.0'?><stream:stream><stream:features><starttls xmlns='x'/></stream:features>",
            b"<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>",
        ],
        b"<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/></stream:stream>",
    ),
    (StartTls::Postgres, &[b"S"], b"N"),
    (StartTls::MySql, &[b"\x16\0\0\0\x0a8.0.1\0\x01\0\0\0abcdefgh\0\xff\xff"], b"\x07\0\0\0\xff\x10\x04busy"),
    (StartTls::Nntp, &[b"201 ready\r\n", b"382 go\r\n"], b"580 no\r\n"),
    (
        StartTls::Sieve,
        &[b"\"IMPLEMENTATION\" \"x\"\r\n\"STARTTLS\"\r\nOK \"ready\"\r\n", b"OK \"begin\"\r\n"],
        b"NO \"not now\"\r\n",
    ),
    (StartTls::Irc, &[b":a NOTICE * :hello\r\n:a 670 * :go\r\n"], b":a 691 * :no\r\n"),
];

fn hears(protocol: StartTls) -> Vec<fn(&[u8]) -> Heard> {
    let steps = protocol.steps("mail.example").into_iter();
    steps.filter_map(|step| if let Step::Hear(judge) = step { Some(judge) } else { None }).collect()
}

#[test]
fn every_answer_is_awaited_whole_and_no_further() {
    for (protocol, answers, _) in TALKS {
        let judges = hears(protocol);
        assert_eq!(judges.len(), answers.len(), "{protocol}");
        for (judge, answer) in judges.iter().zip(answers) {
            for length in 0..answer.len() {
                assert_eq!(judge(&answer[..length]), Heard::NeedMore, "{protocol}: {}", shown(&answer[..length]));
            }
            let with_more = [answer, &b"more"[..]].concat();
            assert_eq!(judge(&with_more), Heard::GoOn(answer.len()), "{protocol}: {}", shown(answer));
        }
    }
}

#[test]
fn a_no_is_a_no() {
    for (protocol, _, no) in TALKS {
        let said = hears(protocol).last().unwrap()(no);
        assert!(matches!(said, Heard::Refused(_) | Heard::NotOffered(_)), "{protocol}: {said:?}");
    }
}

#[test]
fn another_protocol_is_not_waited_for() {
    for (protocol, ..) in TALKS.iter().filter(|(protocol, ..)| *protocol != StartTls::Irc) {
        let said = hears(*protocol).first().unwrap()(b"SSH-2.0-OpenSSH_9.2p1\r\n");
        let misunderstood = matches!(said, Heard::Misunderstood);
        // `S` is what PostgreSQL says yes with; what follows it is refused as injected.
        assert!(misunderstood || *protocol == StartTls::Postgres, "{protocol}: {said:?}");
    }
}

#[test]
fn what_is_not_offered_is_named() {
    let said = hears(StartTls::Smtp)[1](b"250-mail.example\r\n250-SIZE 1000\r\n250 HELP\r\n");
    assert_eq!(said, Heard::NotOffered("it offers mail.example, SIZE 1000, HELP".to_owned()));
    let said = hears(StartTls::Imap)[0](b"* PREAUTH welcome\r\n");
    assert_eq!(said, Heard::Refused("* PREAUTH welcome".to_owned()));
}

#[test]
fn names_are_read_as_people_write_them() {
    for protocol in StartTls::ALL {
        assert_eq!(protocol.name().parse(), Ok(protocol));
    }
    assert_eq!("Postgres".parse(), Ok(StartTls::Postgres));
    let error = "gopher".parse::<StartTls>().unwrap_err().to_string();
    assert!(error.starts_with("TLS cannot be asked for in `gopher`: smtp, lmtp"), "{error}");
}

#[test]
fn a_proxy_is_a_scheme_a_host_and_a_port() {
    for text in ["http://proxy.example:3128", "socks5://[::1]:1080", "socks5://127.0.0.1:9050"] {
        assert_eq!(text.parse::<Proxy>().unwrap().to_string(), text);
    }
    for (text, said) in [
        ("proxy:3128", "no proxy that can be used"),
        ("https://proxy:443", "no proxy that can be used"),
        ("http://me:secret@proxy:3128", "no secret is taken"),
        ("http://proxy", "no HOST:PORT"),
        ("http://proxy:0", "no HOST:PORT"),
        ("http://:3128", "no HOST:PORT"),
        ("http://proxy:3128/x", "no HOST:PORT"),
        ("http://a b:3128", "no HOST:PORT"),
    ] {
        let error = text.parse::<Proxy>().unwrap_err().to_string();
        assert!(error.contains(said) && !error.contains("secret@"), "{text}: {error}");
    }
}

/// A peer that says each of these after it has heard something, or at once where `first`.
fn peer(says: Vec<Vec<u8>>, first: bool) -> TcpStream {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut heard = [0; 1024];
        for (index, words) in says.into_iter().enumerate() {
            if !(first && index == 0) && stream.read(&mut heard).unwrap() == 0 {
                return;
            }
            stream.write_all(&words).unwrap();
        }
        while stream.read(&mut heard).is_ok_and(|count| count > 0) {}
    });
    TcpStream::connect(address).unwrap()
}

fn talk(preamble: &Preamble, mut stream: TcpStream) -> Result<(), PreambleError> {
    let target: Target = "mail.example:25".parse().unwrap();
    converse(preamble, &target, &mut stream, Instant::now() + Duration::from_secs(20))
}

#[test]
fn a_proxy_and_then_a_server_are_asked() {
    let preamble =
        Preamble { proxy: Some("socks5://127.0.0.1:1".parse().unwrap()), starttls: Some(StartTls::Postgres) };
    let answer = b"\x05\0\0\x03\x03abc\0\x19".to_vec();
    talk(&preamble, peer(vec![b"\x05\0".to_vec(), answer, b"S".to_vec()], false)).unwrap();
    let refusing = peer(vec![b"\x05\0".to_vec(), b"\x05\x02\0\x01\0\0\0\0\0\0".to_vec()], false);
    let error = talk(&preamble, refusing).unwrap_err().to_string();
    assert_eq!(error, "the proxy socks5://127.0.0.1:1 refused: its rules do not allow the connection");
}

#[test]
fn what_comes_in_the_clear_behind_the_go_ahead_is_refused() {
    let preamble = Preamble { starttls: Some(StartTls::Pop3), ..Preamble::default() };
    let stream = peer(vec![b"+OK ready\r\n".to_vec(), b"+OK begin\r\n+OK injected\r\n".to_vec()], true);
    let error = talk(&preamble, stream).unwrap_err();
    assert!(matches!(error, PreambleError::Injected { count: 14, .. }), "{error}");
}

#[test]
fn who_leaves_in_between_is_told_from_who_says_something_else() {
    let preamble = Preamble { proxy: Some("http://127.0.0.1:1".parse().unwrap()), ..Preamble::default() };
    let error = talk(&preamble, peer(vec![b"HTTP/1.1 403 Forbidden\r\n\r\n".to_vec()], false)).unwrap_err();
    assert!(error.to_string().ends_with("refused: HTTP/1.1 403 Forbidden"), "{error}");
    let error = talk(&preamble, peer(vec![b"SSH-2.0-x\r\n".to_vec()], true)).unwrap_err();
    assert!(matches!(error, PreambleError::Misunderstood { .. }), "{error}");
}
