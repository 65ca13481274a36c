//! The range of a `$densify` and the arithmetic of its steps.

use bson::{Bson, Document, doc};

use crate::mql::expr::Expr;
use crate::mql::{Env, Error, Result};

/// From where to where.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Bounds {
    Full,
    Partition,
    Explicit(Box<[Bson; 2]>),
}

/// From one value to the next.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) has_unit: bool,
    add: Expr,
    subtract: Expr,
}

impl Step {
    pub(super) fn new(step: &Bson, unit: Option<&str>, env: &Env) -> Result<Self> {
        let expression = |date: &str, number: &str| match unit {
            Some(unit) => doc! { date: { "startDate": "$v", "unit": unit, "amount": step } },
            None => doc! { number: ["$v", { "$literal": step }] },
        };
        Ok(Self {
            has_unit: unit.is_some(),
            add: Expr::parse(&expression("$dateAdd", "$add").into(), env)?,
            subtract: Expr::parse(&expression("$dateSubtract", "$subtract").into(), env)?,
        })
    }

    /// The next value.
    pub(super) fn after(&self, value: &Bson, env: &Env) -> Result<Bson> {
        moved(&self.add, value, env)
    }

    /// The value itself, a step back and a step forth: the server begins so, and a step back from the 29th of
    /// February is not undone by a step forth.
    pub(super) fn settled(&self, value: &Bson, env: &Env) -> Result<Bson> {
        let before = moved(&self.subtract, value, env)?;
        self.after(&before, env)
    }

    /// Whether a document's value can be in the range.
    pub(super) fn check(&self, value: &Bson) -> Result<()> {
        let date = match value {
            Bson::DateTime(_) => true,
            Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_) | Bson::Decimal128(_) => false,
            _ => {
                return Err(Error::new(
                    5_733_201,
                    "Densify field type must be numeric or a date",
                ));
            }
        };
        let text = match (date, self.has_unit) {
            (true, false) => {
                "Encountered date densify value in collection when step does not have a date unit."
            }
            (false, true) => {
                "Encountered numeric densify value in collection when step has a date unit."
            }
            _ => return Ok(()),
        };
        Err(Error::new(6_053_600, text))
    }
}

fn moved(step: &Expr, value: &Bson, env: &Env) -> Result<Bson> {
    let mut document = Document::new();
    document.insert("v", value.clone());
    Ok(step.eval(&document, env)?.unwrap_or(Bson::Null))
}
