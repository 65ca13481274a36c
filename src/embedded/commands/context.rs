//! What a command's handler is given besides the request.

use std::sync::Arc;

use bson::Bson;

use super::concern::{ReadConcern, WriteConcern};
use super::session::SessionContext;
use crate::embedded::server::Shared;
use crate::mql::Env;

/// What a command's handler is given besides the request.
pub struct CommandContext<'a> {
    /// The server: its engine (`server.engine`), cursors, operations, parameters.
    pub server: &'a Arc<Shared>,
    /// The connection that the command came on.
    pub connection: &'a mut ConnectionInfo,
    /// Time, variables (`let`), chance, and the way to stop it: `killOp`, `maxTimeMS`, a dead client.
    pub env: Env,
    /// The command's session.
    pub session: Option<SessionContext>,
    /// `readConcern`.
    pub read_concern: ReadConcern,
    /// `writeConcern`.
    pub write_concern: WriteConcern,
    /// `comment`.
    pub comment: Option<Bson>,
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
    pub client: Option<bson::Document>,
}
