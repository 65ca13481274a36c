//! Explaining writes: the documents that they mean are found, and left as they are.

use bson::{Bson, Document};

use super::super::context::CommandContext;
use super::super::request::Request;
use super::Verbosity;
use super::plan::{Explained, Purpose};
use crate::embedded::query::{Hint, Plan, Query};
use crate::mql::matching::Matcher;
use crate::mql::stage::Namespace;
use crate::mql::{Error, Result};

/// Explains an `update` of one statement.
pub fn update(
    cx: &mut CommandContext<'_>,
    inner: &Request,
    verbosity: Verbosity,
) -> Result<Document> {
    let statement = only(inner, "updates")?;
    let multi = statement.get_bool("multi").unwrap_or(false);
    let purpose = Purpose::Update { returning: false };
    statement_of(cx, inner, &statement, "q", !multi, purpose, verbosity)
}

/// Explains a `delete` of one statement.
pub fn delete(
    cx: &mut CommandContext<'_>,
    inner: &Request,
    verbosity: Verbosity,
) -> Result<Document> {
    let statement = only(inner, "deletes")?;
    let limit = statement.get("limit").and_then(super::super::fields::long);
    let purpose = Purpose::Delete { returning: false };
    statement_of(
        cx,
        inner,
        &statement,
        "q",
        limit == Some(1),
        purpose,
        verbosity,
    )
}

/// Explains a `findAndModify`.
pub fn find_and_modify(
    cx: &mut CommandContext<'_>,
    inner: &Request,
    verbosity: Verbosity,
) -> Result<Document> {
    let remove = inner
        .body()
        .get("remove")
        .is_some_and(super::super::fields::truth);
    let purpose = match remove {
        true => Purpose::Delete { returning: true },
        false => Purpose::Update { returning: true },
    };
    statement_of(cx, inner, inner.body(), "query", true, purpose, verbosity)
}

/// The one statement of a command.
fn only(inner: &Request, field: &str) -> Result<Document> {
    let statements = inner.documents(field)?.unwrap_or_default();
    match statements.as_slice() {
        [one] => bson::RawDocument::from_bytes(one)
            .and_then(Document::try_from)
            .map_err(|e| Error::bad_value(e.to_string())),
        _ => Err(Error::new(
            crate::mql::error::code::INVALID_LENGTH,
            format!(
                "explained write batches must be of size 1, but found {}",
                statements.len()
            ),
        )),
    }
}

fn statement_of(
    cx: &mut CommandContext<'_>,
    inner: &Request,
    statement: &Document,
    filter: &str,
    one: bool,
    purpose: Purpose,
    verbosity: Verbosity,
) -> Result<Document> {
    let namespace = Namespace::new(&inner.db, inner.collection()?);
    let filter = statement.get_document(filter).cloned().unwrap_or_default();
    let env = cx.env.clone();
    let mut query = Query::new(filter.clone(), Matcher::parse(&filter, &env)?);
    query.hint = statement.get("hint").map_or(Ok(None), Hint::parse)?;
    query.sort = statement.get("sort").and_then(Bson::as_document).cloned();
    query.limit = one.then_some(1);
    let view = cx.operation.view()?;
    let plan = Plan::choose(view.collection(&namespace), query.clone(), &env)?;
    let explained = Explained {
        namespace,
        query,
        plan,
        purpose,
    };
    explained.reply(cx, inner, verbosity)
}
