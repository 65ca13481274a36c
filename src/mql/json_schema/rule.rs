//! What a schema is made of.

use bson::Bson;

use super::Schema;
use crate::mql::Deps;
use crate::mql::matching::{RegexTest, TypeSet};

/// What one keyword asks of a value.
#[derive(Debug, Clone)]
pub enum Rule {
    /// `type`, `bsonType`
    Type {
        keyword: &'static str,
        specified: Bson,
        types: TypeSet,
    },
    /// `encrypt`
    Encrypted,
    /// `enum`
    Enum(Vec<Bson>),
    /// `minimum` or `maximum`, with what was said of `exclusiveMinimum` or `exclusiveMaximum`
    Bound {
        end: End,
        limit: Bson,
        exclusive: Option<bool>,
    },
    /// `multipleOf`
    MultipleOf(Bson),
    /// `pattern`
    Pattern(RegexTest),
    /// `minLength` and others
    Size(Size),
    /// `uniqueItems: true`
    UniqueItems,
    /// `items` of one schema
    Items(Box<Schema>),
    /// `items` of a schema for each place
    ItemsByPlace(Vec<Schema>),
    /// `additionalItems`, from this place on
    AdditionalItems(usize, Additional),
    /// `properties`
    Properties(Vec<(String, Schema)>),
    /// `patternProperties`
    PatternProperties(Vec<(RegexTest, Schema)>),
    /// `additionalProperties`, with the names and patterns of the properties that are not additional
    AdditionalProperties {
        names: Vec<String>,
        patterns: Vec<RegexTest>,
        allowed: Additional,
    },
    /// `required`
    Required(Vec<String>),
    /// `dependencies`
    Dependencies(Vec<(String, Dependency)>),
    /// `allOf`
    AllOf(Vec<Schema>),
    /// `anyOf`
    AnyOf(Vec<Schema>),
    /// `oneOf`
    OneOf(Vec<Schema>),
    /// `not`
    Not(Box<Schema>),
}

/// An end of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Least,
    Greatest,
}

/// How many there may be of something.
#[derive(Debug, Clone)]
pub struct Size {
    pub of: SizeOf,
    pub end: End,
    pub limit: i64,
    pub specified: Bson,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SizeOf {
    /// Characters of a string.
    Length,
    /// Elements of an array.
    Items,
    /// Fields of an object.
    Properties,
}

impl Size {
    /// The keyword.
    pub fn keyword(&self) -> &'static str {
        match (self.of, self.end) {
            (SizeOf::Length, End::Least) => "minLength",
            (SizeOf::Length, End::Greatest) => "maxLength",
            (SizeOf::Items, End::Least) => "minItems",
            (SizeOf::Items, End::Greatest) => "maxItems",
            (SizeOf::Properties, End::Least) => "minProperties",
            (SizeOf::Properties, End::Greatest) => "maxProperties",
        }
    }
}

/// What is said of those that no other rule names.
#[derive(Debug, Clone)]
pub enum Additional {
    /// `false`
    None,
    /// A schema.
    Schema(Box<Schema>),
}

/// What a property brings with it.
#[derive(Debug, Clone)]
pub enum Dependency {
    /// Other properties.
    Properties(Vec<String>),
    /// A schema for the whole object.
    Schema(Schema),
}

impl Rule {
    /// Says which top-level fields it reads, if it is one of a document's schema.
    pub fn deps(&self, deps: &mut Deps) {
        match self {
            Rule::Properties(properties) => {
                properties.iter().for_each(|(name, _)| deps.path(name));
            }
            Rule::Required(names) => names.iter().for_each(|name| deps.path(name)),
            Rule::AllOf(schemas) | Rule::AnyOf(schemas) | Rule::OneOf(schemas) => {
                schemas.iter().for_each(|schema| schema.deps(deps));
            }
            Rule::Not(schema) => schema.deps(deps),
            Rule::Type { .. } | Rule::Bound { .. } | Rule::MultipleOf(_) | Rule::Pattern(_) => {}
            _ => deps.whole_document(),
        }
    }
}
