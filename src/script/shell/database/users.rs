//! Who may connect to the database.

use bson::{Bson, Document, doc};

use super::Db;
use super::commands::{read, reply};
use super::login;
use crate::methods;
use crate::script::Doc;
use crate::script::api::{Call, Method};
use crate::script::convert;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::shell::invalid;

pub(super) const METHODS: &[Method] = methods! {
    /// Creates a user of this database: `user`, `pwd` and `roles` at least.
    ///
    /// ```js
    /// db.createUser({ user: "ada", pwd: "secret", roles: ["readWrite"] })
    /// db.dropUser("ada")
    /// ```
    createUser("user, writeConcern?") => create_user;
    /// Changes a user's password, roles or custom data.
    ///
    /// ```js
    /// db.createUser({ user: "ada", pwd: "secret", roles: [] })
    /// db.updateUser("ada", { roles: ["read"], customData: { team: "billing" } })
    /// db.dropUser("ada")
    /// ```
    updateUser("username, update, writeConcern?") => update_user;
    /// Changes a user's password.
    ///
    /// ```js
    /// db.createUser({ user: "ada", pwd: "secret", roles: [] })
    /// db.changeUserPassword("ada", "more secret")
    /// db.dropUser("ada")
    /// ```
    changeUserPassword("username, password, writeConcern?") => change_user_password;
    /// Drops a user.
    ///
    /// ```js
    /// db.createUser({ user: "ada", pwd: "secret", roles: [] })
    /// db.dropUser("ada")
    /// ```
    dropUser("username, writeConcern?") => drop_user;
    /// Drops all users of this database.
    ///
    /// ```js
    /// db.dropAllUsers()
    /// ```
    dropAllUsers("writeConcern?") => drop_all_users;
    /// One user, or null; options as of the command usersInfo.
    ///
    /// ```js
    /// db.getUser("ada", { showPrivileges: true })
    /// ```
    getUser("username, options?") => get_user;
    /// The users of this database; options as of the command usersInfo.
    ///
    /// ```js
    /// db.getUsers({ showCredentials: false })
    /// ```
    getUsers("options?") => get_users;
    /// Gives a user more roles.
    ///
    /// ```js
    /// db.createUser({ user: "ada", pwd: "secret", roles: [] })
    /// db.grantRolesToUser("ada", ["read"])
    /// db.dropUser("ada")
    /// ```
    grantRolesToUser("username, roles, writeConcern?") => grant_roles;
    /// Takes roles from a user.
    ///
    /// ```js
    /// db.createUser({ user: "ada", pwd: "secret", roles: ["read"] })
    /// db.revokeRolesFromUser("ada", ["read"])
    /// db.dropUser("ada")
    /// ```
    revokeRolesFromUser("username, roles, writeConcern?") => revoke_roles;
    /// Logs in, as a user of this database: by name and password, or a document with `user`, `pwd`
    /// and `mechanism`. The connection is made anew.
    ///
    /// ```js
    /// db.createUser({ user: "ada", pwd: "secret", roles: [] })
    /// db.auth("ada", "secret")
    /// db.logout()
    /// db.dropUser("ada")
    /// ```
    auth("username, password?") => login::auth;
    /// Ends what auth began.
    ///
    /// ```js
    /// db.logout()
    /// ```
    logout("") => login::logout;
};

fn create_user(call: &mut Call<'_>) -> Outcome {
    let user = call.doc(0)?;
    let external = &*call.this::<Db>()?.name() == "$external";
    if external && user.contains("pwd") {
        return Err(invalid("Cannot set password for users on the $external database").into());
    }
    let needed: &[&str] = if external {
        &["user", "roles"]
    } else {
        &["user", "roles", "pwd"]
    };
    need(&user, needed)?;
    let rest = without_name(&user, "user", "createUser")?;
    let mut command = doc! { "createUser": convert::owned_document(&user)?.remove("user") };
    command.extend(digested(rest)?);
    send(call, command, 1)
}

/// Refuses a document that lacks a field.
pub(super) fn need(given: &Doc, fields: &[&str]) -> Result<(), Fault> {
    match fields.iter().find(|f| !given.contains(f)) {
        None => Ok(()),
        Some(missing) => Err(invalid(format!("Missing required property: \"{missing}\"")).into()),
    }
}

