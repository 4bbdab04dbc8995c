//! A whole connection, as it went over the wire: its records in both directions, opened where their secrets are known,
//! and the handshake messages in them.
//!
//! Every byte of a direction is in one record, or in what is left over; every byte that a record protects or carries is
//! in one of its parts.

use zeroize::Zeroizing;

use crate::fields::{Field, Value};
use crate::handshake::{self, Context, TLS13, kind};
use crate::protection::{self, Opener, Suite, TAG, Writer};
use crate::record::{self, Header, content};
use crate::secrets::Secrets;
use crate::speaks::{self, Speaks};
use crate::{names, reader::Reader};

/// A longer handshake message is not put together. Certificates are the longest that there are.
const MAX_MESSAGE: usize = 1 << 18;

/// Both directions.
#[derive(Debug, Clone, Default)]
pub struct Transcript {
    /// What the client sent.
    pub client: Side,
    /// What the server sent.
    pub server: Side,
    /// What was negotiated.
    pub context: Context,
}

/// One direction.
#[derive(Debug, Clone, Default)]
pub struct Side {
    /// Its records, in order.
    pub records: Vec<Record>,
    /// Its handshake messages, in order.
    pub messages: Vec<Message>,
    /// What follows the last record and is none; none where nothing does.
    pub rest: Option<Rest>,
}

/// A record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its first byte, counted from the direction's first.
    pub offset: usize,
    /// Its header, which anybody can read.
    pub header: Header,
    /// Whether what is in it was sealed.
    pub protection: Protection,
    /// The type of what is in it; in TLS 1.3 the header hides it. None where it could not be opened.
    pub content_type: Option<u8>,
    /// What is in it, without padding; empty where it could not be opened.
    pub content: Vec<u8>,
    /// What the content consists of, in order and without a gap.
    pub parts: Vec<Part>,
}

/// Whether a record was sealed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protection {
    /// It was not: anybody reads it.
    None,
    /// It was, and has been opened.
    Opened {
        /// Bytes of the nonce in front of what is sealed.
        explicit_nonce: usize,
        /// Bytes of padding behind the type (RFC 8446 section 5.4); none before TLS 1.3, which has no such type.
        padding: Option<usize>,
    },
    /// It was, and has not been opened, for this reason.
    Sealed(&'static str),
}

/// A part of a record's content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Part {
    /// Its first byte, counted from the content's first.
    pub offset: usize,
    /// How many bytes it has.
    pub length: usize,
    /// What it is.
    pub what: What,
}

/// What a part is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// The handshake message of this place in [`Side::messages`], or a piece of it.
    Message(usize),
    /// An alert.
    Alert(Field),
    /// A ChangeCipherSpec.
    ChangeCipherSpec(Field),
    /// The application's.
    ApplicationData,
    /// None of these.
    Unknown,
}

/// A handshake message, put together from its pieces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// Its type.
    pub kind: u8,
    /// What it says; its offsets count from the message's first byte.
    pub field: Field,
    /// The records of its first and its last piece.
    pub records: (usize, usize),
}

/// Bytes that are no record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rest {
    /// The first of them, counted from the direction's first.
    pub offset: usize,
    /// How many there are.
    pub length: usize,
    /// What they are.
    pub what: Left,
}

/// What follows the last record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Left {
    /// The beginning of a record whose end did not come.
    Cut,
    /// Another protocol.
    Speaks(Speaks),
}

impl Message {
    /// The name that people call it by.
    pub fn name(&self) -> &'static str {
        match self.field.name {
            "hello_retry_request" => "HelloRetryRequest",
            _ => names::message(self.kind).unwrap_or("unknown message"),
        }
    }
}

impl Record {
    /// How many bytes it is on the wire.
    pub const fn length(&self) -> usize {
        record::HEADER + self.header.length
    }

    /// The type of the header in front of it.
    pub const fn outer_type(&self) -> u8 {
        self.header.content_type
    }

