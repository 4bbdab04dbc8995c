//! Every certificate of a path must be within its dates, the anchor as well, whose dates webpki does not know.

use super::{Link, Problem};

pub(in crate::verify) fn check(link: &Link<'_>) -> Option<Problem> {
    let (not_before, not_after) = (link.certificate().not_before, link.certificate().not_after);
    let second = link.at.as_second();
    if not_before > not_after {
        Some(Problem::InvertedDates { not_before, not_after })
    } else if second > not_after.as_second() {
        Some(Problem::Expired { not_after, at: link.at })
    } else if second < not_before.as_second() {
        Some(Problem::NotYetValid { not_before, at: link.at })
    } else {
        None
    }
}
