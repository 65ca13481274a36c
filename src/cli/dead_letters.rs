//! `rhaiver dead-letters`: events that no handler could handle.

use std::io::{self, Write as _};

use bson::oid::ObjectId;
use bson::{Bson, Document};

use super::args::{DeadLettersArgs, DeadLettersCommand, Global, Selection};
use super::connection::{connected, refused};
use crate::client::Cluster;
use crate::diag::{Diagnostic, Kind};
use crate::stream::admin;
use crate::stream::letters::{Chosen, DeadLetter, DeadLetters, LetterState};
use crate::value::ejson::{self, Mode, stringify};
use crate::value::inspect::{Node, Style, inspect};

/// Runs the command.
pub fn dead_letters(global: &Global, args: &DeadLettersArgs) -> anyhow::Result<u8> {
    let command = args.command.clone();
    connected(global, async |cluster| {
        let desk = DeadLetters::new(cluster.client());
        match &command {
            DeadLettersCommand::List {
                stream,
                filter,
                limit,
                json,
            } => {
                let chosen = Chosen {
                    stream: stream.clone(),
                    filter: filter.clone(),
                    ..Chosen::default()
                };
                list(&desk, &chosen, *limit, *json).await?;
            }
            DeadLettersCommand::Show { id, json } => {
                show(&desk, *id, *json, global.color.on_stdout()).await?;
            }
            DeadLettersCommand::Redeliver(selection) => {
                let count = redeliver(&desk, &chosen(selection)).await?;
                if count > 0 && !global.quiet {
                    remind(&cluster, &desk, &chosen(selection)).await?;
                }
            }
            DeadLettersCommand::Discard(selection) => discard(&desk, &chosen(selection)).await?,
        }
        Ok(0)
    })
}

fn chosen(selection: &Selection) -> Chosen {
    Chosen {
        ids: selection.ids.iter().copied().map(Bson::ObjectId).collect(),
        stream: selection.stream.clone(),
        filter: selection.filter.clone(),
        state: None,
    }
}

async fn list(desk: &DeadLetters, chosen: &Chosen, limit: u32, json: bool) -> anyhow::Result<()> {
    let letters = desk.list(chosen, limit).await.map_err(refused)?;
    let mut out = io::stdout().lock();
    if json {
        let lines: Result<Vec<String>, _> = letters
            .iter()
            .map(|letter| stringify(&letter.to_document().into(), Mode::Relaxed, ""))
            .collect();
        match letters.is_empty() {
            true => writeln!(out, "[]")?,
            false => writeln!(out, "[\n{}\n]", lines?.join(",\n"))?,
        }
    } else if letters.is_empty() {
        writeln!(out, "no dead letters")?;
    } else {
        for letter in &letters {
            writeln!(out, "{}", line(letter))?;
        }
    }
    if limit > 0 && letters.len() as u64 == u64::from(limit) {
        writeln!(io::stderr(), "the first {limit}; more with --limit N")?;
    }
    Ok(())
}

/// `64f… orders dead insert shop.orders {"_id":1} (3 tries, generation 1f2e…) at h.rhai:3:4: message`
fn line(letter: &DeadLetter) -> String {
    let id = match &letter.id {
        Bson::ObjectId(id) => id.to_hex(),
        other => other.to_string(),
    };
    let key = letter.key.clone().map(Bson::Document);
    let key = key.and_then(|key| stringify(&key, Mode::Relaxed, "").ok());
    let attempts = match letter.attempts {
        1 => "1 try".into(),
        n => format!("{n} tries"),
    };
    let error = match &letter.error.at {
        Some(at) => format!("{at}: {}", letter.error.message),
        None => letter.error.message.clone(),
    };
    format!(
        "{id} {} {} {} {} {} ({attempts}, generation {}, {}) {}",
        letter.stream,
        letter.state.as_str(),
        letter.event.get_str("operationType").unwrap_or("-"),
        letter.namespace,
        key.unwrap_or_default(),
        letter.generation,
        letter
            .created_at
            .try_to_rfc3339_string()
            .unwrap_or_default(),
        error.lines().next().unwrap_or_default(),
    )
}

