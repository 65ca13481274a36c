//! Regular expressions as JavaScript has them, on BSON's values of that type.
//!
//! A value is pattern and flags, no more: it has no `lastIndex`, so `exec` and `test` always look
//! from the beginning.

mod matches;
mod methods;
mod translate;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use fancy_regex::{Captures, Regex, RegexBuilder};
use rhai::{Array, Dynamic};

use super::convert::text;
use crate::script::api::Call;
use crate::script::error::{Fault, ScriptError};
use crate::script::host::Host;

pub use matches::as_value;
pub(super) use methods::register;

/// A compiled regular expression.
#[derive(Clone)]
pub struct RegExp {
    regex: Rc<Regex>,
    /// The flag `g`.
    pub global: bool,
}

/// What was compiled so far; loops use the same expression again and again.
#[derive(Default)]
struct Compiled(RefCell<HashMap<(String, String), RegExp>>);

/// More than that is a script that makes them up, and keeping them would only cost memory.
const MOST_COMPILED: usize = 200;

/// A value as a regular expression, if it is one.
///
/// # Errors
/// SyntaxError for a pattern or a flag that JavaScript or `fancy-regex` does not have.
pub fn of_value(call: &Call<'_>, value: &Dynamic) -> Result<Option<RegExp>, Fault> {
    let Some(re) = value.read_lock::<bson::Regex>() else {
        return Ok(None);
    };
    let (pattern, flags) = (re.pattern.to_string(), re.options.to_string());
    Ok(Some(compiled(call.host, &pattern, &flags)?))
}

/// Argument `i` as a regular expression; a string is its pattern.
///
/// # Errors
/// As [`of_value`].
pub fn of_argument(call: &Call<'_>, i: usize) -> Result<RegExp, Fault> {
    let value = call.arg(i);
    match of_value(call, &value)? {
        Some(re) => Ok(re),
        None => Ok(compiled(call.host, &text(&value), flags_for_text(call))?),
    }
}

/// `"text".matchAll("pattern")` means all matches.
fn flags_for_text(call: &Call<'_>) -> &'static str {
    if call.method.name == "matchAll" {
        "g"
    } else {
        ""
    }
}

fn compiled(host: &Rc<Host>, pattern: &str, flags: &str) -> Result<RegExp, ScriptError> {
    let known = host.slot(Compiled::default);
    let key = (pattern.to_string(), flags.to_string());
    if let Some(found) = known.0.borrow().get(&key) {
        return Ok(found.clone());
    }
    let made = compile(pattern, flags)?;
    let mut known = known.0.borrow_mut();
    if known.len() >= MOST_COMPILED {
        known.clear();
    }
    known.insert(key, made.clone());
    Ok(made)
}

fn compile(pattern: &str, flags: &str) -> Result<RegExp, ScriptError> {
    let has = |flag: char| flags.contains(flag);
    if let Some(unknown) = flags.chars().find(|f| !"dgimsuvxy".contains(*f)) {
        let message = format!("Invalid flags supplied to RegExp constructor '{unknown}'");
        return Err(ScriptError::new("SyntaxError", message));
    }
    let regex = RegexBuilder::new(&translate::translate(pattern))
        .case_insensitive(has('i'))
        .multi_line(has('m'))
        .dot_matches_new_line(has('s'))
        .ignore_whitespace(has('x'))
        .build();
    let regex = regex.map_err(|e| {
        let message = format!("Invalid regular expression: /{pattern}/: {e}");
        ScriptError::new("SyntaxError", message)
    })?;
    Ok(RegExp {
        regex: Rc::new(regex),
        global: has('g'),
    })
}

impl RegExp {
    /// The first match.
    ///
    /// # Errors
    /// Where the search takes too many steps.
    pub fn first(&self, text: &str) -> Result<Option<Found>, Fault> {
        let found = self.regex.captures(text).map_err(too_long)?;
        Ok(found.map(|captures| self.found(&captures)))
    }

    /// All matches, one after the other.
    ///
    /// # Errors
    /// As [`RegExp::first`].
    pub fn all(&self, text: &str) -> Result<Vec<Found>, Fault> {
        self.regex
            .captures_iter(text)
            .map(|found| Ok(self.found(&found.map_err(too_long)?)))
            .collect()
    }

    fn found(&self, captures: &Captures<'_, str>) -> Found {
        let value = |i: usize| captures.get(i).map_or(Dynamic::UNIT, |m| m.as_str().into());
        let range = captures.get(0).map_or((0, 0), |m| (m.start(), m.end()));
        let names = self.regex.capture_names().enumerate();
        Found {
            range,
            whole: value(0),
            groups: (1..captures.len()).map(value).collect(),
            names: names
                .filter_map(|(i, n)| Some((n?.to_string(), i)))
                .collect(),
        }
    }
}

fn too_long(e: fancy_regex::Error) -> Fault {
    ScriptError::new("RangeError", format!("the regular expression gave up: {e}")).into()
}

/// One match.
pub struct Found {
    range: (usize, usize),
    whole: Dynamic,
    groups: Array,
    names: Vec<(String, usize)>,
}

impl Found {
    /// The occurrence of a plain text.
    #[must_use]
    pub fn of_text(at: usize, text: &str) -> Self {
        Self {
            range: (at, at + text.len()),
            whole: text.into(),
            groups: Array::new(),
            names: Vec::new(),
        }
    }

    /// Where it begins and ends, in bytes.
    #[must_use]
    pub fn range(&self) -> (usize, usize) {
        self.range
    }

    /// The groups; undefined for one that took no part.
    #[must_use]
    pub fn groups(&self) -> &Array {
        &self.groups
    }

    /// The match and its groups.
    #[must_use]
    pub fn values(&self) -> Array {
        let mut all = vec![self.whole.clone()];
        all.extend(self.groups.iter().cloned());
        all
    }

    /// Whether any group has a name.
    #[must_use]
    pub fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    /// The names of groups.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.iter().map(|(name, _)| name.as_str())
    }

    /// The group of this name; undefined where there is none.
    pub fn named(&self, name: &str) -> Dynamic {
        let place = self.names.iter().find(|(n, _)| n == name).map(|(_, i)| *i);
        let group = place.and_then(|i| self.groups.get(i.checked_sub(1)?));
        group.cloned().unwrap_or(Dynamic::UNIT)
    }
}