    /// The record byte by byte: its header, and around its content what protects it. Offsets count from its first byte.
    pub fn fields(&self) -> Vec<Field> {
        let header = &self.header;
        let code = |code: u16, name| Value::Code { code, name };
        let outer = u16::from(header.content_type);
        let mut spans = vec![
            ("content_type", 1, code(outer, handshake::content_type(outer))),
            ("version", 2, code(header.version, names::version(header.version))),
            ("length", 2, Value::Number(header.length as u64)),
        ];
        match self.protection {
            Protection::None => spans.push(("content", header.length, Value::Fields)),
            Protection::Sealed(why) => spans.push(("sealed", header.length, Value::Undecoded(why))),
            Protection::Opened { explicit_nonce, padding } => {
                let inner = self.content_type.map_or(0, u16::from);
                spans.push(("explicit_nonce", explicit_nonce, Value::Withheld));
                spans.push(("content", self.content.len(), Value::Fields));
                if let Some(padding) = padding {
                    spans.push(("inner_content_type", 1, code(inner, handshake::content_type(inner))));
                    spans.push(("padding", padding, Value::Number(0)));
                }
                spans.push(("authentication_tag", TAG, Value::Withheld));
            }
        }
        let mut offset = 0;
        let mut fields = Vec::with_capacity(spans.len());
        for (name, length, value) in spans {
            if length > 0 || name == "content" {
                fields.push(Field { name, offset, length, value, fields: Vec::new() });
            }
            offset += length;
        }
        fields
    }
}

impl Transcript {
    /// Reads a connection from the bytes of both directions.
    pub fn read(client: &[u8], server: &[u8], secrets: &Secrets) -> Self {
        let mut session = Session { secrets, client_random: client_random(client), ..Session::blank(secrets) };
        let server = Reading::new(Writer::Server, &mut session).read(server);
        let client = Reading::new(Writer::Client, &mut session).read(client);
        Self { client, server, context: session.context }
    }
}

/// What both directions depend on.
struct Session<'a> {
    secrets: &'a Secrets,
    client_random: Vec<u8>,
    server_random: Vec<u8>,
    context: Context,
}

impl<'a> Session<'a> {
    const fn blank(secrets: &'a Secrets) -> Self {
        let context = Context { version: None, suite: None };
        Self { secrets, client_random: Vec::new(), server_random: Vec::new(), context }
    }

    fn secret(&self, label: &str) -> Option<&'a [u8]> {
        self.secrets.find(label, &self.client_random)
    }

    /// A ServerHello says what is negotiated from there on.
    fn negotiated(&mut self, hello: &Field) {
        let code = |name: &str| hello.find(name).and_then(Field::number).and_then(|code| u16::try_from(code).ok());
        self.context.version = code("selected_version").or_else(|| code("version"));
        self.context.suite = code("cipher_suite");
        if let Some(Value::Bytes(random)) = hello.find("random").map(|field| &field.value) {
            self.server_random.clone_from(random);
        }
    }
}

/// The random value of the first ClientHello, by which secrets are found. That of a second one is the same (RFC 8446
/// section 4.1.2).
fn client_random(client: &[u8]) -> Vec<u8> {
    let mut assembly = record::Assembly::default();
    let message = assembly.first_message(client).ok().flatten();
    let random = message.filter(|message| message.kind == kind::CLIENT_HELLO).and_then(|message| {
        let mut reader = Reader::new(message.body);
        reader.u16()?;
        reader.take(32)
    });
    random.unwrap_or_default().to_vec()
}

/// One direction as it is read.
struct Reading<'s, 'a> {
    writer: Writer,
    session: &'s mut Session<'a>,
    keys: Keys,
    side: Side,
    /// The beginning of a handshake message, and the record that it began in.
    pending: Vec<u8>,
    began: usize,
    /// Whether a handshake message was too long, so that where the next begins is not known.
    lost: bool,
}

/// Under which keys the direction writes.
enum Keys {
    /// Under none yet.
    None,
    Open(Opener, Epoch),
    /// Under some that are not known, for this reason.
    Unknown(&'static str),
}

/// Of which keys TLS 1.3 writes under.
enum Epoch {
    Tls12,
    EarlyData,
    Handshake,
    Application(Zeroizing<Vec<u8>>),
}

const NO_SECRET: &str = "its secret is not known";
const NO_SUITE: &str = "its suite cannot be opened here";
const NOT_OURS: &str = "it does not open with the secret that is known";

impl<'s, 'a> Reading<'s, 'a> {
    fn new(writer: Writer, session: &'s mut Session<'a>) -> Self {
        let side = Side::default();
        Self { writer, session, keys: Keys::None, side, pending: Vec::new(), began: 0, lost: false }
    }

