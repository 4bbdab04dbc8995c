//! One unit of work.

use crate::row::{Authority, Identity, Issued};

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
    InsertIdentity(Identity),
    ReplaceIdentity { old_chain: Vec<Vec<u8>>, new: Identity },
    RecordIssued(Issued),
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

    fn step(mut self, step: Step) -> Self {
        self.steps.push(step);
        self
    }
}
