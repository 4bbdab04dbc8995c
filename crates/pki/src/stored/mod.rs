//! The bridge between the store's rows and what the rest of this crate works with.

mod authority;
mod error;
mod identity;
mod issued;
mod local;
mod revocation;
mod trust;

pub use authority::{authority_row, issuer};
pub use error::StoredError;
pub use identity::{IssuedLeaf, LeafPlan, identity, issue_leaf, key_of};
pub use issued::issued_row;
pub use local::{LOCAL_AUTHORITY, LOCAL_IDENTITY, Local, local_authority, local_identity};
pub use revocation::{issued_to, new_list, revoke};
pub use trust::anchors;
