//! The tree that is printed.

use bson::oid::ObjectId;
use bson::{Binary, Bson, Document, Timestamp};

use crate::value::{Date, Decimal, pointer};

/// Deeper levels are not followed: BSON from a server has at most 180, and a deeper tree could not be
/// dropped on a small stack.
const MAX_DEPTH: usize = 200;

/// A value to be printed. [`Node::from`] makes one of a BSON value as it comes from a server: int32 and
/// double are plain numbers, int64 is a `Long`, a document with `$ref` and `$id` is a `DBRef`.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// `undefined`
    Undefined,
    /// `null`
    Null,
    /// `true`, `false`
    Bool(bool),
    /// A whole number, printed as digits.
    Int(i64),
    /// A double, printed as JavaScript's numbers are; -0 keeps its sign.
    Double(f64),
    /// An int64: `Long('5')`.
    Long(i64),
    /// `Decimal128('1.5')`
    Decimal(Decimal),
    /// A string, in quotes.
    String(String),
    /// `ObjectId('…')`
    ObjectId(ObjectId),
    /// `ISODate('…')`
    Date(Date),
    /// `Timestamp({ t: 1, i: 2 })`
    Timestamp(Timestamp),
    /// `Binary.createFromBase64('…', 0)`, `UUID('…')`, `MD5('…')`
    Binary(Binary),
    /// `/pattern/options`
    Regex {
        /// Between the slashes.
        pattern: String,
        /// After them.
        options: String,
    },
    /// `Code('…')`, with its scope if there is one.
    Code(String, Option<Vec<(String, Node)>>),
    /// `BSONSymbol('…')`
    Symbol(String),
    /// `DBRef('collection', id)`
    DbRef(Box<DbRef>),
    /// `MinKey()`
    MinKey,
    /// `MaxKey()`
    MaxKey,
    /// `[Function: name]`; without a name `[Function (anonymous)]`.
    Function(String),
    /// Fields in their order.
    Document(Vec<(String, Node)>),
    /// Elements.
    Array(Vec<Node>),
    /// An object of a class: `WriteError { … }`.
    Instance(String, Vec<(String, Node)>),
    /// Text that stands for itself: a database's name, a cursor's address.
    Raw(String),
}

/// A reference to a document, as drivers write it.
#[derive(Clone, Debug, PartialEq)]
pub struct DbRef {
    /// The collection.
    pub collection: String,
    /// The `_id` there.
    pub id: Node,
    /// The database, if it is another one.
    pub database: Option<String>,
    /// What else the document holds.
    pub fields: Vec<(String, Node)>,
}

impl Node {
    /// A string node.
    pub fn string(text: impl Into<String>) -> Node {
        Node::String(text.into())
    }

    fn of(value: &Bson, depth: usize) -> Node {
        match value {
            Bson::Double(x) => Node::Double(*x),
            Bson::String(text) => Node::String(text.clone()),
            Bson::Array(items) if depth < MAX_DEPTH => {
                Node::Array(items.iter().map(|item| Node::of(item, depth + 1)).collect())
            }
            Bson::Array(_) => Node::Raw("[Array]".into()),
            Bson::Document(document) => document_node(document, depth),
            Bson::Boolean(b) => Node::Bool(*b),
            Bson::Null => Node::Null,
            Bson::RegularExpression(regex) => Node::Regex {
                pattern: regex.pattern.to_string(),
                options: regex.options.to_string(),
            },
            Bson::JavaScriptCode(code) => Node::Code(code.clone(), None),
            Bson::JavaScriptCodeWithScope(code) => {
                Node::Code(code.code.clone(), Some(fields(&code.scope, depth)))
            }
            Bson::Int32(n) => Node::Int((*n).into()),
            Bson::Int64(n) => Node::Long(*n),
            Bson::Timestamp(timestamp) => Node::Timestamp(*timestamp),
            Bson::Binary(binary) => Node::Binary(binary.clone()),
            Bson::ObjectId(id) => Node::ObjectId(*id),
            Bson::DateTime(date) => Node::Date((*date).into()),
            Bson::Symbol(text) => Node::String(text.clone()),
            Bson::Decimal128(decimal) => Node::Decimal((*decimal).into()),
            Bson::Undefined => Node::Undefined,
            Bson::MaxKey => Node::MaxKey,
            Bson::MinKey => Node::MinKey,
            Bson::DbPointer(_) => match pointer::parts(value) {
                Some((namespace, id)) => db_ref(&namespace, None, Node::ObjectId(id), Vec::new()),
                None => Node::Undefined,
            },
        }
    }
}

impl From<&Bson> for Node {
    fn from(value: &Bson) -> Node {
        Node::of(value, 0)
    }
}

impl From<&Document> for Node {
    fn from(document: &Document) -> Node {
        document_node(document, 0)
    }
}

fn fields(document: &Document, depth: usize) -> Vec<(String, Node)> {
    if depth >= MAX_DEPTH {
        return Vec::new();
    }
    document
        .iter()
        .map(|(key, value)| (key.clone(), Node::of(value, depth + 1)))
        .collect()
}

fn document_node(document: &Document, depth: usize) -> Node {
    if depth >= MAX_DEPTH {
        return Node::Raw("[Object]".into());
    }
    match reference(document) {
        Some((collection, database)) => {
            let mut fields = fields(document, depth);
            let id = fields
                .iter()
                .position(|(key, _)| key == "$id")
                .map(|at| fields.remove(at).1);
            fields.retain(|(key, _)| key != "$ref" && key != "$db");
            db_ref(collection, database, id.unwrap_or(Node::Undefined), fields)
        }
        None => Node::Document(fields(document, depth)),
    }
}

/// Collection and database of a document that drivers read as a DBRef.
fn reference(document: &Document) -> Option<(&str, Option<&str>)> {
    let dollars = document.keys().filter(|key| key.starts_with('$'));
    if dollars
        .into_iter()
        .any(|key| !["$ref", "$id", "$db"].contains(&key.as_str()))
    {
        return None;
    }
    let collection = document.get_str("$ref").ok()?;
    document.get("$id").filter(|id| **id != Bson::Null)?;
    match document.get("$db") {
        None => Some((collection, None)),
        Some(database) => Some((collection, Some(database.as_str()?))),
    }
}

/// `database.collection` in the collection's place names the database, as js-bson has it.
fn db_ref(collection: &str, database: Option<&str>, id: Node, fields: Vec<(String, Node)>) -> Node {
    let parts: Vec<&str> = collection.split('.').collect();
    let (collection, database) = match parts[..] {
        [database, collection] => (collection, Some(database)),
        _ => (collection, database),
    };
    let (collection, database) = (collection.to_owned(), database.map(str::to_owned));
    Node::DbRef(Box::new(DbRef {
        collection,
        id,
        database,
        fields,
    }))
}
