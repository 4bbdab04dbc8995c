//! The header by which a proxy in front of us says for whom it speaks: the PROXY protocol, versions 1 and 2
//! (<https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>).

#[cfg(test)]
mod tests;

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// The longest header that is taken. A version 1 has at most 107 bytes; a version 2 could have 65,551, but those that
/// are sent carry addresses and a few fields of TLS, and nginx draws the line here too.
pub const MAX_LENGTH: usize = 4096;

/// What stands in front of every header of version 2.
pub const SIGNATURE: [u8; 12] = *b"\r\n\r\n\0\r\nQUIT\n";

/// The type of the field that holds a checksum of the whole header (section 2.2.3).
pub const CRC32C: u8 = 0x03;

const V1_START: &[u8] = b"PROXY ";

/// The longest line of version 1, its CRLF included (section 2.1).
const V1_LENGTH: usize = 107;

/// The signature, version and command, family and protocol, length.
const V2_FIXED: usize = 16;

/// What a connection begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decoded {
    /// The beginning of a header, perhaps.
    NeedMore,
    /// Something else: no header comes.
    Absent,
    /// A whole header.
    Header(Header),
    /// It began as a header, and is none.
    Malformed(Malformed),
}

/// A header.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// For whom the proxy speaks. None where it speaks for itself (`LOCAL`, a health check of its own), or for what
    /// did not come over TCP: then the addresses of the connection itself hold.
    pub addresses: Option<Addresses>,
    /// The version of the protocol, 1 or 2.
    pub version: u8,
    /// How many bytes it took; what follows is the client's.
    pub length: usize,
}

/// The two ends of the connection that the proxy took.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// The client.
    pub source: SocketAddr,
    /// Where it connected to.
    pub destination: SocketAddr,
}

/// Why what began as a header is none.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Malformed {
    /// A line of version 1 that does not end with CRLF within its 107 bytes.
    Line,
    /// A line of version 1 that does not say what it should.
    Field(&'static str),
    /// A number that is no version, no command, no family or no protocol.
    Number(&'static str, u8),
    /// It announces more than is taken.
    TooLong(usize),
    /// A field reaches past the end of the header.
    Truncated,
    /// The checksum is another.
    Checksum,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Line => write!(f, "its line does not end with CRLF within {V1_LENGTH} bytes"),
            Self::Field(what) => write!(f, "its {what} cannot be read"),
            Self::Number(what, number) => write!(f, "0x{number:02x} is no {what}"),
            Self::TooLong(length) => write!(f, "it announces {length} bytes, and {MAX_LENGTH} are taken"),
            Self::Truncated => f.write_str("one of its fields reaches past its end"),
            Self::Checksum => f.write_str("its checksum does not fit"),
        }
    }
}

/// Looks at the first bytes of a connection. Once the answer is not [`NeedMore`](Decoded::NeedMore), more bytes do
/// not change it.
pub fn decode(bytes: &[u8]) -> Decoded {
    let decoded = if begins(bytes, V1_START) {
        v1(bytes)
    } else if begins(bytes, &SIGNATURE) {
        v2(bytes)
    } else {
        return Decoded::Absent;
    };
    match decoded {
        Ok(Some(header)) => Decoded::Header(header),
        Ok(None) => Decoded::NeedMore,
        Err(malformed) => Decoded::Malformed(malformed),
    }
}

/// Whether `bytes` begin as `start` does, as far as they go.
fn begins(bytes: &[u8], start: &[u8]) -> bool {
    let length = bytes.len().min(start.len());
    bytes[..length] == start[..length]
}

/// The line of version 1 (section 2.1).
fn v1(bytes: &[u8]) -> Result<Option<Header>, Malformed> {
    let within = &bytes[..bytes.len().min(V1_LENGTH)];
    let Some(end) = within.iter().position(|&byte| byte == b'\n') else {
        return if within.len() < V1_LENGTH { Ok(None) } else { Err(Malformed::Line) };
    };
    let line = within[..end].strip_suffix(b"\r").ok_or(Malformed::Line)?;
    let text = line.get(V1_START.len()..).and_then(|rest| std::str::from_utf8(rest).ok()).ok_or(Malformed::Line)?;
    Ok(Some(Header { addresses: v1_addresses(text)?, version: 1, length: end + 1 }))
}

/// What follows `PROXY `: a protocol, and two addresses and two ports with one space between them.
fn v1_addresses(text: &str) -> Result<Option<Addresses>, Malformed> {
    let mut fields = text.split(' ');
    let protocol = fields.next();
    if protocol == Some("UNKNOWN") {
        return Ok(None); // whatever follows is to be passed over
    }
    let is_v6 = match protocol {
        Some("TCP4") => false,
        Some("TCP6") => true,
        _ => return Err(Malformed::Field("protocol")),
    };
    let (source, destination) = (address(fields.next(), is_v6)?, address(fields.next(), is_v6)?);
    let (source_port, destination_port) = (port(fields.next())?, port(fields.next())?);
    if fields.next().is_some() {
        return Err(Malformed::Field("end"));
    }
    Ok(Some(Addresses {
        source: SocketAddr::new(source, source_port),
        destination: SocketAddr::new(destination, destination_port),
    }))
}

