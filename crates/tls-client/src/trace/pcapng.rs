//! The recording as a capture that Wireshark opens decrypted: pcapng (draft-ietf-opsawg-pcapng) with the secrets in it.
//!
//! Nobody needs to be root for it: what went over TCP is known, and the frames around it are made here. Sequence numbers
//! begin at zero, segments are of the usual size, and the hardware addresses are made up.

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;
use zeroize::Zeroizing;

use super::Traced;
use super::tap::{End, Recording};

/// What fits into a segment on Ethernet.
const SEGMENT: usize = 1440;

const FIN: u8 = 1;
const SYN: u8 = 2;
const PSH: u8 = 8;
const ACK: u8 = 16;

/// A capture of these connections, with their secrets: whoever has it can read what was said.
pub fn capture(traced: &[Traced]) -> Zeroizing<Vec<u8>> {
    let mut file = Zeroizing::new(Vec::with_capacity(room(traced)));
    section(&mut file);
    interface(&mut file);
    for each in traced {
        secrets(&mut file, each.secrets.to_key_log().as_bytes());
    }
    for recording in traced.iter().filter_map(|each| each.recording.as_ref()) {
        Frames::of(recording).write(recording, &mut file);
    }
    file
}

/// As much as it will need, so that it is not moved, which would leave copies of the secrets behind.
fn room(traced: &[Traced]) -> usize {
    let each = traced.iter().map(|each| {
        let chunks = each.recording.iter().flat_map(|recording| &recording.chunks);
        let data: usize = chunks.map(|chunk| chunk.bytes.len() + (chunk.bytes.len() / SEGMENT + 1) * 128).sum();
        data + each.secrets.to_key_log().len() + 1024
    });
    each.sum::<usize>() + 1024
}

/// A block: type, length, content, padding, and the length once more.
fn block(file: &mut Vec<u8>, kind: u32, parts: &[&[u8]]) {
    let content: usize = parts.iter().map(|part| part.len()).sum();
    let padding = content.next_multiple_of(4) - content;
    let length = u32::try_from(12 + content + padding).unwrap_or(u32::MAX).to_le_bytes();
    file.extend_from_slice(&kind.to_le_bytes());
    file.extend_from_slice(&length);
    parts.iter().for_each(|part| file.extend_from_slice(part));
    file.extend_from_slice(&[0; 3][..padding]);
    file.extend_from_slice(&length);
}

/// Section Header Block.
fn section(file: &mut Vec<u8>) {
    const PROGRAM: &[u8; 20] = b"Latchkey tls-client\0";
    let mut content = Vec::new();
    content.extend(0x1a2b_3c4d_u32.to_le_bytes());
    content.extend([1, 0, 0, 0]); // version 1.0
    content.extend([0xff; 8]); // how long it is, is not said
    content.extend([4, 0, 19, 0]); // shb_userappl
    content.extend(PROGRAM);
    content.extend([0; 4]); // opt_endofopt
    block(file, 0x0a0d_0d0a, &[&content]);
}

/// Interface Description Block: Ethernet, times in nanoseconds.
fn interface(file: &mut Vec<u8>) {
    let content = [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 9, 0, 0, 0, 0, 0, 0, 0];
    block(file, 1, &[&content]);
}

/// Decryption Secrets Block with a TLS key log.
fn secrets(file: &mut Vec<u8>, key_log: &[u8]) {
    let length = u32::try_from(key_log.len()).unwrap_or(u32::MAX).to_le_bytes();
    block(file, 10, &[&0x544c_534b_u32.to_le_bytes(), &length, key_log]);
}

/// Enhanced Packet Block.
fn packet(file: &mut Vec<u8>, at: u64, frame: &[u8]) {
    let (high, low) = ((at >> 32) as u32, at as u32);
    let length = u32::try_from(frame.len()).unwrap_or(u32::MAX).to_le_bytes();
    block(file, 6, &[&[0; 4], &high.to_le_bytes(), &low.to_le_bytes(), &length, &length, frame]);
}

/// The two ends as the frames have them, and how far each has sent.
struct Frames {
    client: SocketAddr,
    server: SocketAddr,
    sent: [u32; 2],
}

impl Frames {
    const fn of(recording: &Recording) -> Self {
        Self { client: recording.client, server: recording.server, sent: [0; 2] }
    }

