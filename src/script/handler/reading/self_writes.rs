//! Writes to what is watched, as far as they are written plainly: `db.orders.updateOne(…)`.

use rhai::{Expr, FnCallExpr, Position};

use super::Source;
use super::walk::{Place, Seen, statements};
use crate::script::syntax::is_database;
use crate::stream::StreamSpec;
use crate::stream::spec::Namespace;

const WRITES: [&str; 17] = [
    "insertOne",
    "insertMany",
    "insert",
    "updateOne",
    "updateMany",
    "update",
    "replaceOne",
    "deleteOne",
    "deleteMany",
    "remove",
    "bulkWrite",
    "findOneAndUpdate",
    "findOneAndReplace",
    "findOneAndDelete",
    "findAndModify",
    "save",
    "renameCollection",
];

/// Functions that no event calls.
fn is_apart(function: Option<&str>) -> bool {
    function.is_none_or(|name| name.starts_with("test_") || matches!(name, "onStart" | "onStop"))
}

/// A write to what is watched.
pub struct SelfWrite {
    /// The source that it stands in.
    pub source: String,
    /// Where.
    pub position: Position,
    /// The namespace that it writes to.
    pub namespace: Namespace,
    /// The method.
    pub method: String,
}

/// Finds them.
pub fn find(sources: &[Source], spec: &StreamSpec) -> Vec<SelfWrite> {
    let mut found = Vec::new();
    for source in sources {
        for body in source
            .bodies
            .iter()
            .filter(|b| !is_apart(b.name.as_deref()))
        {
            let mut see = |seen: Seen<'_>, _: Place| {
                let Seen::Expr(expr) = seen else { return };
                let Some((namespace, method, position)) = write(expr, &spec.database) else {
                    return;
                };
                if spec.watch.iter().any(|watched| watched.covers(&namespace)) {
                    found.push(SelfWrite {
                        source: source.name.clone(),
                        position,
                        namespace,
                        method,
                    });
                }
            };
            statements(&body.statements, Place::of_body(false, false), &mut see);
        }
    }
    found
}

/// `db.coll.method(…)`, in any way of writing the collection.
fn write(expr: &Expr, database: &str) -> Option<(Namespace, String, Position)> {
    let (Expr::Dot(parts, ..) | Expr::Index(parts, ..)) = expr else {
        return None;
    };
    if !is_database(&parts.lhs) {
        return None;
    }
    let mut steps = Vec::new();
    links(expr, &mut steps);
    let mut database = database.to_string();
    let mut names: Vec<String> = Vec::new();
    for step in steps.into_iter().skip(1) {
        match step {
            Expr::Property(property, _) => names.push(property.2.to_string()),
            Expr::StringConstant(name, _) => names.push(name.to_string()),
            Expr::MethodCall(f, position) => match (f.name.as_str(), text_of(f)) {
                ("getSiblingDB", Some(name)) if names.is_empty() => database = name,
                ("getCollection", Some(name)) if names.is_empty() => names.push(name),
                (method, _) if WRITES.contains(&method) && !names.is_empty() => {
                    let namespace = Namespace::Collection(database, names.join("."));
                    return Some((namespace, method.to_string(), *position));
                }
                _ => return None,
            },
            _ => return None,
        }
    }
    None
}

/// The links of a chain in order.
fn links<'a>(expr: &'a Expr, into: &mut Vec<&'a Expr>) {
    match expr {
        Expr::Dot(parts, ..) | Expr::Index(parts, ..) => {
            links(&parts.lhs, into);
            links(&parts.rhs, into);
        }
        other => into.push(other),
    }
}

fn text_of(f: &FnCallExpr) -> Option<String> {
    match f.args.first() {
        Some(Expr::StringConstant(text, _)) => Some(text.to_string()),
        _ => None,
    }
}
