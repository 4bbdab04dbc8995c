//! Connections on which TLS could not begin: a proxy or a server that was asked in the clear did not say yes.

use std::time::Duration;

use common::terminal::Exit;

use super::{Circumstances, Explanation, Fault};

/// Who was asked in the clear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// A proxy, by its address, for a connection to the peer.
    Proxy(String),
    /// The peer itself, for TLS, in this protocol (`SMTP`).
    Peer(String),
}

/// Why TLS could not begin. What was heard is in the clear, and is shown for what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unready {
    /// It said no, in these words.
    Refused(String),
    /// It speaks the protocol, and TLS is not among what it offers.
    NotOffered(String),
    /// It speaks another protocol; it said this.
    Misunderstood(String),
    /// It went on in the clear behind its go-ahead, for so many bytes.
    Injected(usize),
    /// It said nothing for so long.
    Silent(Duration),
    /// It closed the connection.
    Ended,
    /// The connection broke, and the system said this.
    Broken(String),
}

/// Why TLS could not begin.
pub fn unready(asked: &Asked, why: &Unready, around: &Circumstances) -> Explanation {
    match asked {
        Asked::Proxy(proxy) => of_proxy(proxy, why, around),
        Asked::Peer(protocol) => of_peer(protocol, why, around),
    }
}

fn of_peer(protocol: &str, why: &Unready, around: &Circumstances) -> Explanation {
    let peer = &around.peer;
    let elsewhere = "or connect to a port of it that speaks TLS from the first byte, and leave --starttls away";
    match why {
        Unready::Refused(answer) => {
            let sentence = format!("{peer} refused to go over to TLS in {protocol}: {answer}");
            Explanation::new(Exit::StartTls, Fault::Peer, sentence)
                .mend(format!("look into the server's log and at its certificate and key; {elsewhere}"))
        }
        Unready::NotOffered(offer) => {
            let sentence = format!("{peer} speaks {protocol} and offers no TLS: {offer}");
            Explanation::new(Exit::StartTls, Fault::Peer, sentence)
                .mend(format!("turn TLS on there; if it is on, something in between takes the offer away; {elsewhere}"))
        }
        Unready::Misunderstood(said) => {
            let sentence = format!("{peer} does not speak {protocol} on this port; it said `{said}`");
            Explanation::new(Exit::NotTls, Fault::Us, sentence)
                .mend("name the protocol that it speaks: --starttls PROTOCOL; or the port that speaks this one")
        }
        Unready::Injected(count) => {
            let sentence = format!(
                "{peer} sent {count} bytes in the clear behind its go-ahead for TLS, where somebody in between may have put them"
            );
            Explanation::new(Exit::StartTls, Fault::Peer, sentence)
                .mend(format!("have the server updated: nothing may come between (CVE-2011-0411); {elsewhere}"))
        }
        Unready::Silent(after) => {
            let sentence = format!("{peer} said nothing in {protocol} for {} s", after.as_secs_f64());
            Explanation::new(Exit::Deadline, Fault::Peer, sentence).mend(
                "if it speaks TLS from the first byte, it waits for the client: leave --starttls away; else give it longer: --timeout 1m",
            )
        }
        Unready::Ended => {
            let sentence = format!("{peer} closed the connection when it was spoken to in {protocol}");
            Explanation::new(Exit::StartTls, Fault::Peer, sentence)
                .mend("look into the server's log: it may not let this address in, or speak another protocol")
        }
        Unready::Broken(reason) => {
            let sentence = format!("the connection to {peer} broke while it was spoken to in {protocol}: {reason}");
            Explanation::new(Exit::StartTls, Fault::Peer, sentence)
                .mend("look into the server's log: it may not let this address in, or speak another protocol")
        }
    }
}

fn of_proxy(proxy: &str, why: &Unready, around: &Circumstances) -> Explanation {
    let peer = &around.peer;
    let (sentence, mend) = match why {
        Unready::Refused(answer) | Unready::NotOffered(answer) => (
            format!("the proxy {proxy} does not connect to {peer}: {answer}"),
            "have it allow this host and port, or go there directly: leave --proxy away",
        ),
        Unready::Misunderstood(said) => (
            format!("{proxy} is no such proxy; it said `{said}`"),
            "check the scheme and the port of --proxy: http:// is for HTTP CONNECT, socks5:// for SOCKS5",
        ),
        Unready::Injected(count) => (
            format!("the proxy {proxy} sent {count} bytes of its own behind its yes"),
            "use another proxy: what it adds would be taken for the server's",
        ),
        Unready::Silent(after) => (
            format!("the proxy {proxy} gave no answer for {peer} within {} s", after.as_secs_f64()),
            "check whether it reaches the host, or give it longer: --timeout 1m",
        ),
        Unready::Ended => (
            format!("the proxy {proxy} closed the connection when it was asked for {peer}"),
            "check the scheme of --proxy, and whom the proxy serves",
        ),
        Unready::Broken(reason) => (
            format!("the connection to the proxy {proxy} broke when it was asked for {peer}: {reason}"),
            "check the scheme of --proxy, and whom the proxy serves",
        ),
    };
    Explanation::new(Exit::Connect, Fault::Network, sentence).mend(mend)
}
