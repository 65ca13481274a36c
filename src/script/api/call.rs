//! [`Call`]: one call of a native function, with its arguments checked by name.

use std::rc::Rc;

use bson::{Bson, Document};
use rhai::{Array, Blob, Dynamic, FnPtr, ImmutableString, Map, NativeCallContext};

use super::options::whole;
use super::{Method, Options};
use crate::script::closures::Functions;
use crate::script::convert::{bson_value, owned_document};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::number::NULL;
use crate::script::{Doc, types};
use crate::value::{Date, Decimal};

/// One call of a native function.
pub struct Call<'a> {
    /// The script instance it happens in.
    pub host: &'a Rc<Host>,
    /// Rhai's side of the call.
    pub ctx: &'a NativeCallContext<'a>,
    /// The function's declaration.
    pub method: &'static Method,
    pub(super) receiver: Option<&'a mut Dynamic>,
    pub(super) args: Vec<Dynamic>,
}

impl Call<'_> {
    /// A copy of the receiver.
    ///
    /// # Errors
    /// Where the function is called on a value of another type.
    pub fn this<T: Clone + 'static>(&self) -> Result<T, Fault> {
        let found = self
            .receiver
            .as_deref()
            .and_then(|r| r.read_lock::<T>().map(|v| v.clone()));
        found.ok_or_else(|| self.wrong_receiver())
    }

    /// Does something to the receiver in place.
    ///
    /// # Errors
    /// Where the function is called on a value of another type.
    pub fn with_this<T: Clone + 'static, R>(
        &mut self,
        work: impl FnOnce(&mut T) -> R,
    ) -> Result<R, Fault> {
        if let Some(mut value) = self
            .receiver
            .as_deref_mut()
            .and_then(|r| r.write_lock::<T>())
        {
            return Ok(work(&mut value));
        }
        Err(self.wrong_receiver())
    }

    /// The receiver as it is, for functions that take any type.
    pub fn receiver(&self) -> Dynamic {
        self.receiver
            .as_deref()
            .map_or(Dynamic::UNIT, |r| r.clone().flatten())
    }

    fn wrong_receiver(&self) -> Fault {
        let got = type_in_words(&self.receiver());
        ScriptError::new(
            "TypeError",
            format!("{} cannot be called on {got}", self.method.name),
        )
        .into()
    }

    /// How many arguments there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.args.len()
    }

    /// All arguments.
    pub fn args(&self) -> &[Dynamic] {
        &self.args
    }

    /// Argument `i` as it is; undefined where it is missing.
    pub fn arg(&self, i: usize) -> Dynamic {
        self.args
            .get(i)
            .map_or(Dynamic::UNIT, |a| a.clone().flatten())
    }

    /// Argument `i`, unless it is missing, undefined or null.
    #[must_use]
    pub fn given(&self, i: usize) -> Option<Dynamic> {
        Some(self.arg(i)).filter(|a| !a.is_unit())
    }

    /// Argument `i` as a document.
    ///
    /// # Errors
    /// Where it is missing or of another type.
    pub fn doc(&self, i: usize) -> Result<Doc, Fault> {
        let arg = self.arg(i);
        if let Some(doc) = arg.read_lock::<Doc>() {
            return Ok(doc.clone());
        }
        match arg.read_lock::<Map>() {
            Some(map) => map_to_doc(&map),
            None => Err(self.expected(i, "a document")),
        }
    }

    /// Argument `i` as a document; an empty one where it is missing.
    ///
    /// # Errors
    /// Where it is of another type.
    pub fn doc_or_empty(&self, i: usize) -> Result<Doc, Fault> {
        if self.given(i).is_some() {
            self.doc(i)
        } else {
            Ok(Doc::new())
        }
    }

    /// Argument `i` as the driver's document.
    ///
    /// # Errors
    /// Where it is missing, of another type, or holds what BSON cannot.
    pub fn document(&self, i: usize) -> Result<Document, Fault> {
        Ok(owned_document(&self.doc(i)?)?)
    }

    /// Argument `i` as a document whose order of fields is meaning (a sort, an index's keys, a
    /// command).
    ///
    /// # Errors
    /// As [`Call::document`]; and where it is one of Rhai's own maps with two or more keys, since
    /// those have lost their order.
    pub fn ordered(&self, i: usize) -> Result<Document, Fault> {
        check_order(&self.arg(i), self.param(i))?;
        self.document(i)
    }

    /// Argument `i` as the options document of this method.
    ///
    /// # Errors
    /// Where it is no document, or has a name that is not among `known`.
    pub fn options(&self, i: usize, known: &[&str]) -> Result<Options, Fault> {
        Options::check(self.method.name, self.doc_or_empty(i)?, known)
    }

    /// Argument `i` as BSON.
    ///
    /// # Errors
    /// Where BSON cannot hold it.
    pub fn bson(&self, i: usize) -> Result<Bson, Fault> {
        Ok(bson_value(&self.arg(i))?)
    }

    /// Argument `i` as a string.
    ///
    /// # Errors
    /// Where it is missing or of another type.
    pub fn string(&self, i: usize) -> Result<String, Fault> {
        let arg = self.arg(i);
        if let Some(s) = arg.read_lock::<ImmutableString>() {
            return Ok(s.to_string());
        }
        arg.as_char()
            .map(String::from)
            .map_err(|_| self.expected(i, "a string"))
    }

    /// Argument `i` as a string, unless it is missing, undefined or null.
    ///
    /// # Errors
    /// Where it is of another type.
    pub fn opt_string(&self, i: usize) -> Result<Option<String>, Fault> {
        self.given(i).map(|_| self.string(i)).transpose()
    }

    /// Argument `i` as a whole number.
    ///
    /// # Errors
    /// Where it is missing or no whole number.
    pub fn int(&self, i: usize) -> Result<i64, Fault> {
        whole(&self.arg(i)).ok_or_else(|| self.expected(i, "a whole number"))
    }

    /// Argument `i` as a whole number, unless it is missing, undefined or null.
    ///
    /// # Errors
    /// Where it is no whole number.
    pub fn opt_int(&self, i: usize) -> Result<Option<i64>, Fault> {
        self.given(i).map(|_| self.int(i)).transpose()
    }

    /// Argument `i` as a number with a fraction; integers count.
    ///
    /// # Errors
    /// Where it is missing or no number.
    pub fn float(&self, i: usize) -> Result<f64, Fault> {
        let arg = self.arg(i);
        #[allow(clippy::cast_precision_loss)] // as JavaScript has it
        arg.as_float()
            .or_else(|_| arg.as_int().map(|n| n as f64))
            .map_err(|_| self.expected(i, "a number"))
    }

    /// Argument `i` as a boolean, unless it is missing, undefined or null.
    ///
    /// # Errors
    /// Where it is of another type.
    pub fn opt_bool(&self, i: usize) -> Result<Option<bool>, Fault> {
        self.given(i)
            .map(|a| a.as_bool().map_err(|_| self.expected(i, "a boolean")))
            .transpose()
    }

    /// Argument `i` as an array.
    ///
    /// # Errors
    /// Where it is missing or of another type.
    pub fn array(&self, i: usize) -> Result<Array, Fault> {
        self.arg(i)
            .into_array()
            .map_err(|_| self.expected(i, "an array"))
    }

    /// Argument `i` as something to call: a closure, a function's name, or a namespace that is a
    /// constructor too (`Number`).
    ///
    /// # Errors
    /// Where it is missing or of another type.
    pub fn callback(&self, i: usize) -> Result<FnPtr, Fault> {
        let arg = self.arg(i);
        if let Some(f) = arg.read_lock::<FnPtr>() {
            return Ok(f.clone());
        }
        match arg.read_lock::<super::Namespace>() {
            Some(namespace) => Ok(FnPtr::new(namespace.0)?),
            None => Err(self.expected(i, "a function")),
        }
    }

    /// Calls back into the script. A function that takes fewer parameters than there are values
    /// gets the first ones, as in JavaScript; one that takes more gets undefined for the rest.
    ///
    /// # Errors
    /// What the script throws.
    pub fn call_back(&self, f: &FnPtr, mut values: Vec<Dynamic>) -> Outcome {
        let functions = self.host.slot(Functions::default);
        let wanted = functions.arity(f.fn_name(), f.curry().len(), values.len());
        values.resize(wanted, Dynamic::UNIT);
        Ok(f.call_raw(self.ctx, None, values)?)
    }

    /// The error for an argument that is missing or of the wrong type.
    #[must_use]
    pub fn expected(&self, i: usize, want: &str) -> Fault {
        let param = self.param(i);
        let got = match i < self.args.len() {
            true => format!("got {}", type_in_words(&self.arg(i))),
            false => "got nothing".to_string(),
        };
        // "a document for the document" says nothing more than "a document"
        let purpose = match want.ends_with(param) {
            true => String::new(),
            false => format!(" for the {param}"),
        };
        let error = ScriptError::argument(format!("expected {want}{purpose}, {got}"));
        error
            .hint(format!("the call is {}", self.method.signature()))
            .into()
    }

    /// The name of parameter `i`.
    fn param(&self, i: usize) -> &'static str {
        let name = self.method.param_names().nth(i).unwrap_or("argument");
        name.trim_start_matches("...").trim_end_matches('?')
    }

    /// Says something to the person that is no output.
    pub fn warn(&self, text: &str) {
        self.host.output().warn(text);
    }
}

