//! Logging in and out on a connection that is open.
//!
//! The driver logs in when it connects: `auth` connects anew as the user, and makes that the
//! connection of every value that was reached through the old one, as mongosh does.

use bson::doc;
use mongodb::options::{AuthMechanism, Credential};
use rhai::Dynamic;

use super::Db;
use crate::script::Doc;
use crate::script::api::{Call, Options};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::shell::invalid;

pub(super) fn auth(call: &mut Call<'_>) -> Outcome {
    let database = call.this::<Db>()?.name().to_string();
    let credential = match call.arg(0).into_string() {
        Ok(user) => {
            let password = call.opt_string(1)?;
            credential(database, Some(user), password, None)?
        }
        Err(_) => from_document(call, database)?,
    };
    let mongo = call.this::<Db>()?.target().mongo;
    mongo.log_in(call.host, credential)?;
    ok()
}

fn from_document(call: &Call<'_>, database: String) -> Result<Credential, Fault> {
    if call.doc(0)?.contains("digestPassword") {
        return Err(ScriptError::unsupported(
            "[COMMON-90002] digestPassword is not supported for authentication.",
        )
        .into());
    }
    let given: Options = call.options(0, &["user", "pwd", "mechanism"])?;
    let mechanism = given.string("mechanism")?;
    credential(
        database,
        given.string("user")?,
        given.string("pwd")?,
        mechanism,
    )
}

fn credential(
    database: String,
    user: Option<String>,
    password: Option<String>,
    mechanism: Option<String>,
) -> Result<Credential, Fault> {
    let (Some(user), Some(password)) = (user, password) else {
        return Err(invalid(
            "auth expects user document with at least 'user' and 'pwd' or 'mechanism' fields",
        )
        .into());
    };
    let mechanism = match mechanism.as_deref() {
        None => None,
        Some("SCRAM-SHA-1") => Some(AuthMechanism::ScramSha1),
        Some("SCRAM-SHA-256") => Some(AuthMechanism::ScramSha256),
        Some(other) => {
            return Err(ScriptError::unsupported(format!(
                "auth with the mechanism {other} is not supported here"
            ))
            .hint("name it in the connection string: ?authMechanism=…")
            .into());
        }
    };
    let mut credential = Credential::default();
    credential.username = Some(user);
    credential.password = Some(password);
    credential.source = Some(database);
    credential.mechanism = mechanism;
    Ok(credential)
}

pub(super) fn logout(call: &mut Call<'_>) -> Outcome {
    let target = call.this::<Db>()?.target();
    if !target.mongo.log_out() {
        target.command(call.host, doc! { "logout": 1 })?;
    }
    ok()
}

fn ok() -> Outcome {
    let mut result = Doc::new();
    result.set("ok", 1_i64.into())?;
    Ok(Dynamic::from(result))
}
