//! Writing JSON.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bson::{Bson, Document};

use super::MAX_DEPTH;
use crate::value::js::{js_number, to_fixed};
use crate::value::{Date, pointer};

/// Which JSON a value becomes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Numbers are JSON's, dates ISO 8601; other types as in the canonical form.
    Relaxed,
    /// Every type by name.
    Canonical,
    /// What `JSON.stringify` makes of values: ObjectIds are their digits, dates ISO 8601, NaN is null.
    Json,
}

/// Documents and arrays are nested deeper than [`MAX_DEPTH`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("documents and arrays are nested too deep")]
pub struct TooDeep;

/// The first millisecond of the year 10000; later dates have no ISO form here.
const YEAR_10000: i64 = 253_402_300_800_000;

/// `EJSON.stringify(value, null, indent, { relaxed })`, or `JSON.stringify(value, null, indent)`. Each level is
/// indented by the text given; nothing means one line.
pub fn stringify(value: &Bson, mode: Mode, indent: &str) -> Result<String, TooDeep> {
    let mut writer = Writer {
        out: String::new(),
        mode,
        indent,
        depth: 0,
    };
    writer.value(value)?;
    Ok(writer.out)
}

/// The indentation that a number stands for in `stringify`: at most ten spaces.
pub fn indent_of(spaces: i64) -> String {
    " ".repeat(spaces.clamp(0, 10) as usize)
}

/// A JSON string.
pub fn quote(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    write_quoted(&mut out, text);
    out
}

fn write_quoted(out: &mut String, text: &str) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\u{c}' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..' ' => {
                // Writing to a string cannot fail.
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            _ => out.push(c),
        }
    }
    out.push('"');
}

struct Writer<'a> {
    out: String,
    mode: Mode,
    indent: &'a str,
    depth: usize,
}

