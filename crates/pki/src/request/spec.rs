//! What a certificate is asked for, checked as one: every problem is reported at once.

use std::fmt;

use super::{Attribute, NameProblem, Subject, SubjectAltName, SubjectProblem};

/// A subject and its names. It cannot hold a name that no certificate could have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Whose the certificate is. May be empty where there are names.
    pub subject: Subject,
    /// The names it is for, each once, in the order given.
    pub names: Vec<SubjectAltName>,
}

/// Everything that is wrong with what was asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems(Vec<String>);

impl Problems {
    /// The problems, one sentence each.
    pub fn sentences(&self) -> &[String] {
        &self.0
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for Problems {}

impl Spec {
    /// A certificate for `names`: the subject is `subject` where it is given, else the first name that fits
    /// into a common name.
    ///
    /// # Errors
    /// Every name and attribute that cannot be, or that neither a name nor a subject was given.
    pub fn new<S: AsRef<str>>(names: &[S], subject: Option<&str>, common_name: Option<&str>) -> Result<Self, Problems> {
        let mut problems = Vec::new();
        let names = read_names(names, &mut problems);
        let given = read_subject(subject, common_name, &mut problems);
        let names = match &given {
            // A common name that is a host is one of the names: nothing looks for it in the subject any more.
            Some(subject) if names.is_empty() => name_in(subject).into_iter().collect(),
            _ => names,
        };
        if names.is_empty() && given.as_ref().is_none_or(Subject::is_empty) && problems.is_empty() {
            problems.push("no name was given for the certificate".to_owned());
        }
        if !problems.is_empty() {
            return Err(Problems(problems));
        }
        match given {
            Some(subject) => Ok(Self { subject, names }),
            None => Ok(Self::for_names(names)),
        }
    }

    /// A certificate for names that were checked already. The first host or mailbox that fits is the common
    /// name. An address never is: verifiers take a common name that looks like a host for a DNS name, and
    /// hold it to the DNS names of a constrained CA.
    pub fn for_names(names: Vec<SubjectAltName>) -> Self {
        let usual = |name: &&SubjectAltName| matches!(name, SubjectAltName::Dns(_) | SubjectAltName::Email(_));
        Self { subject: first_that_fits(names.iter().filter(usual)), names }
    }

    /// The same with a common name of whatever kind where the subject was empty, as an issuer has a name
    /// (RFC 5280 section 4.1.2.4), and a certificate that signs itself is one.
    #[must_use]
    pub fn with_subject(self) -> Self {
        if self.subject.is_empty() { Self { subject: first_that_fits(self.names.iter()), ..self } } else { self }
    }
}

fn read_names<S: AsRef<str>>(texts: &[S], problems: &mut Vec<String>) -> Vec<SubjectAltName> {
    let mut names = Vec::new();
    for text in texts {
        match text.as_ref().parse::<SubjectAltName>() {
            Ok(name) if names.contains(&name) => {}
            Ok(name) => names.push(name),
            Err(problem) => problems.push(NameProblem::to_string(&problem)),
        }
    }
    names
}

fn read_subject(subject: Option<&str>, common_name: Option<&str>, problems: &mut Vec<String>) -> Option<Subject> {
    let mut read = match subject.map(str::parse::<Subject>) {
        Some(Ok(subject)) => Some(subject),
        Some(Err(problem)) => {
            problems.push(SubjectProblem::to_string(&problem));
            None
        }
        None => None,
    };
    if let Some(value) = common_name {
        let target = read.get_or_insert_with(Subject::empty);
        if let Some((_, other)) = target.attributes().iter().find(|(kind, _)| *kind == Attribute::CommonName) {
            problems.push(format!("the subject has the common name `{other}` already, and `{value}` is another"));
        }
        if let Err(problem) = target.push(Attribute::CommonName, value) {
            problems.push(problem.to_string());
        }
    }
    read
}

/// The host that a subject's common name is, where it is one beyond doubt.
fn name_in(subject: &Subject) -> Option<SubjectAltName> {
    let common_name = subject.attributes().iter().rev().find(|(attribute, _)| *attribute == Attribute::CommonName);
    common_name.and_then(|(_, value)| value.parse().ok())
}

/// The first name that fits a common name, else nobody.
fn first_that_fits<'a>(names: impl Iterator<Item = &'a SubjectAltName>) -> Subject {
    names.filter_map(|name| Subject::common_name(&name.to_string()).ok()).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_problem_is_said_at_once() {
        let problems = Spec::new(&["ok.example", "a..b", "*"], Some("/C=Germany"), None).unwrap_err();
        assert_eq!(problems.sentences().len(), 3, "{problems}");
    }

    #[test]
    fn the_subject_is_the_first_name_that_fits_and_a_host_as_common_name_becomes_a_name() {
        let long = format!("{}.example", ["a"; 40].join("."));
        let spec = Spec::new(&[long.as_str(), "short.example", "short.example"], None, None).unwrap();
        assert_eq!((spec.subject.to_string().as_str(), spec.names.len()), ("/CN=short.example", 2));
        let spec = Spec::new::<&str>(&[], None, Some("host.example")).unwrap();
        assert_eq!(spec.names, ["host.example".parse().unwrap()]);
        assert!(Spec::new::<&str>(&[], None, Some("David Smith")).unwrap().names.is_empty());
        assert!(Spec::new::<&str>(&[], None, None).is_err());
        assert!(Spec::new(&["a.example"], Some("/CN=a.example"), Some("b.example")).is_err());
        let spec = Spec::new(&["10.0.0.1"], None, None).unwrap();
        assert!(spec.subject.is_empty());
        assert_eq!(spec.with_subject().subject.to_string(), "/CN=10.0.0.1");
    }
}
