//! The keys of `[req]` itself (openssl-req(1)).

use super::document::{DEFAULT, Document, Entry};
use super::objects::{Objects, dotted, nearest};
use super::problem::{CnfProblem, ENOUGH};
use super::source::Source;
use super::strings::{Letters, Strings, Types};
use crate::key::Digest;

/// What a configuration says of the key and of how things are signed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `default_bits`: the size of a new RSA key.
    pub key_bits: Option<u32>,
    /// `default_keyfile`: where a new key goes.
    pub key_file: Option<String>,
    /// `encrypt_key`: whether a new key is written under a passphrase.
    pub encrypt_key: Option<bool>,
    /// `default_md`: what is signed with; none is what the key asks for.
    pub digest: Option<Digest>,
    /// `default_days`: how long a certificate lasts. `openssl req` itself takes no notice of it.
    pub days: Option<u32>,
}

const KNOWN: [&str; 20] = [
    "default_bits",
    "default_keyfile",
    "default_md",
    "default_days",
    "distinguished_name",
    "attributes",
    "req_extensions",
    "x509_extensions",
    "prompt",
    "utf8",
    "string_mask",
    "encrypt_key",
    "encrypt_rsa_key",
    "oid_section",
    "oid_file",
    "input_password",
    "output_password",
    // Without effect in any OpenSSL that is still maintained.
    "RANDFILE",
    "dirstring_type",
    "config_diagnostics",
];

/// Reads the section, and names every key in it that is not known.
pub(super) fn read(document: &Document, section: &str) -> (Settings, Strings, Vec<CnfProblem>) {
    let mut reader = Reader { document, section, problems: Vec::new() };
    reader.unknown_keys();
    reader.passwords();
    let settings = Settings {
        key_bits: reader.number("default_bits"),
        key_file: reader.file_name("default_keyfile"),
        encrypt_key: reader.flag("encrypt_rsa_key").or_else(|| reader.flag("encrypt_key")),
        digest: reader.digest(),
        days: reader.number("default_days"),
    };
    let letters = if reader.flag("utf8") == Some(true) { Letters::Utf8 } else { Letters::Bytes };
    let strings = Strings { mask: reader.mask(), letters };
    reader.flag("prompt");
    (settings, strings, reader.problems)
}

struct Reader<'a> {
    document: &'a Document,
    section: &'a str,
    problems: Vec<CnfProblem>,
}

impl Reader<'_> {
    fn unknown_keys(&mut self) {
        if self.section == DEFAULT {
            return;
        }
        for entry in self.document.section(self.section).into_iter().flatten() {
            if self.problems.len() == ENOUGH {
                return;
            }
            if !KNOWN.contains(&entry.name.as_str()) && !self.document.is_used(entry) {
                self.problems.push(unknown(entry));
            }
        }
    }

    fn passwords(&mut self) {
        for name in ["input_password", "output_password"] {
            if let Some(entry) = self.document.entry(self.section, name) {
                self.problems.push(
                    entry
                        .wrong("a passphrase in a configuration is known to everybody who reads the file")
                        .advise("take the line out, and give --passphrase-file or --passphrase-env"),
                );
            }
        }
    }

    fn number(&mut self, name: &str) -> Option<u32> {
        let entry = self.document.entry(self.section, name)?;
        let number = entry.value.parse().ok().filter(|number| *number > 0);
        if number.is_none() {
            self.problems.push(entry.wrong(format_args!("`{}` is no number above 0", entry.value)));
        }
        number
    }

    fn file_name(&mut self, name: &str) -> Option<String> {
        let entry = self.document.entry(self.section, name)?;
        if entry.value.is_empty() || entry.value.chars().any(char::is_control) {
            self.problems.push(entry.wrong(format_args!("`{}` is no name of a file", entry.value)));
            return None;
        }
        Some(entry.value.clone())
    }

    fn flag(&mut self, name: &str) -> Option<bool> {
        let entry = self.document.entry(self.section, name)?;
        match entry.value.as_str() {
            "yes" => Some(true),
            "no" => Some(false),
            other => {
                // OpenSSL knows `no` alone and takes everything else for yes, `false` included.
                self.problems
                    .push(entry.wrong(format_args!("`{other}` is neither yes nor no")).advise("write `yes` or `no`"));
                None
            }
        }
    }

    fn digest(&mut self) -> Option<Digest> {
        let entry = self.document.entry(self.section, "default_md")?;
        match entry.value.to_ascii_lowercase().as_str() {
            "default" => None,
            "sha256" | "sha2-256" | "sha-256" => Some(Digest::Sha256),
            "sha384" | "sha2-384" | "sha-384" => Some(Digest::Sha384),
            "sha512" | "sha2-512" | "sha-512" => Some(Digest::Sha512),
            "md2" | "md4" | "md5" | "sha" | "sha1" | "rmd160" | "ripemd160" => {
                self.problems.push(
                    entry
                        .wrong(format_args!(
                            "signatures over {} can be forged, and no verifier takes them",
                            entry.value
                        ))
                        .advise("write `default_md = sha256`"),
                );
                None
            }
            _ => {
                self.problems.push(
                    entry
                        .wrong(format_args!("nothing is signed with `{}` here", entry.value))
                        .advise("there are sha256, sha384, sha512, and default"),
                );
                None
            }
        }
    }

    fn mask(&mut self) -> Types {
        let Some(entry) = self.document.entry(self.section, "string_mask") else { return Types::UTF8_ONLY };
        Types::parse(&entry.value).unwrap_or_else(|| {
            self.problems.push(
                entry
                    .wrong(format_args!("`{}` is no mask of string types", entry.value))
                    .advise("there are utf8only, pkix, nombstr, default, and MASK:0x…"),
            );
            Types::UTF8_ONLY
        })
    }
}

