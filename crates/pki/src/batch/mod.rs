//! Many certificates at once, on all cores, which can be taken up again after it was cut off.
//!
//! Every row of a job is told from the others by what it asks for. A certificate and the note that its row is done are
//! committed together, so that a row that was cut off is done once when the job is taken up again, and never twice.

mod input;
mod job;
mod run;
mod table;

pub use input::{Ask, InputProblem, Row, read};
pub use job::{Done, Job, Refused};
pub use run::{BatchError, Event, Tally, run};