async fn show(desk: &DeadLetters, id: ObjectId, json: bool, color: bool) -> anyhow::Result<()> {
    let id = Bson::ObjectId(id);
    let Some(letter) = desk.show(&id).await.map_err(refused)? else {
        let chosen = Chosen {
            ids: vec![id],
            ..Chosen::default()
        };
        return Err(none_of(&chosen).into());
    };
    let letter = Bson::Document(letter.to_document());
    let text = match json {
        true => stringify(&letter, Mode::Relaxed, "  ")?,
        false => inspect(&Node::from(&letter), &Style::full().with_colors(color)),
    };
    writeln!(io::stdout(), "{text}")?;
    Ok(())
}

async fn redeliver(desk: &DeadLetters, chosen: &Chosen) -> anyhow::Result<u64> {
    let count = desk.redeliver(chosen).await.map_err(refused)?;
    if count == 0 && !chosen.ids.is_empty() {
        check_undead(desk, chosen).await?;
    }
    writeln!(io::stdout(), "{} to be delivered again", letters(count))?;
    Ok(count)
}

/// Letters that are there, and that need nobody to ask.
async fn check_undead(desk: &DeadLetters, chosen: &Chosen) -> anyhow::Result<()> {
    let found = desk.list(chosen, 1).await.map_err(refused)?;
    match found.first().map(|letter| letter.state) {
        None => Err(none_of(chosen).into()),
        Some(LetterState::Blocked) => Err(Diagnostic::new(
            Kind::Script,
            "the event blocks its document: it is tried again by itself, and at each edit",
        )
        .hint("mend the handler; or let the document go on without it: `rhaiver dead-letters discard ID`")
        .into()),
        Some(_) => Ok(()),
    }
}

/// Says of which streams nobody is there who could deliver the letters.
async fn remind(cluster: &Cluster, desk: &DeadLetters, chosen: &Chosen) -> anyhow::Result<()> {
    let asked = Chosen {
        state: Some(LetterState::Redeliver),
        ..chosen.clone()
    };
    let letters = desk.list(&asked, 1000).await.map_err(refused)?;
    let mut streams: Vec<String> = letters.into_iter().map(|letter| letter.stream).collect();
    streams.dedup();
    let known = admin::streams(cluster.client()).await.map_err(refused)?;
    let runs = |id: &str| {
        let mut of_this = known
            .iter()
            .filter(|stream| stream.get_str("_id").is_ok_and(|known| known == id));
        of_this.any(|stream| stream.get_bool("leased").unwrap_or(false))
    };
    for stream in streams.iter().filter(|id| !runs(id)) {
        writeln!(
            io::stderr(),
            "nobody runs the stream `{stream}` now: they are delivered once it is attached"
        )?;
    }
    Ok(())
}

async fn discard(desk: &DeadLetters, chosen: &Chosen) -> anyhow::Result<()> {
    let count = desk.discard(chosen).await.map_err(refused)?;
    if count == 0 && !chosen.ids.is_empty() {
        return Err(none_of(chosen).into());
    }
    writeln!(io::stdout(), "{} discarded", letters(count))?;
    Ok(())
}

fn letters(count: u64) -> String {
    match count {
        1 => "1 dead letter".into(),
        n => format!("{n} dead letters"),
    }
}

fn none_of(chosen: &Chosen) -> Diagnostic {
    let ids: Vec<String> = chosen
        .ids
        .iter()
        .filter_map(|id| Some(id.as_object_id()?.to_hex()))
        .collect();
    let message = format!("there is no such dead letter: {}", ids.join(", "));
    Diagnostic::new(Kind::Script, message)
        .hint("`rhaiver dead-letters list` shows those that are there")
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
