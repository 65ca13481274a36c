//! `rhaiver dead-letters`: events that no handler could handle.

use std::io::{self, Write as _};

use bson::oid::ObjectId;
use bson::{Bson, Document};
use futures_util::TryStreamExt as _;

use super::args::{DeadLettersArgs, DeadLettersCommand, Global, Selection};
use super::connection::{connected, refused};
use crate::client::{ClientError, Cluster};
use crate::diag::{Diagnostic, Kind};
use crate::stream::admin::{self, Chosen, time_of};
use crate::value::ejson::{self, Mode, stringify};
use crate::value::inspect::{Node, Style, inspect};

/// Runs the command.
pub fn dead_letters(global: &Global, args: &DeadLettersArgs) -> anyhow::Result<u8> {
    let color = global.color.on_stdout();
    match &args.command {
        DeadLettersCommand::List {
            stream,
            filter,
            json,
        } => {
            let chosen = Chosen {
                ids: Vec::new(),
                stream: stream.clone(),
                filter: filter.clone(),
            };
            connected(global, async |cluster| list(&cluster, &chosen, *json).await)
        }
        DeadLettersCommand::Show { id, json } => connected(global, async |cluster| {
            show(&cluster, *id, *json, color).await
        }),
        DeadLettersCommand::Redeliver(selection) => {
            let chosen = chosen(selection);
            connected(global, async |cluster| {
                redeliver(global, &cluster, &chosen).await
            })
        }
        DeadLettersCommand::Discard(selection) => {
            let chosen = chosen(selection);
            connected(global, async |cluster| {
                discard(global, &cluster, &chosen).await
            })
        }
    }
}

fn chosen(selection: &Selection) -> Chosen {
    Chosen {
        ids: selection.ids.clone(),
        stream: selection.stream.clone(),
        filter: selection.filter.clone(),
    }
}

async fn list(cluster: &Cluster, chosen: &Chosen, json: bool) -> anyhow::Result<u8> {
    let mut found = admin::list(cluster.client(), chosen)
        .await
        .map_err(refused)?;
    let mut out = io::stdout().lock();
    let mut count = 0;
    while let Some(letter) = found.try_next().await.map_err(client_error)? {
        match (json, count) {
            (true, 0) => writeln!(out, "[")?,
            (true, _) => writeln!(out, ",")?,
            (false, _) => writeln!(out, "{}", line(&letter))?,
        }
        if json {
            write!(out, "{}", stringify(&letter.into(), Mode::Relaxed, "")?)?;
        }
        count += 1;
    }
    match (json, count) {
        (true, 0) => writeln!(out, "[]")?,
        (true, _) => writeln!(out, "\n]")?,
        (false, 0) => writeln!(out, "no dead letters")?,
        (false, _) => {}
    }
    Ok(0)
}

/// `64f… orders dead insert shop.orders {"_id":1} (3 tries, generation 1f2e…) at h.rhai:3:4: message`
fn line(letter: &Document) -> String {
    let text = |key: &str| letter.get_str(key).unwrap_or("-").to_string();
    let id = letter.get_object_id("_id").map(ObjectId::to_hex);
    let event = letter.get_document("event").ok();
    let operation = event.and_then(|e| e.get_str("operationType").ok());
    let key = letter.get("key").or_else(|| event?.get("documentKey"));
    let key = key.and_then(|key| stringify(key, Mode::Relaxed, "").ok());
    let attempts = match letter.get("attempts") {
        Some(Bson::Int32(1) | Bson::Int64(1)) => "1 try".into(),
        Some(n) => format!("{n} tries"),
        None => "no try".into(),
    };
    format!(
        "{} {} {} {} {} {} ({attempts}, generation {}, {}){}",
        id.unwrap_or_else(|_| "-".into()),
        text("stream"),
        text("state"),
        operation.unwrap_or("-"),
        namespace(letter),
        key.unwrap_or_default(),
        text("generation"),
        time_of(letter.get("createdAt")).unwrap_or_default(),
        error(letter),
    )
}

fn namespace(letter: &Document) -> String {
    match letter.get("namespace") {
        Some(Bson::String(name)) => name.clone(),
        Some(Bson::Document(ns)) => {
            let part = |key: &str| ns.get_str(key).unwrap_or_default().to_string();
            format!("{}.{}", part("db"), part("coll"))
        }
        _ => "-".into(),
    }
}

