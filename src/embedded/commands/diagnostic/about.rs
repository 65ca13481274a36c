//! What the server and the connection are.

use bson::{Bson, Document, doc};

use super::super::context::CommandContext;
use super::super::fields::{Field, Fields, Kind};
use super::super::request::Request;
use crate::mql::Result;

/// The source of the version that this database behaves as.
pub const GIT_VERSION: &str = "c9a99c120371d4d4c52cbb15dac34a36ce8d3b1d";

/// `ping`
pub fn ping(_: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    Fields::parse("ping", request.body(), &[])?;
    Ok(Document::new())
}

/// `buildInfo`
pub fn build_info(_: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    Ok(doc! {
        "version": "6.0.5",
        "gitVersion": GIT_VERSION,
        "modules": ["rhaiver"],
        "allocator": "system",
        "javascriptEngine": "none",
        "sysInfo": "deprecated",
        "versionArray": [6, 0, 5, 0],
        "openssl": { "running": "disabled" },
        "buildEnvironment": {
            "distarch": std::env::consts::ARCH,
            "target_arch": std::env::consts::ARCH,
            "target_os": std::env::consts::OS,
        },
        "bits": 64,
        "debug": false,
        "maxBsonObjectSize": 16_777_216,
        "storageEngines": ["rhaiver"],
    })
}

/// `whatsmyuri`
pub fn whats_my_uri(cx: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    Ok(doc! { "you": &cx.connection.remote })
}

/// `connectionStatus`
pub fn connection_status(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    const FIELDS: &[Field] = &[Field::new("showPrivileges", Kind::SafeBoolean)];
    let fields = Fields::parse("connectionStatus", request.body(), FIELDS)?;
    let (mut users, mut roles) = (Vec::new(), Vec::new());
    if let Some((name, db)) = &cx.connection.user {
        users.push(Bson::Document(doc! { "user": name, "db": db }));
        roles.push(Bson::Document(doc! { "role": "root", "db": "admin" }));
    }
    let mut info = doc! { "authenticatedUsers": users, "authenticatedUserRoles": roles };
    if fields.bool("showPrivileges") {
        info.insert("authenticatedUserPrivileges", Bson::Array(Vec::new()));
    }
    Ok(doc! { "authInfo": info })
}

/// `features`
pub fn features(_: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    Ok(doc! { "js": { "utf8": true }, "oidMachine": 0_i64 })
}

/// `getnonce`
pub fn get_nonce(_: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    let nonce = format!("{:016x}", crate::embedded::server::random());
    Ok(doc! { "nonce": nonce })
}

/// `availableQueryOptions`
pub fn available_query_options(_: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    Ok(doc! { "options": 246 })
}

/// `getCmdLineOpts`
pub fn get_cmd_line_opts(cx: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    let options = &cx.server.options;
    let mut parsed = Document::new();
    if let Some(port) = options.listeners.iter().find_map(|l| l.port()) {
        parsed.insert("net", doc! { "port": i32::from(port) });
    }
    parsed.insert("replication", doc! { "replSet": &options.set_name });
    if options.auth.is_some() {
        parsed.insert("security", doc! { "authorization": "enabled" });
    }
    Ok(doc! { "argv": options.command_line.clone(), "parsed": parsed })
}

/// `usersInfo`: those of the users' file, with their one role.
pub fn list_users(cx: &mut CommandContext<'_>, request: &Request) -> Result<Document> {
    let all = cx.server.options.auth.as_ref().map(|users| users.all());
    let asked = request.body().get("usersInfo");
    let shown = all.unwrap_or_default().iter().filter(|user| match asked {
        Some(Bson::String(name)) => user.user == *name && user.db == request.db,
        Some(Bson::Document(d)) if d.contains_key("forAllDBs") => true,
        Some(Bson::Document(d)) => {
            d.get_str("user").is_ok_and(|name| name == user.user)
                && d.get_str("db").unwrap_or(&request.db) == user.db
        }
        _ => user.db == request.db,
    });
    let shown = shown.map(|user| {
        let mechanisms: Vec<_> = user.credentials.keys().map(|m| m.name()).collect();
        doc! {
            "_id": format!("{}.{}", user.db, user.user),
            "user": &user.user,
            "db": &user.db,
            "roles": [{ "role": "root", "db": "admin" }],
            "mechanisms": mechanisms,
        }
    });
    Ok(doc! { "users": shown.collect::<Vec<_>>() })
}
