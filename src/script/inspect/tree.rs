//! Script values as the tree that is printed.

use rhai::{Array, Blob, Dynamic, FnPtr, Map};

use super::for_print;
use super::shown::node_of;
use crate::script::api::Namespace;
use crate::script::convert::value_from;
use crate::script::error::ScriptError;
use crate::script::globals::error_text;
use crate::script::types::{BsonUndefined, Code, MaxKey, MinKey, Symbol};
use crate::script::{Doc, number};
use crate::value::inspect::{DbRef, Node};
use crate::value::{Date, Decimal, js};

/// Scripts can nest arrays deeper than documents; deeper levels are not followed.
const MAX_DEPTH: usize = 200;

/// The tree that is printed.
#[must_use]
pub fn node(value: &Dynamic) -> Node {
    node_at(value, 0)
}

fn node_at(value: &Dynamic, depth: usize) -> Node {
    if value.is_shared() {
        return node_at(&value.clone().flatten(), depth);
    }
    if let Some(scalar) = scalar(value) {
        return scalar;
    }
    if let Some(array) = value.read_lock::<Array>() {
        return match depth < MAX_DEPTH {
            true => Node::Array(array.iter().map(|v| node_at(v, depth + 1)).collect()),
            false => Node::Raw("[Array]".into()),
        };
    }
    if let Some(doc) = value.read_lock::<Doc>() {
        return document(&doc, depth);
    }
    if let Some(map) = value.read_lock::<Map>() {
        return map_node(&map, depth);
    }
    let shown = node_of(value);
    shown
        .or_else(|| bson_type(value))
        .unwrap_or_else(|| other(value))
}

fn scalar(value: &Dynamic) -> Option<Node> {
    if let Ok(n) = value.as_int() {
        return Some(match value.tag() {
            number::INT64 => Node::Long(n),
            number::MADE_INT32 => Node::Raw(format!("Int32({n})")),
            _ => Node::Int(n),
        });
    }
    if value.is_unit() {
        return Some(match value.tag() {
            number::NULL => Node::Null,
            _ => Node::Undefined,
        });
    }
    if let Ok(text) = value.as_immutable_string_ref() {
        return Some(Node::string(text.as_str()));
    }
    let float = value.as_float().map(|x| match value.tag() {
        number::MADE_DOUBLE => Node::Raw(format!("Double({})", js::js_number(x))),
        _ => Node::Double(x),
    });
    let bool = value.as_bool().map(Node::Bool);
    let char = value.as_char().map(Node::string);
    float.or(bool).or(char).ok()
}

fn document(doc: &Doc, depth: usize) -> Node {
    if depth >= MAX_DEPTH {
        return Node::Raw("[Object]".into());
    }
    let fields = doc
        .iter()
        .map(|(key, value)| (key.to_string(), node_at(value, depth + 1)));
    match reference(doc) {
        Some((collection, database)) => {
            let mut id = Node::Undefined;
            let mut others = Vec::new();
            for (key, value) in fields {
                match key.as_str() {
                    "$id" => id = value,
                    "$ref" | "$db" => {}
                    _ => others.push((key, value)),
                }
            }
            Node::DbRef(Box::new(DbRef {
                collection,
                id,
                database,
                fields: others,
            }))
        }
        None => Node::Document(fields.collect()),
    }
}

/// Collection and database of a document that drivers read as a DBRef.
fn reference(doc: &Doc) -> Option<(String, Option<String>)> {
    let text = |key: &str| doc.get(key).and_then(|v| v.clone().into_string().ok());
    let collection = text("$ref")?;
    doc.get("$id").filter(|id| !id.is_unit())?;
    let known = |key: &str| !key.starts_with('$') || ["$ref", "$id", "$db"].contains(&key);
    (doc.keys().all(|key| known(key)) && (!doc.contains("$db") || text("$db").is_some()))
        .then(|| (collection, text("$db")))
}

/// One of Rhai's own maps; an error that Rhai threw is shown as one.
fn map_node(map: &Map, depth: usize) -> Node {
    let error = map.get("error").and_then(|e| e.clone().into_string().ok());
    if let (Some(true), Some(message)) = (error.map(|e| e.starts_with("Error")), map.get("message"))
    {
        return Node::Raw(format!("Error: {}", for_print(message)));
    }
    let fields = map.iter();
    match depth < MAX_DEPTH {
        true => Node::Document(
            fields
                .map(|(key, value)| (key.to_string(), node_at(value, depth + 1)))
                .collect(),
        ),
        false => Node::Raw("[Object]".into()),
    }
}

fn bson_type(value: &Dynamic) -> Option<Node> {
    macro_rules! on {
        ($type:ty, $node:expr) => {
            if let Some(v) = value.read_lock::<$type>() {
                let node: fn(&$type) -> Node = $node;
                return Some(node(&v));
            }
        };
    }
    on!(bson::oid::ObjectId, |id| Node::ObjectId(*id));
    on!(Date, |at| Node::Date(*at));
    on!(Decimal, |n| Node::Decimal(*n));
    on!(bson::Timestamp, |at| Node::Timestamp(*at));
    on!(bson::Binary, |b| Node::Binary(b.clone()));
    on!(bson::Regex, |re| Node::Regex {
        pattern: re.pattern.to_string(),
        options: re.options.to_string(),
    });
    on!(MinKey, |_| Node::MinKey);
    on!(MaxKey, |_| Node::MaxKey);
    on!(BsonUndefined, |_| Node::Undefined);
    on!(Symbol, |s| Node::Symbol(s.0.clone()));
    on!(Code, code);
    on!(bson::DbPointer, |p| Node::from(&bson::Bson::DbPointer(
        p.clone()
    )));
    on!(Blob, |bytes| Node::Raw(buffer(bytes)));
    None
}

/// Bytes as node shows its buffers: the first fifty.
fn buffer(bytes: &Blob) -> String {
    let shown: String = bytes.iter().take(50).map(|b| format!(" {b:02x}")).collect();
    match bytes.len().saturating_sub(50) {
        0 => format!("<Buffer{shown}>"),
        1 => format!("<Buffer{shown} ... 1 more byte>"),
        n => format!("<Buffer{shown} ... {n} more bytes>"),
    }
}

fn code(code: &Code) -> Node {
    let scope = code.scope.as_ref().and_then(|scope| {
        let scope = bson::Document::try_from(scope.as_ref()).ok()?;
        match node(&value_from(bson::Bson::Document(scope))) {
            Node::Document(fields) => Some(fields),
            _ => None,
        }
    });
    Node::Code(code.code.clone(), scope)
}

fn other(value: &Dynamic) -> Node {
    if let Some(f) = value.read_lock::<FnPtr>() {
        return Node::Function(match f.is_anonymous() {
            true => String::new(),
            false => f.fn_name().to_string(),
        });
    }
    if let Some(error) = value.read_lock::<ScriptError>() {
        return Node::Raw(error_text(&error));
    }
    if let Some(namespace) = value.read_lock::<Namespace>() {
        return Node::Function(namespace.0.to_string());
    }
    if let Some(range) = value.read_lock::<std::ops::Range<i64>>() {
        return Node::Raw(format!("{}..{}", range.start, range.end));
    }
    if let Some(range) = value.read_lock::<std::ops::RangeInclusive<i64>>() {
        return Node::Raw(format!("{}..={}", range.start(), range.end()));
    }
    let name = value.type_name();
    Node::Raw(format!("[{}]", name.rsplit("::").next().unwrap_or(name)))
}
