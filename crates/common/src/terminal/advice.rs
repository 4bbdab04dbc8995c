//! What a person can do about a file that could not be used. The fact is the library's, the advice is here.

use super::ui::chain;
use super::{CliError, Exit};
use crate::input::InputError;
use crate::input::fsio::FileError;

impl From<FileError> for CliError {
    fn from(error: FileError) -> Self {
        let exit = if error.is_input() { Exit::Usage } else { Exit::Environment };
        let advised = CliError::new(exit, chain(&error));
        match &error {
            FileError::Exists { .. } => advised.advise("choose another name, or add --force to replace the file"),
            FileError::Directory { .. } => advised.advise("name the file in it"),
            FileError::Special { .. } | FileError::Twice { .. } => advised.advise("choose another name"),
            _ => advised,
        }
    }
}

impl From<InputError> for CliError {
    fn from(error: InputError) -> Self {
        let advice = match &error {
            InputError::File(_) => None,
            InputError::Empty { .. } => Some("whatever wrote the file failed; write it again"),
            InputError::Unrecognised { .. } => Some("give a PEM file (it begins with `-----BEGIN`) or a DER file"),
            InputError::JavaKeyStore { .. } => Some(
                "make PKCS#12 of it with `keytool -importkeystore -srckeystore FILE -destkeystore NEW.p12 \
                 -deststoretype PKCS12`, and give NEW.p12",
            ),
            InputError::OpenSshPublicKey { .. } => {
                Some("give the private key, or make PEM of it with `ssh-keygen -e -m PKCS8 -f FILE`")
            }
            InputError::TruncatedDer { .. } => Some("copy the file again, whole and as binary"),
            InputError::Utf16 { .. } => Some("save it as ASCII or UTF-8, or let the tool write the file itself (-out)"),
            InputError::TruncatedPem { .. } | InputError::HeadlessPem { .. } | InputError::DamagedPem { .. } => {
                Some("copy the file again, whole")
            }
            InputError::TrailingBytes { .. } => Some("copy the file again, as binary, or give PEM"),
            InputError::SeveralKeys { .. } => Some("split the file, and name the one with the right key"),
            InputError::PassphraseNeeded { .. } => Some("give --passphrase-file FILE or --passphrase-env VARIABLE"),
            InputError::WrongPassphrase { .. } => Some("check --passphrase-file or --passphrase-env"),
            InputError::UnsupportedEncryption { .. } => Some(
                "rewrite it with `openssl pkey -provider legacy -provider default -in KEY -aes256 -out NEW`, \
                     and give NEW",
            ),
            InputError::Container { fault, .. } => fault.advice(),
            InputError::Missing { found, .. } => Some(convert(found)),
        };
        match error {
            InputError::File(error) => error.into(),
            error => {
                let fact = CliError::usage(chain(&error));
                advice.map_or(fact.clone(), |advice| fact.advise(advice))
            }
        }
    }
}

/// What makes of the forms that are recognised and not read one that is.
fn convert(found: &[String]) -> &'static str {
    let holds = |form: &str| found.iter().any(|found| found == form);
    if holds("TRUSTED CERTIFICATE") {
        "take OpenSSL's trust settings off with `openssl x509 -in FILE -out NEW.pem`, and give NEW.pem"
    } else if holds("OPENSSH PRIVATE KEY") {
        "rewrite a copy of it with `ssh-keygen -p -m PKCS8 -f COPY`, and give COPY"
    } else {
        "check which file is the certificate and which is the key"
    }
}
