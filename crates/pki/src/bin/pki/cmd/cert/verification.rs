//! What `pki cert verify` answers, as JSON and as text.

use common::terminal::Exit;
use jiff::Timestamp;
use pki::certificate::Inspected;
use pki::explain::{self, Circumstances, Explanation};
use pki::verify::{Path, Question, Side, Strictness, Verdict};
use serde::Serialize;

/// What was asked.
pub(super) struct Asked<'a> {
    pub(super) file: String,
    pub(super) question: Question<'a>,
    pub(super) strictness: Strictness,
    /// Whether a handshake would take what is refused here.
    pub(super) lenient: bool,
}

#[derive(Serialize)]
pub(super) struct Verification {
    schema: &'static str,
    file: String,
    purpose: Side,
    name: Option<String>,
    at: Timestamp,
    strictness: Strictness,
    trusted: bool,
    sentence: String,
    findings: Vec<Finding>,
    handshake_takes_it: bool,
    path: Option<PathShown>,
    exit_code: Exit,
}

#[derive(Serialize)]
struct Finding {
    exit_code: Exit,
    sentence: String,
    mend: Option<String>,
    /// The same for programs.
    reason: pki::verify::Reason,
}

#[derive(Serialize)]
struct PathShown {
    certificates: Vec<Inspected>,
    anchor: String,
}

impl Verification {
    pub(super) fn of(asked: &Asked<'_>, verdict: &Verdict) -> Self {
        let name = asked.question.name.map(ToString::to_string);
        let around = Circumstances { name: name.clone(), ..Circumstances::offline(&asked.file) };
        let reasons = verdict.refusal().map(|refusal| refusal.reasons()).unwrap_or_default();
        let findings = reasons.iter().map(|reason| {
            let Explanation { exit, sentence, mend, .. } = explain::reason(reason, &around);
            Finding { exit_code: exit, sentence, mend, reason: reason.clone() }
        });
        let findings: Vec<Finding> = findings.collect();
        Self {
            schema: "latchkey.verification/1",
            file: asked.file.clone(),
            purpose: asked.question.side,
            sentence: findings.first().map_or_else(|| good(asked), |finding| finding.sentence.clone()),
            name,
            at: asked.question.at,
            strictness: asked.strictness,
            trusted: verdict.is_trusted(),
            findings,
            handshake_takes_it: verdict.is_trusted() || asked.lenient,
            path: verdict.path().map(PathShown::of),
            exit_code: verdict.exit(),
        }
    }

    pub(super) fn text(&self) -> String {
        let Some(path) = &self.path else { return self.refusal() };
        let mut text = format!("{}\n", self.sentence);
        let last = path.certificates.len().saturating_sub(1);
        for (index, certificate) in path.certificates.iter().enumerate() {
            let until = certificate.not_after.strftime("%F");
            text.push_str(&format!("  {}  {}, until {until}", index + 1, certificate.label()));
            text.push_str(&if index == last { format!(", trusted: {}\n", path.anchor) } else { "\n".to_owned() });
        }
        text
    }

    fn refusal(&self) -> String {
        let mut text = format!("{} is not trusted\n", self.file);
        for Finding { sentence, mend, .. } in &self.findings {
            text.push_str(&format!("  {sentence}\n"));
            if let Some(mend) = mend {
                text.push_str(&format!("    try: {mend}\n"));
            }
        }
        if self.handshake_takes_it {
            text.push_str("a handshake of tls-client or tls-server would take it nevertheless (--strict webpki)\n");
        }
        text
    }
}

fn good(asked: &Asked<'_>) -> String {
    let purpose = match asked.question.side {
        Side::Server => " as a server's certificate",
        Side::Client => " as a client's certificate",
        Side::Any => "",
    };
    let name = asked.question.name.map(|name| format!(" for {name}")).unwrap_or_default();
    format!("{} is trusted{purpose}{name}", asked.file)
}

impl PathShown {
    fn of(path: &Path) -> Self {
        Self { certificates: path.certificates.clone(), anchor: path.anchor.to_string() }
    }
}