fn error(letter: &Document) -> String {
    let Ok(error) = letter.get_document("error") else {
        return String::new();
    };
    let message = error.get_str("message").unwrap_or_default();
    match error.get_str("at") {
        Ok(at) => format!(" {at}: {message}"),
        Err(_) => format!(" {message}"),
    }
}

async fn show(cluster: &Cluster, id: ObjectId, json: bool, color: bool) -> anyhow::Result<u8> {
    let chosen = Chosen {
        ids: vec![id],
        ..Chosen::default()
    };
    let mut found = admin::list(cluster.client(), &chosen)
        .await
        .map_err(refused)?;
    let Some(letter) = found.try_next().await.map_err(client_error)? else {
        return Err(none_of(&chosen).into());
    };
    let letter = Bson::Document(letter);
    let text = match json {
        true => stringify(&letter, Mode::Relaxed, "  ")?,
        false => inspect(&Node::from(&letter), &Style::full().with_colors(color)),
    };
    writeln!(io::stdout(), "{text}")?;
    Ok(0)
}

async fn redeliver(global: &Global, cluster: &Cluster, chosen: &Chosen) -> anyhow::Result<u8> {
    let count = admin::redeliver(cluster.client(), chosen)
        .await
        .map_err(refused)?;
    if count == 0 && !chosen.ids.is_empty() {
        check_undead(cluster, chosen).await?;
    }
    writeln!(io::stdout(), "{} to be delivered again", letters(count))?;
    if count > 0 && !global.quiet {
        for stream in waiting(cluster, chosen).await? {
            writeln!(
                io::stderr(),
                "nobody runs the stream `{stream}` now: they are delivered once it is attached"
            )?;
        }
    }
    Ok(0)
}

/// Letters that are there, and that need nobody to ask.
async fn check_undead(cluster: &Cluster, chosen: &Chosen) -> anyhow::Result<()> {
    let mut found = admin::list(cluster.client(), chosen)
        .await
        .map_err(refused)?;
    let letter = found.try_next().await.map_err(client_error)?;
    match letter.as_ref().map(|letter| letter.get_str("state")) {
        None => Err(none_of(chosen).into()),
        Some(Ok("blocked")) => Err(Diagnostic::new(
            Kind::Script,
            "the event blocks its document: it is tried again by itself, and at each edit",
        )
        .hint("mend the handler; or let the document go on without it: `rhaiver dead-letters discard ID`")
        .into()),
        Some(_) => Ok(()),
    }
}

/// The streams of the letters that no process runs.
async fn waiting(cluster: &Cluster, chosen: &Chosen) -> anyhow::Result<Vec<String>> {
    let client = cluster.client();
    let mut streams = admin::streams_of(client, chosen).await.map_err(refused)?;
    let known = admin::streams(client).await.map_err(refused)?;
    streams.retain(|id| {
        let mut of_this = known
            .iter()
            .filter(|s| s.get_str("_id").is_ok_and(|s| s == id));
        !of_this.any(|stream| stream.get_bool("leased").unwrap_or(false))
    });
    Ok(streams)
}

async fn discard(global: &Global, cluster: &Cluster, chosen: &Chosen) -> anyhow::Result<u8> {
    let count = admin::discard(cluster.client(), chosen)
        .await
        .map_err(refused)?;
    if count == 0 && !chosen.ids.is_empty() {
        return Err(none_of(chosen).into());
    }
    if !global.quiet {
        writeln!(io::stdout(), "{} discarded", letters(count))?;
    }
    Ok(0)
}

fn letters(count: u64) -> String {
    match count {
        1 => "1 dead letter".into(),
        n => format!("{n} dead letters"),
    }
}

fn none_of(chosen: &Chosen) -> Diagnostic {
    let ids: Vec<String> = chosen.ids.iter().map(|id| id.to_hex()).collect();
    let message = format!("there is no such dead letter: {}", ids.join(", "));
    Diagnostic::new(Kind::Script, message)
        .hint("`rhaiver dead-letters list` shows those that are there")
}

fn client_error(e: mongodb::error::Error) -> Diagnostic {
    refused(ClientError::from(e))
}

/// Reads a query from the command line: EJSON, relaxed or canonical.
///
/// # Errors
/// Where it is none, or no document.
pub fn query(text: &str) -> Result<Document, String> {
    match ejson::parse(text) {
        Ok(Bson::Document(query)) => Ok(query),
        Ok(_) => Err("a filter is a document: {\"error.code\": 121}".into()),
        Err(e) => Err(format!("it is no EJSON: {e}")),
    }
}
