//! A command's fields against what the command takes: unknown fields, wrong types, missing ones, in the
//! server's words.

use bson::{Bson, Document, RawBsonRef, spec::ElementType};

use crate::mql::{Error, Result, error::code};

/// What a field may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Anything.
    Any,
    /// A boolean.
    Boolean,
    /// A boolean or a number (`safeBool`).
    SafeBoolean,
    /// An int.
    Int,
    /// A long, an int, or a double or decimal without a fraction (`safeInt64`).
    SafeLong,
    /// Exactly a long.
    Long,
    /// A number.
    Number,
    /// A string.
    String,
    /// A document.
    Document,
    /// An array.
    Array,
    /// A timestamp.
    Timestamp,
    /// A document or an array.
    DocumentOrArray,
    /// A document or a string.
    DocumentOrString,
    /// A binary UUID.
    Uuid,
    /// A document, as `find` says it.
    FindDocument,
    /// Exactly a boolean, null neither.
    StrictBoolean,
}

/// A field that a command takes.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// Whether it must be there.
    pub required: bool,
}

impl Field {
    /// A field that may be left out.
    #[must_use]
    pub const fn new(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: false,
        }
    }

    /// A field that must be there.
    #[must_use]
    pub const fn required(name: &'static str, kind: Kind) -> Self {
        Self {
            name,
            kind,
            required: true,
        }
    }
}

/// Fields that every command takes; the dispatcher reads them.
pub const GENERIC: &[&str] = &[
    "$clusterTime",
    "$configServerState",
    "$db",
    "$oplogQueryData",
    "$queryOptions",
    "$readPreference",
    "$replData",
    "allowImplicitCollectionCreation",
    "apiDeprecationErrors",
    "apiStrict",
    "apiVersion",
    "autocommit",
    "comment",
    "coordinator",
    "databaseVersion",
    "help",
    "lsid",
    "maxTimeMS",
    "maxTimeMSOpOnly",
    "readConcern",
    "shardVersion",
    "startTransaction",
    "stmtId",
    "tracking_info",
    "txnNumber",
    "writeConcern",
];

/// A command's checked fields.
#[derive(Debug, Clone, Copy)]
pub struct Fields<'a> {
    document: &'a Document,
}

impl<'a> Fields<'a> {
    /// Checks a document (a whole command, or a part of it) that the server calls `name`. The first field
    /// of a command, named as the command is, is not checked here.
    ///
    /// # Errors
    /// 40415 for an unknown field, 14 for a wrong type, 40414 for a missing one.
    pub fn parse(name: &str, document: &'a Document, known: &[Field]) -> Result<Self> {
        for (n, (key, value)) in document.iter().enumerate() {
            let Some(field) = known.iter().find(|f| f.name == key) else {
                if n == 0 || GENERIC.contains(&key.as_str()) {
                    continue;
                }
                return Err(unknown(name, key));
            };
            // The value of the command's own field is looked at last.
            if n > 0 || key != name {
                check(name, field, value)?;
            }
        }
        for field in known.iter().filter(|f| f.required) {
            if !document.contains_key(field.name) {
                return Err(missing(name, field.name));
            }
        }
        let own = known.iter().find(|field| field.name == name);
        if let (Some(field), Some(value)) = (own, document.get(name)) {
            check(name, field, value)?;
        }
        Ok(Self { document })
    }

    /// Checks a document in a command: its first field is like the others, and no field is every command's.
    ///
    /// # Errors
    /// As [`Fields::parse`].
    pub fn parse_inner(name: &str, document: &'a Document, known: &[Field]) -> Result<Self> {
        if let Some(key) = document
            .keys()
            .find(|key| !known.iter().any(|f| f.name == *key))
        {
            return Err(unknown(name, key));
        }
        Self::parse(name, document, known)
    }

    /// A field's value; null is as if it were not there.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&'a Bson> {
        self.document.get(name).filter(|v| **v != Bson::Null)
    }

    /// A field's text.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&'a str> {
        self.get(name).and_then(Bson::as_str)
    }

    /// A field's document.
    #[must_use]
    pub fn document(&self, name: &str) -> Option<&'a Document> {
        self.get(name).and_then(Bson::as_document)
    }

    /// A field's array.
    #[must_use]
    pub fn array(&self, name: &str) -> Option<&'a Vec<Bson>> {
        self.get(name).and_then(Bson::as_array)
    }

    /// A field's truth; false where it is not there.
    #[must_use]
    pub fn bool(&self, name: &str) -> bool {
        self.get(name).is_some_and(truth)
    }

    /// A field's whole number.
    #[must_use]
    pub fn long(&self, name: &str) -> Option<i64> {
        self.get(name).and_then(long)
    }
}

impl Fields<'_> {
    /// A field's whole number, which must not be negative.
    ///
    /// # Errors
    /// 51024 where it is.
    pub fn non_negative(&self, name: &str) -> Result<Option<u64>> {
        let Some(number) = self.long(name) else {
            return Ok(None);
        };
        u64::try_from(number).map(Some).map_err(|_| {
            Error::new(
                51024,
                format!("BSON field '{name}' value must be >= 0, actual value '{number}'"),
            )
        })
    }
}

