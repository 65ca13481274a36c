//! How far the replica set's members are, as `db` and `rs` tell it.
//!
//! Texts as in mongosh 2. Dates in them are JavaScript's, in the machine's own time zone.

use bson::{Bson, DateTime, Document, doc};
use jiff::tz::TimeZone;

use super::Db;
use super::commands::reply;
use crate::methods;
use crate::script::api::{Call, Method};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::shell::collection::stats;
use crate::script::shell::report::{Kind, Report};
use crate::script::shell::target::Target;
use crate::value::Date;

pub(super) const METHODS: &[Method] = methods! {
    /// The size of the oplog and the time that it spans.
    ///
    /// ```js
    /// db.getReplicationInfo().timeDiffHours
    /// ```
    getReplicationInfo("") => get_replication_info;
    /// The size of the oplog and the time that it spans, in words.
    ///
    /// ```js
    /// db.printReplicationInfo()
    /// ```
    printReplicationInfo("") => print_replication_info;
    /// How far each secondary is behind, in words.
    ///
    /// ```js
    /// db.printSecondaryReplicationInfo()
    /// ```
    printSecondaryReplicationInfo("") => print_secondary_replication_info;
};

const MEGABYTE: f64 = 1024.0 * 1024.0;

fn get_replication_info(call: &mut Call<'_>) -> Outcome {
    reply(info(call, &call.this::<Db>()?.target())?)
}

fn print_replication_info(call: &mut Call<'_>) -> Outcome {
    let target = call.this::<Db>()?.target();
    Report::outcome(Kind::Stats, info_in_words(call, &target)?)
}

fn print_secondary_replication_info(call: &mut Call<'_>) -> Outcome {
    let target = call.this::<Db>()?.target();
    Report::outcome(Kind::Stats, secondaries_in_words(call, &target)?)
}

/// The oplog's size and span.
fn info(call: &Call<'_>, target: &Target) -> Result<Document, Fault> {
    let oplog = Db::new(target.sibling("local")).collection("oplog.rs");
    let command = doc! { "listCollections": 1, "filter": { "name": "oplog.rs" } };
    if oplog.target().listing(call.host, command)?.is_empty() {
        return Err(ScriptError::argument(
            "[SHAPI-10002] Replication not detected. Are you connected to a replset?",
        )
        .into());
    }
    let stats = stats::of_collection(call, &oplog, 1.0)?;
    let first = oplog_end(call, oplog.target(), 1)?;
    let last = oplog_end(call, oplog.target(), -1)?;
    let most = number(stats.get("maxSize"));
    Ok(span(most, number(stats.get("size")), first, last))
}

/// The second of the oplog's first (1) or last (-1) entry.
fn oplog_end(call: &Call<'_>, local: &Target, direction: i32) -> Result<u32, Fault> {
    let command = doc! { "find": "oplog.rs", "sort": { "$natural": direction }, "limit": 1 };
    let found = local.listing(call.host, command)?;
    let entry = found.first().ok_or_else(|| {
        ScriptError::new(
            "MongoshRuntimeError",
            "objects not found in local.oplog.$main -- is this a new and empty db instance?",
        )
    })?;
    Ok(entry.get_timestamp("ts")?.time)
}

fn span(most: f64, size: f64, first: u32, last: u32) -> Document {
    let seconds = i64::from(last) - i64::from(first);
    let date = |seconds: u32| js_date(Date::from_millis(f64::from(seconds) * 1000.0));
    doc! {
        "configuredLogSizeMB": plain(most / MEGABYTE),
        "logSizeMB": plain(most.max(size) / MEGABYTE),
        "usedMB": plain((size / MEGABYTE * 100.0).ceil() / 100.0),
        "timeDiff": seconds,
        "timeDiffHours": plain(hours(seconds as f64)),
        "tFirst": date(first),
        "tLast": date(last),
        "now": js_date(Date::now()),
    }
}

/// Seconds as hours with two decimals.
fn hours(seconds: f64) -> f64 {
    (seconds / 36.0).round() / 100.0
}

fn js_date(date: Date) -> String {
    date.to_js_string(&TimeZone::system())
}

fn number(value: Option<&Bson>) -> f64 {
    match value {
        Some(Bson::Int32(n)) => f64::from(*n),
        Some(Bson::Int64(n)) => *n as f64,
        Some(Bson::Double(n)) => *n,
        _ => 0.0,
    }
}

/// A number as JavaScript has it: whole ones print without a fraction.
fn plain(n: f64) -> Bson {
    if n.fract() == 0.0 && n.abs() <= f64::from(i32::MAX) {
        Bson::Int32(n as i32)
    } else {
        Bson::Double(n)
    }
}

/// What `printReplicationInfo` says.
///
/// # Errors
/// The server's, or where there is no replication.
pub(in crate::script::shell) fn info_in_words(
    call: &Call<'_>,
    target: &Target,
) -> Result<Document, Fault> {
    let failed = match info(call, target) {
        Ok(info) => return Ok(words(&info)),
        Err(Fault::Script(e)) => e,
        Err(e) => return Err(e),
    };
    let hello = target.read_as_is(call.host, doc! { "hello": 1 })?;
    if hello.get_bool("arbiterOnly").unwrap_or(false) {
        return Ok(doc! { "message": "cannot provide replication status from an arbiter" });
    }
    if !hello.get_bool("isWritablePrimary").unwrap_or(false) {
        let mut said = doc! {
            "message": "this is a secondary, printing secondary replication info."
        };
        said.extend(secondaries_in_words(call, target)?);
        return Ok(said);
    }
    Err(Fault::Script(failed))
}

