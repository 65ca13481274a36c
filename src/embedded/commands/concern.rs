//! Read and write concern of a command.

use bson::{Bson, Document, Timestamp, doc};

use super::fields::{Field, Fields, Kind, long, type_name};
use crate::mql::{Error, Result, error::code};

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
    /// Whether the command said a level.
    pub level_given: bool,
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

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Available => "available",
            Self::Majority => "majority",
            Self::Linearizable => "linearizable",
            Self::Snapshot => "snapshot",
        }
    }
}

impl ReadConcern {
    /// Reads a command's `readConcern`.
    ///
    /// # Errors
    /// As the server says it of unknown fields, types and levels.
    pub fn parse(value: &Bson) -> Result<Self> {
        let Bson::Document(document) = value else {
            let what = "readConcern field should be an object";
            return Err(Error::failed_to_parse(what));
        };
        let mut concern = Self {
            given: !document.is_empty(),
            ..Self::default()
        };
        for (name, value) in document {
            concern.field(name, value)?;
        }
        if concern.at_cluster_time.is_some() && concern.level != ReadConcernLevel::Snapshot {
            return Err(Error::new(
                code::INVALID_OPTIONS,
                "atClusterTime field can be set only if level is equal to snapshot",
            ));
        }
        Ok(concern)
    }

    fn field(&mut self, name: &str, value: &Bson) -> Result<()> {
        match (name, value) {
            ("level", Bson::String(level)) => {
                self.level_given = true;
                self.level = ReadConcernLevel::named(level).ok_or_else(|| {
                    Error::failed_to_parse(
                        "readConcern.level must be either 'local', 'majority', 'linearizable', 'available', or 'snapshot'",
                    )
                })?;
            }
            ("afterClusterTime", Bson::Timestamp(time)) => self.after_cluster_time = Some(*time),
            ("atClusterTime", Bson::Timestamp(time)) => self.at_cluster_time = Some(*time),
            ("level", other) => return Err(wrong(name, "string", other)),
            ("afterClusterTime" | "atClusterTime", other) => {
                return Err(wrong(name, "timestamp", other));
            }
            ("afterOpTime" | "provenance" | "allowTransactionTableSnapshot", _) => {}
            _ => {
                let what = format!("Unrecognized option in readConcern: {name}");
                return Err(Error::new(code::INVALID_OPTIONS, what));
            }
        }
        Ok(())
    }

    /// The refusal of a command that takes no read concern.
    #[must_use]
    pub fn not_supported(&self, command: &str) -> Error {
        self.refused(command, "read concern not supported")
    }

    /// The refusal of this read concern by a command.
    #[must_use]
    pub fn refused(&self, command: &str, why: &str) -> Error {
        let level = self.level.name();
        Error::new(
            code::INVALID_OPTIONS,
            format!(
                "Command {command} does not support {{ readConcern: {{ level: \"{level}\", provenance: \"clientSupplied\" }} }} :: caused by :: {why}"
            ),
        )
    }
}

fn wrong(field: &str, expected: &str, got: &Bson) -> Error {
    Error::type_mismatch(format!(
        "\"{field}\" had the wrong type. Expected {expected}, found {}",
        type_name(got)
    ))
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

const WRITE_FIELDS: &[Field] = &[
    Field::new("w", Kind::Any),
    Field::new("j", Kind::SafeBoolean),
    Field::new("fsync", Kind::SafeBoolean),
    Field::new("wtimeout", Kind::Any),
    Field::new("wOpTime", Kind::Any),
    Field::new("wElectionId", Kind::Any),
    Field::new("getLastError", Kind::Any),
    Field::new("provenance", Kind::String),
];

/// The largest set.
const MAX_NODES: i64 = 50;

impl WriteConcern {
    /// Reads a command's `writeConcern`.
    ///
    /// # Errors
    /// As the server says it of unknown fields and types.
    pub fn parse(value: &Bson) -> Result<Self> {
        let Bson::Document(document) = value else {
            return Err(Error::type_mismatch(format!(
                "\"writeConcern\" had the wrong type. Expected object, found {}",
                type_name(value)
            )));
        };
        check_unknown(document)?;
        let fields = Fields::parse("WriteConcernOptions", document, WRITE_FIELDS)?;
        let mut concern = Self {
            given: !document.is_empty(),
            ..Self::default()
        };
        if let Some(w) = fields.get("w") {
            concern.w(w, document)?;
        }
        let journaled = fields.bool("j") || fields.bool("fsync");
        concern.durable = concern.durable || journaled;
        Ok(concern)
    }

    fn w(&mut self, w: &Bson, whole: &Document) -> Result<()> {
        match w {
            Bson::String(mode) if mode == "majority" => {}
            Bson::String(mode) => {
                let what = format!(
                    "No write concern mode named '{mode}' found in replica set configuration"
                );
                self.unreachable = Some(unreachable(79, what, whole));
            }
            Bson::Document(_) => {}
            _ => {
                let n = long(w).ok_or_else(|| {
                    Error::failed_to_parse(format!(
                        "w has to be a number, string, or object; found: {}",
                        type_name(w)
                    ))
                })?;
                if !(0..=MAX_NODES).contains(&n) {
                    return Err(Error::failed_to_parse(format!(
                        "w has to be a non-negative number and not greater than 50; found: {n}"
                    )));
                }
                self.acknowledged = n > 0;
                self.durable = n > 1;
                if n > 1 {
                    let what = "Not enough data-bearing nodes".to_owned();
                    self.unreachable = Some(unreachable(100, what, whole));
                }
            }
        }
        Ok(())
    }
}

/// Unlike in a command, the first field may be unknown.
fn check_unknown(document: &Document) -> Result<()> {
    match document.keys().next() {
        Some(first) if !WRITE_FIELDS.iter().any(|f| f.name == first) => {
            Err(super::fields::unknown("WriteConcernOptions", first))
        }
        _ => Ok(()),
    }
}

fn unreachable(code: i32, what: String, whole: &Document) -> Error {
    let mut concern = whole.clone();
    if !concern.contains_key("wtimeout") {
        concern.insert("wtimeout", 0);
    }
    concern.insert("provenance", "clientSupplied");
    Error::new(code, what).with("errInfo", doc! { "writeConcern": concern })
}
