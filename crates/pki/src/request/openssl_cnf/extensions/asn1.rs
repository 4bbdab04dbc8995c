//! Values of any type, as `ASN1:` and `otherName` write them: OpenSSL's ASN1_generate_nconf(3).

use super::super::document::Entry;
use super::super::objects::nearest;
use super::super::problem::CnfProblem;
use super::super::strings::{Letters, Strings, Types};
use super::Context;
use crate::request::encode::{
    BIT_STRING, BOOLEAN, INTEGER, NULL, OCTET_STRING, SEQUENCE, SET, element, joined, named_bits, oid, set_of, signed,
    unsigned,
};

/// How deep values lie in each other.
const MAX_DEPTH: usize = 16;
const ENUMERATED: u8 = 0x0a;

/// How the text of a value is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    Ascii,
    Utf8,
    Hex,
    BitList,
}

/// The DER of what `text` describes, which stands at `at`.
pub(super) fn value(cx: &Context<'_>, at: &Entry, text: &str) -> Result<Vec<u8>, CnfProblem> {
    generate(cx, at, text, Format::Ascii, 0)
}

/// Takes the first word off `text`: a modifier that concerns the rest, or a type whose value the rest is.
fn generate(cx: &Context<'_>, at: &Entry, text: &str, format: Format, depth: usize) -> Result<Vec<u8>, CnfProblem> {
    if depth == MAX_DEPTH {
        return Err(at.wrong(format_args!("values lie more than {MAX_DEPTH} deep in each other")));
    }
    cx.spend(at, 1 + text.len() / 64)?;
    let text = text.trim_start();
    let end = text.find([':', ',']).unwrap_or(text.len());
    let word = text[..end].trim_end();
    let (argument, rest) = match &text[end..] {
        after if after.starts_with(':') => {
            let argument = &after[1..];
            match argument.split_once(',') {
                Some((argument, rest)) => (Some(argument), Some(rest)),
                None => (Some(argument), None),
            }
        }
        after => (None, after.strip_prefix(',')),
    };
    let inner = |format| match rest {
        Some(rest) => generate(cx, at, rest, format, depth + 1),
        None => {
            let problem = at.wrong(format_args!("behind `{word}` there is no type, such as UTF8:text"));
            // In a list a comma ends the item that the modifier stands in.
            Err(problem.advise("a value with a comma is given a section of its own: `@names`, and there its line"))
        }
    };
    match word {
        "EXPLICIT" | "EXP" => Ok(element(tag(at, argument)? | 0x20, &inner(format)?)),
        "IMPLICIT" | "IMP" => {
            let mut value = inner(format)?;
            let tag = tag(at, argument)?;
            if let Some(first) = value.first_mut() {
                *first = tag | (*first & 0x20);
            }
            Ok(value)
        }
        "OCTWRAP" => Ok(element(OCTET_STRING, &inner(format)?)),
        "SEQWRAP" => Ok(element(SEQUENCE, &inner(format)?)),
        "SETWRAP" => Ok(element(SET, &inner(format)?)),
        "BITWRAP" => Ok(joined(BIT_STRING, &[&[0][..], &inner(format)?])),
        "FORMAT" | "FORM" => inner(self::format(at, argument)?),
        _ => typed(cx, at, word, text[end..].strip_prefix(':').unwrap_or_default(), format, depth),
    }
}

fn format(at: &Entry, argument: Option<&str>) -> Result<Format, CnfProblem> {
    match argument.map(str::trim) {
        Some("ASCII") => Ok(Format::Ascii),
        Some("UTF8") => Ok(Format::Utf8),
        Some("HEX") => Ok(Format::Hex),
        Some("BITLIST") => Ok(Format::BitList),
        other => Err(at
            .wrong(format_args!("`{}` is no format of a value", other.unwrap_or_default()))
            .advise("there are ASCII, UTF8, HEX and BITLIST")),
    }
}

/// `0`, `2A`: a number and, if not context-specific, the letter of a class.
fn tag(at: &Entry, argument: Option<&str>) -> Result<u8, CnfProblem> {
    let text = argument.unwrap_or_default().trim();
    let digits = text.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let class = match &text[digits.len()..] {
        "U" => 0x00,
        "A" => 0x40,
        "" | "C" => 0x80,
        "P" => 0xc0,
        _ => {
            return Err(at
                .wrong(format_args!("`{text}` is no tag"))
                .advise("a tag is a number, as in EXP:0 or IMP:2A"));
        }
    };
    let number = digits.parse::<u8>().ok().filter(|number| *number < 31);
    let number = number.ok_or_else(|| at.wrong(format_args!("`{text}` is no tag from 0 to 30")))?;
    Ok(class | number)
}

