//! Who may use the server: users in a file, and SCRAM.
//!
//! The file ([`Users`]) holds salted SCRAM credentials and no passwords. Every user may do everything: roles
//! are shown as `root`, and not enforced, since the database is one person's. A connection that has not
//! logged in may run only what a login needs (error 13 for all else).
//!
//! Passwords are not prepared by SASLprep: for ASCII, which it leaves alone, that is the same; others work
//! with clients that send them as they are.

mod scram;
mod users;

pub use scram::{Conversation, Mechanism, Step};
pub use users::{Credential, User, Users};
