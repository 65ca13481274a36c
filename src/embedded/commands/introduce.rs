//! `rhaiverIntroduce`: a process that serves TCP for a database that another process owns says whom it brings.

use std::path::Path;
use std::sync::Arc;

use bson::Document;

use super::context::CommandContext;
use super::refused;
use super::request::Request;
use crate::embedded::auth::Users;
use crate::mql::{Error, Result, error::code};

/// Its name; no command of MongoDB's begins like this.
pub const NAME: &str = "rhaiverIntroduce";

/// `{rhaiverIntroduce: 1, local, remote, users?, testCommands?}`: from here on the connection is that of a
/// client at `remote`, who connected to `local` and has to log in as one of the file `users`, where there is
/// one. Only a connection over the socket of the data directory, which is the user's alone, may say this, and
/// only once.
///
/// # Errors
/// As for an unknown command elsewhere; `AuthenticationFailed` where the users cannot be read.
pub fn introduce(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    if !std::mem::take(&mut cx.connection.may_introduce) {
        return Err(refused::unknown(NAME));
    }
    let text = |name: &str| request.body().get_str(name).map(str::to_owned);
    if let Ok(file) = text("users") {
        let users = Users::load(Path::new(&file)).map_err(|e| {
            Error::new(
                code::AUTHENTICATION_FAILED,
                format!("cannot read the users: {e}"),
            )
        })?;
        cx.connection.users = Some(Arc::new(users));
    }
    cx.connection.local = text("local").unwrap_or_default();
    cx.connection.remote = text("remote").unwrap_or_default();
    cx.connection.test_commands |= request.body().get_bool("testCommands").unwrap_or(false);
    Ok(Document::new())
}
