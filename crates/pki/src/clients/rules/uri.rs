//! Patterns over URIs (RFC 3986), segment by segment, as SPIFFE IDs are matched.

use std::fmt;

use super::error::PatternError;
use super::pattern::{Glob, Token, escaped, plain, written};

/// A URI with stars in its path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct UriPattern {
    /// In lower case.
    scheme: String,
    /// The host in lower case, with what is around it; none in a URI without `//`.
    authority: Option<String>,
    path: Vec<Segment>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Segment {
    /// `**`: any number of segments.
    Any,
    /// One segment.
    One(Glob),
}

impl UriPattern {
    pub(super) fn new(tokens: &[Token]) -> Result<Self, PatternError> {
        let colon = tokens.iter().position(|token| token.is(':'));
        let Some((scheme, rest)) = colon.map(|colon| (written(&tokens[..colon]), &tokens[colon + 1..])) else {
            let nearest = format!("spiffe://{}", written(tokens));
            return Err(PatternError::new("a URI begins with its scheme and a colon").nearest(nearest));
        };
        let usual = |character: char| character.is_ascii_alphanumeric() || matches!(character, '+' | '-' | '.');
        if !scheme.starts_with(|first: char| first.is_ascii_alphabetic()) || !scheme.chars().all(usual) {
            return Err(PatternError::new(format!("`{scheme}` is no scheme of a URI, and takes no `*`")));
        }
        let (authority, path) = match rest {
            [Token::Char('/'), Token::Char('/'), rest @ ..] => {
                let end = rest.iter().position(|token| token.is('/') || token.is('?') || token.is('#'));
                let (authority, path) = rest.split_at(end.unwrap_or(rest.len()));
                (Some(host(&scheme, authority, path)?), path)
            }
            rest => (None, rest),
        };
        let path = segments(path).map(segment).collect::<Result<_, _>>()?;
        Ok(Self { scheme: scheme.to_ascii_lowercase(), authority, path })
    }

    pub(super) fn matches(&self, uri: &str) -> bool {
        let Some((scheme, rest)) = uri.split_once(':') else { return false };
        let (authority, path) = match rest.strip_prefix("//") {
            None => (None, rest),
            Some(rest) => {
                let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
                (Some(lower_host(authority)), path)
            }
        };
        let path: Vec<&str> = if path.is_empty() { Vec::new() } else { path.split('/').collect() };
        scheme.eq_ignore_ascii_case(&self.scheme) && authority == self.authority && path_matches(&self.path, &path)
    }
}

/// The host, which must be named: a trust domain that is any is none.
fn host(scheme: &str, authority: &[Token], path: &[Token]) -> Result<String, PatternError> {
    plain(authority).map(|authority| lower_host(&authority)).ok_or_else(|| {
        let nearest = format!("{scheme}://example.org{}", written(path));
        PatternError::new("the host of a URI takes no `*`: name it").nearest(nearest)
    })
}

/// `user@HOST:1` with the host in lower case.
fn lower_host(authority: &str) -> String {
    match authority.rsplit_once('@') {
        Some((user, host)) => format!("{user}@{}", host.to_ascii_lowercase()),
        None => authority.to_ascii_lowercase(),
    }
}

/// What stands between the slashes; a path that begins with one has an empty segment in front.
fn segments(path: &[Token]) -> impl Iterator<Item = &[Token]> {
    let split = (!path.is_empty()).then(|| path.split(|token| token.is('/')));
    split.into_iter().flatten()
}

fn segment(tokens: &[Token]) -> Result<Segment, PatternError> {
    if tokens == [Token::Star, Token::Star] {
        return Ok(Segment::Any);
    }
    if tokens.windows(2).any(|pair| pair == [Token::Star, Token::Star]) {
        return Err(PatternError::new("`**` stands for whole segments of the path, with a `/` on each side"));
    }
    Ok(Segment::One(Glob::new(tokens)))
}

/// Whether each segment fits. A `**` takes as few segments as it can, and one more whenever what follows does not fit.
fn path_matches(pattern: &[Segment], path: &[&str]) -> bool {
    let (mut at, mut in_path) = (0, 0);
    // Behind the last `**`, and where what it took ends.
    let mut retry: Option<(usize, usize)> = None;
    while in_path < path.len() || at < pattern.len() {
        match (pattern.get(at), path.get(in_path)) {
            (Some(Segment::Any), _) => {
                at += 1;
                retry = Some((at, in_path));
            }
            (Some(Segment::One(glob)), Some(segment)) if segment_matches(glob, segment) => {
                at += 1;
                in_path += 1;
            }
            _ => match retry {
                Some((behind, end)) if path.get(end).is_some_and(|taken| is_plain(taken)) => {
                    (at, in_path) = (behind, end + 1);
                    retry = Some((behind, end + 1));
                }
                _ => return false,
            },
        }
    }
    true
}

fn segment_matches(glob: &Glob, segment: &str) -> bool {
    glob.matches(segment) && (!glob.has_star() || is_plain(segment))
}

/// Whether a star may stand for it or for a part of it: a segment that leads nowhere else, and is no query.
fn is_plain(segment: &str) -> bool {
    !matches!(segment, "" | "." | "..") && !segment.contains(['?', '#'])
}

impl fmt::Display for UriPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:", self.scheme)?;
        if let Some(authority) = &self.authority {
            write!(f, "//{}", escaped(authority))?;
        }
        for (index, segment) in self.path.iter().enumerate() {
            if index > 0 {
                f.write_str("/")?;
            }
            match segment {
                Segment::Any => f.write_str("**")?,
                Segment::One(glob) => glob.fmt(f)?,
            }
        }
        Ok(())
    }
}
