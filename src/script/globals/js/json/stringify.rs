//! `JSON.stringify`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bson::oid::ObjectId;
use rhai::{Array, Dynamic, FnPtr, ImmutableString, Map};

use super::super::convert::{check_length, text, to_f64};
use crate::script::Doc;
use crate::script::api::Call;
use crate::script::error::{Fault, Outcome};
use crate::script::inspect::fields_of;
use crate::script::number::{INT64, NULL};
use crate::script::types::{Code, Symbol};
use crate::value::{Date, Decimal, js};

pub(super) fn stringify(call: &mut Call<'_>) -> Outcome {
    let writer = Writer {
        call,
        keys: kept_keys(&call.arg(1)),
        replacer: call
            .arg(1)
            .is_fnptr()
            .then(|| call.callback(1))
            .transpose()?,
        indent: indent(&call.arg(2)),
    };
    let mut out = String::new();
    let value = writer.replaced("", call.arg(0))?;
    match writer.write(&value, 0, &mut out)? {
        true => Ok(out.into()),
        false => Ok(Dynamic::UNIT),
    }
}

fn kept_keys(replacer: &Dynamic) -> Option<Vec<ImmutableString>> {
    let keys = replacer.read_lock::<Array>()?;
    Some(keys.iter().map(text).collect())
}

/// At most ten spaces or characters.
fn indent(value: &Dynamic) -> String {
    match value.is_string() {
        true => text(value).chars().take(10).collect(),
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // within 0 and 10
        false => " ".repeat(to_f64(value).clamp(0.0, 10.0) as usize),
    }
}

/// Whether a value is JavaScript's undefined, which JSON does not have.
pub(super) fn is_undefined(value: &Dynamic) -> bool {
    value.is_unit() && value.tag() != NULL
}

struct Writer<'c, 'a> {
    call: &'c Call<'a>,
    keys: Option<Vec<ImmutableString>>,
    replacer: Option<FnPtr>,
    indent: String,
}

impl Writer<'_, '_> {
    fn replaced(&self, key: &str, value: Dynamic) -> Outcome {
        match &self.replacer {
            Some(f) => Ok(self.call.call_back(f, vec![key.into(), value])?.flatten()),
            None => Ok(value.flatten()),
        }
    }

    /// Writes a value, unless it is one that JSON leaves out (undefined, a function).
    fn write(&self, value: &Dynamic, level: usize, out: &mut String) -> Result<bool, Fault> {
        if is_undefined(value) || value.is_fnptr() {
            return Ok(false);
        }
        check_length(out.len())?;
        if let Some(fields) = fields(value) {
            self.object(fields, level, out)?;
        } else if let Some(items) = value.read_lock::<Array>() {
            self.array(&items, level, out)?;
        } else {
            out.push_str(&scalar(value));
        }
        Ok(true)
    }

    fn object(
        &self,
        fields: Vec<(ImmutableString, Dynamic)>,
        level: usize,
        out: &mut String,
    ) -> Result<(), Fault> {
        out.push('{');
        let empty = out.len();
        for (key, value) in fields {
            if self.keys.as_ref().is_some_and(|keys| !keys.contains(&key)) {
                continue;
            }
            let value = self.replaced(&key, value)?;
            let before = out.len();
            self.separate(before > empty, level + 1, out);
            out.push_str(&quoted(&key));
            out.push_str(if self.indent.is_empty() { ":" } else { ": " });
            if !self.write(&value, level + 1, out)? {
                out.truncate(before);
            }
        }
        self.close(out.len() > empty, level, '}', out);
        Ok(())
    }

    fn array(&self, items: &Array, level: usize, out: &mut String) -> Result<(), Fault> {
        out.push('[');
        for (i, item) in items.iter().enumerate() {
            self.separate(i > 0, level + 1, out);
            let item = self.replaced(&i.to_string(), item.clone())?;
            if !self.write(&item, level + 1, out)? {
                out.push_str("null");
            }
        }
        self.close(!items.is_empty(), level, ']', out);
        Ok(())
    }

    fn separate(&self, comma: bool, level: usize, out: &mut String) {
        if comma {
            out.push(',');
        }
        self.line(level, out);
    }

    fn close(&self, any: bool, level: usize, bracket: char, out: &mut String) {
        if any {
            self.line(level, out);
        }
        out.push(bracket);
    }

    fn line(&self, level: usize, out: &mut String) {
        if !self.indent.is_empty() {
            out.push('\n');
            out.push_str(&self.indent.repeat(level));
        }
    }
}

/// The fields of what JSON writes as an object, BSON's types as js-bson's `toJSON` has them.
fn fields(value: &Dynamic) -> Option<Vec<(ImmutableString, Dynamic)>> {
    if let Some(doc) = value.read_lock::<Doc>() {
        return Some(doc.iter().map(|(k, v)| (k.clone(), v.clone())).collect());
    }
    if let Some(map) = value.read_lock::<Map>() {
        return Some(
            map.iter()
                .map(|(k, v)| (k.as_str().into(), v.clone()))
                .collect(),
        );
    }
    if let (Ok(n), INT64) = (value.as_int(), value.tag()) {
        return Some(long(n));
    }
    if let Some(n) = value.read_lock::<Decimal>() {
        return Some(vec![("$numberDecimal".into(), n.to_string().into())]);
    }
    if value.is::<bson::Timestamp>() {
        return Some(vec![("$timestamp".into(), text(value).into())]);
    }
    if let Some(doc) = fields_of(value) {
        return Some(doc.iter().map(|(k, v)| (k.clone(), v.clone())).collect());
    }
    let code = value.read_lock::<Code>()?;
    Some(vec![("code".into(), code.code.clone().into())])
}

/// js-bson's Long is an object of two halves.
#[allow(clippy::cast_possible_truncation)] // the halves
fn long(n: i64) -> Vec<(ImmutableString, Dynamic)> {
    vec![
        ("high".into(), i64::from((n >> 32) as i32).into()),
        ("low".into(), i64::from(n as i32).into()),
        ("unsigned".into(), false.into()),
    ]
}

fn scalar(value: &Dynamic) -> String {
    if value.is_unit() {
        return "null".into();
    }
    if let Ok(x) = value.as_float() {
        return if x.is_finite() {
            js::js_number(x)
        } else {
            "null".into()
        };
    }
    if value.is_int() || value.is_bool() {
        return text(value).to_string();
    }
    if let Some(date) = value.read_lock::<Date>() {
        return if date.is_valid() {
            quoted(&date.to_iso())
        } else {
            "null".into()
        };
    }
    if let Some(bytes) = value.read_lock::<bson::Binary>() {
        return quoted(&STANDARD.encode(&bytes.bytes));
    }
    let textual = value.is_string() || value.is_char();
    if textual || value.is::<ObjectId>() || value.is::<Symbol>() {
        return quoted(&text(value));
    }
    // MinKey, regular expressions, sets: objects without fields of their own.
    "{}".into()
}

fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}
