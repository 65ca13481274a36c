//! The text of single values.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bson::Binary;
use bson::spec::BinarySubtype;

use super::layout::Printer;
use super::node::{DbRef, Node};
use super::style::{Kind, Style};
use super::text::{cut, quote, utf16_len};
use crate::value::js::js_number;

/// Shorter strings are never split over lines.
const MIN_SPLIT: usize = 16;
const BREAK: usize = 80;

/// The text of anything but a document or an array.
pub(super) fn scalar(node: &Node, style: &Style, indentation: usize) -> String {
    let paint = |text: &str, kind| style.paint(text, kind);
    match node {
        Node::Undefined => paint("undefined", Kind::Undefined),
        Node::Null => paint("null", Kind::Null),
        Node::Bool(b) => paint(if *b { "true" } else { "false" }, Kind::Boolean),
        Node::Int(n) => paint(&n.to_string(), Kind::Number),
        Node::Double(x) => double(*x, style),
        Node::String(text) => string(text, style, indentation),
        Node::Date(date) if date.is_valid() => format!("ISODate('{}')", date.to_iso()),
        Node::Date(_) => paint("Invalid Date", Kind::Date),
        Node::Regex { pattern, options } => paint(
            &format!("/{}/{options}", regex_source(pattern)),
            Kind::Regex,
        ),
        Node::Function(name) if name.is_empty() => paint("[Function (anonymous)]", Kind::Special),
        Node::Function(name) => paint(&format!("[Function: {name}]"), Kind::Special),
        Node::Raw(text) => indent(text, indentation),
        Node::MinKey => "MinKey()".into(),
        Node::MaxKey => "MaxKey()".into(),
        constructed => indent(&call(constructed, style), indentation),
    }
}

/// The values that print as a call; their arguments are printed as if they stood alone.
fn call(node: &Node, style: &Style) -> String {
    let argument = |text: &str| string(text, style, 0);
    match node {
        Node::Long(n) => format!("Long({})", argument(&n.to_string())),
        Node::Decimal(d) => format!("Decimal128({})", argument(&d.to_string())),
        Node::ObjectId(id) => format!("ObjectId({})", argument(&id.to_hex())),
        Node::Symbol(text) => format!("BSONSymbol({})", argument(text)),
        Node::Timestamp(at) => {
            let number = |n: u32| style.paint(&n.to_string(), Kind::Number);
            format!(
                "Timestamp({{ t: {}, i: {} }})",
                number(at.time),
                number(at.increment)
            )
        }
        Node::Binary(data) => binary(data, style),
        Node::Code(code, scope) => code_call(&argument(code), scope.as_deref(), style),
        Node::DbRef(reference) => db_ref(reference, style),
        _ => String::new(),
    }
}

fn double(x: f64, style: &Style) -> String {
    let text = if x == 0.0 && x.is_sign_negative() {
        "-0".into()
    } else {
        js_number(x)
    };
    style.paint(&text, Kind::Number)
}

/// A quoted string; one that does not fit its line is split after its line feeds.
fn string(text: &str, style: &Style, indentation: usize) -> String {
    let (shown, left_out) = cut(text, style.max_string.unwrap_or(usize::MAX));
    let trailer = match left_out {
        0 => String::new(),
        1 => "... 1 more character".into(),
        n => format!("... {n} more characters"),
    };
    let length = utf16_len(shown);
    if length <= MIN_SPLIT || length + indentation + 4 <= BREAK {
        return format!("{}{trailer}", style.paint(&quote(shown), Kind::String));
    }
    let lines: Vec<String> = shown
        .split_inclusive('\n')
        .map(|line| style.paint(&quote(line), Kind::String))
        .collect();
    let separator = format!(" +\n{}", " ".repeat(indentation + 2));
    format!("{}{trailer}", lines.join(&separator))
}

fn indent(text: &str, indentation: usize) -> String {
    text.replace('\n', &format!("\n{}", " ".repeat(indentation)))
}

fn nested(node: &Node, style: &Style) -> String {
    Printer::new(style).print(node)
}

