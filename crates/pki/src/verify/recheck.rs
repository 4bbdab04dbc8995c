//! A chain that was verified earlier, looked at again: a resumed session calls no verifier (RFC 8446 section 4.6.1).

use jiff::Timestamp;
use rustls_pki_types::CertificateDer;

use super::candidate::Candidate;
use super::rules;
use super::side::Side;
use super::terms::Question;
use super::verdict::{Reason, Refusal, Verdict};
use super::verifier::{Verifier, in_place, links};
use crate::certificate::{Inspected, Parsed};

impl Verifier {
    /// Whether a client's chain, leaf first, that a verifier with the same anchors trusted earlier, is still within
    /// its dates and not revoked. Its signatures are not checked again where only one way leads to an anchor.
    /// Gives the leaf.
    ///
    /// # Errors
    /// What is wrong with it by now.
    pub fn recheck_client(&self, chain: &[CertificateDer<'_>], at: Timestamp) -> Result<Inspected, Refusal> {
        let Some(mut path) = self.only_way(chain) else {
            return match self.client(chain, at) {
                // A path has its leaf.
                Verdict::Trusted(mut path) => Ok(path.certificates.swap_remove(0)),
                Verdict::Refused(refusal) => Err(refusal),
            };
        };
        let reason = |place, index: usize, problem| Reason::new(Side::Client, place, &path[index].inspected, problem);
        let question = Question { side: Side::Client, name: None, at };
        let links = links(&in_place(&path), &question, self.terms);
        let outdated = links
            .iter()
            .enumerate()
            .filter_map(|(index, link)| Some(reason(link.place, index, rules::check_dates(link)?)));
        let revoked = self.revocation(&path, at).map(|(index, problem)| reason(links[index].place, index, problem));
        let reasons: Vec<Reason> = outdated.chain(revoked).collect();
        drop(links);
        if reasons.is_empty() { Ok(path.swap_remove(0).inspected) } else { Err(Refusal::new(reasons)) }
    }

    /// From the leaf to the anchor by names alone; none where names leave a choice, or lead nowhere.
    fn only_way<'a>(&'a self, chain: &'a [CertificateDer<'_>]) -> Option<Vec<Candidate<'a>>> {
        let anchors = || self.trust().anchors().iter().map(|anchor| anchor.der.as_ref());
        let mut path = vec![Candidate::from_der(chain.first()?).ok()?];
        if anchors().any(|anchor| anchor == path[0].parsed.der) {
            return Some(path);
        }
        loop {
            let head = path.last()?;
            let is_new = |der: &&[u8]| path.iter().all(|passed| passed.parsed.der != *der);
            // An anchor that was sent along is met as an anchor, and once.
            let sent = chain.iter().map(|der| der.as_ref()).filter(is_new).map(|der| (false, der));
            let mut issuers: Vec<(bool, Parsed<'a>)> = Vec::new();
            for (is_anchor, der) in anchors().map(|der| (true, der)).chain(sent) {
                let Ok(issuer) = Parsed::from_der(der) else { continue };
                let is_known = issuers.iter().any(|(_, known)| known.der == der);
                if issuer.subject() == head.parsed.issuer() && !is_known {
                    issuers.push((is_anchor, issuer));
                }
            }
            let (is_anchor, issuer) = if issuers.len() == 1 { issuers.pop()? } else { return None };
            path.push(Candidate::of(issuer));
            if is_anchor {
                return Some(path);
            }
        }
    }
}
