//! Why a document does not match: what a failed validation's `errInfo` says.
//!
//! The explanation follows the filter as it was written, since it quotes it: each clause is asked again on its
//! own, and those that made the whole fail are told, with the values that were considered. Within `$not` and
//! `$nor` it is told why a clause *did* match.

mod clause;
mod field;
mod values;

#[cfg(test)]
mod tests;

use bson::{Bson, Document, doc};

use crate::mql::{Env, Error, Expr, Result};
use clause::Clause;

/// `errInfo` of a document that a validator refused.
#[must_use]
pub fn failed_validation(validator: &Document, document: &Document, env: &Env) -> Document {
    let mut info = Document::new();
    if let Some(id) = document.get("_id") {
        info.insert("failingDocumentId", id.clone());
    }
    let explaining = Explaining { document, env };
    match explaining.clauses("$and", clause::of_filter(validator), false) {
        Ok(details) => {
            info.insert("details", details);
        }
        Err(error) => {
            info.insert("note", "failed to generate document validation error");
            info.insert("details", error_details(&error));
        }
    }
    info
}

fn error_details(error: &Error) -> Document {
    doc! {
        "code": error.code,
        "codeName": error.code_name().as_ref(),
        "errmsg": &error.message,
    }
}

/// One document's explanation.
struct Explaining<'a> {
    document: &'a Document,
    env: &'a Env,
}

impl Explaining<'_> {
    /// A filter of one clause is that clause; of more it is an `$and`.
    fn clauses(&self, join: &str, clauses: Vec<Clause<'_>>, matched: bool) -> Result<Document> {
        match &clauses[..] {
            [only] => self.clause(only, matched),
            _ => self.joined(join, &clauses, matched),
        }
    }

    /// Clauses under a logical operator: those that made it come out so.
    fn joined(&self, operator: &str, clauses: &[Clause<'_>], matched: bool) -> Result<Document> {
        let matched = matched != (operator == "$nor");
        let mut told = Vec::new();
        for (index, clause) in clauses.iter().enumerate() {
            if clause.matches(self.document, self.env)? == matched {
                let details = self.clause(clause, matched)?;
                told.push(doc! { "index": index as i32, "details": details });
            }
        }
        let name = match matched {
            true => "clausesSatisfied",
            false => "clausesNotSatisfied",
        };
        Ok(doc! { "operatorName": operator, name: told })
    }

    fn clause(&self, clause: &Clause<'_>, matched: bool) -> Result<Document> {
        match clause {
            Clause::Filter(filter) => self.clauses("$and", clause::of_filter(filter), matched),
            Clause::Logical(operator, parts) => self.joined(operator, parts, matched),
            Clause::Not(clauses) => {
                let details = self.clauses("$and", clauses.clone(), !matched)?;
                Ok(doc! { "operatorName": "$not", "details": details })
            }
            Clause::Expr(expression) => self.expression(expression, matched),
            Clause::JsonSchema(schema) => self.json_schema(schema, matched),
            Clause::Field(test) => test.explain(self.document, self.env, matched),
            Clause::Other(name, value) => Err(Error::new(
                4_994_600,
                format!(
                    "Cannot generate validation error details: no annotation found for expression {}",
                    crate::mql::text::document(&doc! { *name: (*value).clone() })
                ),
            )),
        }
    }

    fn expression(&self, expression: &Bson, matched: bool) -> Result<Document> {
        let mut explained = doc! {
            "operatorName": "$expr",
            "specifiedAs": { "$expr": expression.clone() },
        };
        match Expr::parse(expression, self.env).and_then(|e| e.eval(self.document, self.env)) {
            Ok(result) => {
                explained.insert(
                    "reason",
                    match matched {
                        true => "expression did match",
                        false => "expression did not match",
                    },
                );
                explained.extend(result.map(|value| ("expressionResult".to_owned(), value)));
            }
            Err(error) => {
                explained.insert("reason", "failed to evaluate aggregation expression");
                explained.insert("details", error_details(&error));
            }
        }
        Ok(explained)
    }

    fn json_schema(&self, schema: &Document, matched: bool) -> Result<Document> {
        let mut explained = doc! { "operatorName": "$jsonSchema" };
        let parsed = crate::mql::json_schema::Schema::parse(schema, self.env)?;
        if matched {
            explained.insert("reason", "schema matched");
        } else if parsed.refuses_documents() {
            explained.insert("specifiedAs", doc! { "$jsonSchema": schema.clone() });
            explained.insert("reason", "expression always evaluates to false");
        } else {
            explained.extend(parsed.explain(self.document));
        }
        Ok(explained)
    }
}
