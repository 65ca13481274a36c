//! The keywords that join schemas, and `enum`.

use bson::{Bson, Document};

use super::{failed, mismatch, schema as parse_schema};
use crate::mql::json_schema::Schema;
use crate::mql::json_schema::rule::Rule;
use crate::mql::json_schema::unordered::duplicate;
use crate::mql::{Error, Result, text};

pub fn parse(schema: &Document, rules: &mut Vec<Rule>) -> Result<()> {
    rules.extend(list(schema, "allOf")?.map(Rule::AllOf));
    rules.extend(list(schema, "anyOf")?.map(Rule::AnyOf));
    rules.extend(list(schema, "oneOf")?.map(Rule::OneOf));
    match schema.get("not") {
        None => {}
        Some(Bson::Document(inner)) => rules.push(Rule::Not(Box::new(parse_schema(inner)?))),
        Some(other) => {
            let found = text::type_name(other);
            return mismatch(
                "not",
                format!("must be an object, but found an element of type {found}"),
            );
        }
    }
    enumeration(schema, rules)
}

fn list(schema: &Document, keyword: &str) -> Result<Option<Vec<Schema>>> {
    let items = match schema.get(keyword) {
        None => return Ok(None),
        Some(Bson::Array(items)) => items,
        Some(_) => return mismatch(keyword, "must be an array"),
    };
    if items.is_empty() {
        return Err(Error::bad_value(format!(
            "$jsonSchema keyword '{keyword}' must be a non-empty array"
        )));
    }
    let parse = |item: &Bson| match item {
        Bson::Document(inner) => parse_schema(inner),
        other => {
            let found = text::type_name(other);
            mismatch(
                keyword,
                format!("must be an array of objects, but found an element of type {found}"),
            )
        }
    };
    items.iter().map(parse).collect::<Result<_>>().map(Some)
}

fn enumeration(schema: &Document, rules: &mut Vec<Rule>) -> Result<()> {
    let values = match schema.get("enum") {
        None => return Ok(()),
        Some(Bson::Array(values)) => values,
        Some(other) => {
            let found = text::type_name(other);
            return mismatch(
                "enum",
                format!("must be an array, but found an element of type {found}"),
            );
        }
    };
    if values.is_empty() {
        return failed("$jsonSchema keyword 'enum' cannot be an empty array");
    }
    if duplicate(values).is_some() {
        return failed("$jsonSchema keyword 'enum' array cannot contain duplicate values.");
    }
    rules.push(Rule::Enum(values.clone()));
    Ok(())
}
