//! Rows as a plan gives them.

use bson::Document;

use crate::embedded::engine::Record;
use crate::mql::Result;

/// A row: a stored document that the query means.
#[derive(Debug, Clone)]
pub struct Row {
    /// The document in its bytes.
    pub record: Record,
    /// As much of it as was decoded: at least what [`super::Query::needs`] asks for; `None` where that is nothing.
    pub document: Option<Box<Document>>,
    /// Where the filter met an array (positional `$`).
    pub position: Option<usize>,
    /// Its key in the index that was used, if the query asked for that; few do, and rows are moved often.
    pub key: Option<Box<Document>>,
}

impl Row {
    /// What was decoded.
    #[must_use]
    pub fn into_document(self) -> Document {
        self.document.map(|document| *document).unwrap_or_default()
    }
}

/// Rows, one after the other. Owned.
pub struct Rows(pub(super) Box<dyn Iterator<Item = Result<Row>> + Send>);

impl Iterator for Rows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}
