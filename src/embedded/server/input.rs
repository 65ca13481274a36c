//! Reading messages from a stream: as few reads as possible, and memory only for bytes that came.

use std::io::{self, Read};

use crate::embedded::wire::message::HEADER;
use crate::embedded::wire::{Header, WireError};

/// What a buffer has at least.
const SMALL: usize = 16 * 1024;
/// By how much it grows while a large message comes.
const STEP: usize = 1024 * 1024;

/// Bytes that came and were not yet taken.
pub struct Input {
    bytes: Vec<u8>,
    start: usize,
    end: usize,
}

/// Why there is no message.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The stream failed, or ended within a message.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The bytes are no message.
    #[error(transparent)]
    Wire(#[from] WireError),
}

impl Input {
    pub fn new() -> Self {
        Self {
            bytes: vec![0; SMALL],
            start: 0,
            end: 0,
        }
    }

    /// Reads until a whole message is there; `None` when the stream ended before one began.
    pub fn message(&mut self, from: &mut impl Read) -> Result<Option<(Header, &[u8])>, ReadError> {
        self.make_room();
        while self.end - self.start < HEADER {
            if self.fill(from, HEADER)? == 0 {
                return match self.start == self.end {
                    true => Ok(None),
                    false => Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                };
            }
        }
        let header = self.bytes.get(self.start..).and_then(<[u8]>::first_chunk);
        let header = header.ok_or_else(|| io::Error::from(io::ErrorKind::UnexpectedEof))?;
        let header = Header::parse(header)?;
        while self.end - self.start < header.length {
            if self.fill(from, header.length)? == 0 {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
        }
        let place = self.start..self.start + header.length;
        self.start = place.end;
        Ok(self.bytes.get(place).map(|message| (header, message)))
    }

    /// Moves what is left to the beginning; gives back the memory of a large message.
    fn make_room(&mut self) {
        if self.start > 0 {
            self.bytes.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.bytes.len() > STEP && self.end < SMALL {
            self.bytes.truncate(SMALL);
            self.bytes.shrink_to_fit();
        }
    }

    /// One read. `wanted` is how long the message is that begins at `start`.
    fn fill(&mut self, from: &mut impl Read, wanted: usize) -> io::Result<usize> {
        if self.end == self.bytes.len() {
            let all = wanted.max(self.end + SMALL);
            self.bytes.resize(all.min(self.end + self.end.max(STEP)), 0);
        }
        loop {
            match from.read(self.bytes.get_mut(self.end..).unwrap_or_default()) {
                Ok(n) => {
                    self.end += n;
                    return Ok(n);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(length: usize) -> Vec<u8> {
        let mut bytes = i32::try_from(length).unwrap().to_le_bytes().to_vec();
        bytes.extend([1, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend(2013_i32.to_le_bytes());
        bytes.resize(length, 9);
        bytes
    }

    /// Gives its bytes in pieces of one size.
    struct Pieces<'a>(&'a [u8], usize);

    impl Read for Pieces<'_> {
        fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
            let n = self.1.min(self.0.len()).min(buf.len());
            let (now, later) = self.0.split_at(n);
            buf[..n].copy_from_slice(now);
            self.0 = later;
            Ok(n)
        }
    }

    #[test]
    fn puts_messages_together() {
        let sizes = [20, 17, 100_000, 3_000_000, 50];
        let all: Vec<u8> = sizes.iter().flat_map(|n| message(*n)).collect();
        for piece in [7, 1000, 1 << 20] {
            let mut input = Input::new();
            let mut from = Pieces(&all, piece);
            for size in sizes {
                let (header, bytes) = input.message(&mut from).unwrap().unwrap();
                assert_eq!((header.length, bytes), (size, &message(size)[..]));
            }
            assert!(input.message(&mut from).unwrap().is_none());
        }
    }

    #[test]
    fn a_long_length_takes_no_memory() {
        let mut bytes = message(48_000_000);
        bytes.truncate(1000);
        let mut input = Input::new();
        assert!(input.message(&mut bytes.as_slice()).is_err());
        assert!(input.bytes.len() <= SMALL);
    }
}
