//! A chain that is to be served or shown, checked as one before anybody uses it: order, dates, purpose, names.
//!
//! That the key belongs to the leaf was checked when the [`Identity`](common::context::Identity) was made. What is
//! found here each names its file and certificate; an error means that no peer would take the chain.

use std::collections::HashMap;
use std::fmt;

use common::context::IdentityError;
use jiff::Timestamp;
use rustls_pki_types::CertificateDer;
use serde::Serialize;

use crate::certificate::{Inspected, ParseError, Parsed, Signature, Usage};
use crate::verify::Side;
use crate::words::{date, join, span};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Peers will refuse it: it must not be served.
    Error,
    /// Some peers will refuse it, or soon all will.
    Warning,
    /// It works, and could be better.
    Note,
}

/// Something about a chain that its owner should know. `Display` is the whole sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The file, or where else the chain came from.
    pub file: String,
    /// The certificate's place in it, from 1.
    pub position: usize,
    /// What the certificate is called.
    pub certificate: String,
    /// What is wrong with it; continues a sentence that begins with the certificate.
    pub problem: String,
    /// What would mend it.
    pub mend: Option<String>,
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: certificate {}", self.file, self.position)?;
        if !self.certificate.is_empty() {
            write!(f, " `{}`", self.certificate)?;
        }
        write!(f, " {}", self.problem)
    }
}

/// Checks the chain that `side` is to show, leaf first. The worst finding comes first; none is the best answer.
pub fn check(file: &str, chain: &[CertificateDer<'_>], side: Side, at: Timestamp) -> Vec<Finding> {
    let parsed: Result<Vec<Member<'_>>, Finding> =
        chain.iter().enumerate().map(|(index, der)| Member::read(file, index + 1, der)).collect();
    let members = match parsed {
        Ok(members) => members,
        Err(finding) => return vec![finding],
    };
    let Some(leaf) = members.first() else { return Vec::new() };
    let mut findings = order(file, &members, &format!("{side}'s own certificate"));
    // What is said of a leaf is nonsense where the first certificate is not the leaf.
    if findings.iter().all(|finding| finding.severity != Severity::Error) {
        findings.extend(leaf.leaf_findings(file, side, at));
    }
    for member in members.iter().skip(1).filter(|member| !member.inspected.self_signed) {
        findings.extend(member.dates(file, side, at));
    }
    findings.sort_by_key(|finding| (finding.severity, finding.position));
    findings
}

/// What is wrong with how the certificates of a file stand in it, whoever is to show them: a chain that is out of
/// order, and one that is there twice. A heap of CAs has no order.
pub fn order_in(file: &str, chain: &[impl AsRef<[u8]>]) -> Vec<Finding> {
    let read = chain.iter().enumerate().map(|(index, der)| Member::read(file, index + 1, der.as_ref()));
    let Ok(mut members) = read.collect::<Result<Vec<Member<'_>>, Finding>>() else { return Vec::new() };
    let mut findings = Vec::new();
    let mut seen: HashMap<&[u8], usize> = HashMap::new();
    members.retain(|member| match seen.get(member.parsed.der) {
        None => seen.insert(member.parsed.der, member.position).is_none(),
        Some(first) => {
            let problem = format!("is there twice: it is the same as certificate {first}");
            findings.push(member.finding(file, Severity::Note, problem).with_mend("leave one out".to_owned()));
            false
        }
    });
    if members.len() > 1 {
        let is_chain = |finding: &Finding| finding.severity == Severity::Error || !members[0].inspected.authority.ca;
        let out_of_order = order(file, &members, "leaf").into_iter().filter(|one| one.severity != Severity::Note);
        findings.extend(out_of_order.filter(is_chain));
    }
    findings
}

/// What would mend an identity that was refused when it was made.
pub fn mend(error: &IdentityError) -> Option<String> {
    Some(match error {
        IdentityError::OutOfOrder { name, position, count } if position == count => {
            format!("reverse the order of the certificates in {name}: the last one is the key's own and comes first")
        }
        IdentityError::OutOfOrder { name, position, .. } => {
            format!("put certificate {position} of {name} first, then its issuer, then the issuer's issuer")
        }
        IdentityError::Mismatch { certificate, key } => {
            format!(
                "pass the key that the certificate was made with; `pki cert match {certificate} {key}` compares two"
            )
        }
        IdentityError::UnusableKey { .. } => {
            "use a key that both providers take, as `pki key new --alg p256` makes one".to_owned()
        }
        _ => return None,
    })
}

/// A certificate of the chain.
struct Member<'a> {
    position: usize,
    parsed: Parsed<'a>,
    inspected: Inspected,
}

impl<'a> Member<'a> {
    fn read(file: &str, position: usize, der: &'a [u8]) -> Result<Self, Finding> {
        let parsed = Parsed::from_der(der).map_err(|error: ParseError| Finding {
            severity: Severity::Error,
            file: file.to_owned(),
            position,
            certificate: String::new(),
            problem: format!("is broken: {error}"),
            mend: Some("take it from where it was issued again".to_owned()),
        })?;
        let inspected = Inspected::of(&parsed);
        Ok(Self { position, parsed, inspected })
    }