fn address(field: Option<&str>, is_v6: bool) -> Result<IpAddr, Malformed> {
    let address = field.and_then(|text| match is_v6 {
        true => text.parse().ok().map(IpAddr::V6),
        false => text.parse().ok().map(IpAddr::V4),
    });
    address.ok_or(Malformed::Field("address"))
}

/// A port in decimal digits, without a sign and without zeros in front.
fn port(field: Option<&str>) -> Result<u16, Malformed> {
    let digits = field.filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let plain = digits.filter(|text| *text == "0" || !text.starts_with('0'));
    plain.and_then(|text| text.parse().ok()).ok_or(Malformed::Field("port"))
}

/// The binary header of version 2 (section 2.2).
fn v2(bytes: &[u8]) -> Result<Option<Header>, Malformed> {
    let Some(&version_and_command) = bytes.get(12) else { return Ok(None) };
    if version_and_command >> 4 != 2 {
        return Err(Malformed::Number("version", version_and_command >> 4));
    }
    let is_local = match version_and_command & 0xf {
        0 => true,
        1 => false,
        command => return Err(Malformed::Number("command", command)),
    };
    let Some(&family_and_protocol) = bytes.get(13) else { return Ok(None) };
    let (Some(&high), Some(&low)) = (bytes.get(14), bytes.get(15)) else { return Ok(None) };
    let length = V2_FIXED + usize::from(u16::from_be_bytes([high, low]));
    if length > MAX_LENGTH {
        return Err(Malformed::TooLong(length));
    }
    let Some(header) = bytes.get(..length) else { return Ok(None) };
    // What comes with `LOCAL` is to be passed over, the family included.
    let addresses = if is_local { None } else { v2_addresses(family_and_protocol, header)? };
    Ok(Some(Header { addresses, version: 2, length }))
}

/// The addresses of a whole header, whose fields behind them are in order.
fn v2_addresses(family_and_protocol: u8, header: &[u8]) -> Result<Option<Addresses>, Malformed> {
    let (body, size) = (&header[V2_FIXED..], address_size(family_and_protocol)?);
    let Some(size) = size else { return Ok(None) };
    let fields = body.get(size..).ok_or(Malformed::Truncated)?;
    check_fields(header, fields)?;
    Ok(match family_and_protocol {
        0x11 => v2_pair::<4>(body).map(|((source, from), (destination, to))| {
            Addresses::new(Ipv4Addr::from(source).into(), Ipv4Addr::from(destination).into(), (from, to))
        }),
        0x21 => v2_pair::<16>(body).map(|((source, from), (destination, to))| {
            Addresses::new(Ipv6Addr::from(source).into(), Ipv6Addr::from(destination).into(), (from, to))
        }),
        _ => None,
    })
}

impl Addresses {
    fn new(source: IpAddr, destination: IpAddr, ports: (u16, u16)) -> Self {
        Self { source: SocketAddr::new(source, ports.0), destination: SocketAddr::new(destination, ports.1) }
    }
}

/// How much the addresses take; unspecified ones take what nobody knows.
fn address_size(family_and_protocol: u8) -> Result<Option<usize>, Malformed> {
    if family_and_protocol & 0xf > 2 {
        return Err(Malformed::Number("protocol", family_and_protocol & 0xf));
    }
    match family_and_protocol >> 4 {
        0 => Ok(None),
        1 => Ok(Some(12)),
        2 => Ok(Some(36)),
        3 => Ok(Some(216)),
        family => Err(Malformed::Number("family", family)),
    }
}

/// The octets of an address, and a port.
type End<const N: usize> = ([u8; N], u16);

/// The two ends of a connection between addresses of `N` bytes.
fn v2_pair<const N: usize>(body: &[u8]) -> Option<(End<N>, End<N>)> {
    let (source, rest) = body.split_first_chunk::<N>()?;
    let (destination, rest) = rest.split_first_chunk::<N>()?;
    let (ports, _) = rest.split_first_chunk::<4>()?;
    let [from, to] = [[ports[0], ports[1]], [ports[2], ports[3]]].map(u16::from_be_bytes);
    Some(((*source, from), (*destination, to)))
}

/// Goes over the fields at the end of `header`: each must be whole, and a checksum must fit.
fn check_fields(header: &[u8], mut fields: &[u8]) -> Result<(), Malformed> {
    while !fields.is_empty() {
        let (&[kind, high, low], rest) = fields.split_first_chunk().ok_or(Malformed::Truncated)?;
        let length = usize::from(u16::from_be_bytes([high, low]));
        let (value, rest) = rest.split_at_checked(length).ok_or(Malformed::Truncated)?;
        if kind == CRC32C {
            let at = header.len() - rest.len() - length;
            let sum: [u8; 4] = value.try_into().map_err(|_| Malformed::Checksum)?;
            let parts = [&header[..at], &[0; 4], rest];
            if crc32c(parts.into_iter().flatten().copied()) != u32::from_be_bytes(sum) {
                return Err(Malformed::Checksum);
            }
        }
        fields = rest;
    }
    Ok(())
}

/// CRC-32C (RFC 9260 appendix A), bit by bit: a header has few bytes, and a connection has one header.
pub fn crc32c(bytes: impl IntoIterator<Item = u8>) -> u32 {
    let crc = bytes.into_iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(byte), |crc, _| if crc & 1 == 1 { crc >> 1 ^ 0x82f6_3b78 } else { crc >> 1 })
    });
    !crc
}