    fn write(mut self, recording: &Recording, file: &mut Vec<u8>) {
        let began = nanoseconds(recording.began);
        let connecting = u64::try_from(recording.connected_in.as_nanos()).unwrap_or_default();
        packet(file, began.saturating_sub(connecting), &self.frame(End::Client, SYN, &[]));
        packet(file, began, &self.frame(End::Server, SYN | ACK, &[]));
        packet(file, began, &self.frame(End::Client, ACK, &[]));
        for chunk in &recording.chunks {
            let at = began + u64::try_from(chunk.at.as_nanos()).unwrap_or_default();
            if chunk.bytes.is_empty() {
                packet(file, at, &self.frame(chunk.from, FIN | ACK, &[]));
            }
            for segment in chunk.bytes.chunks(SEGMENT) {
                packet(file, at, &self.frame(chunk.from, PSH | ACK, segment));
            }
        }
    }

    /// The next frame of one end.
    fn frame(&mut self, from: End, flags: u8, data: &[u8]) -> Vec<u8> {
        let (own, other) = if from == End::Client { (0, 1) } else { (1, 0) };
        let ends = [self.client, self.server];
        let (source, destination) = (ends[own], ends[other]);
        let acknowledged = if flags & ACK == 0 { 0 } else { self.sent[other] };
        let mut tcp = Vec::with_capacity(20 + data.len());
        tcp.extend(source.port().to_be_bytes());
        tcp.extend(destination.port().to_be_bytes());
        tcp.extend(self.sent[own].to_be_bytes());
        tcp.extend(acknowledged.to_be_bytes());
        tcp.extend([5 << 4, flags, 0xff, 0xff, 0, 0, 0, 0]); // window, checksum, urgent pointer
        tcp.extend_from_slice(data);
        let taken = u32::try_from(data.len()).unwrap_or_default() + u32::from(flags & (SYN | FIN) != 0);
        self.sent[own] = self.sent[own].wrapping_add(taken);
        ethernet(from, &ip(source.ip(), destination.ip(), tcp))
    }
}

/// A frame between two made-up hardware addresses, locally administered.
fn ethernet(from: End, packet: &[u8]) -> Vec<u8> {
    let (client, server) = ([2, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 2]);
    let (source, destination) = if from == End::Client { (client, server) } else { (server, client) };
    let kind = if packet.first().is_some_and(|byte| byte >> 4 == 6) { [0x86, 0xdd] } else { [8, 0] };
    [&destination[..], &source, &kind, packet].concat()
}

/// An IP packet, with the checksum of the TCP segment in it filled in.
fn ip(source: IpAddr, destination: IpAddr, mut tcp: Vec<u8>) -> Vec<u8> {
    let length = u16::try_from(tcp.len()).unwrap_or(u16::MAX);
    let (header, pseudo) = match (source, destination) {
        (IpAddr::V4(source), IpAddr::V4(destination)) => {
            let addresses = [source.octets(), destination.octets()].concat();
            let [high, low] = (length + 20).to_be_bytes();
            // Version and header length, identification, do not fragment, 64 hops, TCP.
            let mut header = [&[0x45, 0, high, low, 0, 0, 0x40, 0, 64, 6, 0, 0][..], &addresses].concat();
            let sum = checksum(&[&header]);
            header[10..12].copy_from_slice(&sum);
            (header, [&addresses[..], &[0, 6], &length.to_be_bytes()].concat())
        }
        (source, destination) => {
            let octets = |address: IpAddr| match address {
                IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
                IpAddr::V6(address) => address.octets(),
            };
            let addresses = [octets(source), octets(destination)].concat();
            let header = [&[0x60, 0, 0, 0][..], &length.to_be_bytes(), &[6, 64], &addresses].concat();
            (header, [&addresses[..], &[0, 0], &length.to_be_bytes(), &[0, 0, 0, 6]].concat())
        }
    };
    let sum = checksum(&[&pseudo, &tcp]);
    tcp[16..18].copy_from_slice(&sum);
    [header, tcp].concat()
}