    fn is_issued_by(&self, issuer: &Self) -> bool {
        self.parsed.issuer() == issuer.parsed.subject()
            && self.parsed.check_signature(issuer.parsed.public_key(), webpki::ALL_VERIFICATION_ALGS) != Signature::Bad
    }

    fn finding(&self, file: &str, severity: Severity, problem: impl Into<String>) -> Finding {
        Finding {
            severity,
            file: file.to_owned(),
            position: self.position,
            certificate: self.inspected.label(),
            problem: problem.into(),
            mend: None,
        }
    }

    fn dates(&self, file: &str, side: Side, at: Timestamp) -> Option<Finding> {
        let (begin, end) = (self.inspected.not_before, self.inspected.not_after);
        let renew = format!("renew it: `pki cert new NAME --profile {side}` makes a new one");
        if at.as_second() > end.as_second() {
            let problem = format!("expired on {}, {} ago", date(end), span(end, at));
            return Some(self.finding(file, Severity::Error, problem).with_mend(renew));
        }
        if at.as_second() < begin.as_second() {
            let problem = format!("is not valid before {}, which is {} from now", date(begin), span(at, begin));
            let mend = format!("wait, or set the clock: here it is {}", date(at));
            return Some(self.finding(file, Severity::Error, problem).with_mend(mend));
        }
        let life = end.as_second().saturating_sub(begin.as_second());
        let left = end.as_second().saturating_sub(at.as_second());
        (left < life / 10).then(|| {
            let problem = format!("expires on {}, in {}", date(end), span(at, end));
            self.finding(file, Severity::Warning, problem).with_mend(renew)
        })
    }

    fn leaf_findings(&self, file: &str, side: Side, at: Timestamp) -> Vec<Finding> {
        let it = &self.inspected;
        let mut findings: Vec<Finding> = self.dates(file, side, at).into_iter().collect();
        let mut add = |severity, problem: String, mend: String| {
            findings.push(self.finding(file, severity, problem).with_mend(mend));
        };
        let new = format!("`pki cert new NAME --profile {side}`");
        if let Some(purpose) = side.purpose().filter(|purpose| !it.allows(purpose)) {
            let allowed = join(it.extended_key_usage.as_deref().unwrap_or_default());
            let problem = format!("is for {allowed} only, not for {purpose}, so every {} refuses it", other(side));
            add(Severity::Error, problem, format!("use one that is for a {side}: {new}"));
        }
        if side == Side::Server && it.names.dns.is_empty() && it.names.ip.is_empty() {
            let problem = "is for no name: it has no DNS name or address in its subjectAltName, and the common name does not count";
            add(Severity::Warning, problem.to_owned(), format!("issue it with the names it is to serve: {new}"));
        }
        if !it.may(Usage::DigitalSignature) {
            let problem = "may not sign: its keyUsage has no digitalSignature, which every handshake here needs";
            add(Severity::Warning, problem.to_owned(), format!("issue it with digitalSignature: {new}"));
        }
        if it.authority.ca {
            let problem = "is a CA's own: many clients refuse it even where they trust it";
            add(
                Severity::Warning,
                problem.to_owned(),
                "make it anew as CA:FALSE: `pki cert self-signed NAME`".to_owned(),
            );
        }
        if crate::verify::is_weak(&it.key) {
            add(
                Severity::Warning,
                format!("has a key that careful peers refuse: {}", it.key),
                format!("make a new key: {new}"),
            );
        }
        if it.signature_algorithm.broken && !it.self_signed {
            let problem = format!("is signed with {}, which peers refuse", it.signature_algorithm);
            add(Severity::Warning, problem, format!("have it signed anew with SHA-256: {new}"));
        }
        findings
    }
}

impl Finding {
    fn with_mend(mut self, line: String) -> Self {
        self.mend = Some(line);
        self
    }
}

fn other(side: Side) -> Side {
    match side {
        Side::Server => Side::Client,
        Side::Client => Side::Server,
        Side::Any => Side::Any,
    }
}