fn unknown(entry: &Entry) -> CnfProblem {
    let problem = entry.wrong("this key is not known here");
    if ["subjectAltName", "keyUsage", "extendedKeyUsage", "basicConstraints"].contains(&entry.name.as_str()) {
        return problem.advise(format_args!(
            "an extension belongs into a section of its own: `req_extensions = v3_req`, and in [v3_req] `{} = …`",
            entry.name
        ));
    }
    match entry.name.as_str() {
        "extensions" => {
            return problem
                .advise("`req_extensions` is of a request, `x509_extensions` of a certificate that signs itself");
        }
        "days" => return problem.advise("it is written `default_days`, or given as --days"),
        "copy_extensions" | "policy" | "default_ca" | "unique_subject" => {
            return problem.advise("it belongs to a CA, into the section that `default_ca` names; take it out of here");
        }
        name if super::objects::is_attribute(name) => {
            return problem.advise("it belongs into the section that `distinguished_name` names");
        }
        _ => {}
    }
    match nearest(&entry.name, KNOWN) {
        Some(near) => problem.advise(format_args!("perhaps `{near}` is meant")),
        None => problem.advise("take the line out; `openssl req` takes no notice of it"),
    }
}

/// The names that `oid_section` and `oid_file` add, those of the library's initialisation included.
pub(super) fn objects(document: &Document, section: &str, source: &dyn Source) -> (Objects, Vec<CnfProblem>) {
    let (mut objects, mut problems) = (Objects::default(), Vec::new());
    let initialisation = document.entry(DEFAULT, "openssl_conf").map(|entry| entry.value.clone());
    let mut sections = vec![document.entry(section, "oid_section")];
    sections.extend(initialisation.as_deref().map(|name| document.entry(name, "oid_section")));
    for named in sections.into_iter().flatten() {
        let Some(entries) = document.section(&named.value) else {
            problems.push(named.wrong(format_args!("there is no section [{}]", named.value)));
            continue;
        };
        for entry in entries {
            // In the library's form a long name stands before the number.
            let number = entry.value.rsplit(',').next().unwrap_or_default().trim();
            match dotted(number) {
                Some(oid) => objects.add(&entry.name, oid),
                None => problems.push(entry.wrong(format_args!("`{number}` is no OID in numbers"))),
            }
        }
    }
    if let Some(entry) = document.entry(section, "oid_file") {
        match source.include(&entry.value) {
            Ok(files) => files.iter().for_each(|(_, bytes)| add_lines(&mut objects, bytes)),
            Err(why) => problems.push(entry.wrong(format_args!("it cannot be read: {why}"))),
        }
    }
    (objects, problems)
}

/// `1.2.3.4  short  A longer name`, one a line.
fn add_lines(objects: &mut Objects, bytes: &[u8]) {
    for line in String::from_utf8_lossy(bytes).lines() {
        let mut words = line.split_whitespace();
        let (Some(oid), Some(short)) = (words.next().and_then(dotted), words.next()) else { continue };
        objects.add(short, oid);
        let long = words.collect::<Vec<_>>().join(" ");
        if !long.is_empty() {
            objects.add(&long, oid);
        }
    }
}
