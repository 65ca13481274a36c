//! From a schema's document to rules, with the server's complaints.
//!
//! Rules come in the order of [`schema`], which is the server's: it decides what an explanation begins with.

mod array;
mod logic;
mod object;
mod scalar;
mod types;

use bson::{Bson, Document};

use super::Schema;
use super::rule::{End, Rule, Size, SizeOf};
use crate::mql::matching::integer;
use crate::mql::{Error, Result};

/// All keywords, sorted.
const KEYWORDS: [&str; 31] = [
    "additionalItems",
    "additionalProperties",
    "allOf",
    "anyOf",
    "bsonType",
    "dependencies",
    "description",
    "encrypt",
    "encryptMetadata",
    "enum",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "multipleOf",
    "not",
    "oneOf",
    "pattern",
    "patternProperties",
    "properties",
    "required",
    "title",
    "type",
    "uniqueItems",
];

/// Keywords of JSON Schema that the server refuses by name.
const REFUSED: [&str; 6] = ["$ref", "$schema", "default", "definitions", "format", "id"];

/// Parses a schema.
pub fn schema(schema: &Document) -> Result<Schema> {
    schema.keys().try_for_each(|name| keyword(name))?;
    let mut rules = Vec::new();
    let text = |name| text(schema, name);
    let (title, description) = (text("title")?, text("description")?);
    let types = types::parse(schema)?;
    scalar::parse(schema, &mut rules)?;
    array::parse(schema, &mut rules)?;
    object::parse(schema, &mut rules)?;
    logic::parse(schema, &mut rules)?;
    rules.extend(types);
    let refuses = |rule: &Rule| match rule {
        Rule::Type { types, .. } => !types.contains_code(3),
        Rule::Encrypted => true,
        _ => false,
    };
    let refusing = rules.iter().any(refuses).then(|| schema.clone());
    Ok(Schema {
        title,
        description,
        rules,
        refusing,
    })
}

fn keyword(name: &str) -> Result<()> {
    if KEYWORDS.binary_search(&name).is_ok() {
        Ok(())
    } else if REFUSED.contains(&name) {
        failed(format!(
            "$jsonSchema keyword '{name}' is not currently supported"
        ))
    } else {
        failed(format!("Unknown $jsonSchema keyword: {name}"))
    }
}

fn text(schema: &Document, name: &str) -> Result<Option<String>> {
    match schema.get(name) {
        None => Ok(None),
        Some(Bson::String(text)) => Ok(Some(text.clone())),
        Some(_) => mismatch(name, "must be of type string"),
    }
}

/// A count, which is not negative.
fn size(schema: &Document, of: SizeOf, end: End, rules: &mut Vec<Rule>) -> Result<()> {
    let mut size = Size {
        of,
        end,
        limit: 0,
        specified: Bson::Null,
    };
    let keyword = size.keyword();
    if let Some(value) = schema.get(keyword) {
        size.limit = integer::parse(keyword, value)?;
        integer::not_negative(keyword, value, size.limit)?;
        size.specified = value.clone();
        rules.push(Rule::Size(size));
    }
    Ok(())
}

fn failed<T>(text: impl Into<String>) -> Result<T> {
    Err(Error::failed_to_parse(text))
}

/// A keyword whose value is of a wrong type.
fn mismatch<T>(keyword: &str, what: impl std::fmt::Display) -> Result<T> {
    Err(Error::type_mismatch(format!(
        "$jsonSchema keyword '{keyword}' {what}"
    )))
}
