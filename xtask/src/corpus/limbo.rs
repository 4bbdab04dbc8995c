//! Cases in the form of x509-limbo, in any number of files.

use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::divergences::{Divergences, Verdict};
use super::results;
use crate::workspace::programs;

#[derive(Debug, Deserialize)]
struct Case {
    id: String,
    got: String,
    /// Missing where the case asks for what the runner cannot put into a command.
    expected: Option<String>,
    #[serde(default)]
    features: Vec<String>,
    importance: Option<String>,
}

const VERIFY: &str = "cert verify --trust {trust} [--intermediates {intermediates}] --purpose {purpose} [--name {name}] \
    --at {time} [--crl {crl}] [--max-depth {depth}] {leaf}";

/// A suite: its name, what its cases begin with, and how many in a hundred are as expected at least.
struct Suite {
    name: &'static str,
    prefix: &'static str,
    least: f64,
}

/// The last has all that are of no other. Of NIST's half is about what is refused by name.
const SUITES: [Suite; 3] = [
    Suite { name: "BetterTLS", prefix: "bettertls::", least: 100.0 },
    Suite { name: "NIST's PKITS", prefix: NIST, least: 50.0 },
    Suite { name: "limbo's core", prefix: "", least: 90.0 },
];

const NIST: &str = "pkits::";

/// The cases that are neither as expected nor as listed.
pub(super) fn run(from: &Path, jobs: u16, divergences: &Divergences) -> Result<Vec<String>> {
    let command = format!("{} {VERIFY}", programs()?.join("pki").display());
    let mut arguments: Vec<OsString> = vec!["--cmd".into(), command.into(), "--jobs".into(), jobs.to_string().into()];
    arguments.push("--limbo".into());
    arguments.extend(files(from)?.into_iter().map(PathBuf::into_os_string));
    let arguments: Vec<&OsStr> = arguments.iter().map(OsString::as_os_str).collect();
    let mut cases: Vec<Case> = results(&from.join("run_limbo.py"), &arguments)?;
    cases.retain(|case| case.got != "UNSUPPORTED");
    ensure!(!cases.is_empty(), "no case of limbo was run");
    let mut wrong: Vec<String> = cases.iter().filter_map(|case| case.objection(divergences)).collect();
    for Suite { name, prefix, least } in SUITES {
        let (of, others): (Vec<Case>, Vec<Case>) = cases.into_iter().partition(|case| case.id.starts_with(prefix));
        cases = others;
        if of.is_empty() {
            continue;
        }
        let agreed = of.iter().filter(|case| case.agrees()).count();
        let percent = 100.0 * agreed as f64 / of.len() as f64;
        println!("{name}: {agreed} of {} as expected ({percent:.1} %)", of.len());
        if percent < least {
            wrong.push(format!("{name}: {percent:.1} % are as expected, and {least} must be"));
        }
    }
    Ok(wrong)
}

/// The files of cases, whichever way they are packed.
fn files(from: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(from).with_context(|| format!("listing {}", from.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if [".json", ".json.xz", ".json.gz"].iter().any(|end| name.ends_with(end)) {
            files.push(path);
        }
    }
    files.sort();
    ensure!(!files.is_empty(), "{} holds no file of cases", from.display());
    Ok(files)
}

impl Case {
    fn agrees(&self) -> bool {
        let expected = self.expected.as_deref().and_then(Verdict::of);
        expected.is_some() && Verdict::of(&self.got) == expected
    }

    /// A false yes to one of these is never listed away.
    fn is_grave(&self) -> bool {
        matches!(self.importance.as_deref(), Some("critical" | "high"))
            || self.features.iter().any(|feature| feature == "denial-of-service")
            || self.id.starts_with(NIST)
    }

    fn objection(&self, divergences: &Divergences) -> Option<String> {
        let Self { id, got, .. } = self;
        let verdict = Verdict::of(got);
        let listed = divergences.listed(id);
        match (verdict, self.agrees(), listed) {
            (None, ..) => Some(format!("{id}: {got}, which is no answer")),
            (_, true, Some(_)) => Some(format!("{id} is as expected, and listed as if it were not")),
            (_, true, None) => None,
            (Some(Verdict::Accept), false, _) if self.is_grave() => Some(format!("{id} is accepted, and grave")),
            (Some(verdict), false, Some(listed)) if listed == verdict => None,
            (Some(verdict), false, _) => Some(format!("{id}: {verdict:?}, which is neither expected nor listed")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(id: &str, expected: &str, got: &str, importance: &str) -> Case {
        Case {
            id: id.to_owned(),
            got: got.to_owned(),
            expected: Some(expected.to_owned()),
            features: Vec::new(),
            importance: Some(importance.to_owned()),
        }
    }

    #[test]
    fn the_list_is_held_both_ways() {
        let text = "[policy]\n[limbo.\"a::listed\"]\nverdict = \"accept\"\nwhy = \"so\"\n[[refused]]\nwhy = \"so\"\ncases = [\"pkits::a\"]\n";
        let divergences: Divergences = toml::from_str(text).unwrap();
        let objection = |case: Case| case.objection(&divergences);
        assert_eq!(objection(case("a::listed", "FAILURE", "SUCCESS", "low")), None);
        assert_eq!(objection(case("a::good", "SUCCESS", "SUCCESS", "low")), None);
        assert!(objection(case("a::listed", "SUCCESS", "SUCCESS", "low")).is_some());
        assert!(objection(case("a::listed", "FAILURE", "SUCCESS", "critical")).is_some());
        assert!(objection(case("a::unlisted", "SUCCESS", "FAILURE", "low")).is_some());
        assert!(objection(case("a::listed", "FAILURE", "HANG", "low")).is_some());
        assert_eq!(objection(case("pkits::a", "SUCCESS", "FAILURE", "low")), None);
        assert!(objection(case("pkits::a", "SUCCESS", "SUCCESS", "low")).is_some());
        assert!(objection(case("pkits::b", "FAILURE", "SUCCESS", "low")).is_some_and(|line| line.contains("grave")));
    }
}
