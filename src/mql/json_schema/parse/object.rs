//! The keywords about objects.

use bson::{Bson, Document};

use super::{failed, mismatch, schema as parse_schema, size};
use crate::mql::json_schema::Schema;
use crate::mql::json_schema::rule::{Additional, Dependency, End, Rule, SizeOf};
use crate::mql::matching::{RegexTest, compile_regex};
use crate::mql::{Error, Result, text};

pub fn parse(schema: &Document, rules: &mut Vec<Rule>) -> Result<()> {
    let required = required(schema)?;
    let names = properties(schema, rules)?;
    fields(schema, names, rules)?;
    rules.extend(required.map(Rule::Required));
    size(schema, SizeOf::Properties, End::Least, rules)?;
    size(schema, SizeOf::Properties, End::Greatest, rules)?;
    dependencies(schema, rules)
}

fn required(schema: &Document) -> Result<Option<Vec<String>>> {
    let items = match schema.get("required") {
        None => return Ok(None),
        Some(Bson::Array(items)) => items,
        Some(other) => {
            let found = text::type_name(other);
            return mismatch(
                "required",
                format!("must be an array, but found an element of type {found}"),
            );
        }
    };
    let mut names: Vec<String> = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Bson::String(name) if names.contains(name) => {
                return failed(
                    "$jsonSchema keyword 'required' array cannot contain duplicate values",
                );
            }
            Bson::String(name) => names.push(name.clone()),
            other => {
                let found = text::type_name(other);
                return mismatch(
                    "required",
                    format!("must be an array of strings, but found an element of type: {found}"),
                );
            }
        }
    }
    match names.is_empty() {
        true => failed("$jsonSchema keyword 'required' cannot be an empty array"),
        false => Ok(Some(names)),
    }
}

/// `properties`; gives their names.
fn properties(schema: &Document, rules: &mut Vec<Rule>) -> Result<Vec<String>> {
    let properties = match schema.get("properties") {
        None => return Ok(Vec::new()),
        Some(Bson::Document(properties)) => properties,
        Some(_) => return mismatch("properties", "must be an object"),
    };
    let parse = |(name, value): (&String, &Bson)| match value {
        Bson::Document(inner) => Ok((name.clone(), parse_schema(inner)?)),
        _ => Err(Error::type_mismatch(format!(
            "Nested schema for $jsonSchema property '{name}' must be an object"
        ))),
    };
    let properties = properties.iter().map(parse).collect::<Result<Vec<_>>>()?;
    let names = properties.iter().map(|(name, _)| name.clone()).collect();
    rules.push(Rule::Properties(properties));
    Ok(names)
}

/// `patternProperties` and `additionalProperties`
fn fields(schema: &Document, names: Vec<String>, rules: &mut Vec<Rule>) -> Result<()> {
    let by_pattern = pattern_properties(schema)?;
    let allowed = match schema.get("additionalProperties") {
        None | Some(Bson::Boolean(true)) => None,
        Some(Bson::Boolean(false)) => Some(Additional::None),
        Some(Bson::Document(one)) => Some(Additional::Schema(Box::new(parse_schema(one)?))),
        Some(_) => return mismatch("additionalProperties", "must be an object or a boolean"),
    };
    if let Some(allowed) = allowed {
        let patterns = by_pattern.iter().map(|(pattern, _)| pattern.clone());
        rules.push(Rule::AdditionalProperties {
            names,
            patterns: patterns.collect(),
            allowed,
        });
    }
    if !by_pattern.is_empty() {
        rules.push(Rule::PatternProperties(by_pattern));
    }
    Ok(())
}

fn pattern_properties(schema: &Document) -> Result<Vec<(RegexTest, Schema)>> {
    let patterns = match schema.get("patternProperties") {
        None => return Ok(Vec::new()),
        Some(Bson::Document(patterns)) => patterns,
        Some(_) => return mismatch("patternProperties", "must be an object"),
    };
    let parse = |(pattern, value): (&String, &Bson)| match value {
        Bson::Document(inner) => Ok((property_pattern(pattern)?, parse_schema(inner)?)),
        _ => mismatch(
            "patternProperties",
            format!("has property '{pattern}' which is not an object"),
        ),
    };
    patterns.iter().map(parse).collect()
}

fn property_pattern(pattern: &str) -> Result<RegexTest> {
    compile_regex(pattern, "").map_err(|e| {
        let complaint = e.message.replace(
            "Regular expression is invalid:",
            "Invalid regular expression:",
        );
        Error::bad_value(complaint)
    })
}

fn dependencies(schema: &Document, rules: &mut Vec<Rule>) -> Result<()> {
    let dependencies = match schema.get("dependencies") {
        None => return Ok(()),
        Some(Bson::Document(dependencies)) => dependencies,
        Some(_) => return mismatch("dependencies", "must be an object"),
    };
    let parse = |(name, value): (&String, &Bson)| Ok((name.clone(), dependency(name, value)?));
    let dependencies = dependencies.iter().map(parse).collect::<Result<_>>()?;
    rules.push(Rule::Dependencies(dependencies));
    Ok(())
}

fn dependency(of: &str, value: &Bson) -> Result<Dependency> {
    match value {
        Bson::Document(inner) => Ok(Dependency::Schema(parse_schema(inner)?)),
        Bson::Array(items) => Ok(Dependency::Properties(dependent(of, items)?)),
        _ => Err(Error::type_mismatch(format!(
            "property '{of}' in $jsonSchema keyword 'dependencies' must be either an object or an array"
        ))),
    }
}

fn dependent(of: &str, items: &[Bson]) -> Result<Vec<String>> {
    if items.is_empty() {
        return failed(format!(
            "property '{of}' in $jsonSchema keyword 'dependencies' cannot be an empty array"
        ));
    }
    let mut names: Vec<String> = Vec::with_capacity(items.len());
    for item in items {
        match item {
            Bson::String(name) if names.contains(name) => {
                return failed(format!(
                    "array '{of}' in $jsonSchema keyword 'dependencies' contains duplicate element: {name}"
                ));
            }
            Bson::String(name) => names.push(name.clone()),
            other => {
                return Err(Error::type_mismatch(format!(
                    "array '{of}' in $jsonSchema keyword 'dependencies' can only contain strings, but found element of type: {}",
                    text::type_name(other)
                )));
            }
        }
    }
    Ok(names)
}