/// The internet checksum (RFC 1071) of parts of which each but the last has an even length.
fn checksum(parts: &[&[u8]]) -> [u8; 2] {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let sum = words.fold(0_u32, |sum, word| {
        let low = word.get(1).copied().unwrap_or_default();
        sum + u32::from(u16::from_be_bytes([word[0], low]))
    });
    let folded = (sum & 0xffff) + (sum >> 16);
    let folded = (folded & 0xffff) + (folded >> 16);
    (!(folded as u16)).to_be_bytes()
}

fn nanoseconds(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanosecond()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::tap::Chunk;
    use super::*;

    fn recording(client: &str, server: &str, sizes: &[(End, usize)]) -> Recording {
        let chunks = sizes.iter().enumerate().map(|(place, &(from, size))| Chunk {
            from,
            at: Duration::from_millis(place as u64),
            bytes: vec![7; size],
        });
        Recording {
            client: client.parse().unwrap(),
            server: server.parse().unwrap(),
            began: "2026-11-28T08:00:00Z".parse().unwrap(),
            connected_in: Duration::from_micros(90),
            chunks: chunks.collect(),
            dropped: 0,
        }
    }

    fn frames(recording: &Recording) -> Vec<Vec<u8>> {
        let mut file = Vec::new();
        Frames::of(recording).write(recording, &mut file);
        let mut frames = Vec::new();
        let mut rest = file.as_slice();
        while !rest.is_empty() {
            let length = u32::from_le_bytes(rest[4..8].try_into().unwrap()) as usize;
            let captured = u32::from_le_bytes(rest[20..24].try_into().unwrap()) as usize;
            frames.push(rest[28..28 + captured].to_vec());
            rest = &rest[length..];
        }
        frames
    }

    #[test]
    fn every_byte_of_a_direction_is_in_a_segment_once() {
        for (client, server) in [("127.0.0.1:50000", "127.0.0.1:443"), ("[::1]:50000", "[::1]:443")] {
            let sizes = [(End::Client, 517), (End::Server, 5000), (End::Client, 1), (End::Server, 0), (End::Client, 0)];
            let recording = recording(client, server, &sizes);
            let headers = if recording.client.is_ipv4() { 14 + 20 } else { 14 + 40 };
            let mut expected = [1_u32, 1];
            for frame in frames(&recording).iter().skip(3) {
                let tcp = &frame[headers..];
                let own = usize::from(tcp[..2] == 443_u16.to_be_bytes());
                assert_eq!(u32::from_be_bytes(tcp[4..8].try_into().unwrap()), expected[own]);
                assert_eq!(u32::from_be_bytes(tcp[8..12].try_into().unwrap()), expected[1 - own]);
                expected[own] += (tcp.len() - 20) as u32 + u32::from(tcp[13] & FIN);
            }
            assert_eq!(expected, [1 + 518 + 1, 1 + 5000 + 1]);
        }
    }

    #[test]
    fn a_checksum_over_itself_is_zero() {
        let header = ip("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap(), vec![0; 21]);
        assert_eq!(checksum(&[&header[..20]]), [0, 0]);
        let pseudo = [&header[12..20], &[0, 6, 0, 21]].concat();
        assert_eq!(checksum(&[&pseudo, &header[20..]]), [0, 0]);
    }

    #[test]
    fn a_capture_is_blocks_to_its_end_and_was_never_moved() {
        let mut secrets = wire::Secrets::default();
        secrets.add("CLIENT_RANDOM", &[1; 32], &[2; 48]);
        let recording = recording("127.0.0.1:5", "127.0.0.1:6", &[(End::Client, 9000), (End::Server, 1)]);
        let observation = crate::Observation {
            target: "127.0.0.1:6".parse().unwrap(),
            dialing: crate::dial::Dialing::default(),
            preamble: None,
            handshake: None,
            exchange: None,
            failure: None,
        };
        let traced = [Traced { observation, recording: Some(recording), secrets }];
        let file = capture(&traced);
        assert!(file.len() <= room(&traced));
        let (mut at, mut kinds) = (0, Vec::new());
        while at < file.len() {
            let number = |at: usize| u32::from_le_bytes(file[at..at + 4].try_into().unwrap());
            let length = number(at + 4) as usize;
            assert_eq!(number(at + length - 4) as usize, length);
            kinds.push(number(at));
            at += length;
        }
        assert_eq!(kinds, [&[0x0a0d_0d0a, 1, 10][..], &[6; 3 + 7 + 1]].concat());
    }
}
