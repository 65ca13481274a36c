//! Script values as text, in mongosh's layouts.
//!
//! A value becomes a tree of [`Node`]s that [`crate::value::inspect`] lays out. Values of Rust types
//! that are neither Rhai's nor BSON's say themselves how they are shown: see [`Shown`].

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rhai::{Array, Blob, Dynamic, FnPtr, Map};

use super::api::Namespace;
use super::convert::{bson_value, value_from};
use super::error::{Fault, ScriptError};
use super::globals::error_text;
use super::host::Host;
use super::shell::collection::Collection;
use super::shell::database::Db;
use super::shell::explain::EXPLANATION;
use super::types::{BsonUndefined, Code, MaxKey, MinKey, Symbol};
use super::{Doc, number};
use crate::value::ejson::{self, Mode};
use crate::value::inspect::{DbRef, Node, Style, display, inspect};
use crate::value::{Date, Decimal, js};

/// Scripts can nest arrays deeper than documents; deeper levels are not followed.
const MAX_DEPTH: usize = 200;

/// How values of a type of the shell's are shown.
pub trait Shown: Clone + 'static {
    /// The value where it stands inside of another one.
    fn node(&self) -> Node;

    /// The value where `print`, or a result line, shows it alone: cursors read their first
    /// documents.
    ///
    /// # Errors
    /// What reading failed with.
    fn text(&self, host: &Rc<Host>, style: &Style) -> Result<String, Fault> {
        let _ = host;
        Ok(display(&self.node(), style))
    }

    /// What a script, JSON and BSON see of the value's fields, where it has any.
    fn fields(&self) -> Option<Doc> {
        None
    }
}

type AsNode = fn(&Dynamic) -> Option<Node>;
type AsText = fn(&Dynamic, &Rc<Host>, &Style) -> Option<Result<String, Fault>>;
type AsFields = fn(&Dynamic) -> Option<Doc>;

thread_local! {
    static SHOWN: RefCell<HashMap<TypeId, (AsNode, AsText, AsFields)>> = RefCell::default();
}

/// Makes values of this type printable on this thread.
pub fn register<T: Shown>() {
    let as_node: AsNode = |value| Some(value.read_lock::<T>()?.node());
    let as_text: AsText = |value, host, style| {
        let value = value.read_lock::<T>()?.clone();
        Some(value.text(host, style))
    };
    let as_fields: AsFields = |value| value.read_lock::<T>()?.fields();
    let entry = (as_node, as_text, as_fields);
    SHOWN.with_borrow_mut(|all| all.insert(TypeId::of::<T>(), entry));
}

/// The fields of a value of a registered type that has any.
#[must_use]
pub fn fields_of(value: &Dynamic) -> Option<Doc> {
    let as_fields = SHOWN.with_borrow(|all| all.get(&value.type_id()).map(|(_, _, f)| *f))?;
    as_fields(value)
}

/// Makes the core's own classes printable.
pub(super) fn install() {
    register::<Db>();
    register::<Collection>();
}

impl Shown for Db {
    fn node(&self) -> Node {
        Node::Raw(self.name().to_string())
    }
}

impl Shown for Collection {
    fn node(&self) -> Node {
        Node::Raw(self.full_name())
    }
}

/// What `print` shows of a value that asks no server: a string as it is, anything else in
/// mongosh's layout.
#[must_use]
pub fn for_print(value: &Dynamic) -> String {
    characters(value).unwrap_or_else(|| pretty(value))
}

/// A string, or a character of one, as it is.
fn characters(value: &Dynamic) -> Option<String> {
    let value = value.clone().flatten();
    match value.as_char() {
        Ok(character) => Some(character.to_string()),
        Err(_) => value.into_string().ok(),
    }
}

/// What `print` shows.
///
/// # Errors
/// What a cursor's first documents could not be read for.
pub fn printed(host: &Rc<Host>, value: &Dynamic) -> Result<String, Fault> {
    laid_out(host, value, &Style::pretty())
}

/// What `printjson` shows.
///
/// # Errors
/// As [`printed`].
pub fn printed_json(host: &Rc<Host>, value: &Dynamic) -> Result<String, Fault> {
    laid_out(host, value, &Style::expanded())
}

fn laid_out(host: &Rc<Host>, value: &Dynamic, style: &Style) -> Result<String, Fault> {
    let style = style.clone().with_colors(host.output().color());
    alone(host, value, &style).unwrap_or_else(|| Ok(display(&node(value), &style)))
}

/// The result of a source: what a line of the shell and `--eval` show. Empty where there is nothing
/// to show.
///
/// # Errors
/// As [`printed`].
pub fn result(host: &Rc<Host>, value: &Dynamic, style: &Style) -> Result<String, Fault> {
    let style = style.clone().with_colors(host.output().color());
    match alone(host, value, &style) {
        Some(text) => text,
        None => Ok(display(&node(value), &style)),
    }
}

