//! A chain of certificates as one column: each preceded by its length as four bytes, big-endian.

/// The certificates of a chain, framed.
pub(crate) fn join(chain: &[Vec<u8>]) -> Vec<u8> {
    let mut framed = Vec::with_capacity(chain.iter().map(|certificate| certificate.len() + 4).sum());
    for certificate in chain {
        // A certificate of 4 GB would have been refused by whoever read it (`fsio::MAX_INPUT`).
        let length = u32::try_from(certificate.len()).unwrap_or(u32::MAX);
        framed.extend_from_slice(&length.to_be_bytes());
        framed.extend_from_slice(certificate);
    }
    framed
}

/// The chain again, or none if the bytes are not what [`join`] writes.
pub(crate) fn split(mut framed: &[u8]) -> Option<Vec<Vec<u8>>> {
    let mut chain = Vec::new();
    while !framed.is_empty() {
        let (length, rest) = framed.split_first_chunk::<4>()?;
        let (certificate, rest) = rest.split_at_checked(u32::from_be_bytes(*length) as usize)?;
        chain.push(certificate.to_vec());
        framed = rest;
    }
    Some(chain)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_chain_comes_back(chain: Vec<Vec<u8>>) {
            prop_assert_eq!(split(&join(&chain)), Some(chain));
        }

        #[test]
        fn any_bytes_are_a_chain_that_frames_to_them_or_none(bytes: Vec<u8>) {
            if let Some(chain) = split(&bytes) {
                prop_assert_eq!(join(&chain), bytes);
            }
        }
    }
}
