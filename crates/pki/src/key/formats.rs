//! A public key as other programs take it: PEM, DER, JWK (RFC 7517, RFC 7518, RFC 8037) and OpenSSH (RFC 4253, RFC 5656,
//! RFC 8709).

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use der::Decode as _;
use spki::SubjectPublicKeyInfoRef;

use super::public::RsaPublicKey;
use super::{Algorithm, PublicKey};
use crate::convert::pem;

/// How a public key is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PublicFormat {
    /// `SubjectPublicKeyInfo` in PEM, as `openssl pkey -pubout` writes it.
    #[default]
    Pem,
    /// The same in DER.
    Der,
    /// A JSON Web Key, its thumbprint (RFC 7638) as the key id.
    Jwk,
    /// A line for `authorized_keys`.
    OpenSsh,
}

impl PublicFormat {
    /// What [`FromStr`] takes.
    pub const NAMES: [&str; 4] = ["pem", "der", "jwk", "openssh"];
}

/// What was asked for is none of [`PublicFormat::NAMES`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{asked}` is no form of a public key; there are {}", PublicFormat::NAMES.join(", "))]
pub struct UnknownFormat {
    /// What was asked for.
    pub asked: String,
}

impl FromStr for PublicFormat {
    type Err = UnknownFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "pem" => Self::Pem,
            "der" => Self::Der,
            "jwk" => Self::Jwk,
            "openssh" => Self::OpenSsh,
            _ => return Err(UnknownFormat { asked: text.to_owned() }),
        })
    }
}

impl fmt::Display for PublicFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pem => "PEM",
            Self::Der => "DER",
            Self::Jwk => "JWK",
            Self::OpenSsh => "OpenSSH",
        })
    }
}

/// A key of this kind has no such form here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a key of the kind {kind} is not written as {format} here")]
pub struct FormatError {
    /// The kind of key.
    pub kind: String,
    /// The form that was asked for.
    pub format: PublicFormat,
}

/// The numbers of a key.
enum Numbers<'a> {
    /// The curve's names for JWK and OpenSSH, and the two coordinates.
    Curve {
        jwk: &'static str,
        ssh: &'static str,
        x: &'a [u8],
        y: &'a [u8],
    },
    Edwards {
        x: &'a [u8],
    },
    Rsa {
        n: &'a [u8],
        e: &'a [u8],
    },
}

impl PublicKey {
    /// The key in `format`, text with a line end.
    ///
    /// # Errors
    /// JWK and OpenSSH have no form, or none that is known here, for its kind.
    pub fn to_format(&self, format: PublicFormat) -> Result<Vec<u8>, FormatError> {
        let unknown = || FormatError { kind: self.title(), format };
        Ok(match format {
            PublicFormat::Pem => pem::public_key(self).into_bytes(),
            PublicFormat::Der => self.spki().to_vec(),
            PublicFormat::Jwk => self.jwk().ok_or_else(unknown)?.into_bytes(),
            PublicFormat::OpenSsh => self.openssh().ok_or_else(unknown)?.into_bytes(),
        })
    }

