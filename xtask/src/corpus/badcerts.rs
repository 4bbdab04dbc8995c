//! Bad certificates, one fault each: judged from files, and met on a live server.

use std::ffi::OsStr;
use std::path::Path;

use anyhow::{Result, ensure};
use serde::Deserialize;

use super::divergences::{Divergences, Verdict};
use super::results;
use crate::workspace::programs;

/// How a case is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// `pki cert verify`.
    Verify,
    /// `tls-client report`, against `openssl s_server`.
    Connect,
}

#[derive(Debug, Deserialize)]
struct Case {
    id: String,
    /// Missing where there was no server.
    expect: Option<String>,
    got: String,
}

const VERIFY: &str = "cert verify --trust {trust} [--intermediates {intermediates}] --purpose {purpose} [--name {name}] \
    --at {time} [--crl {crl}] {leaf}";
const CONNECT: &str = "report --ca {trust} --server-name {name} 127.0.0.1:{port}";

/// The cases that are neither as expected nor as decided.
pub(super) fn run(from: &Path, mode: Mode, divergences: &Divergences) -> Result<Vec<String>> {
    let (word, program, rest) = match mode {
        Mode::Verify => ("verify", "pki", VERIFY),
        Mode::Connect => ("connect", "tls-client", CONNECT),
    };
    let command = format!("{} {rest}", programs()?.join(program).display());
    let runner = from.join("run_badcerts.py");
    let cases: Vec<Case> = results(&runner, &[OsStr::new(word), OsStr::new("--cmd"), OsStr::new(&command)])?;
    ensure!(!cases.is_empty(), "{} ran no case", runner.display());
    let wrong: Vec<String> = cases.iter().filter_map(|case| case.objection(mode, divergences)).collect();
    println!("bad certificates, {word}: {} of {} as expected or decided", cases.len() - wrong.len(), cases.len());
    Ok(wrong)
}

impl Case {
    fn objection(&self, mode: Mode, divergences: &Divergences) -> Option<String> {
        let Self { id, got, expect } = self;
        let wanted = match expect.as_deref() {
            Some("policy") => match (divergences.policy.get(id), mode) {
                (None, _) => return Some(format!("{id}: either verdict can be defended, and none was decided: {got}")),
                (Some(policy), Mode::Verify) => Some(policy.verify),
                (Some(policy), Mode::Connect) => Some(policy.connect),
            },
            expect => expect.and_then(Verdict::of),
        };
        let is_right = wanted.is_some() && Verdict::of(got) == wanted;
        (!is_right).then(|| format!("{id} ({mode:?}): {got}, and {wanted:?} was expected"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_decided_is_kept() {
        let text = "[limbo]\n[policy.odd]\nverify = \"reject\"\nconnect = \"accept\"\nwhy = \"form\"\n";
        let divergences: Divergences = toml::from_str(text).unwrap();
        let case = |id: &str, expect: &str, got: &str| Case {
            id: id.to_owned(),
            expect: Some(expect.to_owned()),
            got: got.to_owned(),
        };
        assert_eq!(case("odd", "policy", "reject").objection(Mode::Verify, &divergences), None);
        assert!(case("odd", "policy", "reject").objection(Mode::Connect, &divergences).is_some());
        assert!(case("new", "policy", "reject").objection(Mode::Verify, &divergences).is_some());
        assert!(case("bad", "reject", "accept").objection(Mode::Verify, &divergences).is_some());
        assert!(case("bad", "reject", "hang").objection(Mode::Verify, &divergences).is_some());
    }
}
