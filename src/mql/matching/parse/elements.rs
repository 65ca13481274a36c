//! `$all`, `$elemMatch`, `$size`

use bson::{Bson, Document};

use super::{Call, bad, compare, document, field, integer, regex};
use crate::mql::matching::predicate::{Op, Predicate, Test};
use crate::mql::{Error, Result};

/// `$size`
pub fn size(call: &Call<'_>) -> Result<Option<Predicate>> {
    let size = integer::parse_i32(call.name, call.argument)
        .and_then(|size| integer::not_negative(call.name, call.argument, size))
        .map_err(|e| Error::bad_value(format!("Failed to parse $size. {}", e.message)))?;
    Ok(Some(Predicate::field(call.path, Test::Size(size))))
}

/// `$elemMatch`: about the values in an array if it begins with an operator of fields, else about documents.
pub fn elem_match(call: &Call<'_>) -> Result<Option<Predicate>> {
    let Bson::Document(inner) = call.argument else {
        return bad("$elemMatch needs an Object");
    };
    let test = if is_about_values(inner) {
        let mut all = Vec::with_capacity(inner.len());
        field::operators("", inner, call.env, &mut all)?;
        Test::ElemMatchValue(Box::new(Predicate::And(all)))
    } else {
        let filter = document::element_filter(inner, call.env)?;
        Test::ElemMatchObject(Box::new(filter))
    };
    Ok(Some(Predicate::field(call.path, test)))
}

fn is_about_values(inner: &Document) -> bool {
    let first = inner.keys().next();
    field::is_expression(inner, true) && first.is_some_and(|name| !document::is_top_level(name))
}

/// `$all`
pub fn all(call: &Call<'_>) -> Result<Option<Predicate>> {
    let Bson::Array(items) = call.argument else {
        return bad("$all needs an array");
    };
    if items.is_empty() {
        return Ok(Some(Predicate::Always(false)));
    }
    let of_elements = items.first().and_then(elem_match_in).is_some();
    let parse = |item: &Bson| match (of_elements, item) {
        (true, item) => match elem_match_in(item) {
            Some(argument) => elem_match_of(call, argument),
            None => bad("$all/$elemMatch has to be consistent"),
        },
        (false, Bson::RegularExpression(_)) => regex::literal(call.path, item),
        (false, Bson::Document(inner)) if begins_with_operator(inner) => {
            bad("no $ expressions in $all")
        }
        (false, item) => compare::comparison(call.path, Op::Eq, item),
    };
    let all = items.iter().map(parse).collect::<Result<_>>()?;
    Ok(Some(Predicate::And(all)))
}

fn elem_match_in(item: &Bson) -> Option<&Bson> {
    let (name, argument) = item.as_document()?.iter().next()?;
    (name == "$elemMatch").then_some(argument)
}

fn elem_match_of(call: &Call<'_>, argument: &Bson) -> Result<Predicate> {
    let inner = Call {
        name: "$elemMatch",
        argument,
        ..*call
    };
    Ok(elem_match(&inner)?.unwrap_or(Predicate::Always(false)))
}

fn begins_with_operator(inner: &Document) -> bool {
    let first = inner.keys().next();
    first.is_some_and(|name| field::is_operator(name))
}
