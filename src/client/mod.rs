//! The seam over the official MongoDB driver: connecting, running commands, classifying errors.
//!
//! Shell methods speak in commands, so that options and replies are the server's own, to the
//! field. What the driver then does for every caller alike is used as it is: topology, pooling,
//! sessions, transactions, cursors, and the change streams that scripts open. What it does only for
//! its typed methods (retrying a write once when a primary steps down) is done for commands in
//! [`retry`]; the streams of handlers resume by themselves, for the reason that their source gives.

mod connect;
mod error;
mod log;
pub mod retry;
mod uri;

pub use connect::{Cluster, ConnectError, LocalServer, connect, connect_as};
pub use error::{ClientError, ErrorName, in_reply, labels_of};
pub use uri::redact;