/// Refuses Rhai's own maps, which have lost the order of their keys, where order is meaning.
fn check_order(value: &Dynamic, what: &str) -> Result<(), Fault> {
    match value.read_lock::<Map>() {
        Some(map) if map.len() > 1 => Err(ScriptError::argument(format!(
            "the order of the keys of this {what} is unknown, and it matters"
        ))
        .hint("write it as one literal: #{ a: 1, b: -1 }")
        .into()),
        _ => Ok(()),
    }
}

fn map_to_doc(map: &Map) -> Result<Doc, Fault> {
    let mut doc = Doc::with_capacity(map.len());
    for (key, value) in map {
        doc.push(key.as_str(), value.clone())?;
    }
    Ok(doc)
}

/// What a value is, in the words of an error message.
#[must_use]
pub fn type_in_words(value: &Dynamic) -> &'static str {
    if value.is_unit() {
        return if value.tag() == NULL {
            "null"
        } else {
            "undefined"
        };
    }
    let words: [(bool, &'static str); 19] = [
        (value.is_string() || value.is_char(), "string"),
        (value.is_int() || value.is_float(), "number"),
        (value.is_bool(), "boolean"),
        (value.is_array(), "array"),
        (value.is::<Doc>() || value.is_map(), "document"),
        (value.is_fnptr(), "function"),
        (value.is::<bson::oid::ObjectId>(), "ObjectId"),
        (value.is::<Date>(), "Date"),
        (value.is::<Decimal>(), "Decimal128"),
        (value.is::<bson::Timestamp>(), "Timestamp"),
        (value.is::<bson::Binary>() || value.is::<Blob>(), "Binary"),
        (value.is::<bson::Regex>(), "regular expression"),
        (value.is::<types::MinKey>(), "MinKey"),
        (value.is::<types::MaxKey>(), "MaxKey"),
        (value.is::<types::Code>(), "Code"),
        (value.is::<types::Symbol>(), "Symbol"),
        (value.is::<ScriptError>(), "error"),
        (value.is::<super::Namespace>(), "namespace"),
        (value.is_timestamp(), "instant"),
    ];
    match words.iter().find(|(is, _)| *is) {
        Some((_, word)) => word,
        None => value.type_name().rsplit("::").next().unwrap_or("value"),
    }
}
