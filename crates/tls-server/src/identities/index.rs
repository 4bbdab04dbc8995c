//! From the name that a client asks for to the certificates for it. Built once, then only looked up.

use std::cmp::Reverse;
use std::collections::HashMap;

use super::leaf::Leaf;
use super::name::{Asked, Pattern};

/// Names and the entries for each, by their numbers, the best first: by the kind of their keys, then the one whose
/// dates begin latest. Whether the dates have begun is asked when one is chosen.
#[derive(Debug, Default)]
pub(super) struct Index {
    exact: HashMap<Box<str>, Box<[u32]>>,
    below: HashMap<Box<str>, Box<[u32]>>,
}

impl Index {
    /// Of the leaves in order: the number of each is its place.
    pub(super) fn build(leaves: &[&Leaf]) -> Self {
        let (mut exact, mut below) = (HashMap::new(), HashMap::new());
        for (number, leaf) in (0_u32..).zip(leaves) {
            for pattern in leaf.dns.iter().filter_map(|name| Pattern::new(name)) {
                let numbers: &mut Vec<u32> = match pattern {
                    Pattern::Exact(name) => exact.entry(name).or_default(),
                    Pattern::Below(parent) => below.entry(parent).or_default(),
                };
                numbers.push(number);
            }
        }
        Self { exact: ranked(exact, leaves), below: ranked(below, leaves) }
    }

    /// The entries for `server_name`: those that name it, else those with a wildcard in place of its first label.
    pub(super) fn find(&self, server_name: &str) -> Option<&[u32]> {
        let asked = Asked::new(server_name)?;
        let wildcard = || self.below.get(asked.parent()?);
        self.exact.get(asked.as_str()).or_else(wildcard).map(AsRef::as_ref)
    }

    /// The entries that share the first name of `leaf` with it.
    pub(super) fn beside(&self, leaf: &Leaf) -> Option<&[u32]> {
        let shared = match leaf.dns.iter().find_map(|name| Pattern::new(name))? {
            Pattern::Exact(name) => self.exact.get(&name),
            Pattern::Below(parent) => self.below.get(&parent),
        };
        shared.map(AsRef::as_ref)
    }
}

fn ranked(found: HashMap<Box<str>, Vec<u32>>, leaves: &[&Leaf]) -> HashMap<Box<str>, Box<[u32]>> {
    let rank = |number: &u32| {
        let leaf = leaves.get(*number as usize);
        (leaf.map(|leaf| (leaf.kind, Reverse(leaf.not_before))), *number)
    };
    let sorted = |mut numbers: Vec<u32>| {
        numbers.sort_by_key(rank);
        numbers.dedup(); // a certificate may say a name twice
        numbers.into_boxed_slice()
    };
    found.into_iter().map(|(name, numbers)| (name, sorted(numbers))).collect()
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::super::kind::Kind;
    use super::*;

    fn leaf(names: &[&str], kind: Kind, not_before: i64) -> Leaf {
        Leaf {
            dns: names.iter().map(|name| Box::from(*name)).collect(),
            addresses: Box::new([]),
            issuer: "".into(),
            serial: "".into(),
            fingerprint: "".into(),
            key: "".into(),
            kind,
            not_before: Timestamp::from_second(not_before).unwrap(),
            not_after: Timestamp::MAX,
        }
    }

    fn build(leaves: &[Leaf]) -> Index {
        Index::build(&leaves.iter().collect::<Vec<_>>())
    }

    #[test]
    fn the_exact_name_comes_before_the_wildcard_and_a_wildcard_takes_one_label() {
        let index = build(&[leaf(&["*.example"], Kind::P256, 0), leaf(&["a.example"], Kind::Rsa, 0)]);
        assert_eq!(index.find("A.example."), Some(&[1][..]));
        assert_eq!(index.find("b.EXAMPLE"), Some(&[0][..]));
        for name in ["example", "a.b.example", ".example", "c.other", "127.0.0.1", ""] {
            assert_eq!(index.find(name), None, "{name}");
        }
    }

    #[test]
    fn the_faster_key_comes_first_and_then_the_newer_certificate() {
        let names = &["a.example", "A.example"];
        let index = build(&[
            leaf(names, Kind::Rsa, 9),
            leaf(names, Kind::P256, 1),
            leaf(names, Kind::P256, 2),
            leaf(names, Kind::Ed25519, 3),
        ]);
        assert_eq!(index.find("a.example"), Some(&[2, 1, 3, 0][..]));
    }

    /// Names that often meet.
    fn name() -> impl Strategy<Value = String> {
        "([aAb*]\\.){0,2}(\\*\\.)?[abB]\\.(c|d)\\.?"
    }

    proptest! {
        #[test]
        fn an_exact_name_beats_a_wildcard_and_nothing_else_is_found(
            certificates in prop::collection::vec(prop::collection::vec(name(), 0..4), 0..8),
            asked in name(),
        ) {
            let leaves: Vec<Leaf> = certificates
                .iter()
                .map(|names| leaf(&names.iter().map(String::as_str).collect::<Vec<_>>(), Kind::P256, 0))
                .collect();
            let fold = |name: &str| name.trim_end_matches('.').to_ascii_lowercase();
            let having = |wanted: &str| -> Vec<u32> {
                let has = |names: &Vec<String>| names.iter().any(|name| fold(name) == wanted);
                (0..).zip(&certificates).filter(|(_, names)| has(names)).map(|(number, _)| number).collect()
            };
            let asked_folded = fold(&asked);
            // A `*` further in stands for nothing.
            let exact = if asked_folded.contains('*') { Vec::new() } else { having(&asked_folded) };
            let parent = asked_folded.split_once('.').map_or("", |(_, parent)| parent);
            let wild = if parent.contains('*') { Vec::new() } else { having(&format!("*.{parent}")) };
            let expected = if exact.is_empty() { wild } else { exact };
            let found = build(&leaves).find(&asked).map(<[u32]>::to_vec).unwrap_or_default();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn any_text_finds_something_or_nothing(names in prop::collection::vec(".*", 0..5), asked: String) {
            let index = build(&[leaf(&names.iter().map(String::as_str).collect::<Vec<_>>(), Kind::P256, 0)]);
            let _ = index.find(&asked);
        }
    }
}
