//! The keywords about arrays.

use bson::{Bson, Document};

use super::{mismatch, schema as parse_schema, size};
use crate::mql::json_schema::rule::{Additional, End, Rule, SizeOf};
use crate::mql::{Result, text};

pub fn parse(schema: &Document, rules: &mut Vec<Rule>) -> Result<()> {
    size(schema, SizeOf::Items, End::Least, rules)?;
    size(schema, SizeOf::Items, End::Greatest, rules)?;
    match schema.get("uniqueItems") {
        None | Some(Bson::Boolean(false)) => {}
        Some(Bson::Boolean(true)) => rules.push(Rule::UniqueItems),
        Some(_) => return mismatch("uniqueItems", "must be a boolean"),
    }
    let places = items(schema, rules)?;
    additional_items(schema, places, rules)
}

/// `items`; says how many places have a schema of their own.
fn items(schema: &Document, rules: &mut Vec<Rule>) -> Result<Option<usize>> {
    match schema.get("items") {
        None => Ok(None),
        Some(Bson::Document(one)) => {
            rules.push(Rule::Items(Box::new(parse_schema(one)?)));
            Ok(None)
        }
        Some(Bson::Array(items)) => {
            let parse = |item: &Bson| match item {
                Bson::Document(one) => parse_schema(one),
                other => {
                    let found = text::type_name(other);
                    mismatch(
                        "items",
                        format!(
                            "requires that each element of the array is an object, but found a {found}"
                        ),
                    )
                }
            };
            let schemas = items.iter().map(parse).collect::<Result<Vec<_>>>()?;
            rules.push(Rule::ItemsByPlace(schemas));
            Ok(Some(items.len()))
        }
        Some(other) => {
            let found = text::type_name(other);
            mismatch(
                "items",
                format!("must be an array or an object, not {found}"),
            )
        }
    }
}

/// `additionalItems`, which counts only where places have schemas of their own.
fn additional_items(schema: &Document, places: Option<usize>, rules: &mut Vec<Rule>) -> Result<()> {
    let allowed = match schema.get("additionalItems") {
        None | Some(Bson::Boolean(true)) => return Ok(()),
        Some(Bson::Boolean(false)) => Additional::None,
        Some(Bson::Document(one)) => Additional::Schema(Box::new(parse_schema(one)?)),
        Some(other) => {
            let found = text::type_name(other);
            return mismatch(
                "additionalItems",
                format!("must be either an object or a boolean, but got a {found}"),
            );
        }
    };
    rules.extend(places.map(|from| Rule::AdditionalItems(from, allowed)));
    Ok(())
}
