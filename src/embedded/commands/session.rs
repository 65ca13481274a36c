//! The session of a command, as its fields say it.

use bson::{Bson, Document, Uuid};

/// A logical session's id. The server's ids also hold a digest of the user; an id of another user is
/// another session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SessionId {
    /// `lsid.id`.
    pub id: [u8; 16],
    /// `lsid.uid`: SHA-256 of the user's name, of nothing where there are no users.
    pub uid: [u8; 32],
}

/// SHA-256 of nothing: whoever uses a server without users.
pub const NOBODY: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

impl SessionId {
    /// The id of a session that belongs to nobody.
    #[must_use]
    pub fn of(id: [u8; 16]) -> Self {
        Self { id, uid: NOBODY }
    }

    /// `{id: UUID, uid: BinData}`, as in change events and `$listSessions`.
    #[must_use]
    pub fn to_document(&self) -> Document {
        let uid = bson::Binary {
            subtype: bson::spec::BinarySubtype::Generic,
            bytes: self.uid.to_vec(),
        };
        bson::doc! { "id": Bson::from(Uuid::from_bytes(self.id)), "uid": uid }
    }
}

/// What a command's fields say about its session, its transaction and its statement numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionContext {
    /// `lsid`.
    pub lsid: SessionId,
    /// `txnNumber`: of a transaction, or of a write that may be retried.
    pub txn_number: Option<i64>,
    /// Whether the command is part of a transaction (`autocommit: false`).
    pub in_transaction: bool,
    /// `startTransaction: true`.
    pub start_transaction: bool,
    /// `stmtId`, or the first of `stmtIds`; statements of one command count on from it.
    pub stmt_id: i32,
    /// `stmtIds`, where the command has them.
    pub stmt_ids: Option<Vec<i32>>,
}

impl SessionContext {
    /// Whether the command is a write that may be retried: it has a number and is in no transaction.
    #[must_use]
    pub fn is_retryable_write(&self) -> bool {
        self.txn_number.is_some() && !self.in_transaction
    }

    /// The number of the command's `n`th statement.
    #[must_use]
    pub fn statement(&self, n: usize) -> i32 {
        match &self.stmt_ids {
            Some(ids) => ids.get(n).copied().unwrap_or(0),
            None => self
                .stmt_id
                .saturating_add(i32::try_from(n).unwrap_or(i32::MAX)),
        }
    }
}
