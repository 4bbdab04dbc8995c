//! One unit of work.

use crate::row::{Authority, AuthorityRequest, BatchRow, Identity, Issued, Revocation, RevocationList};

/// Steps that are taken together by [`Store::apply`](crate::Store::apply), in the order they were added:
/// all of them or none. A later step sees the earlier ones, so that an identity may name an authority
/// that the same change inserts.
#[derive(Debug)]
#[must_use = "a change does nothing until `Store::apply` takes it"]
pub struct Change {
    pub(crate) reason: String,
    pub(crate) steps: Vec<Step>,
}

/// One step of a change.
#[derive(Debug)]
pub(crate) enum Step {
    InsertAuthority(Authority),
    ReplaceAuthority { name: String, old_chain: Vec<Vec<u8>>, new_chain: Vec<Vec<u8>> },
    InsertIdentity(Identity),
    ReplaceIdentity { old_chain: Vec<Vec<u8>>, new: Identity },
    RecordIssued(Issued),
    RecordBatch(Vec<BatchRow>),
    Revoke(Revocation),
    RecordList(RevocationList),
    InsertAuthorityRequest(AuthorityRequest),
    RemoveAuthorityRequest(String),
}

impl Change {
    /// A change without steps yet. `reason` stands in the history: the command that asked for it.
    pub fn new(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), steps: Vec::new() }
    }

    /// Adds an authority. [`Error::Exists`](crate::Error::Exists) if its name is taken.
    pub fn insert_authority(self, authority: Authority) -> Self {
        self.step(Step::InsertAuthority(authority))
    }

    /// Gives an authority other certificates for the key that it has, if it still has `old`'s.
    /// [`Error::Changed`](crate::Error::Changed) if it has not, so that of two who replace at once the second is told.
    pub fn replace_authority(self, old: &Authority, new_chain: Vec<Vec<u8>>) -> Self {
        self.step(Step::ReplaceAuthority { name: old.name.clone(), old_chain: old.chain.clone(), new_chain })
    }

    /// Adds an identity. [`Error::Exists`](crate::Error::Exists) if its name is taken,
    /// [`Error::Unknown`](crate::Error::Unknown) if it names an authority that is not there.
    pub fn insert_identity(self, identity: Identity) -> Self {
        self.step(Step::InsertIdentity(identity))
    }

    /// Puts `new` where the identity of the same name stands, if that still has `old`'s chain.
    /// [`Error::Changed`](crate::Error::Changed) if it has not, so that of two who replace at once the
    /// second is told.
    pub fn replace_identity(self, old: &Identity, new: Identity) -> Self {
        self.step(Step::ReplaceIdentity { old_chain: old.chain.clone(), new })
    }

    /// Records a certificate that an authority has signed. [`Error::SerialUsed`](crate::Error::SerialUsed)
    /// if that authority has ever used the serial, [`Error::Unknown`](crate::Error::Unknown) if the
    /// authority is not there.
    pub fn record_issued(self, issued: Issued) -> Self {
        self.step(Step::RecordIssued(issued))
    }

    /// Records rows of a batch, each with its certificate and, where it has one, its identity: as
    /// [`record_issued`](Self::record_issued) and [`insert_identity`](Self::insert_identity).
    /// [`Error::RowDone`](crate::Error::RowDone) if a row of that job is done already.
    pub fn record_batch(self, rows: Vec<BatchRow>) -> Self {
        if rows.is_empty() { self } else { self.step(Step::RecordBatch(rows)) }
    }

    /// Takes a certificate back. [`Error::NotIssued`](crate::Error::NotIssued) if the authority has never used the
    /// serial, [`Error::AlreadyRevoked`](crate::Error::AlreadyRevoked) if it was taken back before; what was on hold
    /// may be taken back for good.
    pub fn revoke(self, revocation: Revocation) -> Self {
        self.step(Step::Revoke(revocation))
    }

    /// Keeps the newest list of an authority in the place of the last one. [`Error::Changed`](crate::Error::Changed) if
    /// there is one with that number or a higher one.
    pub fn record_list(self, list: RevocationList) -> Self {
        self.step(Step::RecordList(list))
    }

    /// Keeps a key that waits for its certificate. [`Error::Exists`](crate::Error::Exists) if an authority or another
    /// request has its name.
    pub fn insert_authority_request(self, request: AuthorityRequest) -> Self {
        self.step(Step::InsertAuthorityRequest(request))
    }

    /// Removes a key that has waited, as its certificate is there. [`Error::Unknown`](crate::Error::Unknown) if there is
    /// none of that name.
    pub fn remove_authority_request(self, name: impl Into<String>) -> Self {
        self.step(Step::RemoveAuthorityRequest(name.into()))
    }

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}
