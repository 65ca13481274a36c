//! Options documents: known names only, types checked by name.

use bson::{Bson, Document, RawBson};
use rhai::Dynamic;

use crate::diag::nearest;
use crate::script::convert::{bson_value, to_raw};
use crate::script::error::{Fault, ScriptError};
use crate::script::{Doc, convert};

/// The options a call was given. Every name was checked against what the method knows.
#[derive(Debug, Clone, Default)]
pub struct Options {
    doc: Doc,
    method: &'static str,
}

impl Options {
    /// Checks the names of `doc`.
    ///
    /// # Errors
    /// An unknown option, with the nearest known name.
    pub fn check(method: &'static str, doc: Doc, known: &[&str]) -> Result<Self, Fault> {
        for key in doc.keys() {
            if !known.contains(&key.as_str()) {
                return Err(unknown(method, key, known).into());
            }
        }
        Ok(Self { doc, method })
    }

    /// The option's value; an undefined one counts as absent, null as given.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Dynamic> {
        self.doc
            .get(name)
            .filter(|v| !v.is_unit() || v.tag() == crate::script::number::NULL)
    }

    /// Whether the option is there and says yes.
    ///
    /// # Errors
    /// Where it is no boolean.
    pub fn flag(&self, name: &str) -> Result<Option<bool>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(v) if v.is_unit() => Ok(None),
            Some(v) => match v.as_bool() {
                Ok(b) => Ok(Some(b)),
                // mongosh takes 1 and 0 as well
                Err(_) => match v.as_int() {
                    Ok(n) => Ok(Some(n != 0)),
                    Err(_) => Err(self.wrong(name, "a boolean", v)),
                },
            },
        }
    }

    /// The option as a whole number.
    ///
    /// # Errors
    /// Where it is none.
    pub fn int(&self, name: &str) -> Result<Option<i64>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(v) if v.is_unit() => Ok(None),
            Some(v) => whole(v)
                .map(Some)
                .ok_or_else(|| self.wrong(name, "a whole number", v)),
        }
    }

    /// The option as a string.
    ///
    /// # Errors
    /// Where it is none.
    pub fn string(&self, name: &str) -> Result<Option<String>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(v) if v.is_unit() => Ok(None),
            Some(v) => match v.clone().into_string() {
                Ok(s) => Ok(Some(s)),
                Err(_) => Err(self.wrong(name, "a string", v)),
            },
        }
    }

    /// The option as a document.
    ///
    /// # Errors
    /// Where it is none.
    pub fn document(&self, name: &str) -> Result<Option<Document>, Fault> {
        match self.get(name) {
            None => Ok(None),
            Some(v) if v.is_unit() => Ok(None),
            Some(v) => match v.read_lock::<Doc>() {
                Some(doc) => Ok(Some(convert::owned_document(&doc)?)),
                None => Err(self.wrong(name, "a document", v)),
            },
        }
    }

    /// The option's value as BSON.
    ///
    /// # Errors
    /// Where BSON cannot hold it.
    pub fn bson(&self, name: &str) -> Result<Option<Bson>, Fault> {
        Ok(self.get(name).map(bson_value).transpose()?)
    }

    /// Copies the named options into a command, in this order, under the same names.
    ///
    /// # Errors
    /// Where BSON cannot hold one.
    pub fn copy_into(&self, command: &mut Document, names: &[&str]) -> Result<(), Fault> {
        for name in names {
            if let Some(value) = self.get(name) {
                let raw: RawBson = to_raw(value)?;
                command.insert(*name, Bson::try_from(raw)?);
            }
        }
        Ok(())
    }

    /// The options as they were given.
    #[must_use]
    pub fn as_doc(&self) -> &Doc {
        &self.doc
    }

    fn wrong(&self, name: &str, want: &str, got: &Dynamic) -> Fault {
        let got = super::call::type_in_words(got);
        ScriptError::argument(format!(
            "{}: option `{name}` must be {want}, got {got}",
            self.method
        ))
        .into()
    }
}

/// A whole number, from an integer or a float without a fraction.
pub(super) fn whole(value: &Dynamic) -> Option<i64> {
    if let Ok(n) = value.as_int() {
        return Some(n);
    }
    let n = value.as_float().ok()?;
    #[allow(clippy::cast_possible_truncation)] // whole, and within ±2^53
    (n.fract() == 0.0 && n.abs() <= 9_007_199_254_740_992.0).then_some(n as i64)
}

/// What a write concern consists of; old scripts write it without one.
const CONCERN: [&str; 3] = ["w", "j", "wtimeout"];

fn unknown(method: &str, key: &str, known: &[&str]) -> ScriptError {
    let error = ScriptError::argument(format!("{method} has no option `{key}`"));
    match nearest(key, known.iter().copied()) {
        Some(name) => error.hint(format!("did you mean `{name}`?")),
        None if known.is_empty() => error.hint("it takes no options"),
        None if CONCERN.contains(&key) && known.contains(&"writeConcern") => {
            error.hint(format!("write {{ writeConcern: {{ {key}: … }} }}"))
        }
        None => error.hint(format!("its options are {}", known.join(", "))),
    }
}
