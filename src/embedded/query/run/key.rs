//! A row's key in the index that found it.

use bson::Document;

use crate::embedded::catalog::Index;
use crate::embedded::index::key_value;

/// The key as `returnKey` shows it. Its values are the document's, since keys do not keep the types of numbers.
pub(super) fn shown(index: &Index, document: &Document, key: &[u8]) -> Document {
    key_value(index, document, key)
}
