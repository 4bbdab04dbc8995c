//! What an eavesdropper has learned of a connection, and what was hidden from them.

use wire::hello::ClientHello;
use wire::transcript::{Protection, Side};
use wire::{Field, Transcript, fingerprint};

use super::model::{Event, Learned};
use super::tap::{End, Recording};
use super::words::{all, bytes_of, is_tls13, listed, message, named, offers_session, versions};

pub(super) struct Facts {
    pub(super) learned: Vec<Learned>,
    pub(super) hidden: Vec<Learned>,
}

/// What both columns come to.
pub(super) fn facts(recording: &Recording, client: &[u8], transcript: &Transcript, events: &[Event]) -> Facts {
    let mut facts = Facts { learned: Vec::new(), hidden: Vec::new() };
    facts.learn("addresses", format!("{} to {}", recording.client, recording.server));
    facts.offered(transcript, client);
    facts.agreed(transcript);
    facts.certificates(transcript);
    facts.data(transcript, events);
    facts
}

/// The message of this name that comes first, and whether it was sealed.
fn first<'a>(side: &'a Side, name: &str) -> Option<(&'a wire::transcript::Message, bool)> {
    let found = side.messages.iter().find(|message| message.name() == name)?;
    let record = side.records.get(found.records.1);
    Some((found, record.is_some_and(|record| record.protection != Protection::None)))
}

/// The ServerHello that is no HelloRetryRequest.
fn server_hello(transcript: &Transcript) -> Option<&Field> {
    first(&transcript.server, "ServerHello").map(|(message, _)| &message.field)
}

/// The last ClientHello: the one that was answered.
fn client_hello(transcript: &Transcript) -> Option<&Field> {
    let mut hellos = transcript.client.messages.iter().filter(|message| message.name() == "ClientHello");
    hellos.next_back().map(|message| &message.field)
}

/// The group of the key exchange.
pub(super) fn group(transcript: &Transcript) -> Option<&'static str> {
    let code = |field: &Field| field.number().and_then(|code| u16::try_from(code).ok());
    let group = match is_tls13(transcript) {
        true => server_hello(transcript)?.find("key_share").and_then(code),
        false => first(&transcript.server, "ServerKeyExchange")?.0.field.find("named_group").and_then(code),
    };
    group.and_then(wire::names::group)
}

/// Whether the server goes on with an earlier session: by the ticket that it chose, or in TLS 1.2 by leaving out
/// everything between its hello and its Finished.
pub(super) fn is_resumed(transcript: &Transcript) -> bool {
    let Some(hello) = server_hello(transcript) else { return false };
    if is_tls13(transcript) {
        return hello.find("selected_identity").is_some();
    }
    let side = &transcript.server;
    let finished = side.records.iter().any(|record| record.outer_type() == wire::record::content::CHANGE_CIPHER_SPEC);
    finished && first(side, "ServerHelloDone").is_none()
}

impl Facts {
    fn learn(&mut self, what: &'static str, words: impl Into<String>) {
        self.learned.push(Learned { what, words: words.into() });
    }

    fn hide(&mut self, what: &'static str, words: impl Into<String>) {
        self.hidden.push(Learned { what, words: words.into() });
    }

    /// What the ClientHello says to everybody.
    fn offered(&mut self, transcript: &Transcript, client: &[u8]) {
        let Some(hello) = client_hello(transcript) else { return };
        match hello.find("host_name").and_then(named) {
            Some(name) => self.learn("name", format!("{name}, which the client asks for (SNI)")),
            None => self.hide("name", "none is asked for (no SNI)"),
        }
        let protocols = all(hello, "protocol");
        if !protocols.is_empty() {
            self.learn("ALPN offered", listed(&protocols));
        }
        self.learn("versions offered", listed(&versions(hello)));
        let mut assembly = wire::record::Assembly::default();
        let message = assembly.first_message(client).ok().flatten();
        if let Some(hello) = message.and_then(|message| ClientHello::decode(message.body).ok()) {
            self.learn("client software", format!("its fingerprint: JA4 {}", fingerprint::ja4(&hello)));
        }
        if offers_session(hello) {
            self.learn("earlier session", "the ticket that is shown was given in an earlier connection");
        }
    }

    /// What the server chose, and who could read it.
    fn agreed(&mut self, transcript: &Transcript) {
        let Some(hello) = server_hello(transcript) else { return };
        let mut agreed: Vec<String> =
            transcript.context.version.and_then(wire::names::version).map(str::to_owned).into_iter().collect();
        agreed.extend(hello.find("cipher_suite").and_then(named));
        agreed.extend(group(transcript).map(str::to_owned));
        self.learn("agreed", agreed.join(", "));
        if let Some(protocol) = all(hello, "protocol").first() {
            self.learn("ALPN chosen", protocol.clone());
        }
        let sealed = first(&transcript.server, "EncryptedExtensions");
        if let Some(protocol) = sealed.and_then(|(message, _)| all(&message.field, "protocol").into_iter().next()) {
            self.hide("ALPN chosen", protocol);
        }
    }

    /// TLS 1.2 shows certificates to everybody, and tickets; TLS 1.3 hides them.
    fn certificates(&mut self, transcript: &Transcript) {
        let ends = [(&transcript.server, "server certificate"), (&transcript.client, "client certificate")];
        for (side, what) in ends {
            if let Some((certificate, sealed)) = first(side, "Certificate") {
                let words = message(certificate, transcript);
                if sealed { self.hide(what, words) } else { self.learn(what, words) }
            }
        }
        if let Some((request, sealed)) = first(&transcript.server, "CertificateRequest") {
            let words = format!("asked for, {}", message(request, transcript));
            let what = "client certificate";
            if sealed { self.hide(what, words) } else { self.learn(what, words) }
        }
        let tickets = transcript.server.messages.iter().filter(|message| message.name() == "NewSessionTicket").count();
        if let Some((_, sealed)) = first(&transcript.server, "NewSessionTicket") {
            let words =
                if tickets == 1 { "1 for a later session".to_owned() } else { format!("{tickets} for later sessions") };
            if sealed { self.hide("tickets", words) } else { self.learn("tickets", words) }
        }
    }

    fn data(&mut self, transcript: &Transcript, events: &[Event]) {
        let sum = |from| events.iter().filter(|event| event.from == from).map(|event| event.length).sum::<usize>();
        let times = events.last().map_or(0, |event| event.at_us);
        self.learn(
            "sizes and times",
            format!(
                "{} to the server and {} back, in {} records over {}",
                bytes_of(sum(End::Client)),
                bytes_of(sum(End::Server)),
                events.len(),
                crate::report::text::milliseconds(times)
            ),
        );
        let said = |side: &Side| {
            let parts = side.records.iter().flat_map(|record| &record.parts);
            let data = parts.filter(|part| part.what == wire::transcript::What::ApplicationData);
            data.map(|part| part.length).sum::<usize>()
        };
        let (out, back) = (said(&transcript.client), said(&transcript.server));
        if out + back > 0 {
            self.hide("data", format!("{} to the server, {} back", bytes_of(out), bytes_of(back)));
        }
    }
}
