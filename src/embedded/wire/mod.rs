//! The wire protocol: messages in bytes, in and out. No sockets here, and no commands.
//!
//! Bytes become a [`Message`] ([`message`], after [`compress`] where they were compressed); a reply becomes
//! bytes ([`reply`]). Everything that comes in is checked before it is used ([`validate`]): lengths against
//! what is there, types, strings' ends, depth. A message that is wrong is a [`WireError`], which closes the
//! connection; it is never a panic.
//!
//! Invariants:
//! - Nothing is allocated because a length says so: only because bytes are there.
//! - Documents of a [`Message`] are well-formed BSON of at most [`MAX_DEPTH`] levels, so that decoding them
//!   and recursing over them is safe.

mod checksum;
pub mod compress;
mod cursor;
pub mod message;
pub mod reply;
pub mod validate;

pub use compress::Compressor;
pub use message::{Header, Message, OpCode};

/// The largest document that may be stored.
pub const MAX_DOCUMENT: usize = 16 * 1024 * 1024;
/// The largest document in a message: a stored one and what is around it.
pub const MAX_INTERNAL_DOCUMENT: usize = MAX_DOCUMENT + 16 * 1024;
/// The largest message.
pub const MAX_MESSAGE: usize = 48_000_000;
/// The largest number of writes in one command.
pub const MAX_WRITE_BATCH: usize = 100_000;
/// How deep a document of a message may nest: the 100 levels of stored documents, and the command's own.
pub const MAX_DEPTH: usize = 108;

/// What is wrong with a message. It closes the connection.
#[derive(Debug, thiserror::Error)]
pub enum WireError {
    /// The bytes are no message.
    #[error("malformed message: {0}")]
    Malformed(String),
    /// A document in it is no BSON.
    #[error("invalid BSON: {0}")]
    Bson(String),
    /// A document in it nests too deeply.
    #[error("BSONObj exceeded maximum nested object depth: 100")]
    Depth,
}

impl WireError {
    fn malformed(what: impl Into<String>) -> Self {
        Self::Malformed(what.into())
    }
}
