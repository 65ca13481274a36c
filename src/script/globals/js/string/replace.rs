//! `replace` and `replaceAll`.

use rhai::{Dynamic, FnPtr, ImmutableString};

use super::super::array::position;
use super::super::convert::{LONGEST_TEXT, check_length, text};
use super::super::regexp::{self, Found};
use super::case::this;
use super::units;
use crate::script::api::{Call, Namespace};
use crate::script::error::{Fault, Outcome, ScriptError};

pub(super) fn replace(call: &mut Call<'_>) -> Outcome {
    replaced(call, false)
}

pub(super) fn replace_all(call: &mut Call<'_>) -> Outcome {
    replaced(call, true)
}

/// What stands in for a match.
enum Replacement {
    Text(ImmutableString),
    Function(FnPtr),
}

fn replaced(call: &Call<'_>, all: bool) -> Outcome {
    let this = this(call);
    let found = matches(call, &this, all)?;
    let value = call.arg(1);
    let replacement = match value.is_fnptr() || value.is::<Namespace>() {
        true => Replacement::Function(call.callback(1)?),
        false => Replacement::Text(text(&value)),
    };
    let mut out = String::new();
    let mut start = 0;
    for found in &found {
        let (from, to) = found.range();
        out.push_str(&this[start..from]);
        match &replacement {
            Replacement::Text(template) => expand(template, &this, found, &mut out),
            Replacement::Function(f) => out.push_str(&ask(call, f, &this, found)?),
        }
        start = to;
        check_length(out.len())?;
    }
    out.push_str(&this[start..]);
    Ok(out.into())
}

fn matches(call: &Call<'_>, this: &str, all: bool) -> Result<Vec<Found>, Fault> {
    let pattern = call.arg(0);
    let Some(re) = regexp::of_value(call, &pattern)? else {
        let wanted = text(&pattern);
        let most = if all { usize::MAX } else { 1 };
        let found = this.match_indices(wanted.as_str()).take(most);
        return Ok(found.map(|(at, m)| Found::of_text(at, m)).collect());
    };
    match (re.global, all) {
        (true, _) => re.all(this),
        (false, false) => Ok(re.first(this)?.into_iter().collect()),
        (false, true) => {
            let message = "String.prototype.replaceAll called with a non-global RegExp argument";
            Err(ScriptError::new("TypeError", message).into())
        }
    }
}

/// The callback gets the match, its groups, the place and the whole string.
fn ask(
    call: &Call<'_>,
    f: &FnPtr,
    this: &ImmutableString,
    found: &Found,
) -> Result<ImmutableString, Fault> {
    let mut values = found.values();
    values.push(position(Some(units::of_byte(this, found.range().0))));
    values.push(this.clone().into());
    Ok(text(&call.call_back(f, values)?))
}

/// Writes a replacement with its `$1`, `$&`, `$$`, `` $` ``, `$'` and `$<name>` filled in.
fn expand(template: &str, this: &str, found: &Found, out: &mut String) {
    let (from, to) = found.range();
    let mut rest = template;
    while let Some(at) = rest.find('$').filter(|_| out.len() <= LONGEST_TEXT) {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        let taken = match rest.as_bytes().first() {
            Some(b'$') => put(out, "$", 1),
            Some(b'&') => put(out, &this[from..to], 1),
            Some(b'`') => put(out, &this[..from], 1),
            Some(b'\'') => put(out, &this[to..], 1),
            Some(b'<') => named(rest, found, out),
            Some(b'0'..=b'9') => numbered(rest, found, out),
            _ => 0,
        };
        if taken == 0 {
            out.push('$');
        }
        rest = &rest[taken..];
    }
    out.push_str(rest);
}

fn put(out: &mut String, text: &str, taken: usize) -> usize {
    out.push_str(text);
    taken
}

/// Two digits where there is such a group, else one; how many were taken.
fn numbered(rest: &str, found: &Found, out: &mut String) -> usize {
    for digits in [2, 1] {
        let number = rest.get(..digits).and_then(|d| d.parse::<usize>().ok());
        let group = number
            .filter(|n| *n > 0)
            .and_then(|n| found.groups().get(n - 1));
        if let Some(group) = group {
            return put_value(out, group, digits);
        }
    }
    0
}

fn named(rest: &str, found: &Found, out: &mut String) -> usize {
    let Some((name, _)) = rest[1..].split_once('>') else {
        return 0;
    };
    match found.has_names() {
        true => put_value(out, &found.named(name), name.len() + 2),
        false => 0,
    }
}

/// A group that took no part is nothing.
fn put_value(out: &mut String, value: &Dynamic, taken: usize) -> usize {
    match value.is_unit() {
        true => taken,
        false => put(out, &text(value), taken),
    }
}