/// A field of a type's notation.
enum Part<'a> {
    Text(&'a str),
    Number(i64),
    True,
    Value(&'a Bson),
    Scope(&'a Document),
    Parts(&'a [(&'a str, Part<'a>)]),
}

impl Writer<'_> {
    fn value(&mut self, value: &Bson) -> Result<(), TooDeep> {
        match value {
            Bson::Document(document) => return self.document(document),
            Bson::Array(items) => return self.array(items),
            Bson::String(text) => write_quoted(&mut self.out, text),
            Bson::Boolean(b) => self.out.push_str(if *b { "true" } else { "false" }),
            Bson::Null => self.out.push_str("null"),
            Bson::Int32(n) => return self.integer("$numberInt", (*n).into()),
            Bson::Int64(n) => return self.integer("$numberLong", *n),
            Bson::Double(x) => return self.double(*x),
            Bson::DateTime(date) => return self.date((*date).into()),
            other if self.mode == Mode::Json => return self.plain(other),
            other => return self.extended(other),
        }
        Ok(())
    }

    fn integer(&mut self, key: &str, n: i64) -> Result<(), TooDeep> {
        let digits = n.to_string();
        match self.mode {
            Mode::Canonical => return self.parts(&[(key, Part::Text(&digits))]),
            _ => self.out.push_str(&digits),
        }
        Ok(())
    }

    fn double(&mut self, x: f64) -> Result<(), TooDeep> {
        match self.mode {
            Mode::Json if !x.is_finite() => self.out.push_str("null"),
            Mode::Json | Mode::Relaxed if x.is_finite() => self.out.push_str(&js_number(x)),
            _ => return self.parts(&[("$numberDouble", Part::Text(&canonical_double(x)))]),
        }
        Ok(())
    }

    fn date(&mut self, date: Date) -> Result<(), TooDeep> {
        let iso = date.to_iso();
        match self.mode {
            Mode::Json if date.is_valid() => write_quoted(&mut self.out, &iso),
            Mode::Json => self.out.push_str("null"),
            Mode::Relaxed if (0..YEAR_10000).contains(&date.0) => {
                let iso = iso.replace(".000Z", "Z");
                return self.parts(&[("$date", Part::Text(&iso))]);
            }
            _ => {
                let millis = date.0.to_string();
                let long = [("$numberLong", Part::Text(&millis))];
                return self.parts(&[("$date", Part::Parts(&long))]);
            }
        }
        Ok(())
    }

    /// The types that JSON has no notation for.
    fn extended(&mut self, value: &Bson) -> Result<(), TooDeep> {
        use Part::{Number, Parts, Scope, Text, True, Value};
        match value {
            Bson::ObjectId(id) => self.parts(&[("$oid", Text(&id.to_hex()))]),
            Bson::Decimal128(d) => self.parts(&[("$numberDecimal", Text(&d.to_string()))]),
            Bson::Symbol(text) => self.parts(&[("$symbol", Text(text))]),
            Bson::MinKey => self.parts(&[("$minKey", Number(1))]),
            Bson::MaxKey => self.parts(&[("$maxKey", Number(1))]),
            Bson::Undefined => self.parts(&[("$undefined", True)]),
            Bson::JavaScriptCode(code) => self.parts(&[("$code", Text(code))]),
            Bson::JavaScriptCodeWithScope(code) => {
                self.parts(&[("$code", Text(&code.code)), ("$scope", Scope(&code.scope))])
            }
            Bson::Timestamp(at) => {
                let inner = [
                    ("t", Number(at.time.into())),
                    ("i", Number(at.increment.into())),
                ];
                self.parts(&[("$timestamp", Parts(&inner))])
            }
            Bson::RegularExpression(regex) => {
                let (pattern, options) =
                    (regex.pattern.to_string(), sorted(regex.options.as_str()));
                let inner = [("pattern", Text(&pattern)), ("options", Text(&options))];
                self.parts(&[("$regularExpression", Parts(&inner))])
            }
            Bson::Binary(data) => {
                let base64 = STANDARD.encode(&data.bytes);
                let subtype = format!("{:02x}", u8::from(data.subtype));
                let inner = [("base64", Text(&base64)), ("subType", Text(&subtype))];
                self.parts(&[("$binary", Parts(&inner))])
            }
            _ => {
                let (namespace, id) = pointer::parts(value).unwrap_or_default();
                let id = Bson::ObjectId(id);
                let inner = [("$ref", Text(&namespace)), ("$id", Value(&id))];
                self.parts(&[("$dbPointer", Parts(&inner))])
            }
        }
    }

    /// What `toJSON()` of these types gives in js-bson; those without one are their extended form.
    fn plain(&mut self, value: &Bson) -> Result<(), TooDeep> {
        match value {
            Bson::ObjectId(id) => write_quoted(&mut self.out, &id.to_hex()),
            Bson::Symbol(text) => write_quoted(&mut self.out, text),
            Bson::Binary(data) => write_quoted(&mut self.out, &STANDARD.encode(&data.bytes)),
            Bson::Undefined => self.out.push_str("null"),
            Bson::RegularExpression(_) => self.out.push_str("{}"),
            Bson::Timestamp(at) => {
                let bits = u64::from(at.time) << 32 | u64::from(at.increment);
                return self.parts(&[("$timestamp", Part::Text(&bits.to_string()))]);
            }
            Bson::JavaScriptCode(code) => return self.parts(&[("code", Part::Text(code))]),
            Bson::JavaScriptCodeWithScope(code) => {
                let parts = [
                    ("code", Part::Text(&code.code)),
                    ("scope", Part::Scope(&code.scope)),
                ];
                return self.parts(&parts);
            }
            other => return self.extended(other),
        }
        Ok(())
    }

    fn document(&mut self, document: &Document) -> Result<(), TooDeep> {
        self.object(document, |writer, value| writer.value(value))
    }

    fn parts(&mut self, parts: &[(&str, Part<'_>)]) -> Result<(), TooDeep> {
        self.object(
            parts.iter().map(|(key, part)| (key, part)),
            |writer, part| match part {
                Part::Text(text) => {
                    write_quoted(&mut writer.out, text);
                    Ok(())
                }
                Part::Number(n) => {
                    writer.out.push_str(&n.to_string());
                    Ok(())
                }
                Part::True => {
                    writer.out.push_str("true");
                    Ok(())
                }
                Part::Value(value) => writer.value(value),
                Part::Scope(document) => writer.document(document),
                Part::Parts(parts) => writer.parts(parts),
            },
        )
    }

    fn object<K: AsRef<str>, V>(
        &mut self,
        fields: impl IntoIterator<Item = (K, V)>,
        mut write: impl FnMut(&mut Self, V) -> Result<(), TooDeep>,
    ) -> Result<(), TooDeep> {
        let colon = if self.indent.is_empty() { ":" } else { ": " };
        self.list(['{', '}'], fields, |writer, (key, value)| {
            write_quoted(&mut writer.out, key.as_ref());
            writer.out.push_str(colon);
            write(writer, value)
        })
    }

    fn array(&mut self, items: &[Bson]) -> Result<(), TooDeep> {
        self.list(['[', ']'], items, |writer, item| writer.value(item))
    }

    fn list<T>(
        &mut self,
        [open, close]: [char; 2],
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<(), TooDeep>,
    ) -> Result<(), TooDeep> {
        if self.depth > MAX_DEPTH {
            return Err(TooDeep);
        }
        self.out.push(open);
        self.depth += 1;
        let mut empty = true;
        for item in items {
            if !empty {
                self.out.push(',');
            }
            empty = false;
            self.line();
            write(self, item)?;
        }
        self.depth -= 1;
        if !empty {
            self.line();
        }
        self.out.push(close);
        Ok(())
    }

    fn line(&mut self) {
        if !self.indent.is_empty() {
            self.out.push('\n');
            for _ in 0..self.depth {
                self.out.push_str(self.indent);
            }
        }
    }
}

/// As js-bson: whole numbers keep a decimal to show that they are doubles.
fn canonical_double(x: f64) -> String {
    match x {
        _ if x == 0.0 && x.is_sign_negative() => "-0.0".into(),
        _ if x.is_finite() && x.trunc() == x => to_fixed(x, 1).unwrap_or_else(|| js_number(x)),
        _ => js_number(x),
    }
}

fn sorted(options: &str) -> String {
    let mut options: Vec<char> = options.chars().collect();
    options.sort_unstable();
    options.into_iter().collect()
}
