//! `delete`

use bson::{Document, RawDocumentBuf};

use super::update::{decode, retry};
use super::writes::{Reply, namespace, statements};
use super::{CommandContext, Field, Fields, Kind, Request, fields, variables};
use crate::embedded::catalog::Namespace;
use crate::embedded::engine::{DeleteStatement, Target};
use crate::mql::{Env, Error, Result, error::code};

const FIELDS: &[Field] = &[
    Field::new("deletes", Kind::Array),
    Field::new("ordered", Kind::Boolean),
    Field::new("let", Kind::Document),
    Field::new("stmtIds", Kind::Array),
    Field::new("bypassDocumentValidation", Kind::SafeBoolean),
    Field::new("encryptionInformation", Kind::Document),
    Field::new("isTimeseriesNamespace", Kind::Boolean),
];

const STATEMENT: &[Field] = &[
    Field::required("q", Kind::Document),
    Field::required("limit", Kind::Any),
    Field::new("hint", Kind::DocumentOrString),
    Field::new("collation", Kind::Document),
];

/// Deletes documents.
pub fn delete(cx: &mut CommandContext<'_>, request: &Request) -> Result<RawDocumentBuf> {
    let ns = namespace(request)?;
    let fields = Fields::parse("delete", request.body(), FIELDS)?;
    let ordered = fields.get("ordered").is_none() || fields.bool("ordered");
    let env = variables::declare(cx.env.clone(), fields.document("let"))?;
    let mut parsed = Vec::new();
    for raw in &statements(request, "deletes")? {
        let statement = decode(raw)?;
        Fields::parse_inner("delete.deletes", &statement, STATEMENT)?;
        let multi = multi(&statement)?;
        parsed.push((statement, multi));
    }
    let mut reply = Reply::default();
    for (place, (statement, multi)) in parsed.iter().enumerate() {
        let outcome = run_one(cx, &ns, place, statement, *multi, &env, &mut reply);
        if !reply.note(cx, place, ordered, outcome)? {
            break;
        }
    }
    reply.finish(cx)
}

/// Whether all are meant: `limit: 0`, or anything that is no number.
fn multi(statement: &Document) -> Result<bool> {
    let limit = statement.get("limit").and_then(fields::long).unwrap_or(0);
    match limit {
        0 => Ok(true),
        1 => Ok(false),
        other => Err(Error::failed_to_parse(format!(
            "The limit field in delete objects must be 0 or 1. Got {other}"
        ))),
    }
}

fn run_one(
    cx: &mut CommandContext<'_>,
    ns: &Namespace,
    place: usize,
    statement: &Document,
    multi: bool,
    env: &Env,
    reply: &mut Reply,
) -> Result<()> {
    let retry = retry(cx, place);
    if let Some(retry) = retry {
        if multi {
            return Err(Error::new(
                code::INVALID_OPTIONS,
                "Cannot use (or request) retryable writes with limit=0",
            ));
        }
        if cx.operation.done_before(retry.stmt).is_some() {
            reply.n += 1;
            reply.retried.push(retry.stmt);
            return Ok(());
        }
    }
    super::collation::check(statement.get_document("collation").ok())?;
    let q = statement.get_document("q").cloned().unwrap_or_default();
    let statement = DeleteStatement {
        target: Target::parse(q, statement.get("hint").cloned(), None, env)?,
        multi,
        retry,
    };
    reply.n += cx.operation.delete(ns, &statement)?.n;
    Ok(())
}
