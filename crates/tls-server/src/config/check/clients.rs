//! Which clients a listener lets in.

use super::super::checked::{Clients, Vouched};
use super::super::keys;
use super::super::look::Look;
use super::super::problem::Fault;
use super::super::{files, values};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Auth {
    None,
    Optional,
    Required,
}

const AUTHS: [(&str, Auth); 3] = [("none", Auth::None), ("optional", Auth::Optional), ("required", Auth::Required)];

pub(super) fn check(look: &mut Look<'_>) -> Option<Clients> {
    let auth = look.defaulted(&keys::CLIENT_AUTH, |text| values::word(text, &AUTHS))?;
    if auth.value == Auth::None {
        for key in [&keys::CLIENT_CA, &keys::CRL, &keys::ALLOW] {
            let advice = format!("ask for one: {}", look.written(&keys::CLIENT_AUTH, "required"));
            look.without_effect(key, "where clients are asked for no certificate", advice);
        }
        return Some(Clients::Anyone);
    }
    if !look.has(&keys::CLIENT_CA) {
        let advice = format!("name their file: {}", look.written(&keys::CLIENT_CA, "ca.pem"));
        look.missing(&keys::CLIENT_CA, Fault::new("who vouches for clients is not said").advise(advice));
    }
    let authorities = look.paths(&keys::CLIENT_CA, files::readable);
    let crls = look.paths(&keys::CRL, files::readable);
    let rules = look.each(&keys::ALLOW, values::rule);
    let vouched = Vouched { authorities: Some(authorities).filter(|files| !files.is_empty())?, crls, rules };
    Some(match auth.value {
        Auth::Required => Clients::Required(vouched),
        _ => Clients::Optional(vouched),
    })
}
