//! Whether a value passes a schema.

use bson::spec::BinarySubtype;
use bson::{Bson, Document};

use super::Schema;
use super::rule::{Additional, Dependency, End, Rule, Size, SizeOf};
use super::unordered::{duplicate, equal};
use crate::mql::matching::RegexTest;
use crate::value::{Number, compare};

/// What is judged: a document of a collection, or a value in it.
#[derive(Debug, Clone, Copy)]
pub enum Subject<'a> {
    Document(&'a Document),
    Value(&'a Bson),
}

impl<'a> Subject<'a> {
    pub fn document(self) -> Option<&'a Document> {
        match self {
            Subject::Document(document) => Some(document),
            Subject::Value(value) => value.as_document(),
        }
    }

    pub fn array(self) -> Option<&'a [Bson]> {
        match self {
            Subject::Value(Bson::Array(items)) => Some(items),
            _ => None,
        }
    }

    pub fn to_bson(self) -> Bson {
        match self {
            Subject::Document(document) => Bson::Document(document.clone()),
            Subject::Value(value) => value.clone(),
        }
    }

    fn number(self) -> Option<Number> {
        match self {
            Subject::Value(value) => Number::from_bson(value),
            Subject::Document(_) => None,
        }
    }

    fn text(self) -> Option<&'a str> {
        match self {
            Subject::Value(Bson::String(text)) => Some(text),
            _ => None,
        }
    }
}

impl Schema {
    pub(super) fn passes(&self, subject: Subject<'_>) -> bool {
        self.rules.iter().all(|rule| rule.passes(subject))
    }
}

impl Rule {
    pub(super) fn passes(&self, subject: Subject<'_>) -> bool {
        match self {
            Rule::Type { types, .. } => match subject {
                Subject::Document(_) => types.contains_code(3),
                Subject::Value(value) => types.contains(value),
            },
            Rule::Encrypted => {
                matches!(subject, Subject::Value(Bson::Binary(data)) if data.subtype == BinarySubtype::Encrypted)
            }
            Rule::Enum(values) => values.iter().any(|value| is(subject, value)),
            Rule::Bound {
                end,
                limit,
                exclusive,
            } => match subject {
                Subject::Value(value) if subject.number().is_some() => {
                    within(value, *end, limit, *exclusive == Some(true))
                }
                _ => true,
            },
            Rule::MultipleOf(of) => multiple_of(subject, of),
            Rule::Pattern(pattern) => match subject {
                Subject::Value(value @ Bson::String(_)) => pattern.matches(Some(value)),
                _ => true,
            },
            Rule::Size(size) => size.of_subject(subject).is_none_or(|n| size.allows(n)),
            _ => {
                self.passes_array(subject)
                    && self.passes_object(subject)
                    && self.passes_logic(subject)
            }
        }
    }

    /// The rules about arrays; others pass.
    fn passes_array(&self, subject: Subject<'_>) -> bool {
        let Some(items) = subject.array() else {
            return true;
        };
        let passes = |schema: &Schema, item| schema.passes(Subject::Value(item));
        match self {
            Rule::UniqueItems => duplicate(items).is_none(),
            Rule::Items(schema) => items.iter().all(|item| passes(schema, item)),
            Rule::ItemsByPlace(schemas) => {
                let mut pairs = schemas.iter().zip(items);
                pairs.all(|(schema, item)| passes(schema, item))
            }
            Rule::AdditionalItems(from, allowed) => {
                let mut rest = items.iter().skip(*from);
                match allowed {
                    Additional::None => rest.next().is_none(),
                    Additional::Schema(schema) => rest.all(|item| passes(schema, item)),
                }
            }
            _ => true,
        }
    }