fn typed(
    cx: &Context<'_>,
    at: &Entry,
    name: &str,
    text: &str,
    format: Format,
    depth: usize,
) -> Result<Vec<u8>, CnfProblem> {
    match name {
        "BOOLEAN" | "BOOL" => Ok(element(BOOLEAN, &[if super::boolean(at, text)? { 0xff } else { 0 }])),
        "NULL" if text.is_empty() => Ok(element(NULL, &[])),
        "NULL" => Err(at.wrong("NULL has no value")),
        "INTEGER" | "INT" => integer(at, INTEGER, text),
        "ENUMERATED" | "ENUM" => integer(at, ENUMERATED, text),
        "OBJECT" | "OID" => {
            cx.objects.find(text.trim()).map(|id| oid(&id)).ok_or_else(|| at.wrong(format_args!("`{text}` is no OID")))
        }
        "UTCTIME" | "UTC" => time(at, 0x17, 12, text),
        "GENERALIZEDTIME" | "GENTIME" => time(at, 0x18, 14, text),
        "OCTETSTRING" | "OCT" => bytes(at, text, format).map(|bytes| element(OCTET_STRING, &bytes)),
        "BITSTRING" | "BITSTR" if format == Format::BitList => bit_list(at, text),
        "BITSTRING" | "BITSTR" => bytes(at, text, format).map(|bytes| joined(BIT_STRING, &[&[0][..], &bytes])),
        "GENERALSTRING" | "GENSTR" | "GeneralString" if text.is_ascii() => Ok(element(0x1b, text.as_bytes())),
        "GENERALSTRING" | "GENSTR" | "GeneralString" => Err(at.wrong("a GeneralString is ASCII here")),
        "SEQUENCE" | "SEQ" => members(cx, at, text, depth).map(|members| joined(SEQUENCE, &members)),
        "SET" => members(cx, at, text, depth).map(|members| set_of(SET, members)),
        _ => match Types::named(name) {
            Some(types) => string(cx, at, types, text, format),
            None => Err(unknown(at, name)),
        },
    }
}

fn unknown(at: &Entry, name: &str) -> CnfProblem {
    let problem = at.wrong(format_args!("`{name}` is no type of a value that is written here"));
    let known = [
        "BOOLEAN",
        "NULL",
        "INTEGER",
        "ENUMERATED",
        "OID",
        "UTCTIME",
        "GENTIME",
        "OCT",
        "BITSTR",
        "UTF8",
        "IA5",
        "PRINTABLE",
        "VISIBLE",
        "NUMERIC",
        "BMP",
        "T61",
        "GENSTR",
        "SEQUENCE",
        "SET",
        "EXP",
        "IMP",
        "OCTWRAP",
        "SEQWRAP",
        "SETWRAP",
        "BITWRAP",
        "FORMAT",
    ];
    match nearest(name, known) {
        Some(near) => problem.advise(format_args!("perhaps {near} is meant")),
        None => problem.advise(format_args!("there are {}", known.join(", "))),
    }
}

fn integer(at: &Entry, tag: u8, text: &str) -> Result<Vec<u8>, CnfProblem> {
    let text = text.trim();
    let hex = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"));
    match hex {
        Some(hex) if !hex.is_empty() => {
            let even = if hex.len() % 2 == 1 { format!("0{hex}") } else { hex.to_owned() };
            super::hex_bytes(at, &even).map(|bytes| unsigned(tag, &bytes))
        }
        _ => match text.parse::<i128>() {
            Ok(number) => Ok(signed(tag, number)),
            Err(_) => Err(at.wrong(format_args!("`{text}` is no number")).advise("larger ones are written as 0x…")),
        },
    }
}

fn time(at: &Entry, tag: u8, digits: usize, text: &str) -> Result<Vec<u8>, CnfProblem> {
    let well_formed =
        text.strip_suffix('Z').is_some_and(|t| t.len() == digits && t.bytes().all(|b| b.is_ascii_digit()));
    if well_formed {
        return Ok(element(tag, text.as_bytes()));
    }
    let form = if digits == 12 { "YYMMDDHHMMSSZ" } else { "YYYYMMDDHHMMSSZ" };
    Err(at.wrong(format_args!("`{text}` is no time of the form {form}")))
}

fn bytes(at: &Entry, text: &str, format: Format) -> Result<Vec<u8>, CnfProblem> {
    match format {
        Format::Hex => super::hex_bytes(at, text),
        Format::Ascii if text.is_ascii() => Ok(text.as_bytes().to_vec()),
        Format::Ascii | Format::Utf8 => Err(at.wrong("bytes are given as ASCII, or in hexadecimal behind FORMAT:HEX")),
        Format::BitList => Err(at.wrong("a list of bits is a BITSTRING")),
    }
}

fn bit_list(at: &Entry, text: &str) -> Result<Vec<u8>, CnfProblem> {
    let bits = text.split(',').map(|bit| bit.trim().parse::<usize>().ok().filter(|bit| *bit <= 256));
    let bits: Option<Vec<usize>> = bits.collect();
    let bits = bits.ok_or_else(|| at.wrong(format_args!("`{text}` is no list of bits from 0 to 256")))?;
    Ok(named_bits(BIT_STRING, &bits))
}

fn string(cx: &Context<'_>, at: &Entry, types: Types, text: &str, format: Format) -> Result<Vec<u8>, CnfProblem> {
    let letters = match format {
        Format::Utf8 => Letters::Utf8,
        Format::Ascii => cx.strings.letters,
        Format::Hex | Format::BitList => return Err(at.wrong("a string is given as ASCII or behind FORMAT:UTF8")),
    };
    Strings { letters, ..cx.strings }.letters_of(at)?;
    types.encode(text).map_err(|why| at.wrong(why))
}

fn members(cx: &Context<'_>, at: &Entry, section: &str, depth: usize) -> Result<Vec<Vec<u8>>, CnfProblem> {
    if section.is_empty() {
        return Ok(Vec::new());
    }
    let entries = cx.section(at, section)?;
    let mut size = 0;
    let mut members = Vec::with_capacity(entries.len());
    for entry in entries {
        let member = generate(cx, entry, &entry.value, Format::Ascii, depth + 1)?;
        size += member.len();
        cx.spend(entry, size / 64)?;
        members.push(member);
    }
    Ok(members)
}
