//! Read and write concern of a command.

use bson::{Bson, Document, Timestamp};

use super::fields::{Field, Fields, Kind};
use crate::mql::{Error, Result};

/// `readConcern.level`. On one node all of them read the latest committed state; `snapshot` matters in
/// transactions and for `atClusterTime`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ReadConcernLevel {
    /// The default.
    #[default]
    Local,
    /// `available`.
    Available,
    /// `majority`.
    Majority,
    /// `linearizable`.
    Linearizable,
    /// `snapshot`.
    Snapshot,
}

/// A command's `readConcern`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ReadConcern {
    /// How settled what is read must be.
    pub level: ReadConcernLevel,
    /// `afterClusterTime`: not before this time.
    pub after_cluster_time: Option<Timestamp>,
    /// `atClusterTime`: exactly then.
    pub at_cluster_time: Option<Timestamp>,
    /// Whether the command said it.
    pub given: bool,
}

impl ReadConcernLevel {
    fn named(name: &str) -> Option<Self> {
        Some(match name {
            "local" => Self::Local,
            "available" => Self::Available,
            "majority" => Self::Majority,
            "linearizable" => Self::Linearizable,
            "snapshot" => Self::Snapshot,
            _ => return None,
        })
    }
}

const READ_FIELDS: &[Field] = &[
    Field::new("level", Kind::String),
    Field::new("afterClusterTime", Kind::Timestamp),
    Field::new("atClusterTime", Kind::Timestamp),
    Field::new("afterOpTime", Kind::Document),
    Field::new("provenance", Kind::String),
    Field::new("allowTransactionTableSnapshot", Kind::Boolean),
    Field::new("waitLastStableRecoveryTimestamp", Kind::Boolean),
];

impl ReadConcern {
    /// Reads a command's `readConcern`.
    ///
    /// # Errors
    /// As the server says it of unknown fields, types and levels.
    pub fn parse(document: &Document) -> Result<Self> {
        let fields = Fields::parse("readConcern", document, READ_FIELDS)?;
        let level = match fields.str("level") {
            None => ReadConcernLevel::Local,
            Some(name) => ReadConcernLevel::named(name).ok_or_else(|| {
                Error::bad_value(format!(
                    "Enumeration value '{name}' for field 'readConcern.level' is not a valid value."
                ))
            })?,
        };
        let time = |name: &str| fields.get(name).and_then(Bson::as_timestamp);
        Ok(Self {
            level,
            after_cluster_time: time("afterClusterTime"),
            at_cluster_time: time("atClusterTime"),
            given: true,
        })
    }
}

/// A command's `writeConcern`.
#[derive(Debug, Clone, PartialEq)]
pub struct WriteConcern {
    /// Whether the client waits for an answer at all (`w: 0` does not).
    pub acknowledged: bool,
    /// Whether the write must be on disk when it is acknowledged: `j: true`, or `w: "majority"`.
    pub durable: bool,
    /// A `w` that one node cannot reach: what the reply's `writeConcernError` says.
    pub unreachable: Option<Error>,
    /// Whether the command said it.
    pub given: bool,
}

impl Default for WriteConcern {
    /// The server's default: `{w: "majority"}`.
    fn default() -> Self {
        Self {
            acknowledged: true,
            durable: true,
            unreachable: None,
            given: false,
        }
    }
}
