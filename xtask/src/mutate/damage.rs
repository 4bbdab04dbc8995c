//! Damage: to the elements of DER, with every length around them put right, so that it reaches the inner parts; to the
//! bytes; and to the text of PEM and of configurations.

use der::pem::{LineEnding, encode_string};

use super::random::Random;
use super::seeds::{Seed, Seeds};

/// No input is larger.
const MAX_SIZE: usize = 1 << 20;
/// How often a part is repeated at most.
const MAX_REPEATS: usize = 2000;
/// How deep one is wrapped at most.
const MAX_DEPTH: usize = 300;
/// What means something somewhere in a configuration.
const WORDS: [&str; 20] = [
    "$",
    "${",
    "}",
    "::",
    "$ENV::HOME",
    "@",
    "critical,",
    ",",
    ";",
    ":",
    "=",
    "[",
    "]",
    "\"",
    "#",
    "+",
    "0.",
    "ASN1:SEQ:",
    "DER:",
    ".include ",
];
/// Tags that mean something somewhere in a certificate.
const TAGS: [u8; 24] = [
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0a, 0x0c, 0x13, 0x14, 0x16, 0x17, 0x18, 0x1c, 0x1e, 0x30, 0x31, 0x80, 0x82,
    0x86, 0x87, 0xa0, 0xa1, 0xa3,
];

/// One damaged input: a structure, or up to `most` of them in PEM, of which some are whole; or a configuration.
pub(super) fn input(seeds: &Seeds, most: usize, random: &mut Random) -> Vec<u8> {
    match seeds {
        Seeds::Der(seeds) => match 1 + random.below(most) {
            1 => structure(seeds, random),
            count => structures(seeds, count, random),
        },
        Seeds::Text(seeds) => text(seeds, random),
    }
}

/// Lines that are lost, given again, taken from elsewhere, joined, or changed within; and what is no text any more.
fn text(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = random.choose(seeds).split(|byte| *byte == b'\n').map(<[u8]>::to_vec).collect();
    for _ in 0..=random.below(6) {
        let at = random.below(lines.len());
        match random.below(8) {
            0 => drop(lines.remove(at)),
            1 => {
                let most = if random.one_in(20) { MAX_REPEATS } else { 3 };
                let line = lines[at].clone();
                drop(lines.splice(at..at, std::iter::repeat_n(line, random.below(most))));
            }
            2 | 3 => {
                let foreign: Vec<&[u8]> = random.choose(seeds).split(|byte| *byte == b'\n').collect();
                lines.insert(at, random.choose(&foreign).to_vec());
            }
            4 => lines[at].push(b'\\'),
            5 => {
                let word = *random.choose(&WORDS);
                let place = random.below(lines[at].len() + 1);
                drop(lines[at].splice(place..place, word.bytes()));
            }
            _ => spoil(&mut lines[at], random),
        }
        if lines.is_empty() {
            lines.push(Vec::new());
        }
    }
    let mut text = lines.join(&b'\n');
    if random.one_in(20) {
        spoil(&mut text, random);
    }
    text.truncate(MAX_SIZE);
    text
}

fn structures(seeds: &[Seed], count: usize, random: &mut Random) -> Vec<u8> {
    let mut text = Vec::new();
    for _ in 0..count {
        let seed = random.choose(seeds);
        let der = if random.one_in(3) { seed.der.clone() } else { damaged(seed, seeds, random) };
        let label = seed.label.unwrap_or("CERTIFICATE");
        text.extend(encode_string(label, LineEnding::LF, &der).unwrap_or_default().into_bytes());
    }
    text
}

fn structure(seeds: &[Seed], random: &mut Random) -> Vec<u8> {
    let seed = random.choose(seeds);
    let der = damaged(seed, seeds, random);
    let Some(label) = seed.label.filter(|_| !random.one_in(2)) else { return der };
    let mut text = encode_string(label, LineEnding::LF, &der).unwrap_or_default().into_bytes();
    if random.one_in(4) {
        spoil(&mut text, random);
    }
    text
}

fn damaged(seed: &Seed, seeds: &[Seed], random: &mut Random) -> Vec<u8> {
    let mut der = seed.der.clone();
    if !random.one_in(5)
        && let Some(mut whole) = Element::parse_all(&der)
    {
        for _ in 0..=random.below(4) {
            change(&mut whole, &random.choose(seeds).der, random);
        }
        der = Element::encode_all(&whole);
    }
    if random.one_in(3) {
        spoil(&mut der, random);
    }
    der.truncate(MAX_SIZE);
    der
}

/// Damage to bytes that knows nothing of what they mean.
fn spoil(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(4) {
        let at = random.below(bytes.len());
        match random.below(5) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..(at + random.below(8)).min(bytes.len()))),
            2 => drop(bytes.splice(at..at, random.bytes(8))),
            _ => {
                let byte = random.byte();
                bytes.get_mut(at).into_iter().for_each(|place| *place = byte);
            }
        }
    }
}

/// One element of DER, what is in it taken apart as far as it is DER, too.
#[derive(Clone)]
struct Element {
    tag: u8,
    body: Body,
}

#[derive(Clone)]
enum Body {
    Bytes(Vec<u8>),
    Parts(Vec<Element>),
}

