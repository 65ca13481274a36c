//! Writes of a handler that may be sent later; see [`ambient`](crate::script::shell::ambient).

use bson::{Document, RawDocumentBuf};

use super::Collection;
use super::common::{check_size, is_acknowledged};
use super::run::{self, Op};
use crate::script::api::{Call, Options};
use crate::script::error::Fault;
use crate::script::shell::ambient::{Ambient, Kind, Write};

/// Options with which a write may be held back: they are fields of its statement, or of its
/// command.
const STATEMENT: [&str; 5] = ["upsert", "arrayFilters", "collation", "hint", "sort"];
const COMMAND: [&str; 3] = ["let", "bypassDocumentValidation", "comment"];

/// Holds inserts back, where that is allowed.
pub(super) fn hold(
    call: &Call<'_>,
    collection: &Collection,
    options: &Options,
    ops: &[Op],
) -> Result<bool, Fault> {
    let Some(fields) = fields(call, collection, options)? else {
        return Ok(false);
    };
    for op in ops {
        let write = Write {
            kind: Kind::Insert,
            statement: &op.statement,
            many: op.many,
            fields: &fields,
        };
        if !add(call, collection, &write)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Holds an update or a delete back, where that is allowed.
pub(super) fn hold_statement(
    call: &Call<'_>,
    collection: &Collection,
    options: &Options,
    kind: run::Kind,
    statement: &Document,
    many: bool,
) -> Result<bool, Fault> {
    let Some(fields) = fields(call, collection, options)? else {
        return Ok(false);
    };
    let statement = RawDocumentBuf::try_from(statement)?;
    check_size(statement.as_bytes().len())?;
    let write = Write {
        kind: match kind {
            run::Kind::Insert => Kind::Insert,
            run::Kind::Update => Kind::Update,
            run::Kind::Delete => Kind::Delete,
        },
        statement: &statement,
        many,
        fields: &fields,
    };
    add(call, collection, &write)
}

/// The fields of the command, where its options allow that it is held back.
fn fields(
    call: &Call<'_>,
    collection: &Collection,
    options: &Options,
) -> Result<Option<Document>, Fault> {
    let ambient = call.host.slot(Ambient::default);
    if !ambient.holds_back() {
        return Ok(None);
    }
    let known = |name: &str| STATEMENT.contains(&name) || COMMAND.contains(&name);
    if !options.as_doc().keys().all(|name| known(name.as_str())) {
        return Ok(None);
    }
    let mut fields = Document::new();
    options.copy_into(&mut fields, &COMMAND)?;
    let acknowledged = is_acknowledged(call.host, collection.target(), &fields)?;
    Ok(acknowledged.then_some(fields))
}

fn add(call: &Call<'_>, collection: &Collection, write: &Write<'_>) -> Result<bool, Fault> {
    let ambient = call.host.slot(Ambient::default);
    let place = (collection.target(), collection.name());
    ambient.hold(call.host, place, call.ctx.call_position(), write)
}
