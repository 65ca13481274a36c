//! What a role of the database may do.

use bson::{Document, doc};

use super::Db;
use super::commands::{read, reply};
use super::users::{need, one_of, send, without_name};
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::convert;
use crate::script::error::Outcome;

pub(super) const METHODS: &[Method] = methods! {
    /// Creates a role of this database: `role`, `privileges` and `roles`.
    ///
    /// ```js
    /// db.createRole({ role: "auditor", privileges: [], roles: ["read"] })
    /// db.dropRole("auditor")
    /// ```
    createRole("role, writeConcern?") => create_role;
    /// Replaces a role's privileges or inherited roles.
    ///
    /// ```js
    /// db.createRole({ role: "auditor", privileges: [], roles: ["read"] })
    /// db.updateRole("auditor", { roles: [] })
    /// db.dropRole("auditor")
    /// ```
    updateRole("rolename, update, writeConcern?") => update_role;
    /// Drops a role.
    ///
    /// ```js
    /// db.createRole({ role: "auditor", privileges: [], roles: [] })
    /// db.dropRole("auditor")
    /// ```
    dropRole("rolename, writeConcern?") => drop_role;
    /// Drops all roles that were created on this database.
    ///
    /// ```js
    /// db.dropAllRoles()
    /// ```
    dropAllRoles("writeConcern?") => drop_all_roles;
    /// One role, or null; options as of the command rolesInfo.
    ///
    /// ```js
    /// db.getRole("read", { showPrivileges: true })
    /// ```
    getRole("rolename, options?") => get_role;
    /// The roles of this database; options as of the command rolesInfo.
    ///
    /// ```js
    /// db.getRoles({ showBuiltinRoles: true })
    /// ```
    getRoles("options?") => get_roles;
    /// Lets a role inherit others.
    ///
    /// ```js
    /// db.createRole({ role: "auditor", privileges: [], roles: [] })
    /// db.grantRolesToRole("auditor", ["read"])
    /// db.dropRole("auditor")
    /// ```
    grantRolesToRole("rolename, roles, writeConcern?") => grant_roles;
    /// Ends a role's inheriting of others.
    ///
    /// ```js
    /// db.createRole({ role: "auditor", privileges: [], roles: ["read"] })
    /// db.revokeRolesFromRole("auditor", ["read"])
    /// db.dropRole("auditor")
    /// ```
    revokeRolesFromRole("rolename, roles, writeConcern?") => revoke_roles;
    /// Gives a role privileges.
    ///
    /// ```js
    /// db.createRole({ role: "auditor", privileges: [], roles: [] })
    /// db.grantPrivilegesToRole("auditor", [
    ///   { resource: { db: db.getName(), collection: "" }, actions: ["find"] },
    /// ])
    /// db.dropRole("auditor")
    /// ```
    grantPrivilegesToRole("rolename, privileges, writeConcern?") => grant_privileges;
    /// Takes privileges from a role.
    ///
    /// ```js
    /// let finding = { resource: { db: db.getName(), collection: "" }, actions: ["find"] };
    /// db.createRole({ role: "auditor", privileges: [finding], roles: [] })
    /// db.revokePrivilegesFromRole("auditor", [finding])
    /// db.dropRole("auditor")
    /// ```
    revokePrivilegesFromRole("rolename, privileges, writeConcern?") => revoke_privileges;
};

fn create_role(call: &mut Call<'_>) -> Outcome {
    let role = call.doc(0)?;
    need(&role, &["role", "privileges", "roles"])?;
    let rest = without_name(&role, "role", "createRole")?;
    let mut command = doc! { "createRole": convert::owned_document(&role)?.remove("role") };
    command.extend(rest);
    send(call, command, 1)
}

fn update_role(call: &mut Call<'_>) -> Outcome {
    let mut command = doc! { "updateRole": call.string(0)? };
    command.extend(call.document(1)?);
    send(call, command, 2)
}

fn drop_role(call: &mut Call<'_>) -> Outcome {
    send(call, doc! { "dropRole": call.string(0)? }, 1)
}

fn drop_all_roles(call: &mut Call<'_>) -> Outcome {
    send(call, doc! { "dropAllRolesFromDatabase": 1 }, 0)
}

const INFO_OPTIONS: &[&str] = &[
    "showPrivileges",
    "showBuiltinRoles",
    "showAuthenticationRestrictions",
    "comment",
];

fn get_role(call: &mut Call<'_>) -> Outcome {
    let name = call.string(0)?;
    let database = call.this::<Db>()?.name().to_string();
    let mut command = doc! { "rolesInfo": { "role": &name, "db": database } };
    call.options(1, INFO_OPTIONS)?
        .copy_into(&mut command, INFO_OPTIONS)?;
    one_of(&read(call, command)?, "roles", "role", &name)
}

fn get_roles(call: &mut Call<'_>) -> Outcome {
    let mut command = doc! { "rolesInfo": 1 };
    call.options(0, INFO_OPTIONS)?
        .copy_into(&mut command, INFO_OPTIONS)?;
    reply(read(call, command)?)
}

fn grant_roles(call: &mut Call<'_>) -> Outcome {
    of_role(call, "grantRolesToRole", "roles")
}

fn revoke_roles(call: &mut Call<'_>) -> Outcome {
    of_role(call, "revokeRolesFromRole", "roles")
}

fn grant_privileges(call: &mut Call<'_>) -> Outcome {
    of_role(call, "grantPrivilegesToRole", "privileges")
}

fn revoke_privileges(call: &mut Call<'_>) -> Outcome {
    of_role(call, "revokePrivilegesFromRole", "privileges")
}

fn of_role(call: &Call<'_>, command: &str, what: &str) -> Outcome {
    let command: Document = doc! { command: call.string(0)?, what: call.bson(1)? };
    send(call, command, 2)
}
