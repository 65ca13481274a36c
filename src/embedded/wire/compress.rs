//! OP_COMPRESSED: a message inside a message, by snappy, zlib or zstd.
//!
//! For zstd it is a crate in Rust, which compresses less well than the C library: that one would need a C compiler
//! of everybody who builds this.

use std::io::{Read, Write};

use ruzstd::decoding::StreamingDecoder;
use ruzstd::encoding::CompressionLevel;

use super::cursor::Bytes;
use super::{MAX_MESSAGE, OpCode, WireError};

/// How far back a zstd frame may refer: no message is longer, so no client has a reason to ask for more memory.
const MAX_WINDOW: u64 = (MAX_MESSAGE as u64).next_power_of_two();

/// How messages are compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Compressor {
    /// snappy
    Snappy,
    /// zlib
    Zlib,
    /// zstd
    Zstd,
    /// Not at all, in the envelope nevertheless.
    Noop,
}

/// A message that was compressed.
#[derive(Debug)]
pub struct Uncompressed {
    /// What kind of message it is.
    pub op_code: OpCode,
    /// The number of that kind.
    pub op_number: i32,
    /// By what it was compressed.
    pub compressor: Compressor,
    /// What follows its header.
    pub payload: Vec<u8>,
}

impl Compressor {
    /// The one of that name, if it can be agreed on in hello.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "snappy" => Some(Self::Snappy),
            "zlib" => Some(Self::Zlib),
            "zstd" => Some(Self::Zstd),
            _ => None,
        }
    }

    fn of(number: u8) -> Result<Self, WireError> {
        match number {
            0 => Ok(Self::Noop),
            1 => Ok(Self::Snappy),
            2 => Ok(Self::Zlib),
            3 => Ok(Self::Zstd),
            other => Err(WireError::malformed(format!("unknown compressor {other}"))),
        }
    }

    fn number(self) -> u8 {
        match self {
            Self::Noop => 0,
            Self::Snappy => 1,
            Self::Zlib => 2,
            Self::Zstd => 3,
        }
    }
}

/// Opens an OP_COMPRESSED's payload.
///
/// # Errors
/// Where it is malformed, or says another size than it has.
pub fn open(payload: &[u8]) -> Result<Uncompressed, WireError> {
    let mut bytes = Bytes::new(payload);
    let op_number = bytes.int()?;
    let op_code = OpCode::of(op_number)?;
    if op_code == OpCode::Compressed {
        return Err(WireError::malformed("a compressed message in another"));
    }
    let size = usize::try_from(bytes.int()?).unwrap_or(usize::MAX);
    if size > MAX_MESSAGE {
        return Err(WireError::malformed("it is too large uncompressed"));
    }
    let compressor = Compressor::of(bytes.byte()?)?;
    let payload = decompress(compressor, bytes.rest(), size)?;
    if payload.len() != size {
        return Err(WireError::malformed("its uncompressed size is wrong"));
    }
    Ok(Uncompressed {
        op_code,
        op_number,
        compressor,
        payload,
    })
}

fn decompress(by: Compressor, bytes: &[u8], size: usize) -> Result<Vec<u8>, WireError> {
    let bad = |e: &dyn std::fmt::Display| WireError::malformed(format!("cannot decompress: {e}"));
    match by {
        Compressor::Noop => Ok(bytes.to_vec()),
        Compressor::Snappy => {
            let length = snap::raw::decompress_len(bytes).map_err(|e| bad(&e))?;
            // No format packs more than this into a byte: a larger claim is a lie, and allocates nothing.
            if length != size || length / 256 > bytes.len() {
                return Err(WireError::malformed("its uncompressed size is wrong"));
            }
            snap::raw::Decoder::new()
                .decompress_vec(bytes)
                .map_err(|e| bad(&e))
        }
        Compressor::Zlib => {
            read_up_to(size, flate2::read::ZlibDecoder::new(bytes)).map_err(|e| bad(&e))
        }
        Compressor::Zstd => {
            let decoder = StreamingDecoder::new_with_max_window_size(bytes, MAX_WINDOW);
            read_up_to(size, decoder.map_err(|e| bad(&e))?).map_err(|e| bad(&e))
        }
    }
}

/// All that a decompressor gives, or one byte more than there should be.
fn read_up_to(size: usize, from: impl Read) -> std::io::Result<Vec<u8>> {
    let mut payload = Vec::new();
    from.take(size.saturating_add(1) as u64)
        .read_to_end(&mut payload)?;
    Ok(payload)
}

/// Puts a message (with its header) into an OP_COMPRESSED; the same message where that fails.
#[must_use]
pub fn close(message: Vec<u8>, by: Compressor) -> Vec<u8> {
    let Some((header, payload)) = message.split_first_chunk::<16>() else {
        return message;
    };
    let Some(compressed) = compress(by, payload) else {
        return message;
    };
    let (Ok(length), Ok(size)) = (
        i32::try_from(compressed.len() + 25),
        i32::try_from(payload.len()),
    ) else {
        return message;
    };
    let mut out = Vec::with_capacity(compressed.len() + 25);
    out.extend(length.to_le_bytes());
    out.extend(header.get(4..12).unwrap_or_default());
    out.extend(2012_i32.to_le_bytes());
    out.extend(header.get(12..16).unwrap_or_default());
    out.extend(size.to_le_bytes());
    out.push(by.number());
    out.extend(compressed);
    out
}

fn compress(by: Compressor, bytes: &[u8]) -> Option<Vec<u8>> {
    match by {
        Compressor::Noop => Some(bytes.to_vec()),
        Compressor::Snappy => snap::raw::Encoder::new().compress_vec(bytes).ok(),
        Compressor::Zstd => {
            let level = CompressionLevel::Fastest;
            Some(ruzstd::encoding::compress_to_vec(bytes, level))
        }
        Compressor::Zlib => {
            let level = flate2::Compression::default();
            let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), level);
            encoder.write_all(bytes).ok()?;
            encoder.finish().ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn opens_what_it_closes(payload: Vec<u8>, which in 0..4_u8) {
            let by = Compressor::of(which).unwrap();
            let mut message = Vec::new();
            message.extend(i32::try_from(payload.len() + 16).unwrap().to_le_bytes());
            message.extend([7, 0, 0, 0, 8, 0, 0, 0]);
            message.extend(2013_i32.to_le_bytes());
            message.extend(&payload);
            let closed = close(message, by);
            let opened = open(&closed[16..]).unwrap();
            prop_assert_eq!(opened.payload, payload);
            prop_assert_eq!(opened.op_code, OpCode::Message);
        }

        #[test]
        fn survives_any_bytes(mut bytes: Vec<u8>, which in 0..5_u8) {
            let _ = open(&bytes);
            if bytes.len() > 9 {
                bytes[..4].copy_from_slice(&2013_i32.to_le_bytes());
                bytes[8] = which;
                let _ = open(&bytes);
            }
        }

        #[test]
        fn survives_damage(payload: Vec<u8>, which in 0..4_u8, place: usize, damage in 1..=255_u8) {
            let mut message = vec![0; 16];
            message[12..].copy_from_slice(&2013_i32.to_le_bytes());
            message.extend(&payload);
            let mut closed = close(message, Compressor::of(which).unwrap());
            let place = 25 + place % (closed.len() - 24);
            if let Some(byte) = closed.get_mut(place) {
                *byte ^= damage;
            }
            let size = open(&closed[16..]).map(|opened| opened.payload.len());
            prop_assert!(size.is_err() || size.unwrap() == payload.len());
        }
    }
}
