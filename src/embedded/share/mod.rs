//! One data directory, any number of processes.
//!
//! Whoever holds the directory's lock owns the store: it opens it and serves the wire protocol on the
//! directory's socket. Every other process is a guest: it talks to the owner over that socket as any client
//! would, and waits for the lock. The system frees a lock when its process ends, however it ends; a guest
//! then owns the store, recovers it, and binds the socket anew. Drivers see a server that was gone for a
//! moment, and retry.
//!
//! ```text
//! DIR/lock     held by the owner; holds its process id, for messages
//! DIR/store/   the store's files, with its format's version
//! SOCKET       where the owner serves: DIR/rhaiver.sock, or in a folder of the user's alone where that
//!              path is too long for a socket's name
//! ```
//!
//! Invariants:
//! - Nobody touches `store/` or binds the socket without the lock.
//! - The folder and the socket are the user's alone (mode 0700).
//! - A folder that holds other things than a database is never written to.

mod error;
mod listen;
mod owner;
mod place;
mod proxy;
mod shared;

pub use error::ShareError;
pub use listen::Front;
pub use place::{Folder, Place};
pub use shared::{ShareOptions, Shared};