    /// The rules about objects; others pass.
    fn passes_object(&self, subject: Subject<'_>) -> bool {
        let Some(object) = subject.document() else {
            return true;
        };
        let passes = |schema: &Schema, value| schema.passes(Subject::Value(value));
        match self {
            Rule::Properties(properties) => properties.iter().all(|(name, schema)| {
                property(object, name).is_none_or(|value| passes(schema, value))
            }),
            Rule::PatternProperties(patterns) => patterns.iter().all(|(pattern, schema)| {
                let mut fields = object
                    .iter()
                    .filter(|(name, _)| pattern.regex.is_match(name));
                fields.all(|(_, value)| passes(schema, value))
            }),
            Rule::AdditionalProperties {
                names,
                patterns,
                allowed,
            } => {
                let mut rest = additional(object, names, patterns);
                match allowed {
                    Additional::None => rest.next().is_none(),
                    Additional::Schema(schema) => rest.all(|(_, value)| passes(schema, value)),
                }
            }
            Rule::Required(names) => names.iter().all(|name| property(object, name).is_some()),
            Rule::Dependencies(dependencies) => dependencies.iter().all(|(name, dependency)| {
                property(object, name).is_none() || dependency.passes(object, subject)
            }),
            _ => true,
        }
    }

    /// The rules that join schemas; others pass.
    fn passes_logic(&self, subject: Subject<'_>) -> bool {
        match self {
            Rule::AllOf(schemas) => schemas.iter().all(|schema| schema.passes(subject)),
            Rule::AnyOf(schemas) => schemas.iter().any(|schema| schema.passes(subject)),
            Rule::OneOf(schemas) => {
                schemas
                    .iter()
                    .filter(|schema| schema.passes(subject))
                    .count()
                    == 1
            }
            Rule::Not(schema) => !schema.passes(subject),
            _ => true,
        }
    }
}

impl Dependency {
    pub(super) fn passes(&self, object: &Document, subject: Subject<'_>) -> bool {
        match self {
            Dependency::Properties(names) => {
                names.iter().all(|name| property(object, name).is_some())
            }
            Dependency::Schema(schema) => schema.passes(subject),
        }
    }
}

impl Size {
    /// The size of a subject, if it is of the type that has one.
    pub(super) fn of_subject(&self, subject: Subject<'_>) -> Option<usize> {
        match self.of {
            SizeOf::Length => subject.text().map(|text| text.chars().count()),
            SizeOf::Items => subject.array().map(<[Bson]>::len),
            SizeOf::Properties => subject.document().map(Document::len),
        }
    }

    fn allows(&self, size: usize) -> bool {
        let size = i64::try_from(size).unwrap_or(i64::MAX);
        match self.end {
            End::Least => size >= self.limit,
            End::Greatest => size <= self.limit,
        }
    }
}

/// A property, which a dotted name means through objects.
pub fn property<'a>(object: &'a Document, name: &str) -> Option<&'a Bson> {
    match name.split_once('.') {
        None => object.get(name),
        Some((first, rest)) => property(object.get(first)?.as_document()?, rest),
    }
}

/// The fields that no other rule names.
pub fn additional<'a>(
    object: &'a Document,
    names: &'a [String],
    patterns: &'a [RegexTest],
) -> impl Iterator<Item = (&'a String, &'a Bson)> {
    object.iter().filter(|(name, _)| {
        !names.contains(name) && !patterns.iter().any(|pattern| pattern.regex.is_match(name))
    })
}

fn is(subject: Subject<'_>, value: &Bson) -> bool {
    match subject {
        Subject::Value(own) => equal(own, value),
        // Seldom: an enumeration of whole documents.
        Subject::Document(_) => equal(&subject.to_bson(), value),
    }
}

fn within(value: &Bson, end: End, limit: &Bson, exclusive: bool) -> bool {
    let nan = |value: &Bson| Number::from_bson(value).is_some_and(Number::is_nan);
    if nan(value) || nan(limit) {
        return nan(value) && nan(limit) && !exclusive;
    }
    let order = compare(value, limit);
    match end {
        End::Least => order.is_gt() || order.is_eq() && !exclusive,
        End::Greatest => order.is_lt() || order.is_eq() && !exclusive,
    }
}

/// As decimals, doubles with their 15 digits that count.
fn multiple_of(subject: Subject<'_>, of: &Bson) -> bool {
    let (Some(number), Some(of)) = (subject.number(), Number::from_bson(of)) else {
        return true;
    };
    number.to_decimal().is_multiple_of(of.to_decimal())
}
