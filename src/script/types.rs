//! The BSON types that neither Rhai nor the `bson` crate has as a value a script can hold.

use bson::RawDocumentBuf;

/// BSON's smallest value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MinKey;

/// BSON's greatest value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxKey;

/// BSON's deprecated `undefined`, kept apart from null so that it is written back as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BsonUndefined;

/// BSON's deprecated symbol: a string of another type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Symbol(pub String);

/// JavaScript code for the server (`mapReduce`, `$where`), with the scope it may carry.
#[derive(Debug, Clone, PartialEq)]
pub struct Code {
    /// The source text.
    pub code: String,
    /// Variables that the code sees.
    pub scope: Option<RawDocumentBuf>,
}
