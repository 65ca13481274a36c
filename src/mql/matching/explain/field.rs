//! Why a field passes or does not pass one test.

use bson::{Bson, Document, doc};

use super::values::{self, Considered};
use crate::mql::path::Leaf;
use crate::mql::{Env, Result};

/// A field's value, or one operator on it.
#[derive(Debug, Clone)]
pub struct FieldTest<'a> {
    path: &'a str,
    /// `$eq` for a value, `$regex` for a regular expression.
    operator: &'a str,
    argument: &'a Bson,
    /// All that stands under the field's name; `None` for a value.
    around: Option<&'a Document>,
}

/// How an operator is told.
struct Told {
    operator: &'static str,
    /// Why it fails, and why it succeeds.
    reasons: [&'static str; 2],
    leaf: Leaf,
    /// The types that it is about, if others are told.
    types: &'static [&'static str],
}

const COMPARISON: [&str; 2] = ["comparison failed", "comparison succeeded"];
const BITS: [&str; 2] = [
    "bitwise operator failed to match",
    "bitwise operator matched successfully",
];
const IN: [&str; 2] = [
    "no matching value found in array",
    "matching value found in array",
];
const BITS_TYPES: &[&str] = &["binData", "decimal", "double", "int", "long"];
const NUMBERS: &[&str] = &["decimal", "double", "int", "long"];
const TEXTS: &[&str] = &["regex", "string", "symbol"];
const ARRAY: &[&str] = &["array"];

const fn told(
    operator: &'static str,
    reasons: [&'static str; 2],
    leaf: Leaf,
    types: &'static [&'static str],
) -> Told {
    Told {
        operator,
        reasons,
        leaf,
        types,
    }
}

/// How the operators are told.
const TOLD: [Told; 19] = [
    told("$eq", COMPARISON, Leaf::Elements, &[]),
    told("$gt", COMPARISON, Leaf::Elements, &[]),
    told("$gte", COMPARISON, Leaf::Elements, &[]),
    told("$lt", COMPARISON, Leaf::Elements, &[]),
    told("$lte", COMPARISON, Leaf::Elements, &[]),
    told("$ne", [COMPARISON[1], COMPARISON[0]], Leaf::Elements, &[]),
    told("$in", IN, Leaf::Elements, &[]),
    told("$nin", [IN[1], IN[0]], Leaf::Elements, &[]),
    told(
        "$type",
        ["type did not match", "type did match"],
        Leaf::Elements,
        &[],
    ),
    told(
        "$regex",
        [
            "regular expression did not match",
            "regular expression did match",
        ],
        Leaf::Elements,
        TEXTS,
    ),
    told(
        "$mod",
        [
            "$mod did not evaluate to expected remainder",
            "$mod did evaluate to expected remainder",
        ],
        Leaf::Elements,
        NUMBERS,
    ),
    told(
        "$size",
        [
            "array length was not equal to given size",
            "array length was equal to given size",
        ],
        Leaf::Whole,
        ARRAY,
    ),
    told(
        "$elemMatch",
        [
            "array did not satisfy the child predicate",
            "array did satisfy the child predicate",
        ],
        Leaf::Whole,
        ARRAY,
    ),
    told(
        "$all",
        [
            "array did not contain all specified values",
            "array did contain all specified values",
        ],
        Leaf::Whole,
        &[],
    ),
    told("$bitsAllSet", BITS, Leaf::Elements, BITS_TYPES),
    told("$bitsAllClear", BITS, Leaf::Elements, BITS_TYPES),
    told("$bitsAnySet", BITS, Leaf::Elements, BITS_TYPES),
    told("$bitsAnyClear", BITS, Leaf::Elements, BITS_TYPES),
    told(
        "$exists",
        ["path does not exist", "path does exist"],
        Leaf::Whole,
        &[],
    ),
];

impl<'a> FieldTest<'a> {
    /// `{a: 1}`, `{a: /b/}`
    pub fn of_value(path: &'a str, value: &'a Bson) -> Self {
        Self {
            path,
            operator: match value {
                Bson::RegularExpression(_) => "$regex",
                _ => "$eq",
            },
            argument: value,
            around: None,
        }
    }

    /// `{a: {$gt: 1}}`
    pub fn of_operator(
        path: &'a str,
        operator: &'a str,
        argument: &'a Bson,
        around: &'a Document,
    ) -> Self {
        Self {
            path,
            operator,
            argument,
            around: Some(around),
        }
    }

    /// A filter that asks for it alone.
    pub fn filter(&self) -> Document {
        let Some(around) = self.around else {
            return doc! { self.path: self.argument.clone() };
        };
        let mut operators = doc! { self.operator: self.argument.clone() };
        if let ("$regex", Some(options)) = (self.operator, around.get("$options")) {
            operators.insert("$options", options.clone());
        }
        doc! { self.path: operators }
    }

    /// It as it is quoted: a regular expression with all that stands around it.
    fn specified(&self) -> Document {
        match self.around {
            Some(around) if self.operator == "$regex" => doc! { self.path: around.clone() },
            _ => self.filter(),
        }
    }

    /// Why a document passes (`matched`) or does not.
    pub fn explain(&self, document: &Document, _env: &Env, matched: bool) -> Result<Document> {
        let mut explained = doc! {
            "operatorName": self.operator,
            "specifiedAs": self.specified(),
        };
        let told = TOLD.iter().find(|told| told.operator == self.operator);
        let Some(told) = told else {
            return Ok(explained);
        };
        let reason = told.reasons[usize::from(matched)];
        match self.operator {
            "$exists" => {
                explained.insert("reason", self.existence(told, matched));
            }
            "$all" if self.argument.as_array().is_some_and(Vec::is_empty) => {
                explained.insert("reason", "expression always evaluates to false");
            }
            _ => match values::considered(self.path, told.leaf, document) {
                None => {
                    explained.insert("reason", "field was missing");
                }
                Some(considered) => self.values(told, reason, matched, considered, &mut explained),
            },
        }
        Ok(explained)
    }

    fn existence(&self, told: &Told, matched: bool) -> &'static str {
        let wanted = match self.argument {
            Bson::Boolean(wanted) => *wanted,
            other => crate::value::Number::from_bson(other).is_none_or(|n| !n.is_zero()),
        };
        told.reasons[usize::from(matched == wanted)]
    }

    fn values(
        &self,
        told: &Told,
        reason: &str,
        matched: bool,
        considered: Considered<'_>,
        explained: &mut Document,
    ) {
        if !matched && considered.none_is(told.types) {
            explained.insert("reason", "type did not match");
            considered.tell_types(explained);
            match told.types {
                [only] => explained.insert("expectedType", *only),
                several => explained.insert("expectedTypes", several.to_vec()),
            };
            considered.tell(explained);
            return;
        }
        explained.insert("reason", reason);
        considered.tell(explained);
        if self.operator == "$type" {
            considered.tell_types(explained);
        }
    }
}