/// Whether a value is true where the server takes numbers for booleans.
#[must_use]
pub fn truth(value: &Bson) -> bool {
    match value {
        Bson::Boolean(b) => *b,
        Bson::Int32(n) => *n != 0,
        Bson::Int64(n) => *n != 0,
        Bson::Double(n) => *n != 0.0,
        Bson::Null | Bson::Undefined => false,
        _ => true,
    }
}

/// A value as a whole number; doubles are cut, and held in the range.
#[must_use]
#[allow(clippy::cast_possible_truncation)]
pub fn long(value: &Bson) -> Option<i64> {
    match value {
        Bson::Int32(n) => Some(i64::from(*n)),
        Bson::Int64(n) => Some(*n),
        Bson::Double(n) => Some(*n as i64),
        Bson::Decimal128(n) => n.to_string().parse::<f64>().ok().map(|n| n as i64),
        _ => None,
    }
}

/// `BSON field 'find.foo' is an unknown field.`
#[must_use]
pub fn unknown(name: &str, field: &str) -> Error {
    Error::new(
        40415,
        format!("BSON field '{name}.{field}' is an unknown field."),
    )
}

/// `BSON field 'insert.documents' is missing but a required field`
#[must_use]
pub fn missing(name: &str, field: &str) -> Error {
    Error::new(
        40414,
        format!("BSON field '{name}.{field}' is missing but a required field"),
    )
}

fn check(name: &str, field: &Field, value: &Bson) -> Result<()> {
    match (field.kind, value) {
        (Kind::FindDocument, Bson::Document(_)) | (Kind::StrictBoolean, Bson::Boolean(_)) => {
            return Ok(());
        }
        (Kind::FindDocument, _) => {
            return Err(Error::type_mismatch(format!(
                "Expected field {}to be of type object",
                field.name
            )));
        }
        (Kind::StrictBoolean, other) => {
            return Err(Error::type_mismatch(format!(
                "Field '{}' should be a boolean value, but found: {}",
                field.name,
                type_name(other)
            )));
        }
        (_, Bson::Null | Bson::Undefined) => return Ok(()),
        _ => {}
    }
    let expected = match (field.kind, value) {
        (Kind::Any, _)
        | (Kind::Boolean | Kind::SafeBoolean, Bson::Boolean(_))
        | (Kind::Int, Bson::Int32(_))
        | (Kind::Long, Bson::Int64(_))
        | (
            Kind::SafeBoolean | Kind::SafeLong | Kind::Number,
            Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_),
        )
        | (Kind::String | Kind::DocumentOrString, Bson::String(_))
        | (Kind::Document | Kind::DocumentOrArray | Kind::DocumentOrString, Bson::Document(_))
        | (Kind::Array | Kind::DocumentOrArray, Bson::Array(_))
        | (Kind::Timestamp, Bson::Timestamp(_)) => return Ok(()),
        (Kind::Uuid, Bson::Binary(b)) if b.subtype == bson::spec::BinarySubtype::Uuid => {
            return Ok(());
        }
        (kind, _) => kind.expected(),
    };
    let got = type_name(value);
    let place = format!("BSON field '{name}.{}'", field.name);
    Err(Error::new(
        code::TYPE_MISMATCH,
        format!("{place} is the wrong type '{got}', expected {expected}"),
    ))
}

impl Kind {
    fn expected(self) -> &'static str {
        match self {
            Self::Any => "anything",
            Self::Boolean => "type 'bool'",
            Self::SafeBoolean => "types '[bool, long, int, decimal, double']",
            Self::Int => "type 'int'",
            Self::Long => "type 'long'",
            Self::SafeLong | Self::Number => "types '[long, int, decimal, double']",
            Self::String => "type 'string'",
            Self::Document => "type 'object'",
            Self::Array => "type 'array'",
            Self::Timestamp => "type 'timestamp'",
            Self::DocumentOrArray => "types '[object, array']",
            Self::DocumentOrString => "types '[string, object']",
            Self::Uuid => "type 'binData'",
            Self::FindDocument | Self::StrictBoolean => "another type",
        }
    }
}

/// The server's name of a value's type.
#[must_use]
pub fn type_name(value: &Bson) -> &'static str {
    element_name(value.element_type())
}

/// The same of a value in bytes.
#[must_use]
pub fn raw_type_name(value: RawBsonRef<'_>) -> &'static str {
    element_name(value.element_type())
}

fn element_name(kind: ElementType) -> &'static str {
    match kind {
        ElementType::Double => "double",
        ElementType::String => "string",
        ElementType::EmbeddedDocument => "object",
        ElementType::Array => "array",
        ElementType::Binary => "binData",
        ElementType::Undefined => "undefined",
        ElementType::ObjectId => "objectId",
        ElementType::Boolean => "bool",
        ElementType::DateTime => "date",
        ElementType::Null => "null",
        ElementType::RegularExpression => "regex",
        ElementType::DbPointer => "dbPointer",
        ElementType::JavaScriptCode => "javascript",
        ElementType::Symbol => "symbol",
        ElementType::JavaScriptCodeWithScope => "javascriptWithScope",
        ElementType::Int32 => "int",
        ElementType::Timestamp => "timestamp",
        ElementType::Int64 => "long",
        ElementType::Decimal128 => "decimal",
        ElementType::MaxKey => "maxKey",
        ElementType::MinKey => "minKey",
    }
}