/// Whether each certificate is issued by the next, and if not, what order would be right.
fn order(file: &str, members: &[Member<'_>], leaf: &str) -> Vec<Finding> {
    let right = right_order(members);
    let mut findings = Vec::new();
    let reversed = members.len() > 1 && members.windows(2).all(|pair| pair[1].is_issued_by(&pair[0]));
    if reversed && !members[0].is_issued_by(&members[1]) {
        let problem =
            format!("comes first, and it issued the ones after it: the chain is reversed and the {leaf} is last");
        let mend = format!("put the leaf first: {}", in_words(members, (0..members.len()).rev()));
        return vec![members[0].finding(file, Severity::Error, problem).with_mend(mend)];
    }
    let in_order = right.iter().enumerate().all(|(place, index)| place == *index);
    if !in_order {
        let misplaced = right.iter().enumerate().find(|(place, index)| place != *index).map_or(0, |(place, _)| place);
        let problem = "does not issue the one before it: the chain is out of order, which some clients refuse";
        let mend = format!("put them in this order: {}", in_words(members, right.iter().copied()));
        findings.push(members[misplaced].finding(file, Severity::Warning, problem).with_mend(mend));
    }
    for (index, member) in members.iter().enumerate() {
        if !right.contains(&index) {
            let problem = "is sent for nothing: it issued none of the others in the chain";
            findings.push(member.finding(file, Severity::Note, problem).with_mend("leave it out".to_owned()));
        } else if index > 0 && member.inspected.self_signed {
            let problem = "is a root and need not be sent: a peer trusts its own copy or none";
            findings.push(member.finding(file, Severity::Note, problem).with_mend("leave it out".to_owned()));
        }
    }
    findings
}

/// The way up from the first certificate, by index.
fn right_order(members: &[Member<'_>]) -> Vec<usize> {
    let mut order = vec![0];
    while let Some(next) = order.last().and_then(|last| {
        let last = &members[*last];
        (0..members.len()).find(|index| !order.contains(index) && last.is_issued_by(&members[*index]))
    }) {
        order.push(next);
    }
    order
}

fn in_words(members: &[Member<'_>], order: impl Iterator<Item = usize>) -> String {
    let named: Vec<String> = order.map(|index| format!("`{}`", members[index].inspected.label())).collect();
    named.join(", then ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::authority::Issuer;
    use crate::certificate::{Profile, Role};
    use crate::specimens::{Leaf, authority, between, now};

    /// Severity, position and text of each finding.
    fn found(chain: &[CertificateDer<'static>]) -> Vec<(Severity, usize, String)> {
        let findings = check("chain.pem", chain, Side::Server, now());
        findings.into_iter().map(|finding| (finding.severity, finding.position, finding.to_string())).collect()
    }

    fn hierarchy() -> (Issuer, Issuer) {
        let root = authority("Root", None);
        let intermediate = authority("Intermediate", Some(&root));
        (root, intermediate)
    }

    #[test]
    fn a_good_chain_gives_nothing_to_say() {
        let (_, intermediate) = hierarchy();
        assert_eq!(found(&[Leaf::default().issued_by(&intermediate), intermediate.chain()[0].clone()]), []);
        assert_eq!(found(&[Leaf::default().self_signed()]), []);
    }

    #[test]
    fn a_reversed_chain_is_recognised_and_the_right_order_given() {
        let (root, intermediate) = hierarchy();
        let leaf = Leaf::default().issued_by(&intermediate);
        let chain = [root.chain()[0].clone(), intermediate.chain()[0].clone(), leaf];
        let findings = check("chain.pem", &chain, Side::Server, now());
        assert_eq!(findings.len(), 1);
        assert_eq!(findings[0].severity, Severity::Error);
        assert_eq!(
            findings[0].mend.as_deref(),
            Some("put the leaf first: `good.example`, then `Intermediate`, then `Root`")
        );
    }

    #[test]
    fn what_is_out_of_place_is_named() {
        let (root, intermediate) = hierarchy();
        let leaf = Leaf::default().issued_by(&intermediate);
        let swapped = [leaf.clone(), root.chain()[0].clone(), intermediate.chain()[0].clone()];
        let severities: Vec<Severity> = found(&swapped).into_iter().map(|(severity, ..)| severity).collect();
        assert_eq!(severities, [Severity::Warning, Severity::Note]);

        let stranger = authority("Stranger", None);
        let padded = [leaf, intermediate.chain()[0].clone(), stranger.chain()[0].clone()];
        let findings = found(&padded);
        assert!(findings[0].2.contains("certificate 3 `Stranger` is sent for nothing"), "{findings:?}");
    }

    #[test]
    fn what_no_client_takes_is_an_error_and_what_some_refuse_a_warning() {
        let expired = Leaf { validity: between("2026-10-01T00:00:00Z", "2026-11-18T12:00:00Z"), ..Leaf::default() };
        let client = Leaf { role: Role::Leaf(Profile::Client), ..Leaf::default() };
        let ending = Leaf { validity: between("2026-10-01T00:00:00Z", "2026-11-22T12:00:00Z"), ..Leaf::default() };
        let nameless = Leaf { names: &[], ..Leaf::default() };
        let cases = [
            (
                expired,
                Severity::Error,
                "chain.pem: certificate 1 `good.example` expired on 2026-11-18 12:00 UTC, 3 days ago",
            ),
            (client, Severity::Error, "is for clientAuth only, not for serverAuth"),
            (ending, Severity::Warning, "expires on 2026-11-22 12:00 UTC, in 24 hours"),
            (nameless, Severity::Warning, "is for no name"),
        ];
        for (leaf, severity, words) in cases {
            let findings = found(&[leaf.self_signed()]);
            assert_eq!(findings.len(), 1, "{findings:?}");
            assert_eq!(findings[0].0, severity);
            assert!(findings[0].2.contains(words), "{findings:?}");
        }
    }

    #[test]
    fn garbage_is_named_by_its_place() {
        let findings = found(&[Leaf::default().self_signed(), vec![1, 2, 3].into()]);
        assert!(findings[0].2.starts_with("chain.pem: certificate 2 is broken"), "{findings:?}");
    }
}