fn code_call(code: &str, scope: Option<&[(String, Node)]>, style: &Style) -> String {
    let many_lines = code.contains('\n');
    let line = if many_lines { "\n" } else { "" };
    match scope {
        Some(scope) => {
            let separator = if many_lines { "\n" } else { " " };
            let scope = nested(&Node::Document(scope.to_vec()), style);
            format!("Code({line}{code},{separator}{scope})")
        }
        None => format!("Code({line}{code}{line})"),
    }
}

fn db_ref(reference: &DbRef, style: &Style) -> String {
    let mut arguments = vec![
        string(&reference.collection, style, 0),
        nested(&reference.id, style),
    ];
    arguments.extend(
        reference
            .database
            .as_deref()
            .map(|database| string(database, style, 0)),
    );
    if !reference.fields.is_empty() {
        arguments.push(nested(&Node::Document(reference.fields.clone()), style));
    }
    format!("DBRef({})", arguments.join(", "))
}

fn binary(data: &Binary, style: &Style) -> String {
    let hex = hex::encode(&data.bytes);
    match data.subtype {
        BinarySubtype::Md5 => format!("MD5('{hex}')"),
        BinarySubtype::Uuid if hex.len() == 32 => {
            let parts = [
                &hex[..8],
                &hex[8..12],
                &hex[12..16],
                &hex[16..20],
                &hex[20..],
            ];
            format!("UUID('{}')", parts.join("-"))
        }
        BinarySubtype::Vector => vector(&data.bytes, style).unwrap_or_else(|| base64(data, style)),
        _ => base64(data, style),
    }
}

fn base64(data: &Binary, style: &Style) -> String {
    let subtype = style.paint(&u8::from(data.subtype).to_string(), Kind::Number);
    let text = string(&STANDARD.encode(&data.bytes), style, 0);
    format!("Binary.createFromBase64({text}, {subtype})")
}

/// A vector of numbers: its kind, the padding of its last byte, its elements.
fn vector(bytes: &[u8], style: &Style) -> Option<String> {
    let (&[kind, padding], data) = bytes.split_first_chunk()?;
    // However long the other arrays may be, mongosh shows 100 elements of these.
    let style = Style {
        max_array: Some(100),
        ..style.clone()
    };
    let array = |elements: Vec<Node>| nested(&Node::Array(elements), &style);
    match kind {
        0x03 => {
            let elements = data
                .iter()
                .map(|byte| Node::Int(i64::from(*byte as i8)))
                .collect();
            Some(format!(
                "Binary.fromInt8Array(new Int8Array({}))",
                array(elements)
            ))
        }
        0x27 if data.len().is_multiple_of(4) => {
            let elements = data
                .chunks_exact(4)
                .filter_map(|chunk| chunk.try_into().ok());
            let elements = elements.map(|chunk| Node::Double(f32::from_le_bytes(chunk).into()));
            Some(format!(
                "Binary.fromFloat32Array(new Float32Array({}))",
                array(elements.collect())
            ))
        }
        0x10 => {
            let elements = data.iter().map(|byte| Node::Int((*byte).into())).collect();
            let padding = if padding == 0 {
                String::new()
            } else {
                format!(", {padding}")
            };
            Some(format!(
                "Binary.fromPackedBits(new Uint8Array({}){padding})",
                array(elements)
            ))
        }
        _ => None,
    }
}

/// A pattern as it stands between slashes: they and line ends are escaped, nothing is `(?:)`.
fn regex_source(pattern: &str) -> String {
    if pattern.is_empty() {
        return "(?:)".into();
    }
    let (mut escaped, mut in_class) = (false, false);
    let mut source = String::with_capacity(pattern.len());
    for c in pattern.chars() {
        match c {
            '\n' => source.push_str(if escaped { "n" } else { "\\n" }),
            '\r' => source.push_str(if escaped { "r" } else { "\\r" }),
            '/' if !escaped && !in_class => source.push_str("\\/"),
            _ => source.push(c),
        }
        if !escaped {
            in_class = c == '[' || in_class && c != ']';
        }
        escaped = c == '\\' && !escaped;
    }
    source
}
