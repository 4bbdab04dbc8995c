//! One JSON document a line over a Unix socket, with descriptors beside it.

use std::collections::VecDeque;
use std::io::{self, IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{BorrowedFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use rustix::cmsg_space;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// The longest line. A difference lists a hundred changes, and a message as many addresses as it has descriptors.
const LONGEST: usize = 256 * 1024;
/// So many descriptors go with one line; Linux takes 253 in one message.
pub(crate) const DESCRIPTORS: usize = 64;

/// One side of a conversation.
#[derive(Debug)]
pub(crate) struct Conversation {
    stream: UnixStream,
    received: Vec<u8>,
    descriptors: VecDeque<OwnedFd>,
}

impl Conversation {
    /// Over `stream`, of which each read and write waits for `patience` at most.
    pub(crate) fn new(stream: UnixStream, patience: Duration) -> io::Result<Self> {
        let conversation = Self { stream, received: Vec::new(), descriptors: VecDeque::new() };
        conversation.wait_for(patience)?;
        Ok(conversation)
    }

    /// From here on each read and write waits for `patience` at most.
    pub(crate) fn wait_for(&self, patience: Duration) -> io::Result<()> {
        self.stream.set_read_timeout(Some(patience))?;
        self.stream.set_write_timeout(Some(patience))
    }

    /// Sends one document.
    pub(crate) fn send(&mut self, document: &impl Serialize) -> io::Result<()> {
        self.send_with(document, &[])
    }

    /// Sends one document with descriptors, at most [`DESCRIPTORS`].
    pub(crate) fn send_with(&mut self, document: &impl Serialize, descriptors: &[BorrowedFd<'_>]) -> io::Result<()> {
        let mut line = serde_json::to_vec(document)?;
        line.push(b'\n');
        let mut rest = line.as_slice();
        let mut beside = descriptors;
        while !rest.is_empty() {
            let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(DESCRIPTORS))];
            let mut ancillary = SendAncillaryBuffer::new(&mut space);
            if !beside.is_empty() && !ancillary.push(SendAncillaryMessage::ScmRights(beside)) {
                return Err(io::Error::other("too many descriptors for one message"));
            }
            match sendmsg(&self.stream, &[IoSlice::new(rest)], &mut ancillary, SendFlags::NOSIGNAL) {
                Ok(sent) => rest = &rest[sent..],
                Err(rustix::io::Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            beside = &[]; // they went with the first byte
        }
        Ok(())
    }

    /// The next document; none where the other side is done.
    pub(crate) fn receive<T: DeserializeOwned>(&mut self) -> io::Result<Option<T>> {
        loop {
            if let Some(end) = self.received.iter().position(|&byte| byte == b'\n') {
                let line: Vec<u8> = self.received.drain(..=end).collect();
                return serde_json::from_slice(&line).map(Some).map_err(io::Error::from);
            }
            if self.received.len() > LONGEST {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line has no end"));
            }
            if self.read()? == 0 {
                return match self.received.is_empty() {
                    true => Ok(None),
                    false => Err(io::ErrorKind::UnexpectedEof.into()),
                };
            }
        }
    }

    /// The descriptors that came with the documents so far and were not taken yet, in their order.
    pub(crate) fn take_descriptors(&mut self) -> Vec<OwnedFd> {
        self.descriptors.drain(..).collect()
    }

    /// The stream, to ask about the peer.
    pub(crate) const fn stream(&self) -> &UnixStream {
        &self.stream
    }

    fn read(&mut self) -> io::Result<usize> {
        let mut buffer = [0; 8192];
        let mut space = [MaybeUninit::uninit(); cmsg_space!(ScmRights(DESCRIPTORS))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let received = loop {
            let flags = RecvFlags::CMSG_CLOEXEC;
            match recvmsg(&self.stream, &mut [IoSliceMut::new(&mut buffer)], &mut ancillary, flags) {
                Ok(received) => break received,
                Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
        };
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(descriptors) = message {
                self.descriptors.extend(descriptors);
            }
        }
        self.received.extend_from_slice(&buffer[..received.bytes]);
        Ok(received.bytes)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::os::fd::AsFd as _;

    use proptest::prelude::*;

    use super::*;

    fn pair() -> (Conversation, Conversation) {
        let (one, other) = UnixStream::pair().unwrap();
        let conversation = |stream| Conversation::new(stream, Duration::from_secs(20)).unwrap();
        (conversation(one), conversation(other))
    }

    #[test]
    fn documents_and_descriptors_come_as_they_were_sent() {
        let (mut one, mut other) = pair();
        let files: Vec<_> = (0..DESCRIPTORS).map(|_| tempfile::tempfile().unwrap()).collect();
        let descriptors: Vec<_> = files.iter().map(|file| file.as_fd()).collect();
        one.send(&"first").unwrap();
        one.send_with(&"second", &descriptors).unwrap();
        one.send_with(&"third", &descriptors[..1]).unwrap();
        drop(one);
        for expected in ["first", "second", "third"] {
            assert_eq!(other.receive::<String>().unwrap().unwrap(), expected);
        }
        assert_eq!(other.take_descriptors().len(), DESCRIPTORS + 1);
        assert!(other.receive::<String>().unwrap().is_none());
    }

    #[test]
    fn a_line_that_is_cut_off_or_has_no_end_is_an_error() {
        let (one, mut other) = pair();
        (&one.stream).write_all(b"\"half").unwrap();
        drop(one);
        assert_eq!(other.receive::<String>().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);

        let (one, mut other) = pair();
        let writer = std::thread::spawn(move || {
            // It fails where the reader has had enough.
            let _ = (&one.stream).write_all(&vec![b'x'; 2 * LONGEST]);
        });
        assert_eq!(other.receive::<String>().unwrap_err().kind(), io::ErrorKind::InvalidData);
        drop(other);
        writer.join().unwrap();
    }

    proptest! {
        #[test]
        fn any_bytes_are_documents_or_an_error(bytes: Vec<u8>) {
            let (one, mut other) = pair();
            (&one.stream).write_all(&bytes).unwrap();
            drop(one);
            while let Ok(Some(_)) = other.receive::<super::super::Request>() {}
        }
    }
}
