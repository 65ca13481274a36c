//! `listCommands`

use bson::{Bson, Document, doc};

use super::super::context::CommandContext;
use super::super::generic::API_V1;
use super::super::request::Request;
use super::super::table::COMMANDS;
use crate::mql::Result;

/// `listCommands`
pub fn list_commands(cx: &mut CommandContext<'_>, _: &Request) -> Result<Document> {
    let test = cx.server.options.test_commands;
    let shown = COMMANDS.iter().filter(|c| test || !c.traits.test_only);
    let shown = shown.map(|command| {
        let stable = API_V1.contains(&command.name);
        let versions: Vec<Bson> = stable.then(|| "1".into()).into_iter().collect();
        let about = doc! {
            "help": "",
            "requiresAuth": !command.traits.without_login,
            "secondaryOk": !command.traits.writes,
            "adminOnly": command.traits.admin_only,
            "apiVersions": versions,
            "deprecatedApiVersions": Bson::Array(Vec::new()),
        };
        (command.name.to_owned(), Bson::Document(about))
    });
    Ok(doc! { "commands": shown.collect::<Document>() })
}
