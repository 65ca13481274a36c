//! `$rand` and `$meta`: values that come from outside the document.
//!
//! Of the metadata, none is kept here. Those that no query of this database can have are missing, as on the
//! server; those that a text or geo query would bring are refused as the server refuses them without such
//! a query; the others are refused by name.

use bson::Bson;

use super::node::Node;
use super::operator::{Args, Call, Fold, Operator};
use super::parse::Parser;
use super::scope::Scope;
use super::value::{Value, owned};
use crate::mql::error::code;
use crate::mql::{Error, Result};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$meta", Args::With(read_meta), |_, _| Ok(None)),
    Operator::new("$rand", Args::With(read_rand), rand)
        .folding(Fold::Never)
        .shown(|_| Bson::Document(bson::Document::new())),
];

fn read_rand(op: &'static Operator, argument: &Bson, _: &mut Parser<'_>) -> Result<Node> {
    let empty = match argument {
        Bson::Document(document) => document.is_empty(),
        Bson::Array(items) => items.is_empty(),
        _ => {
            return Err(Error::new(
                10065,
                "invalid parameter: expected an object ($rand)",
            ));
        }
    };
    if !empty {
        return Err(Error::new(
            3_040_501,
            "$rand does not currently accept arguments",
        ));
    }
    Ok(op.call(Vec::new()))
}

fn rand<'a>(_: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    Ok(owned((scope.env.random)()))
}

fn read_meta(_: &'static Operator, argument: &Bson, _: &mut Parser<'_>) -> Result<Node> {
    let Bson::String(kind) = argument else {
        return Err(Error::new(17307, "$meta only supports string arguments"));
    };
    let unavailable = |what: &str| {
        Error::new(
            40218,
            format!("query requires {what} metadata, but it is not available"),
        )
    };
    match kind.as_str() {
        "textScore" => Err(unavailable("text score")),
        "geoNearDistance" => Err(unavailable("$geoNear distance")),
        "geoNearPoint" => Err(unavailable("$geoNear point")),
        "searchScore"
        | "searchHighlights"
        | "searchScoreDetails"
        | "randVal"
        | "timeseriesBucketMinTime"
        | "timeseriesBucketMaxTime" => Ok(Node::Constant(None)),
        "sortKey" | "recordId" | "indexKey" => Err(Error::new(
            code::NOT_IMPLEMENTED,
            format!("$meta is not supported in expressions for: {kind}"),
        )),
        _ => Err(Error::new(
            17308,
            format!("Unsupported argument to $meta: {kind}"),
        )),
    }
}
