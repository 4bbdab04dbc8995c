//! Why a chain was refused: who is at fault, and what would mend it.

use rustls_pki_types::ServerName;

use super::{Circumstances, Explanation, Fault};
use crate::verify::{Place, Problem, Reason, Refusal, Side, Unsupported, Verdict};
use crate::words::date;

/// The reason to act on first; none where the verdict is good.
pub fn verdict(verdict: &Verdict, circumstances: &Circumstances) -> Option<Explanation> {
    refusal(verdict.refusal()?, circumstances).into_iter().next()
}

/// Every reason of a refusal, the one to act on first in front.
pub fn refusal(refusal: &Refusal, circumstances: &Circumstances) -> Vec<Explanation> {
    refusal.reasons().iter().map(|each| reason(each, circumstances)).collect()
}

/// One reason.
pub fn reason(reason: &Reason, circumstances: &Circumstances) -> Explanation {
    let explanation = Explanation::new(reason.problem.exit(), fault(reason), reason.to_string());
    match mend(reason, circumstances) {
        Some(line) => explanation.mend(line),
        None => explanation,
    }
}

/// A server that is shown a stranger's certificate did nothing wrong. A client may lack the CA.
fn fault(reason: &Reason) -> Fault {
    match (&reason.problem, reason.place, reason.of) {
        (_, Place::Anchor, _) => Fault::Us,
        (Problem::UnknownIssuer { .. } | Problem::UntrustedRoot | Problem::OtherKey { .. }, _, Side::Server) => {
            Fault::Us
        }
        // The lists are ours, whoever's certificate they are about.
        (
            Problem::RevocationUnknown { .. }
            | Problem::UnusableCrl { .. }
            | Problem::StaleCrl { .. }
            | Problem::CrlSignature { .. }
            | Problem::MayNotRevoke { .. },
            ..,
        ) => Fault::Us,
        _ => Fault::Peer,
    }
}

