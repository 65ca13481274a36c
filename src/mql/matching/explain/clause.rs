//! The clauses of a filter as it was written.

use bson::{Bson, Document, doc};

use super::field::FieldTest;
use crate::mql::matching::Matcher;
use crate::mql::matching::parse::is_expression;
use crate::mql::{Env, Result};

/// A part of a filter that is told on its own.
#[derive(Debug, Clone)]
pub enum Clause<'a> {
    /// A filter in a list.
    Filter(&'a Document),
    /// `$and`, `$or`, `$nor`
    Logical(&'a str, Vec<Clause<'a>>),
    /// `$not`
    Not(Vec<Clause<'a>>),
    /// `$expr`
    Expr(&'a Bson),
    /// `$jsonSchema`
    JsonSchema(&'a Document),
    /// A field's value or one operator on it.
    Field(FieldTest<'a>),
    /// What the server has no explanation for.
    Other(&'a str, &'a Bson),
}

/// The clauses of a filter.
pub fn of_filter(filter: &Document) -> Vec<Clause<'_>> {
    let mut clauses = Vec::new();
    for (name, value) in filter {
        match (name.as_str(), value) {
            ("$comment", _) => {}
            ("$and" | "$or" | "$nor", Bson::Array(items)) => {
                let filters = items.iter().filter_map(Bson::as_document);
                clauses.push(Clause::Logical(name, filters.map(Clause::Filter).collect()));
            }
            ("$expr", expression) => clauses.push(Clause::Expr(expression)),
            ("$jsonSchema", Bson::Document(schema)) => clauses.push(Clause::JsonSchema(schema)),
            (operator, value) if operator.starts_with('$') => {
                clauses.push(Clause::Other(operator, value));
            }
            (field, Bson::Document(operators)) if is_expression(operators, false) => {
                clauses.extend(of_operators(field, operators));
            }
            (field, value) => clauses.push(Clause::Field(FieldTest::of_value(field, value))),
        }
    }
    clauses
}

/// The clauses of a field's operators.
fn of_operators<'a>(field: &'a str, operators: &'a Document) -> Vec<Clause<'a>> {
    let mut clauses = Vec::new();
    for (operator, argument) in operators {
        match (operator.as_str(), argument) {
            // It belongs to its `$regex`.
            ("$options", _) => {}
            ("$not", Bson::Document(inner)) => {
                clauses.push(Clause::Not(of_operators(field, inner)));
            }
            ("$not", regex) => {
                let test = FieldTest::of_value(field, regex);
                clauses.push(Clause::Not(vec![Clause::Field(test)]));
            }
            _ => clauses.push(Clause::Field(FieldTest::of_operator(
                field, operator, argument, operators,
            ))),
        }
    }
    clauses
}

impl Clause<'_> {
    /// Whether a document matches it.
    pub fn matches(&self, document: &Document, env: &Env) -> Result<bool> {
        let all = |clauses: &[Clause<'_>]| -> Result<bool> {
            for clause in clauses {
                if !clause.matches(document, env)? {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        match self {
            Clause::Filter(filter) => Matcher::parse(filter, env)?.matches(document),
            Clause::Logical("$and", parts) => all(parts),
            Clause::Logical(operator, parts) => {
                let mut any = false;
                for part in parts {
                    any |= part.matches(document, env)?;
                }
                Ok(any == (*operator == "$or"))
            }
            Clause::Not(clauses) => Ok(!all(clauses)?),
            Clause::Expr(expression) => {
                // One that fails does not match.
                let filter = doc! { "$expr": (*expression).clone() };
                let matcher = Matcher::parse(&filter, env)?;
                Ok(matcher.matches(document).unwrap_or(false))
            }
            Clause::JsonSchema(schema) => {
                let filter = doc! { "$jsonSchema": (*schema).clone() };
                Matcher::parse(&filter, env)?.matches(document)
            }
            Clause::Field(test) => Matcher::parse(&test.filter(), env)?.matches(document),
            Clause::Other(name, value) => {
                let filter = doc! { *name: (*value).clone() };
                Matcher::parse(&filter, env)?.matches(document)
            }
        }
    }
}
