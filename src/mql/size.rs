//! About how much memory values take, for those who must stay within a bound.

use bson::{Bson, Document};

/// What a value takes before what it points to.
const VALUE: usize = size_of::<Bson>();

/// What a field takes beside its name and its value: the name's head and its place in the document's table.
const FIELD: usize = 40;

/// About how many bytes a value takes.
#[must_use]
pub fn of(value: &Bson) -> usize {
    VALUE
        + match value {
            Bson::String(s) | Bson::Symbol(s) | Bson::JavaScriptCode(s) => s.len(),
            Bson::Document(document) => of_fields(document),
            Bson::Array(items) => items.iter().map(of).sum(),
            Bson::Binary(binary) => binary.bytes.len(),
            Bson::RegularExpression(r) => r.pattern.as_str().len() + r.options.as_str().len(),
            Bson::JavaScriptCodeWithScope(code) => code.code.len() + of_fields(&code.scope),
            _ => 0,
        }
}

/// About how many bytes a document takes.
#[must_use]
pub fn of_document(document: &Document) -> usize {
    size_of::<Document>() + of_fields(document)
}

fn of_fields(document: &Document) -> usize {
    let field = |(name, value): (&String, &Bson)| FIELD + name.len() + of(value);
    document.iter().map(field).sum()
}
