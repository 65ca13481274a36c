//! Writes that may be held back: nobody can tell when they are sent.
//!
//! An insert's result is known beforehand, so only its error can tell: it must not be caught by
//! the script. An update or a delete must besides stand where its result is dropped. A `try`
//! guards what it encloses, and whatever may be called from there, in any source.

use std::collections::HashSet;

use rhai::{Expr, FnPtr, Position};

use super::Source;
use super::walk::{Place, Seen, statements};
use crate::script::shell::ambient::Holdable;
use crate::script::syntax::is_load;

const INSERTS: [&str; 2] = ["insertOne", "insertMany"];
const CHANGES: [&str; 5] = [
    "updateOne",
    "updateMany",
    "replaceOne",
    "deleteOne",
    "deleteMany",
];

/// Functions that call nothing of the script's: with other ones in a `try`, any closure may be
/// called there.
const CALL_NOTHING: [&str; 32] = [
    "insertOne",
    "insertMany",
    "updateOne",
    "updateMany",
    "replaceOne",
    "deleteOne",
    "deleteMany",
    "bulkWrite",
    "findOne",
    "find",
    "findOneAndUpdate",
    "findOneAndReplace",
    "findOneAndDelete",
    "countDocuments",
    "distinct",
    "aggregate",
    "toArray",
    "getCollection",
    "getSiblingDB",
    "runCommand",
    "createIndex",
    "createCollection",
    "drop",
    "print",
    "printjson",
    "toString",
    "parse",
    "stringify",
    "ObjectId",
    "ISODate",
    "Date",
    "caught error",
];

/// A call in the body of a function, or in the top level.
struct Found<'a> {
    /// The function that it stands in; nothing for the top level.
    within: Option<&'a str>,
    name: &'a str,
    position: Position,
    dropped: bool,
    guarded: bool,
    is_operator: bool,
}

/// Finds them. What `entries` return is dropped: the stream calls them.
pub fn find(sources: &[Source], entries: &HashSet<String>) -> Holdable {
    let calls = all_calls(sources, entries);
    let guarded = guarded_functions(sources, &calls);
    let open = may_run_others(sources);
    let is_guarded = |call: &Found<'_>| {
        call.guarded || call.within.is_some_and(|within| guarded.contains(within))
    };
    let mut found = Holdable::default();
    found.catches = open || calls.iter().any(|call| call.guarded);
    for call in &calls {
        let insert = INSERTS.contains(&call.name);
        if insert || CHANGES.contains(&call.name) {
            let may = (insert || call.dropped) && !is_guarded(call) && !open;
            found.note(call.position, may);
        }
    }
    found
}

fn all_calls<'a>(sources: &'a [Source], entries: &HashSet<String>) -> Vec<Found<'a>> {
    let mentioned = names_mentioned(sources);
    let mut calls = Vec::new();
    for source in sources {
        for body in &source.bodies {
            let name = body.name.as_deref();
            let returned =
                name.is_some_and(|name| entries.contains(name) && !mentioned.contains(name));
            let mut see = |seen: Seen<'a>, place: Place| {
                if let Seen::Call(f, position) = seen {
                    calls.push(Found {
                        within: name,
                        name: f.name.as_str(),
                        position,
                        dropped: place.dropped,
                        guarded: place.guarded,
                        is_operator: f.op_token.is_some(),
                    });
                }
            };
            statements(&body.statements, Place::of_body(returned, false), &mut see);
        }
    }
    calls
}

/// Whether functions may run sources that are not known: those may catch what they like.
fn may_run_others(sources: &[Source]) -> bool {
    let mut found = false;
    let mut see = |seen: Seen<'_>, _: Place| match seen {
        Seen::Import => found = true,
        Seen::Call(f, ..) => found |= f.name == "eval",
        Seen::Expr(expr) => found |= is_load(expr),
    };
    let bodies = sources.iter().flat_map(|source| &source.bodies);
    for body in bodies.filter(|body| body.name.is_some()) {
        statements(&body.statements, Place::of_body(false, false), &mut see);
    }
    found
}

/// The names that any source calls, or may call by a text or a variable of that name.
fn names_mentioned(sources: &[Source]) -> HashSet<&str> {
    let mut names = HashSet::new();
    for body in sources.iter().flat_map(|source| &source.bodies) {
        let mut see = |seen: Seen<'_>, _: Place| match seen {
            Seen::Call(f, _) => {
                names.insert(f.name.clone());
            }
            Seen::Expr(Expr::StringConstant(text, _)) => {
                names.insert(text.clone());
            }
            Seen::Expr(Expr::Variable(variable, ..)) => {
                names.insert(variable.1.clone());
            }
            Seen::Expr(Expr::DynamicConstant(value, _)) => {
                if let Some(f) = value.read_lock::<FnPtr>() {
                    names.insert(f.fn_name().into());
                }
            }
            Seen::Expr(_) | Seen::Import => {}
        };
        statements(&body.statements, Place::of_body(false, false), &mut see);
    }
    functions(sources)
        .filter(|name| names.contains(*name))
        .collect()
}

/// The functions that may be called from within a `try`.
fn guarded_functions<'a>(sources: &'a [Source], calls: &[Found<'a>]) -> HashSet<&'a str> {
    let all: HashSet<&str> = functions(sources).collect();
    let mut guarded: HashSet<&str> = HashSet::new();
    loop {
        let before = guarded.len();
        for call in calls {
            let inside = call.guarded || call.within.is_some_and(|f| guarded.contains(f));
            if !inside || call.is_operator {
                continue;
            }
            if let Some(name) = all.get(call.name) {
                guarded.insert(name);
            } else if !CALL_NOTHING.contains(&call.name) {
                // It may call a closure that it is given, or be one.
                guarded.extend(all.iter().filter(|name| name.starts_with("anon$")));
            }
        }
        if guarded.len() == before {
            return guarded;
        }
    }
}

fn functions(sources: &[Source]) -> impl Iterator<Item = &str> {
    let bodies = sources.iter().flat_map(|source| &source.bodies);
    bodies.filter_map(|body| body.name.as_deref())
}
