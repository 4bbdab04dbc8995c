//! Where more is found: crlDistributionPoints, freshestCRL, authorityInfoAccess, subjectInfoAccess.

use super::super::distinguished_name::{Steps, step_parts};
use super::super::objects::nearest;
use super::super::problem::CnfProblem;
use super::Context;
use super::list::Item;
use super::names::{Place, general_name, general_names};
use crate::request::encode::{context, element, joined, named_bits, oid, sequence, set_of};

/// RFC 5280 section 4.2.1.13, in the order of the bits; the first is unused.
const REASONS: [&str; 9] = [
    "unused",
    "keyCompromise",
    "CACompromise",
    "affiliationChanged",
    "superseded",
    "cessationOfOperation",
    "certificateHold",
    "privilegeWithdrawn",
    "AACompromise",
];

/// `URI:…` is a point of its own; a bare word names the section of one.
pub(super) fn distribution_points<'e>(cx: &Context<'e>, items: &[Item<'e>]) -> Result<Vec<u8>, CnfProblem> {
    let mut points = Vec::new();
    for item in items {
        let parts = match item.value {
            Some(_) => vec![full_name(&[general_name(cx, &item.name, item, Place::Name)?])],
            None => point(cx, item)?,
        };
        points.push(sequence(&parts));
    }
    Ok(sequence(&points))
}

fn full_name(names: &[Vec<u8>]) -> Vec<u8> {
    element(context(0, true), &joined(context(0, true), names))
}

/// One point, from the section that describes it.
fn point<'e>(cx: &Context<'e>, item: &Item<'e>) -> Result<Vec<Vec<u8>>, CnfProblem> {
    let (mut name, mut reasons, mut issuer) = (None, None, None);
    for entry in cx.section(item.at, &item.name)? {
        let inner = Item::from(entry);
        match entry.name.as_str() {
            "fullname" | "relativename" if name.is_some() => {
                return Err(entry.wrong("the point has a name already: there is one of `fullname` and `relativename`"));
            }
            "fullname" => name = Some(full_name(&general_names(cx, &inner)?)),
            "relativename" => name = Some(relative_name(cx, &inner)?),
            "reasons" => reasons = Some(self::reasons(cx, &inner)?),
            "CRLissuer" => issuer = Some(joined(context(2, true), &general_names(cx, &inner)?)),
            other => {
                let problem = entry.wrong(format_args!("`{other}` is nothing that a distribution point has"));
                let known = ["fullname", "relativename", "reasons", "CRLissuer"];
                return Err(match nearest(other, known) {
                    Some(near) => problem.advise(format_args!("it is written `{near}`")),
                    None => problem.advise(format_args!("there are {}", known.join(", "))),
                });
            }
        }
    }
    if name.is_none() && issuer.is_none() {
        return Err(item
            .wrong(format_args!("the distribution point [{}] has no name", item.name))
            .advise("add `fullname = URI:http://…`"));
    }
    Ok([name, reasons, issuer].into_iter().flatten().collect())
}

/// A fragment of a name: one step.
fn relative_name<'e>(cx: &Context<'e>, item: &Item<'e>) -> Result<Vec<u8>, CnfProblem> {
    let entries = cx.section(item.at, item.required()?)?;
    let steps = Steps::of_section(entries.into_iter(), cx.objects, cx.strings)?;
    match steps.0.as_slice() {
        [step] => Ok(element(context(0, true), &set_of(context(1, true), step_parts(step)))),
        _ => Err(item.wrong("a relative name is one step, its attributes joined with `+`")),
    }
}

fn reasons<'e>(cx: &Context<'e>, item: &Item<'e>) -> Result<Vec<u8>, CnfProblem> {
    let mut bits = Vec::new();
    for reason in cx.list(item.at, item.required()?)? {
        match REASONS.iter().position(|known| *known == reason.name) {
            Some(bit) => bits.push(bit),
            None => {
                return Err(item
                    .wrong(format_args!("`{}` is no reason of a revocation", reason.name))
                    .advise(format_args!("there are {}", REASONS[1..].join(", "))));
            }
        }
    }
    Ok(named_bits(context(1, false), &bits))
}

/// `OCSP;URI:http://…`: RFC 5280 section 4.2.2.1.
pub(super) fn access(cx: &Context<'_>, items: &[Item<'_>]) -> Result<Vec<u8>, CnfProblem> {
    let mut descriptions = Vec::new();
    for item in items {
        let Some((method, kind)) = item.name.split_once(';') else {
            return Err(item
                .wrong(format_args!("`{}` does not say what is found there", item.name))
                .advise("it is written `OCSP;URI:http://…` or `caIssuers;URI:http://…`"));
        };
        let method = oid(&cx.oid(item, method)?);
        descriptions.push(sequence(&[method, general_name(cx, kind, item, Place::Name)?]));
    }
    Ok(sequence(&descriptions))
}
