//! One job: who issues, by which rules, and what becomes of a row.

use jiff::Timestamp;
use store::{BatchRow, Identity};

use super::input::{Ask, Row};
use crate::authority::{Issuer, Rules, Serial, SerialProblem};
use crate::certificate::{IssueError, Template, Validity, ValidityError};
use crate::key::{Algorithm, PrivateKey, PublicKey};
use crate::request::{PossessionError, Request, RequestParseError};
use crate::stored::issued_row;

/// What is the same for every row.
#[derive(Debug)]
pub struct Job {
    /// What tells it from other jobs of the store.
    pub id: String,
    /// The store's name of the issuer.
    pub authority: String,
    /// The issuer.
    pub issuer: Issuer,
    /// What it goes by.
    pub rules: Rules,
    /// The kind of key that is made for rows which bring none.
    pub algorithm: Algorithm,
    /// The dates of those rows that say none.
    pub validity: Validity,
    /// When the job began.
    pub now: Timestamp,
}

/// A row that was issued.
#[derive(Debug)]
pub struct Done {
    /// Its place in the input, from 0.
    pub index: usize,
    /// What the store keeps of it.
    pub row: BatchRow,
}

/// Why a row is not issued.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Refused {
    /// The request cannot be read.
    #[error(transparent)]
    Request(#[from] RequestParseError),
    /// Its sender does not hold the key.
    #[error(transparent)]
    Possession(#[from] PossessionError),
    /// The dates cannot be.
    #[error(transparent)]
    Validity(#[from] ValidityError),
    /// No serial number could be had.
    #[error(transparent)]
    Serial(#[from] SerialProblem),
    /// The policy says no, or signing failed.
    #[error(transparent)]
    Issue(#[from] IssueError),
}

impl Job {
    /// Issues what a row asks for. Nothing is kept yet.
    ///
    /// # Errors
    /// Why it is not issued.
    pub fn issue(&self, row: &Row) -> Result<BatchRow, Refused> {
        let validity = match row.days {
            Some(days) => Validity::days(self.now, days)?,
            None => self.validity,
        };
        let validity = validity.within(self.issuer.validity())?;
        let serial = Serial::random()?;
        match &row.ask {
            Ask::Request(der) => {
                let request = Request::from_der(der)?.prove()?;
                let template = self.rules.template(&request, validity, serial);
                self.sign(row, &template, &request.key, None)
            }
            Ask::Names(spec) => {
                let template = Template::new(spec, self.rules.role(), validity, serial)?;
                let key = PrivateKey::generate(self.algorithm).map_err(IssueError::from)?;
                self.sign(row, &self.rules.apply(template), key.public(), Some(&key))
            }
        }
    }

    fn sign(
        &self,
        row: &Row,
        template: &Template,
        public: &PublicKey,
        own: Option<&PrivateKey>,
    ) -> Result<BatchRow, Refused> {
        let der = self.issuer.issue_under(&self.rules, template, public)?;
        let identity = own.map(|key| Identity {
            name: row.file.clone(),
            names: template.names.iter().map(ToString::to_string).collect(),
            chain: std::iter::once(&der).chain(self.issuer.chain_to_send()).map(|der| der.to_vec()).collect(),
            key: Some(key.to_pkcs8().clone()),
            authority: Some(self.authority.clone()),
            not_before: template.validity.not_before(),
            not_after: template.validity.not_after(),
            created: self.now,
        });
        let issued = issued_row(&self.authority, template, &der);
        Ok(BatchRow { job: self.id.clone(), line: row.key.clone(), issued, identity })
    }
}