impl Element {
    /// The elements that these bytes are, one behind the other; none where they are something else.
    fn parse_all(mut bytes: &[u8]) -> Option<Vec<Self>> {
        let mut found = Vec::new();
        while let [tag, rest @ ..] = bytes {
            let (content, after) = content(rest)?;
            // An extension is DER in an OCTET STRING.
            let may_have_parts = tag & 0x20 != 0 || (*tag == 0x04 && content.len() > 1);
            let parts = if may_have_parts { Self::parse_all(content) } else { None };
            let body = parts.map_or_else(|| Body::Bytes(content.to_vec()), Body::Parts);
            found.push(Self { tag: *tag, body });
            bytes = after;
        }
        Some(found)
    }

    fn encode_all(elements: &[Self]) -> Vec<u8> {
        elements.iter().flat_map(Self::encode).collect()
    }

    fn encode(&self) -> Vec<u8> {
        let content = match &self.body {
            Body::Bytes(bytes) => bytes.clone(),
            Body::Parts(parts) => Self::encode_all(parts),
        };
        [vec![self.tag], length(content.len()), content].concat()
    }

    fn count(elements: &[Self]) -> usize {
        elements.iter().map(|element| 1 + element.parts().map_or(0, Self::count)).sum()
    }

    fn parts(&self) -> Option<&[Self]> {
        match &self.body {
            Body::Parts(parts) => Some(parts),
            Body::Bytes(_) => None,
        }
    }

    /// The element of this number, counted from the outside in.
    fn nth<'a>(elements: &'a mut [Self], number: &mut usize) -> Option<&'a mut Self> {
        for element in elements {
            if *number == 0 {
                return Some(element);
            }
            *number -= 1;
            if let Body::Parts(parts) = &mut element.body
                && let Some(found) = Self::nth(parts, number)
            {
                return Some(found);
            }
        }
        None
    }
}

fn content(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (&short, rest) = bytes.split_first()?;
    match short {
        0..=0x7f => rest.split_at_checked(short.into()),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked((short & 0x7f).into())?;
            rest.split_at_checked(digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)))
        }
        _ => None,
    }
}

fn length(length: usize) -> Vec<u8> {
    let digits = length.to_be_bytes();
    let digits: Vec<u8> = digits.into_iter().skip_while(|digit| *digit == 0).collect();
    match (length, digits.len()) {
        (0..=0x7f, _) => vec![u8::try_from(length).unwrap_or(0)],
        (_, count) => [vec![0x80 | u8::try_from(count).unwrap_or(0)], digits].concat(),
    }
}

/// Changes one element, in one of the ways that people and tools get them wrong.
fn change(whole: &mut [Element], other: &[u8], random: &mut Random) {
    let mut number = random.below(Element::count(whole));
    let Some(element) = Element::nth(whole, &mut number) else { return };
    match random.below(10) {
        0 => element.tag = *random.choose(&TAGS),
        1 => element.body = Body::Bytes(random.bytes(40)),
        2 => element.body = Body::Bytes(Vec::new()),
        3 => {
            if let Some(mut foreign) = Element::parse_all(other)
                && let count = Element::count(&foreign)
                && let Some(found) = Element::nth(&mut foreign, &mut random.below(count))
            {
                *element = found.clone();
            }
        }
        4 => {
            let most = if random.one_in(10) { MAX_DEPTH } else { 3 };
            for _ in 0..random.below(most) {
                let inner = std::mem::replace(element, Element { tag: 0x30, body: Body::Parts(Vec::new()) });
                element.body = Body::Parts(vec![inner]);
            }
        }
        _ => change_body(&mut element.body, random),
    }
}

fn change_body(body: &mut Body, random: &mut Random) {
    match body {
        Body::Bytes(bytes) => spoil(bytes, random),
        Body::Parts(parts) if parts.is_empty() => {}
        Body::Parts(parts) => {
            let (one, other) = (random.below(parts.len()), random.below(parts.len()));
            match random.below(3) {
                0 => drop(parts.remove(one)),
                1 => parts.swap(one, other),
                _ => {
                    let times = if random.one_in(20) { random.below(MAX_REPEATS) } else { 1 };
                    let copies = vec![parts[one].clone(); times];
                    parts.splice(other..other, copies);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_taken_apart_is_put_together_as_it_was() {
        let der = [0x30, 0x0b, 0x04, 0x04, 0x30, 0x02, 0x05, 0x00, 0x02, 0x01, 0x07, 0x05, 0x00];
        let parsed = Element::parse_all(&der).unwrap();
        assert_eq!(Element::count(&parsed), 6);
        assert_eq!(Element::encode_all(&parsed), der);
        assert_eq!(length(300), [0x82, 1, 44]);
    }

    #[test]
    fn the_same_number_does_the_same_damage_and_another_one_other() {
        let seeds =
            Seeds::Der(vec![Seed { label: Some("X"), der: vec![0x30, 0x06, 0x02, 0x01, 0x07, 0x02, 0x01, 0x08] }]);
        let made = |number| input(&seeds, 2, &mut Random::new(1, number));
        assert_eq!(made(3), made(3));
        let different: std::collections::HashSet<_> = (0..50).map(made).collect();
        assert!(different.len() > 40, "{}", different.len());
        let seeds = Seeds::Text(vec![b"[req]\nprompt = no\n[dn]\nCN = x\n".to_vec()]);
        let different: std::collections::HashSet<_> =
            (0..50).map(|number| input(&seeds, 2, &mut Random::new(1, number))).collect();
        assert!(different.len() > 40, "{}", different.len());
    }
}
