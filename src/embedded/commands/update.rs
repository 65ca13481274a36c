//! `update`

use bson::{Bson, Document, RawDocument, RawDocumentBuf, doc};
use bytes::Bytes;

use super::writes::{Reply, namespace, statements};
use super::{CommandContext, Field, Fields, Kind, Request, fields, variables};
use crate::embedded::catalog::Namespace;
use crate::embedded::engine::{DoneBefore, Retry, Target, UpdateStatement};
use crate::mql::update::Update;
use crate::mql::{Env, Error, Result, error::code};

const FIELDS: &[Field] = &[
    Field::new("updates", Kind::Array),
    Field::new("ordered", Kind::Boolean),
    Field::new("bypassDocumentValidation", Kind::SafeBoolean),
    Field::new("let", Kind::Document),
    Field::new("stmtIds", Kind::Array),
    Field::new("encryptionInformation", Kind::Document),
    Field::new("isTimeseriesNamespace", Kind::Boolean),
];

const STATEMENT: &[Field] = &[
    Field::required("q", Kind::Document),
    Field::required("u", Kind::Any),
    Field::new("c", Kind::Document),
    Field::new("multi", Kind::Boolean),
    Field::new("upsert", Kind::Boolean),
    Field::new("upsertSupplied", Kind::Boolean),
    Field::new("arrayFilters", Kind::Array),
    Field::new("hint", Kind::DocumentOrString),
    Field::new("collation", Kind::Document),
];

/// Updates documents.
pub fn update(cx: &mut CommandContext<'_>, request: &Request) -> Result<RawDocumentBuf> {
    let ns = namespace(request)?;
    let fields = Fields::parse("update", request.body(), FIELDS)?;
    let ordered = fields.get("ordered").is_none() || fields.bool("ordered");
    let bypass = fields.bool("bypassDocumentValidation");
    let env = variables::declare(cx.env.clone(), fields.document("let"))?;
    let statements = parse_all(&statements(request, "updates")?)?;
    let mut reply = Reply {
        modified: Some(0),
        ..Reply::default()
    };
    for (place, statement) in statements.iter().enumerate() {
        let outcome = run_one(cx, &ns, place, statement, bypass, &env, &mut reply);
        if !reply.note(cx, place, ordered, outcome)? {
            break;
        }
    }
    reply.finish(cx)
}

fn parse_all(statements: &[Bytes]) -> Result<Vec<Document>> {
    let mut all = Vec::with_capacity(statements.len());
    for raw in statements {
        let statement = decode(raw)?;
        Fields::parse_inner("update.updates", &statement, STATEMENT)?;
        check_shape(&statement)?;
        all.push(statement);
    }
    Ok(all)
}

/// What is refused before any statement is executed.
fn check_shape(statement: &Document) -> Result<()> {
    match statement.get("u") {
        Some(Bson::Document(_) | Bson::Array(_)) => {}
        _ => {
            let text = "Update argument must be either an object or an array";
            return Err(Error::failed_to_parse(text));
        }
    }
    for (n, filter) in statement
        .get_array("arrayFilters")
        .into_iter()
        .flatten()
        .enumerate()
    {
        if filter.as_document().is_none() {
            let kind = fields::type_name(filter);
            return Err(Error::type_mismatch(format!(
                "BSON field 'update.updates.arrayFilters.{n}' is the wrong type '{kind}', expected \
                 type 'object'"
            )));
        }
    }
    Ok(())
}

/// Decodes a statement.
pub(super) fn decode(raw: &[u8]) -> Result<Document> {
    let invalid = |e: &dyn std::fmt::Display| Error::new(code::INVALID_BSON, e.to_string());
    let raw = RawDocument::from_bytes(raw).map_err(|e| invalid(&e))?;
    crate::value::raw::decode(raw).map_err(|e| invalid(&e))
}

fn run_one(
    cx: &mut CommandContext<'_>,
    ns: &Namespace,
    place: usize,
    statement: &Document,
    bypass: bool,
    env: &Env,
    reply: &mut Reply,
) -> Result<()> {
    let retry = retry(cx, place);
    if let Some(retry) = retry {
        if statement.get_bool("multi").unwrap_or(false) {
            return Err(Error::new(
                code::INVALID_OPTIONS,
                "Cannot use (or request) retryable writes with multi=true",
            ));
        }
        if let Some(done) = cx.operation.done_before(retry.stmt) {
            again(done, place, retry.stmt, reply);
            return Ok(());
        }
    }
    let statement = parse(statement, bypass, env, retry)?;
    let updated = cx.operation.update(ns, &statement)?;
    reply.n += updated.matched;
    if let Some(modified) = &mut reply.modified {
        *modified += updated.modified;
    }
    if let Some(id) = updated.upserted {
        reply.n += 1;
        upserted(reply, place, id);
    }
    Ok(())
}

/// The number of a statement that may be retried.
pub(super) fn retry(cx: &CommandContext<'_>, place: usize) -> Option<Retry> {
    let session = cx.session.as_ref().filter(|s| s.is_retryable_write())?;
    Some(Retry {
        stmt: session.statement(place),
        keep: None,
    })
}

fn again(done: DoneBefore, place: usize, stmt: i32, reply: &mut Reply) {
    reply.n += 1;
    reply.retried.push(stmt);
    match (done.inserted, done.id) {
        (true, id) => upserted(reply, place, id.unwrap_or(Bson::Null)),
        (false, _) => reply.modified = reply.modified.map(|n| n + 1),
    }
}

fn upserted(reply: &mut Reply, place: usize, id: Bson) {
    let place = i32::try_from(place).unwrap_or(i32::MAX);
    reply.upserted.push(doc! { "index": place, "_id": id });
}

fn parse(
    statement: &Document,
    bypass: bool,
    env: &Env,
    retry: Option<Retry>,
) -> Result<UpdateStatement> {
    super::collation::check(statement.get_document("collation").ok())?;
    let is = |name: &str| statement.get_bool(name).unwrap_or(false);
    let u = statement.get("u").unwrap_or(&Bson::Null);
    let constants = statement.get_document("c").ok();
    if constants.is_some() && !matches!(u, Bson::Array(_)) {
        return Err(Error::new(
            51_198,
            "Constant values may only be specified for pipeline updates",
        ));
    }
    if is("upsertSupplied") && !is("upsert") {
        return Err(Error::failed_to_parse(
            "cannot specify 'upsertSupplied: true' for a non-upsert operation",
        ));
    }
    let mut inner = env.clone();
    for (name, value) in constants.into_iter().flatten() {
        inner = inner.with_variable(name, Some(value.clone()));
    }
    let filters = array_filters(statement);
    let update = Update::parse(u, &filters, &inner)?;
    if update.is_replacement() && is("multi") {
        return Err(Error::failed_to_parse(
            "multi update is not supported for replacement-style update",
        ));
    }
    let q = statement.get_document("q").cloned().unwrap_or_default();
    let supplied = is("upsertSupplied").then(|| constants.and_then(|c| c.get_document("new").ok()));
    Ok(UpdateStatement {
        target: Target::parse(q, statement.get("hint").cloned(), None, env)?.of_update(),
        update,
        multi: is("multi"),
        upsert: is("upsert"),
        supplied: supplied.flatten().cloned(),
        bypass_validation: bypass,
        env: inner,
        retry,
    })
}

/// The array filters of a statement.
pub(super) fn array_filters(statement: &Document) -> Vec<Document> {
    let filters = statement.get_array("arrayFilters").into_iter().flatten();
    filters.filter_map(Bson::as_document).cloned().collect()
}
