//! `findAndModify`

use bson::{Bson, Document, doc};

use super::update::{array_filters, retry};
use super::writes::namespace;
use super::{CommandContext, Field, Fields, Kind, Request, variables};
use crate::embedded::catalog::Namespace;
use crate::embedded::engine::{DeleteStatement, Keep, Target, UpdateStatement};
use crate::mql::project::Projection;
use crate::mql::update::Update;
use crate::mql::{Env, Error, Result};

const FIELDS: &[Field] = &[
    Field::new("query", Kind::Document),
    Field::new("sort", Kind::Document),
    Field::new("remove", Kind::SafeBoolean),
    Field::new("update", Kind::Any),
    Field::new("new", Kind::SafeBoolean),
    Field::new("fields", Kind::Document),
    Field::new("upsert", Kind::SafeBoolean),
    Field::new("bypassDocumentValidation", Kind::SafeBoolean),
    Field::new("collation", Kind::Document),
    Field::new("arrayFilters", Kind::Array),
    Field::new("hint", Kind::DocumentOrString),
    Field::new("let", Kind::Document),
    Field::new("encryptionInformation", Kind::Document),
    Field::new("isTimeseriesNamespace", Kind::Boolean),
];

/// What the server puts before an error of the execution.
const CONTEXT: &str = "Plan executor error during findAndModify";

/// Updates or removes one document, and answers it.
pub fn find_and_modify(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let ns = namespace(request)?;
    let fields = Fields::parse("findAndModify", request.body(), FIELDS)?;
    check(&fields)?;
    super::collation::check(fields.document("collation"))?;
    let env = variables::declare(cx.env.clone(), fields.document("let"))?;
    let filter = fields.document("query").cloned().unwrap_or_default();
    let projection = fields.document("fields").filter(|f| !f.is_empty());
    let projection = projection
        .map(|f| Projection::parse_find_of(f, &filter, &env))
        .transpose()?;
    let keep = if fields.bool("new") {
        Keep::New
    } else {
        Keep::Old
    };
    let mut retry = retry(cx, 0);
    if let Some(retry) = &mut retry {
        retry.keep = Some(keep);
        if let Some(done) = cx.operation.done_before(retry.stmt) {
            let Some(kept) = done.reply else {
                return Err(incompatible(request, done.inserted));
            };
            return again(&kept, projection.as_ref(), retry.stmt, &env);
        }
    }
    let sort = fields.document("sort").filter(|s| !s.is_empty()).cloned();
    let target = Target::parse(filter, fields.get("hint").cloned(), sort, &env)?;
    if fields.bool("remove") {
        let statement = DeleteStatement {
            target,
            multi: false,
            retry,
        };
        return remove(cx, &ns, &statement, projection.as_ref(), &env);
    }
    let update = fields.get("update").cloned().unwrap_or(Bson::Null);
    let statement = UpdateStatement {
        target: target.of_update(),
        update: Update::parse(&update, &array_filters(request.body()), &env)?,
        multi: false,
        upsert: fields.bool("upsert"),
        supplied: None,
        bypass_validation: fields.bool("bypassDocumentValidation"),
        env: env.clone(),
        retry,
    };
    modify(cx, &ns, &statement, keep, projection.as_ref())
}

/// Combinations that are refused.
fn check(fields: &Fields<'_>) -> Result<()> {
    let update = fields.get("update");
    let text = if fields.bool("remove") {
        if update.is_some() {
            "Cannot specify both an update and remove=true"
        } else if fields.bool("upsert") {
            "Cannot specify both upsert=true and remove=true "
        } else if fields.bool("new") {
            "Cannot specify both new=true and remove=true; 'remove' always returns the deleted document"
        } else if fields.get("arrayFilters").is_some() {
            "Cannot specify arrayFilters and remove=true"
        } else {
            return Ok(());
        }
    } else {
        match update {
            None => "Either an update or remove=true must be specified",
            Some(Bson::Document(_) | Bson::Array(_)) => return Ok(()),
            Some(_) => "Update argument must be either an object or an array",
        }
    };
    Err(Error::failed_to_parse(text))
}

fn remove(
    cx: &mut CommandContext<'_>,
    ns: &Namespace,
    statement: &DeleteStatement,
    projection: Option<&Projection>,
    env: &Env,
) -> Result<Document> {
    let deleted = cx.operation.delete(ns, statement).map_err(in_execution)?;
    let last = doc! { "n": if deleted.n > 0 { 1 } else { 0 } };
    answer(last, deleted.old, deleted.position, projection, env)
}

fn modify(
    cx: &mut CommandContext<'_>,
    ns: &Namespace,
    statement: &UpdateStatement,
    keep: Keep,
    projection: Option<&Projection>,
) -> Result<Document> {
    let updated = cx.operation.update(ns, statement).map_err(in_execution)?;
    let found = updated.matched > 0;
    let mut last = doc! {
        "n": if found || updated.upserted.is_some() { 1 } else { 0 },
        "updatedExisting": found,
    };
    if let Some(id) = updated.upserted {
        last.insert("upserted", id);
    }
    let value = if keep == Keep::New {
        updated.new
    } else {
        updated.old
    };
    answer(last, value, updated.position, projection, &statement.env)
}

/// An error of the execution has the server's words before its own; one of the namespace has not.
fn in_execution(error: Error) -> Error {
    use crate::mql::error::code::{
        BAD_VALUE, COMMAND_NOT_SUPPORTED_ON_VIEW, DATABASE_DIFFER_CASE, INTERRUPTED,
        MAX_TIME_MS_EXPIRED, NO_SUCH_TRANSACTION,
    };
    let planning = error.code == BAD_VALUE && error.message.starts_with("error processing query");
    let bare = matches!(
        error.code,
        COMMAND_NOT_SUPPORTED_ON_VIEW
            | DATABASE_DIFFER_CASE
            | NO_SUCH_TRANSACTION
            | MAX_TIME_MS_EXPIRED
            | INTERRUPTED
    );
    if planning || bare {
        error
    } else {
        error.context(CONTEXT)
    }
}

fn answer(
    last: Document,
    value: Option<Document>,
    position: Option<usize>,
    projection: Option<&Projection>,
    env: &Env,
) -> Result<Document> {
    let value = match (value, projection) {
        (None, _) => Bson::Null,
        (Some(value), None) => Bson::Document(value),
        (Some(value), Some(projection)) => Bson::Document(
            projection
                .apply(&value, position, env)
                .map_err(in_execution)?,
        ),
    };
    Ok(doc! { "lastErrorObject": last, "value": value })
}

/// The number belongs to another kind of write.
fn incompatible(request: &Request, inserted: bool) -> Error {
    let mut command = Document::new();
    for (name, value) in request.body() {
        if !super::fields::GENERIC.contains(&name.as_str()) {
            command.insert(name.clone(), value.clone());
        }
    }
    Error::new(
        40_608,
        format!(
            "findAndModify retry request: {} is not compatible with previous write in the transaction \
             of type: {}",
            crate::mql::text::document(&command),
            if inserted { "i" } else { "u" }
        ),
    )
}

/// The answer to a retry.
fn again(
    kept: &Document,
    projection: Option<&Projection>,
    stmt: i32,
    env: &Env,
) -> Result<Document> {
    let last = kept
        .get_document("lastErrorObject")
        .cloned()
        .unwrap_or_default();
    let value = kept.get_document("value").ok().cloned();
    let position = kept
        .get_i64("position")
        .ok()
        .and_then(|p| usize::try_from(p).ok());
    let mut reply = answer(last, value, position, projection, env)?;
    reply.insert("retriedStmtId", stmt);
    Ok(reply)
}
