//! `createIndexes`

use bson::{Bson, Document, doc};

use super::writes::{int, namespace};
use super::{CommandContext, Field, Fields, Kind, Request, fields};
use crate::embedded::engine::{CreatedIndexes, IndexSpec};
use crate::mql::{Error, Result, error::code};

const FIELDS: &[Field] = &[
    Field::required("indexes", Kind::Array),
    Field::new("ignoreUnknownIndexOptions", Kind::SafeBoolean),
    Field::new("commitQuorum", Kind::Any),
    Field::new("isTimeseriesNamespace", Kind::Boolean),
];

/// Makes indexes.
pub fn create(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let ns = namespace(request)?;
    let fields = Fields::parse("createIndexes", request.body(), FIELDS)?;
    let given = fields
        .array("indexes")
        .map(Vec::as_slice)
        .unwrap_or_default();
    if given.is_empty() {
        return Err(Error::bad_value(
            "Must specify at least one index to create",
        ));
    }
    let ignore_unknown = fields.bool("ignoreUnknownIndexOptions");
    let mut specs = Vec::with_capacity(given.len());
    for (place, spec) in given.iter().enumerate() {
        let Bson::Document(spec) = spec else {
            return Err(wrong(place, spec));
        };
        specs.push(IndexSpec::parse(spec, ignore_unknown)?);
    }
    let quorum = quorum(fields.get("commitQuorum"))?;
    let created = cx.operation.create_indexes(&ns, &specs)?;
    Ok(reply(&created, quorum))
}

fn reply(created: &CreatedIndexes, quorum: Bson) -> Document {
    let number = |n: usize| int(i64::try_from(n).unwrap_or(i64::MAX));
    let mut reply = doc! {
        "numIndexesBefore": number(created.before),
        "numIndexesAfter": number(created.after),
    };
    if created.before == created.after {
        reply.insert("note", "all indexes already exist");
        return reply;
    }
    reply.insert("createdCollectionAutomatically", created.collection_made);
    reply.insert("commitQuorum", quorum);
    if created.some_existed {
        reply.insert("note", "index already exists");
    }
    reply
}

/// How many nodes must have built: there is one.
fn quorum(given: Option<&Bson>) -> Result<Bson> {
    match given {
        None => Ok("votingMembers".into()),
        Some(Bson::String(mode)) if mode == "votingMembers" || mode == "majority" => {
            Ok(Bson::String(mode.clone()))
        }
        Some(Bson::String(mode)) => Err(Error::new(
            code::UNKNOWN_REPL_WRITE_CONCERN,
            format!("No write concern mode named '{mode}' found in replica set configuration"),
        )),
        Some(other) => match fields::long(other) {
            Some(0 | 1) => Ok(other.clone()),
            _ => Err(Error::new(
                278,
                "Not enough data-bearing nodes to satisfy commit quorum",
            )),
        },
    }
}

fn wrong(place: usize, got: &Bson) -> Error {
    let kind = fields::type_name(got);
    Error::type_mismatch(format!(
        "BSON field 'createIndexes.indexes.{place}' is the wrong type '{kind}', expected type 'object'"
    ))
}