    fn jwk(&self) -> Option<String> {
        let bits = self.bits()?;
        let base64 = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        // The members that are hashed, in the order of their names (RFC 7638 section 3.2).
        let members = match self.numbers(&bits)? {
            Numbers::Curve { jwk, x, y, .. } => {
                format!(r#""crv":"{jwk}","kty":"EC","x":"{}","y":"{}""#, base64(x), base64(y))
            }
            Numbers::Edwards { x } => format!(r#""crv":"Ed25519","kty":"OKP","x":"{}""#, base64(x)),
            Numbers::Rsa { n, e } => format!(r#""e":"{}","kty":"RSA","n":"{}""#, base64(e), base64(n)),
        };
        let thumbprint = base64(digest(&SHA256, format!("{{{members}}}").as_bytes()).as_ref());
        Some(format!("{{{members},\"kid\":\"{thumbprint}\"}}\n"))
    }

    fn openssh(&self) -> Option<String> {
        let bits = self.bits()?;
        let (kind, blob) = match self.numbers(&bits)? {
            Numbers::Curve { ssh, .. } => {
                let kind = format!("ecdsa-sha2-{ssh}");
                let blob = [string(kind.as_bytes()), string(ssh.as_bytes()), string(&bits)].concat();
                (kind, blob)
            }
            Numbers::Edwards { x } => {
                let kind = "ssh-ed25519".to_owned();
                let blob = [string(kind.as_bytes()), string(x)].concat();
                (kind, blob)
            }
            Numbers::Rsa { n, e } => {
                let kind = "ssh-rsa".to_owned();
                let blob = [string(kind.as_bytes()), positive(e), positive(n)].concat();
                (kind, blob)
            }
        };
        Some(format!("{kind} {}\n", BASE64.encode(&blob)))
    }

    /// The content of the key's BIT STRING.
    fn bits(&self) -> Option<Vec<u8>> {
        let info = SubjectPublicKeyInfoRef::from_der(self.spki()).ok()?;
        Some(info.subject_public_key.raw_bytes().to_vec())
    }

    fn numbers<'a>(&self, bits: &'a [u8]) -> Option<Numbers<'a>> {
        let curve = |jwk, ssh, size| {
            // SEC 1 section 2.3.3: 4 says that both coordinates follow.
            let point = bits.strip_prefix(&[4]).filter(|point| point.len() == 2 * size)?;
            let (x, y) = point.split_at(size);
            Some(Numbers::Curve { jwk, ssh, x, y })
        };
        match self.algorithm()? {
            Algorithm::P256 => curve("P-256", "nistp256", 32),
            Algorithm::P384 => curve("P-384", "nistp384", 48),
            Algorithm::P521 => curve("P-521", "nistp521", 66),
            Algorithm::Ed25519 => Some(Numbers::Edwards { x: bits }).filter(|_| bits.len() == 32),
            Algorithm::Rsa(_) => {
                let key = RsaPublicKey::from_der(bits).ok()?;
                Some(Numbers::Rsa { n: key.modulus.as_bytes(), e: key.exponent.as_bytes() })
            }
        }
    }
}

/// `string` (RFC 4251 section 5).
fn string(bytes: &[u8]) -> Vec<u8> {
    // A key is never as long as four gigabytes.
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    [&length.to_be_bytes(), bytes].concat()
}

/// `mpint` (RFC 4251 section 5) of a number without a sign.
fn positive(bytes: &[u8]) -> Vec<u8> {
    let sign: &[u8] = if bytes.first().is_some_and(|first| first & 0x80 != 0) { &[0] } else { &[] };
    string(&[sign, bytes].concat())
}

#[cfg(test)]
mod tests {
    use super::super::PrivateKey;
    use super::*;

    /// `SubjectPublicKeyInfo` around the key of RFC 8037 appendix A.2.
    fn ed25519() -> PublicKey {
        let x = BASE64URL_NOPAD.decode(b"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo").unwrap();
        let der = [&[0x30, 42, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 3, 33, 0][..], &x].concat();
        PublicKey::from_spki(&der).unwrap()
    }

    fn text(key: &PublicKey, format: PublicFormat) -> String {
        String::from_utf8(key.to_format(format).unwrap()).unwrap()
    }

    #[test]
    fn the_key_of_rfc_8037_has_its_jwk_and_thumbprint() {
        assert_eq!(
            text(&ed25519(), PublicFormat::Jwk),
            "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"x\":\"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo\",\
             \"kid\":\"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k\"}\n"
        );
    }

    #[test]
    fn every_kind_of_key_has_every_form() {
        for (name, kty, ssh) in [
            ("p256", "EC", "ecdsa-sha2-nistp256 AAAA"),
            ("p384", "EC", "ecdsa-sha2-nistp384 AAAA"),
            ("p521", "EC", "ecdsa-sha2-nistp521 AAAA"),
            ("ed25519", "OKP", "ssh-ed25519 AAAA"),
            ("rsa-2048", "RSA", "ssh-rsa AAAA"),
        ] {
            let key = PrivateKey::generate(name.parse().unwrap()).unwrap();
            let jwk: serde_json::Value = serde_json::from_str(&text(key.public(), PublicFormat::Jwk)).unwrap();
            assert_eq!(jwk["kty"], kty, "{name}");
            assert!(text(key.public(), PublicFormat::OpenSsh).starts_with(ssh), "{name}");
            assert_eq!(key.public().to_format(PublicFormat::Der).unwrap(), key.public().spki());
        }
    }

    #[test]
    fn a_curve_that_is_not_known_has_no_jwk() {
        let spki = [0x30, 0x12, 0x30, 0x0c, 6, 3, 0x2a, 3, 4, 6, 5, 0x2b, 0x81, 4, 0, 10, 3, 2, 0, 4];
        let key = PublicKey::from_spki(&spki).unwrap();
        assert!(key.to_format(PublicFormat::Jwk).unwrap_err().to_string().contains("JWK"));
    }
}