fn mend(reason: &Reason, circumstances: &Circumstances) -> Option<String> {
    let whose = reason.of;
    let ca = match circumstances.side {
        Side::Client => "--ca FILE",
        Side::Server => "--client-ca FILE",
        Side::Any => "--trust FILE",
    };
    let name = circumstances.name.as_deref().unwrap_or("NAME");
    let new = match whose {
        Side::Server => format!("`pki cert new {name} --profile server`"),
        Side::Client => "`pki cert new NAME --profile client`".to_owned(),
        Side::Any => "`pki cert new NAME`".to_owned(),
    };
    // The clock of a handshake may be wrong; a time that was asked about is what it is.
    let clock = |at| match circumstances.side {
        Side::Any => format!("it was judged at {}", date(at)),
        Side::Client | Side::Server => format!("the clock here says {}", date(at)),
    };
    let label = &reason.certificate;
    Some(match &reason.problem {
        Problem::NothingSent => format!("give the {whose} a certificate: {new}"),
        Problem::SelfSigned => {
            format!("compare its fingerprint with the {whose}'s owner, and if it is the right one pass it: {ca}")
        }
        Problem::UntrustedRoot => format!("if you trust `{label}`, pass its certificate: {ca}"),
        Problem::MissingIntermediate { issuer, url } => {
            let at = url.as_ref().map(|url| format!(" (it is at {url})")).unwrap_or_default();
            if circumstances.side == Side::Any {
                return Some(format!(
                    "pass the certificate of `{issuer}`{at}: --intermediates FILE; only if it is a root that you trust: {ca}"
                ));
            }
            format!(
                "append the certificate of `{issuer}`{at} to the {whose}'s certificate file, after its own; \
                 only if `{issuer}` is a root, pass it instead: {ca}"
            )
        }
        Problem::UnknownIssuer { issuer } => {
            format!(
                "if you trust `{issuer}`, pass its certificate: {ca} (from a store: `pki ca export NAME --out FILE`)"
            )
        }
        Problem::OtherKey { issuer, .. } if circumstances.side == Side::Any => format!(
            "`{issuer}` was probably made anew: get its present certificate and pass it: --intermediates FILE; \
             or, if it is a root that you trust: {ca}"
        ),
        Problem::OtherKey { issuer, .. } => {
            format!("`{issuer}` was probably made anew: get its present certificate and pass it: {ca}")
        }
        Problem::Expired { at, .. } if reason.place == Place::Anchor => {
            format!("get the CA's new certificate and pass it: {ca}; {}", clock(*at))
        }
        Problem::Expired { .. } if reason.place != Place::Sent(0) => {
            format!(
                "get the issuer's new certificate and have the {whose} send that: it follows its own in the same file"
            )
        }
        Problem::Expired { at, .. } => {
            format!("renew it and have the {whose} use the new one, as {new} makes one; {}", clock(*at))
        }
        Problem::NotYetValid { at, .. } if circumstances.side == Side::Any => {
            format!("{}; wait, or issue it anew: {new}", clock(*at))
        }
        Problem::NotYetValid { at, .. } => {
            format!("set the clock that is wrong: here it is {}; else wait, or issue it anew: {new}", date(*at))
        }
        Problem::InvertedDates { .. } => format!("issue it anew with dates in order: {new}"),
        Problem::NameMismatch { expected, names, .. } => name_mismatch(expected, names, circumstances.side),
        Problem::WrongPurpose { .. } => format!("use a certificate that is for a {whose}: {new}"),
        Problem::AuthorityAsLeaf => {
            format!("issue a certificate of its own for the {whose} with that CA: {new}; or trust this very one: {ca}")
        }
        Problem::OutOfOrder { own } if circumstances.side == Side::Any => {
            format!(
                "put `{own}` first, as this does, and verify that: `pki convert {} --to pem --out chain.pem`",
                circumstances.peer
            )
        }
        Problem::OutOfOrder { own } => {
            format!("put `{own}` first in the {whose}'s certificate file, then the certificate of each next issuer")
        }
        Problem::NotAnAuthority
        | Problem::MayNotIssue
        | Problem::PathTooLong { .. }
        | Problem::NameConstraint { .. } => {
            format!("issue the {whose}'s certificate with a CA that may: {new}")
        }
        Problem::TooDeep { found, .. } => format!("allow as many: --max-depth {found}"),
        Problem::Form { .. } => {
            format!("have it issued anew in the right form: {new}; or be as strict as a handshake is: --strict webpki")
        }
        Problem::Unsupported { feature } => unsupported(*feature, whose),
        Problem::UnusableCrl { .. } => "get a complete CRL from its issuer, and pass that: --crl FILE".to_owned(),
        Problem::WeakKey { .. } => format!("make a new key and certificate: {new}"),
        Problem::WeakSignature { .. } | Problem::UnsupportedSignature { .. } => {
            format!("have it signed anew with SHA-256: {new}")
        }
        Problem::BadSignature { .. } => format!("do not trust it; have it issued anew: {new}"),
        Problem::UnknownCritical { .. }
        | Problem::UnreadableExtension { .. }
        | Problem::OldVersion { .. }
        | Problem::Unreadable { .. } => format!("have it issued anew by the rules of RFC 5280: {new}"),
        Problem::Revoked { .. } => {
            format!("have a new one issued with a new key, and have the {whose} use that: {new}")
        }
        Problem::RevocationUnknown { issuer } => {
            format!("pass the CRL of `{issuer}` beside the others: --crl FILE")
        }
        Problem::StaleCrl { issuer, at, .. } => {
            format!("get the present CRL of `{issuer}` and pass it: --crl FILE; {}", clock(*at))
        }
        Problem::CrlSignature { issuer, .. } => {
            format!("get the CRL from `{issuer}` again, and pass that: --crl FILE")
        }
        Problem::MayNotRevoke { issuer } => {
            format!("have the certificate of `{issuer}` issued anew with cRLSign in its keyUsage")
        }
        Problem::NotAllowed { .. } => {
            "if it is to be let in, add a rule that fits it: --allow RULE; `tls-server explain-client CERT` shows what \
             each rule says to it"
                .to_owned()
        }
        Problem::TooComplex => format!("have the {whose} send its own certificate and its intermediates only"),
        Problem::Other { .. } => return None,
    })
}

/// What would do without the feature.
fn unsupported(feature: Unsupported, whose: Side) -> String {
    match feature {
        Unsupported::LongPath => format!("trust a CA that is nearer to the {whose}'s certificate"),
        Unsupported::SelfIssuedRollover => "trust the CA's newest certificate itself, or have one issued whose path \
                                            length counts those in between"
            .to_owned(),
        Unsupported::NameForms => {
            "have it issued anew with its issuer's name copied byte for byte from the issuer's certificate".to_owned()
        }
        Unsupported::UniqueIds | Unsupported::EarlyDates => "have it issued anew without that".to_owned(),
        Unsupported::Policies => format!(
            "trust a CA below the one that restricts policies, or have the {whose}'s certificate issued by another"
        ),
        _ => format!("have the {whose}'s certificate issued by a CA that constrains DNS names and addresses only"),
    }
}

/// A name that can be connected to: a wildcard stands for names that are not known here.
fn name_mismatch(expected: &str, names: &[String], ours: Side) -> String {
    let flag = if ours == Side::Any { "--name" } else { "--server-name" };
    match names.iter().find(|name| ServerName::try_from(name.as_str()).is_ok()) {
        Some(usable) => format!(
            "check it against a name that it has: {flag} {usable}; or issue it for this one: `pki cert new {expected}`"
        ),
        None => format!("issue it for this name: `pki cert new {expected}`"),
    }
}