fn alone(host: &Rc<Host>, value: &Dynamic, style: &Style) -> Option<Result<String, Fault>> {
    let value = value.clone().flatten();
    if value.is::<Doc>() && value.tag() == EXPLANATION {
        return Some(Ok(inspect(&node(&value), &style.clone().unlimited())));
    }
    let (_, as_text, _) = SHOWN.with_borrow(|all| all.get(&value.type_id()).copied())?;
    as_text(&value, host, style)
}

/// The layout of results: on one line where it fits.
#[must_use]
pub fn pretty(value: &Dynamic) -> String {
    inspect(&node(value), &Style::pretty())
}

/// The layout of `printjson`: each field on its own line.
#[must_use]
pub fn expanded(value: &Dynamic) -> String {
    inspect(&node(value), &Style::expanded())
}

/// On one line, for error messages.
#[must_use]
pub fn one_line(value: &Dynamic) -> String {
    inspect(&node(value), &Style::one_line())
}

/// Extended JSON, each level indented by the text given; functions are left out, as JSON does it.
///
/// # Errors
/// Where the value holds what JSON cannot (a cursor), or nests too deep.
pub fn to_ejson(value: &Dynamic, mode: Mode, indent: &str) -> Result<String, Fault> {
    let value = bson_value(&storable(value))?;
    ejson::stringify(&value, mode, indent)
        .map_err(|e| ScriptError::new("BSONError", e.to_string()).into())
}

/// The result of a source for machines: extended JSON in levels of two spaces, as `mongosh --json`
/// writes it; a cursor's documents as an array.
///
/// # Errors
/// As [`to_ejson`]; what reading a cursor failed with.
pub fn result_json(value: &Dynamic, mode: Mode) -> Result<String, Fault> {
    let Some(core) = super::shell::cursor::core_of(value) else {
        return to_ejson(value, mode, "  ");
    };
    let mut documents = Array::new();
    while let Some(document) = core.step()? {
        documents.push(document);
    }
    to_ejson(&documents.into(), mode, "  ")
}

/// The value without its functions, and errors as documents.
pub fn storable(value: &Dynamic) -> Dynamic {
    let value = value.clone().flatten();
    if let Some(doc) = value.read_lock::<Doc>() {
        let mut kept = Doc::with_capacity(doc.len());
        for (key, value) in doc.iter().filter(|(_, value)| !value.is_fnptr()) {
            // No deeper than it was.
            let _ = kept.push(key.clone(), storable(value));
        }
        return Dynamic::from(kept);
    }
    if let Some(items) = value.read_lock::<Array>() {
        return items.iter().map(storable).collect::<Array>().into();
    }
    if value.is_fnptr() {
        return Dynamic::UNIT;
    }
    let error = value.read_lock::<ScriptError>().map(|e| error_document(&e));
    error.unwrap_or_else(|| value.clone())
}

fn error_document(e: &ScriptError) -> Dynamic {
    let mut fields = e.details.clone().unwrap_or_default();
    for (key, value) in [("message", &e.message), ("name", &e.name)] {
        fields.insert(key, value.as_str());
    }
    value_from(bson::Bson::Document(fields))
}

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
    let as_node = SHOWN.with_borrow(|all| all.get(&value.type_id()).map(|(node, _, _)| *node));
    let shown = as_node.and_then(|as_node| as_node(value));
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

#[cfg(test)]
mod tests {
    use super::super::globals::table;

    /// What mongosh prints for the same values.
    #[test]
    fn values_are_printed_as_mongosh_does() {
        table(&[
            ("print(1, 1.5, 4.0, -0.0, true)", "1 1.5 4 -0 true"),
            ("print([1, \"a\", [()]])", "[ 1, 'a', [ undefined ] ]"),
            (
                r#"print(parse_json(`{"a": 1, "b": {"c": [null]}}`))"#,
                "{ a: 1, b: { c: [ null ] } }",
            ),
            (
                r#"printjson(parse_json(`{"a": 1, "b": {"c": "x"}}`))"#,
                "{\n  a: 1,\n  b: {\n    c: 'x'\n  }\n}",
            ),
            (
                "print(db); print(db.orders); print([db.a.b])",
                "test\ntest.orders\n[ test.a.b ]",
            ),
            (
                "fn f(x) {} print([Fn(\"f\"), |x| x])",
                "[ [Function: f], [Function (anonymous)] ]",
            ),
            ("print(0..5)", "0..5"),
            (
                "print(1, null, undefined, 2); print(undefined)",
                "1 null  2",
            ),
            (
                r#"print(parse_json(`{"$ref": "c", "$id": 1}`))"#,
                "DBRef('c', 1)",
            ),
            (
                "try { let x = 1; x.foo() } catch (e) { print(type_of(e)); print(e.message != ()) }",
                "error\ntrue",
            ),
        ]);
    }
}