    fn read(mut self, bytes: &[u8]) -> Side {
        let mut offset = 0;
        loop {
            let rest = bytes.get(offset..).unwrap_or_default();
            if rest.is_empty() {
                break;
            }
            let payload = |header: Header| rest.get(record::HEADER..record::HEADER + header.length);
            match Header::decode(rest) {
                Ok(Some(header)) if payload(header).is_some() => {
                    self.record(offset, header, payload(header).unwrap_or_default());
                    offset += record::HEADER + header.length;
                }
                Ok(_) => {
                    self.side.rest = Some(Rest { offset, length: rest.len(), what: Left::Cut });
                    break;
                }
                Err(_) => {
                    let what = Left::Speaks(speaks::heard(rest));
                    self.side.rest = Some(Rest { offset, length: rest.len(), what });
                    break;
                }
            }
        }
        self.finish();
        self.side
    }

    fn record(&mut self, offset: usize, header: Header, payload: &[u8]) {
        let (protection, content_type, content) = self.unprotect(header, payload);
        let parts = Vec::new();
        self.side.records.push(Record { offset, header, protection, content_type, content: Vec::new(), parts });
        let Some(content_type) = content_type else { return };
        let parts = self.parts(content_type, &content);
        if let Some(record) = self.side.records.last_mut() {
            record.content = content;
            record.parts.extend(parts);
        }
    }

    fn unprotect(&mut self, header: Header, payload: &[u8]) -> (Protection, Option<u8>, Vec<u8>) {
        let tls13 = self.session.context.version == Some(TLS13);
        if matches!(self.keys, Keys::None) && tls13 && header.content_type == content::APPLICATION_DATA {
            self.keys = self.first_keys();
        }
        // In TLS 1.3 only application data is sealed (RFC 8446 section 5.2).
        let plain = tls13 && header.content_type != content::APPLICATION_DATA;
        let opened = match &mut self.keys {
            Keys::None => return (Protection::None, Some(header.content_type), payload.to_vec()),
            _ if plain => return (Protection::None, Some(header.content_type), payload.to_vec()),
            Keys::Unknown(why) => return (Protection::Sealed(why), None, Vec::new()),
            Keys::Open(opener, _) => opener.open(header, payload),
        };
        let opened = match (opened, &self.keys) {
            // Early data has no marked end where the server refused it.
            (None, Keys::Open(_, Epoch::EarlyData)) => {
                self.keys = self.keys13("HANDSHAKE_TRAFFIC_SECRET", |_| Epoch::Handshake);
                match &mut self.keys {
                    Keys::Open(opener, _) => opener.open(header, payload),
                    _ => None,
                }
            }
            (opened, _) => opened,
        };
        let Some(opened) = opened else { return (Protection::Sealed(NOT_OURS), None, Vec::new()) };
        let explicit_nonce = opened.explicit_nonce;
        let mut plaintext = opened.plaintext;
        if !tls13 {
            let protection = Protection::Opened { explicit_nonce, padding: None };
            return (protection, Some(header.content_type), plaintext);
        }
        let Some(end) = plaintext.iter().rposition(|&byte| byte != 0) else {
            return (Protection::Sealed("it has no content type in it"), None, Vec::new());
        };
        let padding = Some(plaintext.len() - end - 1);
        let content_type = plaintext.get(end).copied();
        plaintext.truncate(end);
        (Protection::Opened { explicit_nonce, padding }, content_type, plaintext)
    }

    /// The keys of the first sealed record of TLS 1.3.
    fn first_keys(&self) -> Keys {
        if self.writer == Writer::Client && self.session.secret("CLIENT_EARLY_TRAFFIC_SECRET").is_some() {
            return self.keys13("EARLY_TRAFFIC_SECRET", |_| Epoch::EarlyData);
        }
        self.keys13("HANDSHAKE_TRAFFIC_SECRET", |_| Epoch::Handshake)
    }

    fn keys13(&self, label: &str, epoch: impl FnOnce(&[u8]) -> Epoch) -> Keys {
        let writer = if self.writer == Writer::Client { "CLIENT" } else { "SERVER" };
        let Some(secret) = self.session.secret(&format!("{writer}_{label}")) else { return Keys::Unknown(NO_SECRET) };
        self.keys_of(secret, epoch)
    }

    fn keys_of(&self, secret: &[u8], epoch: impl FnOnce(&[u8]) -> Epoch) -> Keys {
        let Some(suite) = self.session.context.suite.and_then(Suite::of) else { return Keys::Unknown(NO_SUITE) };
        Opener::tls13(suite, secret).map_or(Keys::Unknown(NOT_OURS), |opener| Keys::Open(opener, epoch(secret)))
    }

