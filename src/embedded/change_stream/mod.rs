//! Change streams: the history as events, for those who watch a collection, a database or all of them.
//!
//! The life of an event: a writer's batch puts an entry into the oplog ([`super::engine::oplog`]) and wakes
//! who waits for one. The stream ([`stream`]) reads the entries after the place where it is, takes apart what
//! several operations have in common (a transaction is one entry) ([`operation`]), leaves out what it does not
//! watch ([`scope`]), and makes the event ([`event`]) with the documents that it asks for ([`images`]) and its
//! resume token ([`token`]). Then the event goes through the user's stages; what comes out of them must still
//! have the token as `_id` (`Progress`).
//!
//! Invariants:
//! - Tokens are the server's, bit for bit ([`key_string`]), so that drivers and tools can read them: they
//!   order events, and a token of the one server resumes at the same time on the other.
//! - A stream that is opened begins after all that its opener has seen. A stream that goes on from a token
//!   finds the event of the token in the history, or says that it is gone (286) or was never there (280).
//! - The token of an idle stream moves on with the history, never back: who resumes with it reads nothing
//!   twice that the stream has given out, and misses nothing.
//! - After an invalidating event comes `invalidate`, and then nothing.

mod event;
mod images;
mod key_string;
mod operation;
mod scope;
mod spec;
mod stream;
mod token;

#[cfg(test)]
mod tests;

pub use spec::Spec;
pub use stream::{Progress, open};
pub use token::Token;
