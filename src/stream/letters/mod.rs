//! Dead letters: events that could not be handled, in `rhaiver.dead_letters`.
//!
//! A lane writes a letter in the transaction that moves its checkpoint past the event, so an event
//! is either before the checkpoint, or handled, or here. A letter is
//!
//! ```text
//! { _id: ObjectId, stream, key: documentKey, namespace: "db.coll", token, event: the whole event,
//!   error: { message, code, codeName, at: "file:line:col", hints: [String] },
//!   attempts: Int, generation, state, createdAt: Date, updatedAt: Date }
//! ```
//!
//! Its `state` is its life:
//!
//! ```text
//! dead ──redeliver (a person)──▶ redeliver ──the stream's owner──▶ handled: deleted
//!   ▲                                │
//!   └───────── it failed again ──────┘
//! blocked (onFailure: "block-key") ──a new generation, or a pause──▶ handled: deleted
//! ```
//!
//! A letter is deleted in the transaction of its effects. Letters of one key go in the order of
//! their tokens; where one fails again, those of its key behind it wait for the next time. Events of
//! a key that has `blocked` letters go behind them, so none overtakes another.
//!
//! [`DeadLetters`] is for people: list, show, redeliver, discard.

mod desk;
mod letter;

pub use desk::{Chosen, DeadLetters};
pub(in crate::stream) use letter::short;
pub use letter::{DeadLetter, LetterError, LetterState, namespace_of};