    /// After a ChangeCipherSpec TLS 1.2 writes under the keys that were agreed on.
    fn keys12(&self) -> Keys {
        let Some(suite) = self.session.context.suite.and_then(Suite::of) else { return Keys::Unknown(NO_SUITE) };
        let Some(master) = self.session.secret("CLIENT_RANDOM") else { return Keys::Unknown(NO_SECRET) };
        let (client, server) = (&self.session.client_random, &self.session.server_random);
        let opener = Opener::tls12(suite, master, client, server, self.writer);
        opener.map_or(Keys::Unknown(NOT_OURS), |opener| Keys::Open(opener, Epoch::Tls12))
    }

    fn parts(&mut self, content_type: u8, content: &[u8]) -> Vec<Part> {
        let whole = |what| vec![Part { offset: 0, length: content.len(), what }];
        match content_type {
            content::HANDSHAKE => self.handshake(content),
            content::ALERT => whole(What::Alert(handshake::alert(content))),
            content::CHANGE_CIPHER_SPEC => {
                if self.session.context.version.is_some_and(|version| version != TLS13) {
                    self.keys = match self.keys {
                        Keys::None => self.keys12(),
                        _ => Keys::Unknown("keys were agreed on once more, which is not followed here"),
                    };
                }
                whole(What::ChangeCipherSpec(handshake::change_cipher_spec(content)))
            }
            content::APPLICATION_DATA => whole(What::ApplicationData),
            _ => whole(What::Unknown),
        }
    }

    /// Cuts a record's handshake messages apart, and puts those together that are in several records.
    fn handshake(&mut self, mut content: &[u8]) -> Vec<Part> {
        let (mut parts, mut offset) = (Vec::new(), 0);
        let record = self.side.records.len() - 1;
        while !content.is_empty() {
            if self.lost {
                parts.push(Part { offset, length: content.len(), what: What::Unknown });
                break;
            }
            if self.pending.is_empty() {
                self.began = record;
            }
            let taken = wanted(&self.pending, content).min(content.len());
            let (piece, rest) = content.split_at(taken);
            self.pending.extend_from_slice(piece);
            content = rest;
            parts.push(Part { offset, length: taken, what: What::Message(self.side.messages.len()) });
            offset += taken;
            match announced(&self.pending) {
                Some(length) if length > MAX_MESSAGE => {
                    self.lost = true;
                    self.message(record);
                }
                Some(length) if length == self.pending.len() => self.message(record),
                _ => {}
            }
        }
        parts
    }

    /// The message that has been put together.
    fn message(&mut self, record: usize) {
        let bytes = std::mem::take(&mut self.pending);
        let kind = bytes.first().copied().unwrap_or_default();
        let field = handshake::message(&bytes, self.session.context);
        match kind {
            kind::SERVER_HELLO if self.writer == Writer::Server => self.session.negotiated(&field),
            kind::FINISHED => self.finished(),
            kind::END_OF_EARLY_DATA => {
                self.keys = self.keys13("HANDSHAKE_TRAFFIC_SECRET", |_| Epoch::Handshake);
            }
            kind::KEY_UPDATE => self.updated(),
            _ => {}
        }
        self.side.messages.push(Message { kind, field, records: (self.began, record) });
    }

    /// What follows a Finished of TLS 1.3 is under the keys of the application.
    fn finished(&mut self) {
        if let Keys::Open(_, Epoch::Handshake) = self.keys {
            self.keys = self.keys13("TRAFFIC_SECRET_0", |secret| Epoch::Application(Zeroizing::new(secret.to_vec())));
        }
    }

    fn updated(&mut self) {
        let Keys::Open(_, Epoch::Application(secret)) = &self.keys else { return };
        let next =
            self.session.context.suite.and_then(Suite::of).and_then(|suite| protection::next_secret(suite, secret));
        self.keys = next.map_or(Keys::Unknown(NO_SUITE), |next| {
            self.keys_of(&next, |secret| Epoch::Application(Zeroizing::new(secret.to_vec())))
        });
    }

    /// The connection is over, and with it a message whose end did not come.
    fn finish(&mut self) {
        if !self.pending.is_empty() {
            self.message(self.side.records.len().saturating_sub(1));
        }
    }
}

/// How many of `content`'s bytes belong to the message that `pending` begins.
fn wanted(pending: &[u8], content: &[u8]) -> usize {
    let begins: Vec<u8> = pending.iter().chain(content).take(4).copied().collect();
    announced(&begins).map_or(content.len(), |length| length - pending.len())
}

/// How long the message is that begins so, with its header; none where that cannot be read yet.
fn announced(bytes: &[u8]) -> Option<usize> {
    let mut reader = Reader::new(bytes);
    reader.u8()?;
    Some(4 + reader.u24()?)
}

#[cfg(test)]
mod tests;
