//! The known word that was probably meant.

/// The word of `known` nearest to `written`, where one is near enough to have been meant.
pub(super) fn nearest<'a>(written: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // No known word is near one that is this long.
    const LONGEST: usize = 64;
    if written.len() > LONGEST {
        return None;
    }
    let plain = |word: &str| word.to_lowercase().replace('-', "_");
    let written = plain(written);
    let near = known.into_iter().map(|word| (strsim::osa_distance(&written, &plain(word)), word));
    let (distance, word) = near.min_by_key(|(distance, _)| *distance)?;
    (distance <= bound(&written)).then_some(word)
}

/// How many letters may be wrong: one in three, as with rustc.
fn bound(written: &str) -> usize {
    (written.chars().count() / 3).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_seen_and_a_stranger_is_none() {
        let known = ["address", "service", "client_auth", "pem"];
        assert_eq!(nearest("adress", known), Some("address"));
        assert_eq!(nearest("client-auth", known), Some("client_auth"));
        assert_eq!(nearest("Service", known), Some("service"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(nearest("", known), None);
        assert_eq!(nearest(&"a".repeat(1_000_000), known), None);
    }
}
