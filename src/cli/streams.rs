//! `rhaiver streams`: what is known about each stream.

use std::io::Write as _;

use bson::{Bson, Document};

use super::args::{Global, StreamsArgs, StreamsCommand};
use super::connection::{connected, refused};
use super::table::Table;
use crate::client::Cluster;
use crate::diag::{Diagnostic, Kind};
use crate::stream::admin::{self, ForgetError, time_of};
use crate::value::ejson::{Mode, stringify};

/// Runs the command.
pub fn streams(global: &Global, args: &StreamsArgs) -> anyhow::Result<u8> {
    match &args.command {
        Some(StreamsCommand::Forget { id }) => connected(global, async |cluster: Cluster| {
            forget(&cluster, id).await?;
            Ok(0)
        }),
        None => connected(global, async |cluster: Cluster| {
            let streams = admin::streams(cluster.client()).await.map_err(refused)?;
            let text = match args.json {
                true => json(&streams)?,
                false => text(&streams),
            };
            write!(std::io::stdout(), "{text}")?;
            Ok(0)
        }),
    }
}

async fn forget(cluster: &Cluster, id: &str) -> anyhow::Result<()> {
    match admin::forget(cluster.client(), id).await {
        Ok(()) => Ok(()),
        Err(ForgetError::Client(e)) => Err(refused(e).into()),
        Err(e @ ForgetError::Running(_)) => Err(Diagnostic::new(Kind::Script, e.to_string())
            .hint("stop the process that runs it, then forget it")
            .into()),
        Err(e @ ForgetError::Unknown(_)) => Err(Diagnostic::new(Kind::Script, e.to_string())
            .hint("`rhaiver streams` lists those that are known")
            .into()),
    }
}

/// An array, one stream a line.
fn json(streams: &[Document]) -> anyhow::Result<String> {
    let lines: Result<Vec<String>, _> = streams
        .iter()
        .map(|stream| stringify(&Bson::Document(for_machines(stream)), Mode::Relaxed, ""))
        .collect();
    Ok(match lines?.join(",\n") {
        none if none.is_empty() => "[]\n".into(),
        lines => format!("[\n{lines}\n]\n"),
    })
}

/// The stored document, its `_id` as `id`, times of the cluster as dates.
fn for_machines(stream: &Document) -> Document {
    let mut shown = Document::new();
    for (key, value) in stream {
        match (key.as_str(), value) {
            ("_id", id) => shown.insert("id", id.clone()),
            ("clusterTime", Bson::Timestamp(at)) => {
                shown.insert(key, bson::DateTime::from_millis(i64::from(at.time) * 1000))
            }
            _ => shown.insert(key, value.clone()),
        };
    }
    shown
}

fn text(streams: &[Document]) -> String {
    if streams.is_empty() {
        return "no streams: `rhaiver attach FILE` makes one\n".into();
    }
    let mut table = Table::new(&[
        "STREAM",
        "STATE",
        "WATCHES",
        "OWNER",
        "AT",
        "LAG",
        "HANDLED",
        "FAILED",
        "DEAD",
        "GENERATION",
    ]);
    for stream in streams {
        table.row(row(stream));
    }
    let mut text = table.to_string();
    for stream in streams {
        if let Some(error) = last_error(stream) {
            text.push_str(&error);
        }
    }
    text
}

fn row(stream: &Document) -> Vec<String> {
    let word = |key: &str| stream.get_str(key).unwrap_or("-").to_string();
    let number = |key: &str| long(stream.get(key)).map_or("-".into(), |n| n.to_string());
    let leased = stream.get_bool("leased").unwrap_or(false);
    vec![
        word("_id"),
        word("state"),
        watched(stream),
        owner(stream),
        time_of(stream.get("clusterTime")).unwrap_or_else(|| "-".into()),
        // Of a stream that nobody runs, only the place is known.
        match long(stream.get("lag")) {
            Some(lag) if leased => format!("{lag} ms"),
            _ => "-".into(),
        },
        number("handled"),
        number("failed"),
        letters(stream),
        word("generation"),
    ]
}

fn watched(stream: &Document) -> String {
    let Ok(watch) = stream.get_array("watch") else {
        return "-".into();
    };
    let names: Vec<&str> = watch.iter().filter_map(Bson::as_str).collect();
    names.join(",")
}

fn owner(stream: &Document) -> String {
    let Ok(owner) = stream.get_document("owner") else {
        return "-".into();
    };
    let pid = long(owner.get("pid")).map_or("?".into(), |pid| pid.to_string());
    match owner.get_str("name").or_else(|_| owner.get_str("host")) {
        Ok(host) => format!("{pid}@{}", host.chars().take(20).collect::<String>()),
        Err(_) => pid,
    }
}

/// Dead letters, and with a `+` those of blocked documents.
fn letters(stream: &Document) -> String {
    let count = |state: &str| {
        let letters = stream.get_document("deadLetters").ok();
        letters.and_then(|l| long(l.get(state))).unwrap_or(0)
    };
    let dead = count("dead") + count("redeliver");
    match count("blocked") {
        0 => dead.to_string(),
        blocked => format!("{dead}+{blocked} blocked"),
    }
}

fn last_error(stream: &Document) -> Option<String> {
    let error = stream.get_document("lastError").ok()?;
    let id = stream.get_str("_id").unwrap_or_default();
    let at = time_of(error.get("at")).unwrap_or_default();
    let message = error.get_str("message").ok()?;
    Some(format!("[{id}] {at} {message}\n"))
}

fn long(value: Option<&Bson>) -> Option<i64> {
    match value? {
        Bson::Int32(n) => Some(i64::from(*n)),
        Bson::Int64(n) => Some(*n),
        #[allow(clippy::cast_possible_truncation)] // counts and milliseconds, shown to people
        Bson::Double(n) => Some(*n as i64),
        _ => None,
    }
}
