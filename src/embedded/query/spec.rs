//! What a read asks for.

use bson::{Bson, Document};

use crate::embedded::storage::Direction;
use crate::mql::matching::Matcher;
use crate::mql::{Deps, Error, Result};
use crate::value::Number;

/// What a read asks for.
#[derive(Debug, Clone)]
pub struct Query {
    /// The filter as it was given, for `explain`.
    pub filter: Document,
    /// The same, parsed.
    pub matcher: Matcher,
    /// The order, as it was given; empty and `None` are the plan's own order, `$natural` the collection's.
    pub sort: Option<Document>,
    /// Rows to leave out.
    pub skip: u64,
    /// Rows to give at most.
    pub limit: Option<u64>,
    /// The index to use.
    pub hint: Option<Hint>,
    /// The least key of the hinted index (`min`).
    pub min: Option<Document>,
    /// The key of the hinted index to stop before (`max`).
    pub max: Option<Document>,
    /// Whether rows hold their index key (`returnKey`).
    pub return_key: bool,
    /// Whether rows show the record's number (`showRecordId`).
    pub record_id: bool,
    /// What will be made of the rows, for `explain`.
    pub projection: Option<Document>,
    /// Whether the rows will only be counted, for `explain`.
    pub count: bool,
    /// What of a row the caller needs decoded, beside its bytes.
    pub needs: Deps,
}

/// Which index a command says must be used.
#[derive(Debug, Clone, PartialEq)]
pub enum Hint {
    /// By its name.
    Name(String),
    /// By its key pattern.
    Pattern(Document),
    /// The collection itself, in this direction.
    Natural(i32),
}

impl Query {
    /// A query by a filter alone.
    #[must_use]
    pub fn new(filter: Document, matcher: Matcher) -> Self {
        Self {
            filter,
            matcher,
            sort: None,
            skip: 0,
            limit: None,
            hint: None,
            min: None,
            max: None,
            return_key: false,
            record_id: false,
            projection: None,
            count: false,
            needs: Deps::default(),
        }
    }

    /// The order that is asked for, if it is of fields.
    pub(super) fn order(&self) -> Option<&Document> {
        let sort = self.sort.as_ref().filter(|sort| !sort.is_empty())?;
        (!sort.contains_key("$natural")).then_some(sort)
    }

    /// The direction that a sort by `$natural` asks for.
    pub(super) fn natural(&self) -> Option<Direction> {
        let way = Number::from_bson(self.sort.as_ref()?.get("$natural")?)?;
        Some(if way.to_f64() < 0.0 {
            Direction::Backward
        } else {
            Direction::Forward
        })
    }
}

impl Hint {
    /// Reads a command's `hint`; an empty document is none.
    ///
    /// # Errors
    /// When it is neither a name nor a pattern.
    pub fn parse(value: &Bson) -> Result<Option<Self>> {
        match value {
            Bson::Null => Ok(None),
            Bson::String(name) => Ok(Some(Self::Name(name.clone()))),
            Bson::Document(pattern) if pattern.is_empty() => Ok(None),
            Bson::Document(pattern) => Ok(Some(match pattern.get("$natural") {
                Some(Bson::Int32(n)) if *n < 0 => Self::Natural(-1),
                Some(Bson::Int64(n)) if *n < 0 => Self::Natural(-1),
                Some(Bson::Double(n)) if *n < 0.0 => Self::Natural(-1),
                Some(_) => Self::Natural(1),
                None => Self::Pattern(pattern.clone()),
            })),
            _ => Err(Error::failed_to_parse("Hint must be a string or an object")),
        }
    }
}
