//! Certificates as they are shown: what each says, and what a person should know first.

use jiff::Timestamp;
use serde::Serialize;

use super::refusals::{Refusal, refusals};
use super::text;
use super::warnings::warnings;
use crate::bundle;
use crate::certificate::{Inspected, ParseError, Parsed, Particulars};

/// The certificates of one or more files. Its JSON is `latchkey.certificates/1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificates {
    schema: &'static str,
    /// The files, where there is something to say of them.
    pub files: Vec<FileNote>,
    /// Each certificate.
    pub certificates: Vec<Certificate>,
}

/// What there is to say of a file, whatever its certificates say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FileNote {
    /// The file.
    pub file: String,
    /// What it holds beside certificates.
    pub also_holds: Vec<String>,
    /// What its owner should know.
    pub warnings: Vec<String>,
}

/// One certificate of a file, with what it is worth at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Certificate {
    /// The file it came from.
    pub file: String,
    /// Its place in the file, from 1.
    pub position: usize,
    /// What a person should know first.
    pub warnings: Vec<String>,
    /// Who would refuse it, and why.
    pub refused_by: Vec<Refusal>,
    /// Whole days until it expires; negative once it has.
    pub days_left: i64,
    /// What it says.
    #[serde(flatten)]
    pub inspected: Inspected,
    /// What else it says.
    #[serde(flatten)]
    pub particulars: Particulars,
}

/// A certificate of a file that cannot be shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{error}", self.place())]
pub struct Unshown {
    /// Its place in the file, from 1.
    pub position: usize,
    /// How many there are.
    pub count: usize,
    /// What is wrong with it.
    #[source]
    pub error: ParseError,
}

impl Unshown {
    fn place(&self) -> String {
        if self.count > 1 { format!("certificate {} of {}: ", self.position, self.count) } else { String::new() }
    }
}

impl Certificates {
    /// None yet.
    pub const fn new() -> Self {
        Self { schema: "latchkey.certificates/1", files: Vec::new(), certificates: Vec::new() }
    }

    /// Adds those of a file, as they stand in it.
    ///
    /// # Errors
    /// One of them is no certificate; then none is added.
    pub fn add(&mut self, file: &str, chain: &[impl AsRef<[u8]>], at: Timestamp) -> Result<(), Unshown> {
        let shown = chain.iter().zip(1..).map(|(der, position)| {
            let broken = |error| Unshown { position, count: chain.len(), error };
            Certificate::read(file, position, der.as_ref(), at).map_err(broken)
        });
        let mut shown: Vec<Certificate> = shown.collect::<Result<_, _>>()?;
        for finding in bundle::order_in(file, chain) {
            if let Some(one) = finding.position.checked_sub(1).and_then(|index| shown.get_mut(index)) {
                let mend = finding.mend.map(|mend| format!("; {mend}")).unwrap_or_default();
                one.warnings.push(format!("{}{mend}", finding.problem));
            }
        }
        self.certificates.append(&mut shown);
        Ok(())
    }

    /// Adds what there is to say of a file itself, if there is anything.
    pub fn note(&mut self, file: &str, also_holds: Vec<String>, warnings: Vec<String>) {
        if !also_holds.is_empty() || !warnings.is_empty() {
            self.files.push(FileNote { file: file.to_owned(), also_holds, warnings });
        }
    }

    /// As text, in the order a person asks.
    pub fn text(&self) -> String {
        text::certificates(self)
    }

    /// As text, with everything that is in them.
    pub fn full_text(&self) -> String {
        text::full_certificates(self)
    }
}

impl Default for Certificates {
    fn default() -> Self {
        Self::new()
    }
}

impl Certificate {
    /// A certificate that something follows is shown, as whoever has it must know that nobody takes it.
    fn read(file: &str, position: usize, der: &[u8], at: Timestamp) -> Result<Self, ParseError> {
        match Self::read_exact(file, position, der, at) {
            Err(ParseError::TrailingBytes { count }) if count < der.len() => {
                let mut shown = Self::read_exact(file, position, &der[..der.len() - count], at)?;
                shown.warnings.insert(0, format!("{count} more bytes follow its end, for which everybody refuses it"));
                Ok(shown)
            }
            other => other,
        }
    }

    fn read_exact(file: &str, position: usize, der: &[u8], at: Timestamp) -> Result<Self, ParseError> {
        let parsed = Parsed::from_der(der)?;
        let inspected = Inspected::of(&parsed);
        let particulars = Particulars::of(&parsed);
        Ok(Self {
            file: file.to_owned(),
            position,
            warnings: warnings(&inspected, at).into_iter().chain(mismatch(&parsed)).collect(),
            refused_by: refusals(&parsed, &inspected, &particulars),
            days_left: inspected.days_left(at),
            inspected,
            particulars,
        })
    }
}

/// That the algorithm which is signed with the certificate is another than the one beside its signature (RFC 5280
/// section 4.1.1.2).
fn mismatch(parsed: &Parsed<'_>) -> Option<String> {
    let differ = parsed.x509.tbs_certificate.signature != parsed.x509.signature_algorithm;
    differ.then(|| "the signature algorithm inside it is not the one outside".to_owned())
}
