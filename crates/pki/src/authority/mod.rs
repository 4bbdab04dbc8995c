//! CAs: who issues, what they may issue, and the numbers they give.

mod create;
mod cross;
mod issuer;
mod names;
mod policy;
mod request;
mod rules;
mod rules_file;
mod serial;

pub use create::{CreateError, Plan};
pub use cross::{CrossError, chain_of, cross_template};
pub use issuer::{Issuer, IssuerError};
pub use names::{Permitted, PermittedProblem};
pub(crate) use policy::check_self_signed;
pub use policy::{Objection, Refusal};
pub use request::request;
pub use rules::Rules;
pub use rules_file::RulesProblem;
pub use serial::{Serial, SerialProblem};
