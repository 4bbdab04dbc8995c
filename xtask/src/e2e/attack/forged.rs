//! A TLS session whose keys are in our hands, for records that no TLS library would write.
//!
//! The handshake is rustls's; what follows is sealed here with AES-128-GCM, by RFC 8446 section 5.2 or RFC 5288.

use std::fmt;
use std::net::{SocketAddr, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, bail, ensure};
use aws_lc_rs::aead::{AES_128_GCM, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk};
use rustls::pki_types::ServerName;
use rustls::{ClientConnection, ConnectionTrafficSecrets, KeyLog, ProtocolVersion};

use super::config;
use super::raw::connect;
use crate::e2e::harness::Harness;

/// The types of records (RFC 8446 section 5.1).
pub(in crate::e2e) mod kind {
    /// ChangeCipherSpec.
    pub(in crate::e2e) const CHANGE: u8 = 20;
    /// Alert.
    pub(in crate::e2e) const ALERT: u8 = 21;
    /// Handshake.
    pub(in crate::e2e) const HANDSHAKE: u8 = 22;
    /// Application data.
    pub(in crate::e2e) const DATA: u8 = 23;
}

/// The content of an alert.
pub(super) const fn alert(level: u8, description: u8) -> [u8; 2] {
    [level, description]
}

/// An open connection, and the key that its next record to the server is sealed with.
pub(in crate::e2e) struct Forger {
    /// The connection.
    pub(in crate::e2e) socket: TcpStream,
    sealer: Sealer,
}

impl Forger {
    /// Shakes hands with `address`, in `version` ("1.2" or "1.3") alone.
    pub(in crate::e2e) fn open(harness: &Harness<'_>, address: SocketAddr, version: &str) -> Result<Self> {
        let log = Arc::new(TrafficSecret::default());
        let mut config = config(harness, Some(version))?;
        config.enable_secret_extraction = true;
        config.key_log = Arc::<TrafficSecret>::clone(&log);
        let mut socket = connect(address)?;
        let mut tls = ClientConnection::new(Arc::new(config), ServerName::try_from("localhost")?)?;
        while tls.is_handshaking() {
            tls.complete_io(&mut socket).context("the handshake before the forgery")?;
        }
        let sealer = match tls.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => Sealer::tls13(log.take()?)?,
            _ => {
                let (sequence, secrets) = tls.dangerous_extract_secrets()?.tx;
                let ConnectionTrafficSecrets::Aes128Gcm { key, iv } = secrets else {
                    bail!("another suite was chosen")
                };
                Sealer::new(Version::Tls12, key.as_ref(), iv.as_ref(), sequence)?
            }
        };
        Ok(Self { socket, sealer })
    }

    /// As many records of the same kind as `count` says, in few writes.
    pub(in crate::e2e) fn records(&mut self, kind: u8, content: &[u8], count: usize) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        for _ in 0..count {
            all.extend(self.sealer.record(kind, content)?);
        }
        Ok(all)
    }

    /// KeyUpdates, each of which changes the key of the next; the server is asked for its own where `requested`.
    pub(in crate::e2e) fn key_updates(&mut self, count: usize, requested: bool) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        for _ in 0..count {
            all.extend(self.sealer.record(kind::HANDSHAKE, &[24, 0, 0, 1, u8::from(requested)])?);
            self.sealer.update()?;
        }
        Ok(all)
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Version {
    Tls12,
    Tls13,
}

/// Makes records.
struct Sealer {
    version: Version,
    key: LessSafeKey,
    iv: [u8; 12],
    sequence: u64,
    /// Of TLS 1.3: what the key comes from, and the next one.
    secret: Vec<u8>,
}

impl Sealer {
    fn new(version: Version, key: &[u8], iv: &[u8], sequence: u64) -> Result<Self> {
        let key = UnboundKey::new(&AES_128_GCM, key).ok().context("a key of another length")?;
        let iv = iv.try_into().context("an IV of another length")?;
        Ok(Self { version, key: LessSafeKey::new(key), iv, sequence, secret: Vec::new() })
    }

