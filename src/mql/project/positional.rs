//! What a filter may not hold where a projection asks which element of an array it matched.

use bson::{Bson, Document};

use super::parse;
use crate::mql::error::code;
use crate::mql::{Env, Error, Result};

/// Whether the filter can say which element it matched, if the projection asks. As on the server, which parses
/// the filter again when it has come to the positional `$`, what is wrong up to there is said first, and what is
/// wrong with both the field and an earlier one is not.
pub(super) fn check(spec: &Document, filter: &Document, env: &Env) -> Result<()> {
    let asks = |name: &String| name.ends_with(".$");
    let (Some(place), Some(operator)) = (spec.keys().position(asks), unplaced(filter)) else {
        return Ok(());
    };
    let part = |from: usize, to: usize| -> Document {
        let fields = spec.iter().take(to).skip(from);
        fields.map(|(n, v)| (n.clone(), v.clone())).collect()
    };
    if place > 0 {
        parse::find(&part(0, place), env)?;
    }
    parse::find(&part(place, place + 1), env)?;
    Err(Error::new(
        code::QUERY_FEATURE_NOT_ALLOWED,
        format!("{operator} is not allowed in this context"),
    ))
}

/// The first operator of a filter that does not know of places in arrays.
fn unplaced(filter: &Document) -> Option<&'static str> {
    filter
        .iter()
        .find_map(|(name, value)| match (name.as_str(), value) {
            ("$expr", _) => Some("$expr"),
            ("$jsonSchema", _) => Some("$jsonSchema"),
            ("$and" | "$or" | "$nor", Bson::Array(clauses)) => clauses
                .iter()
                .filter_map(Bson::as_document)
                .find_map(unplaced),
            (name, Bson::Document(test)) if !name.starts_with('$') => unplaced_test(test),
            _ => None,
        })
}

/// The same in the operators of a field: `$elemMatch` holds a filter, and `$not` operators.
fn unplaced_test(test: &Document) -> Option<&'static str> {
    test.iter()
        .find_map(|(name, value)| match (name.as_str(), value) {
            ("$elemMatch", Bson::Document(inner)) => {
                unplaced(inner).or_else(|| unplaced_test(inner))
            }
            ("$not", Bson::Document(inner)) => unplaced_test(inner),
            _ => None,
        })
}
