//! `rolesInfo`: the built-in roles. There are no others here, and none limits what a user may do.

use bson::{Bson, Document, doc};

use super::super::context::CommandContext;
use super::super::fields::{Field, Fields, Kind, type_name};
use super::super::request::Request;
use crate::mql::{Error, Result, error::code};

const FIELDS: &[Field] = &[
    Field::new("showAuthenticationRestrictions", Kind::SafeBoolean),
    Field::new("showBuiltinRoles", Kind::SafeBoolean),
    Field::new("showPrivileges", Kind::Any),
];

/// Those that every database has.
const OF_ANY: [&str; 6] = [
    "enableSharding",
    "dbAdmin",
    "userAdmin",
    "readWrite",
    "read",
    "dbOwner",
];

/// Those that only `admin` has.
const OF_ADMIN: [&str; 14] = [
    "__queryableBackup",
    "__system",
    "backup",
    "clusterAdmin",
    "clusterManager",
    "clusterMonitor",
    "dbAdminAnyDatabase",
    "directShardOperations",
    "hostManager",
    "readAnyDatabase",
    "readWriteAnyDatabase",
    "restore",
    "root",
    "userAdminAnyDatabase",
];

/// `rolesInfo`
pub fn roles_info(_: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let fields = Fields::parse("rolesInfo", request.body(), FIELDS)?;
    let restrictions = fields.bool("showAuthenticationRestrictions");
    let privileges = shows_privileges(&fields)?;
    let roles: Vec<_> = match request.body().get("rolesInfo").unwrap_or(&Bson::Null) {
        one if is_one(one) && !fields.bool("showBuiltinRoles") => Vec::new(),
        one if is_one(one) => built_in(&request.db)
            .map(|role| listed(role, &request.db, restrictions))
            .collect(),
        asked => {
            let names = match asked {
                Bson::Array(names) => names.as_slice(),
                name => std::slice::from_ref(name),
            };
            let names = names.iter().map(|name| named(name, &request.db));
            let names = names.collect::<Result<Vec<_>>>()?;
            let found = names.into_iter().flatten();
            found
                .map(|(role, db)| looked_up(role, db, restrictions))
                .collect()
        }
    };
    if privileges && !roles.is_empty() {
        return Err(no_privileges());
    }
    Ok(doc! { "roles": roles })
}

fn no_privileges() -> Error {
    let what =
        "the embedded database does not support rolesInfo.showPrivileges: roles limit nobody here";
    Error::new(code::NOT_IMPLEMENTED, what)
}

fn is_one(value: &Bson) -> bool {
    match value {
        Bson::Int32(n) => *n == 1,
        Bson::Int64(n) => *n == 1,
        Bson::Double(n) => *n == 1.0,
        _ => false,
    }
}

fn shows_privileges(fields: &Fields<'_>) -> Result<bool> {
    const NAME: &str = "showPrivileges";
    match fields.get(NAME) {
        None | Some(Bson::Boolean(_) | Bson::Int32(_) | Bson::Int64(_) | Bson::Double(_)) => {
            Ok(fields.bool(NAME))
        }
        Some(Bson::String(form)) if form == "asUserFragment" => Err(no_privileges()),
        Some(other) => Err(Error::bad_value(format!(
            "Failed to parse 'showPrivileges'. 'showPrivileges' should either be a boolean or the string 'asUserFragment', given: showPrivileges: {other}"
        ))),
    }
}

fn built_in(db: &str) -> impl Iterator<Item = &'static str> {
    let more = (db == "admin").then_some(OF_ADMIN);
    OF_ANY.into_iter().chain(more.into_iter().flatten())
}

/// The role of that name, if there is one, and its database.
fn named<'a>(name: &'a Bson, db: &'a str) -> Result<Option<(&'static str, &'a str)>> {
    let (role, db) = match name {
        Bson::String(role) => (role.as_str(), db),
        Bson::Document(name) => {
            let fields = name
                .iter()
                .filter(|(field, _)| ["role", "db"].contains(&field.as_str()));
            for (field, value) in fields {
                check_text(value, field)?;
            }
            let [role, db] = ["role", "db"].map(|field| {
                let missing = || bad(format!("must contain a field named: {field}"));
                name.get_str(field).map_err(|_| missing())
            });
            (role?, db?)
        }
        _ => return Err(bad("must be either a string or an object".to_owned())),
    };
    let found = built_in(db).find(|known| *known == role);
    Ok(found.map(|role| (role, db)))
}

fn check_text(value: &Bson, field: &str) -> Result<()> {
    match value {
        Bson::String(_) => Ok(()),
        other => Err(bad(format!(
            "must contain a string field named: {field}. But, has type {}",
            type_name(other)
        ))),
    }
}

fn bad(what: String) -> Error {
    Error::bad_value(format!("RoleName {what}"))
}

fn listed(role: &str, db: &str, restrictions: bool) -> Document {
    let mut shown =
        doc! { "role": role, "db": db, "isBuiltin": true, "roles": [], "inheritedRoles": [] };
    if restrictions {
        shown.insert("authenticationRestrictions", Bson::Array(Vec::new()));
        shown.insert(
            "inheritedAuthenticationRestrictions",
            Bson::Array(Vec::new()),
        );
    }
    shown
}

/// The server shows a role that was asked for by its name in another order.
fn looked_up(role: &str, db: &str, restrictions: bool) -> Document {
    let mut shown = doc! { "db": db, "role": role, "roles": [] };
    if restrictions {
        shown.insert("authenticationRestrictions", Bson::Array(Vec::new()));
    }
    shown.insert("inheritedRoles", Bson::Array(Vec::new()));
    if restrictions {
        shown.insert(
            "inheritedAuthenticationRestrictions",
            Bson::Array(Vec::new()),
        );
    }
    shown.insert("isBuiltin", true);
    shown
}
