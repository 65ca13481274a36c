//! The keywords about numbers and strings.

use bson::{Bson, Document};

use super::{failed, mismatch, size};
use crate::mql::Result;
use crate::mql::json_schema::rule::{End, Rule, SizeOf};
use crate::mql::matching::compile_regex;
use crate::value::Number;

pub fn parse(schema: &Document, rules: &mut Vec<Rule>) -> Result<()> {
    multiple_of(schema, rules)?;
    bound(schema, End::Greatest, rules)?;
    bound(schema, End::Least, rules)?;
    size(schema, SizeOf::Length, End::Greatest, rules)?;
    size(schema, SizeOf::Length, End::Least, rules)?;
    match schema.get("pattern") {
        None => Ok(()),
        Some(Bson::String(pattern)) => {
            rules.push(Rule::Pattern(compile_regex(pattern, "")?));
            Ok(())
        }
        Some(_) => mismatch("pattern", "must be a string"),
    }
}

fn multiple_of(schema: &Document, rules: &mut Vec<Rule>) -> Result<()> {
    let Some(value) = schema.get("multipleOf") else {
        return Ok(());
    };
    let Some(number) = Number::from_bson(value) else {
        return mismatch("multipleOf", "must be a number");
    };
    if number <= Number::Int32(0) {
        return failed("$jsonSchema keyword 'multipleOf' must have a positive value");
    }
    rules.push(Rule::MultipleOf(value.clone()));
    Ok(())
}

fn bound(schema: &Document, end: End, rules: &mut Vec<Rule>) -> Result<()> {
    let (keyword, exclusive) = match end {
        End::Least => ("minimum", "exclusiveMinimum"),
        End::Greatest => ("maximum", "exclusiveMaximum"),
    };
    let limit = match schema.get(keyword) {
        None if schema.contains_key(exclusive) => {
            return failed(format!(
                "$jsonSchema keyword '{keyword}' must be a present if {exclusive} is present"
            ));
        }
        None => return Ok(()),
        Some(limit) if Number::from_bson(limit).is_none() => {
            return mismatch(keyword, "must be a number");
        }
        Some(limit) => limit.clone(),
    };
    let exclusive = match schema.get(exclusive) {
        None => None,
        Some(Bson::Boolean(exclusive)) => Some(*exclusive),
        Some(_) => return mismatch(exclusive, "must be a boolean"),
    };
    rules.push(Rule::Bound {
        end,
        limit,
        exclusive,
    });
    Ok(())
}
