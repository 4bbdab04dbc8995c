//! Policies: certificatePolicies, policyMappings, policyConstraints, inhibitAnyPolicy (RFC 5280 sections 4.2.1.4,
//! 4.2.1.5, 4.2.1.11 and 4.2.1.14), and qualified certificate statements (RFC 3739 section 3.2.6).

use data_encoding::HEXLOWER;
use der::Tag;

use super::super::detail::Detail;
use super::super::element::{Element, Unreadable};
use super::registry::word_or_oid;

const CPS: &str = "1.3.6.1.5.5.7.2.1";
const USER_NOTICE: &str = "1.3.6.1.5.5.7.2.2";

pub(super) fn policies(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let policies = Element::sequence(bytes)?;
    Ok(Detail::List(policies.iter().map(policy).collect::<Result<_, _>>()?))
}

fn policy(element: &Element<'_>) -> Result<Detail, Unreadable> {
    let parts = element.children()?;
    let (identifier, qualifiers) = match parts.as_slice() {
        [identifier] => (identifier, Vec::new()),
        [identifier, qualifiers] => (identifier, qualifiers.children()?),
        _ => return Err(Unreadable::new("a policy has not an identifier and qualifiers")),
    };
    let mut fields = vec![("policy", Detail::text(word_or_oid(identifier.oid()?)))];
    if !qualifiers.is_empty() {
        fields.push(("qualifiers", Detail::List(qualifiers.iter().map(qualifier).collect::<Result<_, _>>()?)));
    }
    Ok(Detail::Fields(fields))
}

fn qualifier(element: &Element<'_>) -> Result<Detail, Unreadable> {
    let parts = element.children()?;
    let [kind, value] = parts.as_slice() else {
        return Err(Unreadable::new("a qualifier has not a type and a value"));
    };
    let field = match kind.oid()?.as_str() {
        CPS => ("cps", Detail::text(value.text()?)),
        USER_NOTICE => ("notice", notice(value)?),
        other => ("other", Detail::text(format!("{other}=#{}", HEXLOWER.encode(value.whole())))),
    };
    Ok(Detail::Fields(vec![field]))
}

/// `UserNotice`: what a person is to be shown.
fn notice(element: &Element<'_>) -> Result<Detail, Unreadable> {
    let mut fields = Vec::new();
    for part in element.children()? {
        if !part.is(Tag::Sequence) {
            fields.push(("text", Detail::text(part.text()?)));
            continue;
        }
        let parts = part.children()?;
        let [organization, numbers] = parts.as_slice() else {
            return Err(Unreadable::new("a reference to a notice has not an organization and numbers"));
        };
        let numbers = numbers.children()?;
        let numbers = numbers.iter().map(|number| Ok(Detail::integer(number.integer()?)));
        fields.push(("organization", Detail::text(organization.text()?)));
        fields.push(("numbers", Detail::List(numbers.collect::<Result<_, Unreadable>>()?)));
    }
    Ok(Detail::Fields(fields))
}

pub(super) fn mappings(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let mappings = Element::sequence(bytes)?;
    let read = mappings.iter().map(|mapping| match mapping.children()?.as_slice() {
        [issuer, subject] => Ok(Detail::Fields(vec![
            ("issuer_policy", Detail::text(word_or_oid(issuer.oid()?))),
            ("subject_policy", Detail::text(word_or_oid(subject.oid()?))),
        ])),
        _ => Err(Unreadable::new("a mapping has not two policies")),
    });
    Ok(Detail::List(read.collect::<Result<_, _>>()?))
}

pub(super) fn constraints(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let mut fields = Vec::new();
    for (number, part) in Element::only(bytes)?.tagged()? {
        let certificates = Detail::integer(part.content());
        fields.push(match number {
            0 => ("require_explicit_policy", certificates),
            1 => ("inhibit_policy_mapping", certificates),
            _ => return Err(Unreadable::new("it has more than two numbers")),
        });
    }
    Ok(Detail::Fields(fields))
}

pub(super) fn inhibit_any(bytes: &[u8]) -> Result<Detail, Unreadable> {
    Ok(Detail::integer(Element::only(bytes)?.integer()?))
}

pub(super) fn qualified(bytes: &[u8]) -> Result<Detail, Unreadable> {
    let statements = Element::sequence(bytes)?;
    let read = statements.iter().map(|statement| {
        let parts = statement.children()?;
        let (kind, values) = parts.split_first().ok_or_else(|| Unreadable::new("a statement is empty"))?;
        let mut fields = vec![("statement", Detail::text(word_or_oid(kind.oid()?)))];
        for value in values {
            fields.push(("bytes", Detail::Bytes(value.whole().to_vec())));
        }
        Ok(Detail::Fields(fields))
    });
    Ok(Detail::List(read.collect::<Result<_, Unreadable>>()?))
}
