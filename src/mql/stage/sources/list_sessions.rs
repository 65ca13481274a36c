//! `$listSessions` and `$listLocalSessions`: who is there.

use bson::{Bson, Document};

use super::super::idl;
use super::super::pipeline::ParseContext;
use super::super::table::Stages;
use super::asked;
use crate::mql::error::code;
use crate::mql::{Error, Result, text};

/// What the server checks before it parses any stage: nothing that is not said again.
pub(in crate::mql::stage) fn lite(_: &Bson) -> Result<()> {
    Ok(())
}

pub(in crate::mql::stage) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let spec = check("$listSessions", value)?;
    if cx.namespace.db != "config" || cx.namespace.coll != "system.sessions" {
        return Err(Error::new(
            code::INVALID_NAMESPACE,
            "$listSessions may only be run against config.system.sessions",
        ));
    }
    Ok(asked("$listSessions", spec, |spec, cx| {
        cx.host.list_sessions(spec, false)
    }))
}

pub(in crate::mql::stage) fn parse_local(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let spec = check("$listLocalSessions", value)?;
    if !cx.namespace.is_collectionless() {
        return Err(Error::new(
            code::INVALID_NAMESPACE,
            "$listLocalSessions must be run against the database with {aggregate: 1}, not a collection",
        ));
    }
    Ok(asked("$listLocalSessions", spec, |spec, cx| {
        cx.host.list_sessions(spec, true)
    }))
}

fn check<'a>(stage: &str, value: &'a Bson) -> Result<&'a Document> {
    let Bson::Document(spec) = value else {
        let found = text::type_name(value);
        return Err(Error::type_mismatch(format!(
            "{stage} options must be specified in an object, but found: {found}"
        )));
    };
    let mut all = false;
    let mut some = false;
    for (name, value) in spec {
        let field = format!("{stage}.{name}");
        match name.as_str() {
            "allUsers" => all = idl::boolean(&field, value)?,
            "users" => {
                let Bson::Array(users) = value else {
                    return Err(idl::wrong_type(&field, value, "array"));
                };
                some = !users.is_empty();
                users.iter().try_for_each(|user| check_user(&field, user))?;
            }
            "$_internalPredicate" => {}
            _ => return Err(idl::unknown(&field)),
        }
    }
    if all && some {
        return Err(Error::new(
            code::UNSUPPORTED_FORMAT,
            format!(
                "{stage} may not specify {{allUsers:true}} and {{users:[...]}} at the same time"
            ),
        ));
    }
    Ok(spec)
}

fn check_user(field: &str, user: &Bson) -> Result<()> {
    let user = idl::document(field, user)?;
    for name in ["user", "db"] {
        let field = format!("{field}.{name}");
        match user.get(name) {
            Some(value) => idl::string(&field, value)?,
            None => return Err(idl::missing(&field)),
        };
    }
    Ok(())
}
