//! What a ticket is bound to, as one digest.

use std::collections::BTreeSet;

use aws_lc_rs::digest::{self, SHA256};

/// What is trusted of a client, gathered piece by piece. Anchors, rules and revoked serials are sets: neither their
/// order nor a repetition changes the digest, and a CRL that is re-signed with the same serials in it changes nothing.
#[derive(Debug, Clone, Default)]
pub struct Binding {
    listener: String,
    purpose: String,
    sets: [BTreeSet<Vec<u8>>; 3],
}

const ANCHORS: usize = 0;
const RULES: usize = 1;
const REVOKED: usize = 2;

impl Binding {
    /// Bound to nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// To the listener of that name. Servers that are to open each other's tickets give theirs the same name.
    #[must_use]
    pub fn listener(mut self, name: &str) -> Self {
        name.clone_into(&mut self.listener);
        self
    }

    /// To what certificates must be good for, and whether clients are asked for one: words of the caller's.
    #[must_use]
    pub fn purpose(mut self, purpose: &str) -> Self {
        purpose.clone_into(&mut self.purpose);
        self
    }

    /// To an anchor, by its DER or a digest of it.
    #[must_use]
    pub fn anchor(self, anchor: &[u8]) -> Self {
        self.with(ANCHORS, anchor.to_vec())
    }

    /// To a rule that says who is let in. Where the order of rules decides, it is the caller's to say it in each.
    #[must_use]
    pub fn rule(self, rule: &str) -> Self {
        self.with(RULES, rule.as_bytes().to_vec())
    }

    /// To a serial being revoked by an issuer.
    #[must_use]
    pub fn revoked(self, issuer: &[u8], serial: &[u8]) -> Self {
        let mut entry = (issuer.len() as u64).to_be_bytes().to_vec();
        entry.extend_from_slice(issuer);
        entry.extend_from_slice(serial);
        self.with(REVOKED, entry)
    }

    /// The digest that [`Ticketer::new`](super::Ticketer::new) takes.
    pub fn digest(&self) -> [u8; 32] {
        let mut context = digest::Context::new(&SHA256);
        let mut add = |bytes: &[u8]| {
            // With its length in front, no piece can be taken for the end of one and the beginning of the next.
            context.update(&(bytes.len() as u64).to_be_bytes());
            context.update(bytes);
        };
        add(b"latchkey ticket binding 1");
        add(self.listener.as_bytes());
        add(self.purpose.as_bytes());
        for set in &self.sets {
            add(&(set.len() as u64).to_be_bytes());
            set.iter().for_each(|entry| add(entry));
        }
        let mut bytes = [0; 32];
        bytes.copy_from_slice(context.finish().as_ref());
        bytes
    }

    fn with(mut self, set: usize, entry: Vec<u8>) -> Self {
        self.sets[set].insert(entry);
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> Binding {
        Binding::new()
            .listener("public")
            .purpose("required")
            .anchor(b"root a")
            .anchor(b"root b")
            .rule("allow cn alice")
            .revoked(b"issuer", &[1])
            .revoked(b"issuer", &[2])
    }

    #[test]
    fn the_order_of_a_set_and_a_repetition_change_nothing() {
        let other = Binding::new()
            .revoked(b"issuer", &[2])
            .revoked(b"issuer", &[1])
            .revoked(b"issuer", &[2])
            .rule("allow cn alice")
            .anchor(b"root b")
            .anchor(b"root a")
            .purpose("required")
            .listener("public");
        assert_eq!(full().digest(), other.digest());
    }

    #[test]
    fn every_piece_changes_the_digest() {
        let changed = [
            full().listener("other"),
            full().purpose("optional"),
            full().anchor(b"root c"),
            full().rule("allow cn bob"),
            full().revoked(b"issuer", &[3]),
            full().revoked(b"another", &[1]),
        ];
        let mut digests: Vec<_> = changed.iter().map(Binding::digest).collect();
        digests.push(full().digest());
        digests.sort_unstable();
        digests.dedup();
        assert_eq!(digests.len(), changed.len() + 1);
    }

    #[test]
    fn bytes_that_move_between_pieces_are_seen() {
        let pairs = [
            (Binding::new().listener("ab").purpose("c"), Binding::new().listener("a").purpose("bc")),
            (Binding::new().anchor(b"x"), Binding::new().rule("x")),
            (Binding::new().revoked(b"ab", b"c"), Binding::new().revoked(b"a", b"bc")),
            (Binding::new().anchor(b"a").anchor(b"b"), Binding::new().anchor(b"ab")),
        ];
        for (one, other) in pairs {
            assert_ne!(one.digest(), other.digest(), "{one:?} {other:?}");
        }
    }
}
