//! What a sort orders by.

use bson::{Bson, Document};

use crate::mql::error::code;
use crate::mql::expr::path::FieldPath;
use crate::mql::path::Path;
use crate::mql::{Deps, Error, Result, text};
use crate::value::Number;

/// A parsed sort specification.
#[derive(Debug, Clone, PartialEq)]
pub struct SortSpec {
    fields: Vec<SortField>,
    /// The paths among the fields, in their order.
    pub(super) paths: Vec<Path>,
}

/// One of the things that are ordered by.
#[derive(Debug, Clone, PartialEq)]
pub struct SortField {
    /// What.
    pub source: SortSource,
    /// Whether the greatest comes first.
    pub descending: bool,
}

/// Where a value to order by comes from.
#[derive(Debug, Clone, PartialEq)]
pub enum SortSource {
    /// A field.
    Path(Path),
    /// `{$meta: "randVal"}`: what a `$sample` gave, which no document here has.
    Random,
}

/// How many fields the server sorts by at most.
const MOST_FIELDS: usize = 32;

impl SortSpec {
    /// Parses `{a: 1, "b.c": -1}`. `$natural` is the caller's, and a specification without fields is one.
    ///
    /// # Errors
    /// The server's, which are the same in `find` and `$sort`.
    pub fn parse(spec: &Document) -> Result<Self> {
        let field = |(name, value): (&String, &Bson)| field(name, value);
        let fields = spec.iter().map(field).collect::<Result<Vec<_>>>()?;
        if fields.len() > MOST_FIELDS {
            return Err(Error::new(13103, "too many compound keys"));
        }
        Ok(Self::of(fields))
    }

    /// A specification of fields.
    #[must_use]
    pub fn of(fields: Vec<SortField>) -> Self {
        let path = |field: &SortField| match &field.source {
            SortSource::Path(path) => Some(path.clone()),
            SortSource::Random => None,
        };
        let paths = fields.iter().filter_map(path).collect();
        Self { fields, paths }
    }

    /// What it orders by, the most important first.
    #[must_use]
    pub fn fields(&self) -> &[SortField] {
        &self.fields
    }

    /// Whether there is nothing to order by.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// Says which top-level fields it reads.
    pub fn deps(&self, deps: &mut Deps) {
        self.paths.iter().for_each(|path| deps.path(path.first()));
    }
}

fn field(name: &str, value: &Bson) -> Result<SortField> {
    if let Bson::Document(meta) = value {
        return Ok(SortField {
            source: meta_source(meta)?,
            descending: true,
        });
    }
    let Some(number) = Number::from_bson(value) else {
        let element = text::field(name, value);
        return Err(Error::new(
            15974,
            format!("Illegal key in $sort specification: {element}"),
        ));
    };
    let descending = match whole(number) {
        1 => false,
        -1 => true,
        _ => {
            return Err(Error::new(
                15975,
                "$sort key ordering must be 1 (for ascending) or -1 (for descending)",
            ));
        }
    };
    FieldPath::parse(name)?;
    let source = SortSource::Path(Path::new(name));
    Ok(SortField { source, descending })
}

/// As the server makes an integer of it: doubles lose their fraction, decimals are rounded.
fn whole(number: Number) -> i64 {
    match number {
        Number::Int32(n) => n.into(),
        Number::Int64(n) => n,
        Number::Double(x) => x as i64,
        Number::Decimal(d) => d.to_f64().round_ties_even() as i64,
    }
}

/// `{$meta: …}`, of which chance is all there is without text and geometry.
fn meta_source(meta: &Document) -> Result<SortSource> {
    let Some(("$meta", kind)) = meta.iter().next().map(|(name, v)| (name.as_str(), v)) else {
        return Err(Error::new(
            17312,
            "$meta is the only expression supported by $sort right now",
        ));
    };
    if meta.len() > 1 {
        return Err(Error::new(
            code::FAILED_TO_PARSE,
            "Cannot have additional keys in a $meta sort specification",
        ));
    }
    match kind.as_str() {
        Some("randVal") => Ok(SortSource::Random),
        Some("textScore") => Err(unavailable("text score")),
        Some("geoNearDistance") => Err(unavailable("$geoNear distance")),
        Some(kind @ "searchScore") => Err(of_search(31218, kind)),
        Some(kind @ "searchHighlights") => Err(of_search(31219, kind)),
        _ => {
            let element = text::field("$meta", kind);
            Err(Error::new(31138, format!("Illegal $meta sort: {element}")))
        }
    }
}

fn unavailable(what: &str) -> Error {
    Error::new(
        40218,
        format!("query requires {what} metadata, but it is not available"),
    )
}

fn of_search(code: i32, kind: &str) -> Error {
    let text = format!("$meta sort by '{kind}' metadata is not supported");
    Error::new(code, text)
}
