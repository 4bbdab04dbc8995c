//! CAs: who issues, what they may issue, and the numbers they give.

mod create;
mod issuer;
mod names;
mod policy;
mod serial;

pub use create::{CreateError, Plan};
pub use issuer::{Issuer, IssuerError};
pub use names::{Permitted, PermittedProblem};
pub(crate) use policy::check_self_signed;
pub use policy::{Objection, Refusal};
pub use serial::{Serial, SerialProblem};