/// The document without the field that names its subject, and which may not name the command.
pub(super) fn without_name(given: &Doc, name: &str, command: &str) -> Result<Document, Fault> {
    if given.contains(command) {
        return Err(invalid(format!("Cannot set {command} field in helper method")).into());
    }
    let mut rest = convert::owned_document(given)?;
    rest.remove(name);
    Ok(rest)
}

/// The fields with `passwordDigestor` as the server knows it.
fn digested(mut fields: Document) -> Result<Document, Fault> {
    match fields.remove("passwordDigestor") {
        None => {}
        Some(Bson::String(who)) if who == "server" => {
            fields.insert("digestPassword", true);
        }
        Some(Bson::String(who)) if who == "client" => {
            return Err(ScriptError::unsupported(
                "passwordDigestor 'client' is not supported here: only SCRAM-SHA-1 has it, \
                 and it hashes with MD5",
            )
            .hint("leave it out, and the server makes the digest")
            .into());
        }
        Some(other) => {
            let other = other.as_str().map_or(other.to_string(), str::to_string);
            return Err(invalid(format!(
                "Invalid field: passwordDigestor must be 'client' or 'server', got {other}"
            ))
            .into());
        }
    }
    Ok(fields)
}

/// Sends a command to this database with the write concern of argument `concern`, if any.
pub(super) fn send(call: &Call<'_>, mut command: Document, concern: usize) -> Outcome {
    if call.given(concern).is_some() {
        command.insert("writeConcern", call.document(concern)?);
    }
    let target = call.this::<Db>()?.target();
    reply(target.change(call.host, command)?)
}

fn update_user(call: &mut Call<'_>) -> Outcome {
    let mut command = doc! { "updateUser": call.string(0)? };
    command.extend(digested(call.document(1)?)?);
    send(call, command, 2)
}

fn change_user_password(call: &mut Call<'_>) -> Outcome {
    let command = doc! { "updateUser": call.string(0)?, "pwd": call.string(1)? };
    send(call, command, 2)
}

fn drop_user(call: &mut Call<'_>) -> Outcome {
    send(call, doc! { "dropUser": call.string(0)? }, 1)
}

fn drop_all_users(call: &mut Call<'_>) -> Outcome {
    send(call, doc! { "dropAllUsersFromDatabase": 1 }, 0)
}

const INFO_OPTIONS: &[&str] = &[
    "showCredentials",
    "showCustomData",
    "showPrivileges",
    "showAuthenticationRestrictions",
    "filter",
    "comment",
];

fn get_user(call: &mut Call<'_>) -> Outcome {
    let name = call.string(0)?;
    let database = call.this::<Db>()?.name().to_string();
    let mut command = doc! { "usersInfo": { "user": &name, "db": database } };
    call.options(1, INFO_OPTIONS)?
        .copy_into(&mut command, INFO_OPTIONS)?;
    one_of(&read(call, command)?, "users", "user", &name)
}

/// The one of `list` whose `field` is `name`, or null.
pub(super) fn one_of(reply: &Document, list: &str, field: &str, name: &str) -> Outcome {
    let found = reply.get_array(list)?.iter().find(|entry| {
        entry
            .as_document()
            .is_some_and(|e| e.get_str(field).is_ok_and(|n| n == name))
    });
    Ok(convert::value_from(found.cloned().unwrap_or(Bson::Null)))
}

fn get_users(call: &mut Call<'_>) -> Outcome {
    let mut command = doc! { "usersInfo": 1 };
    call.options(0, INFO_OPTIONS)?
        .copy_into(&mut command, INFO_OPTIONS)?;
    reply(read(call, command)?)
}

fn grant_roles(call: &mut Call<'_>) -> Outcome {
    let command = doc! { "grantRolesToUser": call.string(0)?, "roles": call.bson(1)? };
    send(call, command, 2)
}

fn revoke_roles(call: &mut Call<'_>) -> Outcome {
    let command = doc! { "revokeRolesFromUser": call.string(0)?, "roles": call.bson(1)? };
    send(call, command, 2)
}