    /// RFC 8446 section 7.3.
    fn tls13(secret: Vec<u8>) -> Result<Self> {
        let (key, iv) = (expand(&secret, "key", 16)?, expand(&secret, "iv", 12)?);
        Ok(Self { secret, ..Self::new(Version::Tls13, &key, &iv, 0)? })
    }

    /// RFC 8446 section 7.2.
    fn update(&mut self) -> Result<()> {
        ensure!(self.version == Version::Tls13, "TLS 1.2 has no KeyUpdate");
        *self = Self::tls13(expand(&self.secret, "traffic upd", 32)?)?;
        Ok(())
    }

    fn record(&mut self, kind: u8, content: &[u8]) -> Result<Vec<u8>> {
        let sequence = self.sequence.to_be_bytes();
        self.sequence += 1;
        let mut nonce = self.iv;
        nonce[4..].iter_mut().zip(sequence).for_each(|(byte, of_sequence)| *byte ^= of_sequence);
        let mut body = content.to_vec();
        let (outer, explicit, aad) = match self.version {
            Version::Tls13 => {
                body.push(kind);
                let outer = kind::DATA;
                (outer, Vec::new(), [&[outer][..], &[3, 3], &length(body.len() + 16)?].concat())
            }
            Version::Tls12 => {
                (kind, nonce[4..].to_vec(), [&sequence[..], &[kind, 3, 3], &length(body.len())?].concat())
            }
        };
        let nonce = Nonce::assume_unique_for_key(nonce);
        self.key.seal_in_place_append_tag(nonce, Aad::from(aad), &mut body).ok().context("sealing a record")?;
        Ok([&[outer, 3, 3][..], &length(explicit.len() + body.len())?, &explicit, &body].concat())
    }
}

fn length(count: usize) -> Result<[u8; 2]> {
    Ok(u16::try_from(count).context("a record that no length can tell")?.to_be_bytes())
}

/// HKDF-Expand-Label with an empty context (RFC 8446 section 7.1).
fn expand(secret: &[u8], label: &str, count: u16) -> Result<Vec<u8>> {
    struct Count(usize);
    impl KeyType for Count {
        fn len(&self) -> usize {
            self.0
        }
    }
    let label = format!("tls13 {label}");
    let lengths = (count.to_be_bytes(), [u8::try_from(label.len())?]);
    let info = [&lengths.0[..], &lengths.1, label.as_bytes(), &[0]];
    let mut out = vec![0; count.into()];
    let key = Prk::new_less_safe(HKDF_SHA256, secret);
    let expanded = key.expand(&info, Count(count.into())).and_then(|key| key.fill(&mut out));
    expanded.ok().context("expanding a secret")?;
    Ok(out)
}

/// Keeps the first secret of what the client sends once it is open.
#[derive(Default)]
struct TrafficSecret(Mutex<Option<Vec<u8>>>);

impl TrafficSecret {
    fn take(&self) -> Result<Vec<u8>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.take().context("the handshake told no traffic secret")
    }
}

impl KeyLog for TrafficSecret {
    fn log(&self, label: &str, _client_random: &[u8], secret: &[u8]) {
        if label == "CLIENT_TRAFFIC_SECRET_0" {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(secret.to_vec());
        }
    }
}

impl fmt::Debug for TrafficSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TrafficSecret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8448 section 3: the client's application traffic secret, and the key and IV it gives.
    #[test]
    fn keys_are_those_of_rfc_8448() {
        let bytes = |hex: &str| data_encoding::HEXLOWER.decode(hex.as_bytes()).unwrap();
        let secret = bytes("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5");
        assert_eq!(expand(&secret, "key", 16).unwrap(), bytes("17422dda596ed5d9acd890e3c63f5051"));
        assert_eq!(expand(&secret, "iv", 12).unwrap(), bytes("5b78923dee08579033e523d9"));
    }
}