fn words(info: &Document) -> Document {
    let get = |key: &str| match info.get(key) {
        Some(Bson::String(text)) => text.clone(),
        other => crate::value::js::js_number(number(other)),
    };
    doc! {
        "actual oplog size": format!("{} MB", get("logSizeMB")),
        "configured oplog size": format!("{} MB", get("configuredLogSizeMB")),
        "log length start to end":
            format!("{} secs ({} hrs)", get("timeDiff"), get("timeDiffHours")),
        "oplog first event time": get("tFirst"),
        "oplog last event time": get("tLast"),
        "now": get("now"),
    }
}

/// What `printSecondaryReplicationInfo` says.
///
/// # Errors
/// The server's, or where there is no replication.
pub(in crate::script::shell) fn secondaries_in_words(
    call: &Call<'_>,
    target: &Target,
) -> Result<Document, Fault> {
    let local = target.sibling("local");
    let command = doc! { "find": "system.replset", "limit": 1 };
    if local.listing(call.host, command)?.is_empty() {
        return Err(ScriptError::argument(
            "[SHAPI-10002] local.system.replset is empty. Are you connected to a replica set?",
        )
        .into());
    }
    let admin = target.sibling("admin");
    let status = admin.read_as_is(call.host, doc! { "replSetGetStatus": 1 })?;
    let members = status.get_array("members")?.iter();
    Ok(lags(members.filter_map(Bson::as_document)))
}

const PRIMARY: i32 = 1;
const ARBITER: i32 = 7;

fn lags<'a>(members: impl Iterator<Item = &'a Document> + Clone) -> Document {
    let state = |m: &Document| m.get_i32("state").unwrap_or_default();
    let optime = |m: &Document| m.get_datetime("optimeDate").ok().copied();
    let primary = members.clone().find(|m| state(m) == PRIMARY);
    let newest = match primary {
        Some(primary) => optime(primary),
        None => members.clone().filter_map(optime).max(),
    };
    members
        .filter(|m| state(m) != PRIMARY && state(m) != ARBITER)
        .map(|m| {
            let name = format!("source: {}", m.get_str("name").unwrap_or_default());
            let healthy = number(m.get("health")) != 0.0 && m.contains_key("optime");
            let said = match (optime(m), newest) {
                (Some(at), Some(newest)) if healthy => lag(at, newest, primary.is_some()),
                _ => doc! { "no replication info, yet.  State": m.get_str("stateStr").ok() },
            };
            (name, Bson::Document(said))
        })
        .collect()
}

fn lag(at: DateTime, newest: DateTime, behind_primary: bool) -> Document {
    let seconds = (newest.timestamp_millis() - at.timestamp_millis()) as f64 / 1000.0;
    let whom = match behind_primary {
        true => "primary ",
        false => "freshest member (no primary available at the moment)",
    };
    let (rounded, hours) = (seconds.round(), crate::value::js::js_number(hours(seconds)));
    doc! {
        "syncedTo": js_date(Date::from_millis(at.timestamp_millis() as f64)),
        "replLag": format!("{rounded} secs ({hours} hrs) behind the {whom}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(name: &str, state: i32, at: i64) -> Document {
        doc! {
            "name": name, "state": state, "stateStr": "STARTUP", "health": 1.0, "optime": {},
            "optimeDate": DateTime::from_millis(at),
        }
    }

    #[test]
    fn lags_are_counted_from_the_primary_and_without_it_from_the_newest() {
        let members = [
            member("a", 1, 7_200_000),
            member("b", 2, 0),
            member("c", 7, 0),
        ];
        let said = lags(members.iter());
        let b = said.get_document("source: b").expect("b");
        assert_eq!(said.len(), 1);
        assert_eq!(
            b.get_str("replLag").expect("lag"),
            "7200 secs (2 hrs) behind the primary "
        );
        let said = lags(members[1..].iter());
        let b = said.get_document("source: b").expect("b");
        assert!(
            b.get_str("replLag")
                .expect("lag")
                .starts_with("0 secs (0 hrs) behind the fresh")
        );
    }

    #[test]
    fn a_member_that_is_down_has_no_lag() {
        let mut down = member("b", 8, 0);
        down.insert("health", 0.0);
        let said = lags([member("a", 1, 0), down].iter());
        let want = doc! { "source: b": { "no replication info, yet.  State": "STARTUP" } };
        assert_eq!(said, want);
    }

    #[test]
    fn the_oplog_in_words() {
        let said = words(&span(10.0 * MEGABYTE, MEGABYTE / 3.0, 100, 3_700));
        assert_eq!(said.get_str("actual oplog size").expect("size"), "10 MB");
        let length = said.get_str("log length start to end").expect("length");
        assert_eq!(length, "3600 secs (1 hrs)");
    }
}
