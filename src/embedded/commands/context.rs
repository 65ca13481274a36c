//! What a command's handler is given besides the request.

use std::sync::Arc;
use std::time::Duration;

use bson::{Bson, Document};

use super::concern::{ReadConcern, WriteConcern};
use super::dispatch::Flags;
use super::session::SessionContext;
use super::table::Command;
use crate::embedded::auth::{Conversation, Users};
use crate::embedded::engine::{Engine, Operation};
use crate::embedded::server::{Shared, Slot};
use crate::mql::Env;

/// What a command's handler is given besides the request.
pub struct CommandContext<'a> {
    /// The database.
    pub engine: &'a Arc<Engine>,
    /// The server: cursors, operations, parameters.
    pub server: &'a Arc<Shared>,
    /// The connection's place among what runs.
    pub slot: &'a Slot,
    /// The connection that the command came on.
    pub connection: &'a mut ConnectionInfo,
    /// The command's business with the engine: what it reads from and writes through.
    pub operation: Operation,
    /// Time, variables (`let`), chance, and the way to stop it: `killOp`, `maxTimeMS`, a dead client.
    pub env: Env,
    /// The command's session.
    pub session: Option<SessionContext>,
    /// `readConcern`.
    pub read_concern: ReadConcern,
    /// `writeConcern`. The dispatcher waits for it after the handler.
    pub write_concern: WriteConcern,
    /// `maxTimeMS`.
    pub max_time: Option<Duration>,
    /// `comment`.
    pub comment: Option<Bson>,
    /// `apiStrict`.
    pub api_strict: bool,
    /// How the request came.
    pub flags: Flags,
    /// Set by a handler whose answer is followed by another one (exhaust).
    pub more: bool,
    /// Set by `getMore` on a change stream: its errors may be resumable.
    pub change_stream: bool,
    /// Whether the dispatcher waits for the write concern: a command that may write sets it if it does.
    pub settle: bool,
    /// Whether the command ends a transaction.
    pub ends_transaction: bool,
    /// `opid`
    pub operation_id: i32,
}

impl CommandContext<'_> {
    /// Whether the command leaves a transaction open, so that nothing is settled yet.
    #[must_use]
    pub fn in_open_transaction(&self, command: &Command) -> bool {
        let ends = matches!(command.name, "commitTransaction" | "abortTransaction");
        !ends && self.session.as_ref().is_some_and(|s| s.in_transaction)
    }
}

/// A connection, as commands see it.
#[derive(Debug, Clone)]
pub struct ConnectionInfo {
    /// `connectionId`.
    pub id: i64,
    /// The address that the client connected to: `me` of `hello`.
    pub local: String,
    /// The client's address (`whatsmyuri`).
    pub remote: String,
    /// What the client's first hello said of it (`client`).
    pub client: Option<Document>,
    /// Who may log in; without them nobody has to.
    pub users: Option<Arc<Users>>,
    /// Whether `configureFailPoint` and the like are there.
    pub test_commands: bool,
    /// Whether it may still say whose connection it is ([`super::introduce`]).
    pub may_introduce: bool,
    /// Who has logged in: name and database.
    pub user: Option<(String, String)>,
    /// The login that is going on.
    pub login: Option<Conversation>,
    /// The counter of the topology version that the last streamed hello told.
    pub told_topology: i64,
}

impl ConnectionInfo {
    /// A connection that has said nothing yet.
    #[must_use]
    pub fn new(id: i64, local: String, remote: String) -> Self {
        Self {
            id,
            local,
            remote,
            client: None,
            users: None,
            test_commands: false,
            may_introduce: false,
            user: None,
            login: None,
            told_topology: 0,
        }
    }
}
