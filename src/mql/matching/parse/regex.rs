//! `$regex` with `$options`, and regular expressions in place of values.

use bson::Bson;

use super::{Call, bad};
use crate::mql::matching::predicate::{Predicate, Test};
use crate::mql::matching::tests_of_values::RegexTest;
use crate::mql::regex::{Mistake, Regex};
use crate::mql::{Error, Result};

/// `{a: /b/}`
pub fn literal(path: &str, value: &Bson) -> Result<Predicate> {
    Ok(Predicate::field(path, Test::Regex(of_value(value)?)))
}

/// What a regular expression among values asks.
pub fn of_value(value: &Bson) -> Result<RegexTest> {
    match value {
        Bson::RegularExpression(r) => test(r.pattern.as_str(), r.options.as_str()),
        _ => bad("not a regex"),
    }
}

/// `$options` belongs to the `$regex` beside it.
pub fn options(call: &Call<'_>) -> Result<Option<Predicate>> {
    match call.around.contains_key("$regex") {
        true => Ok(None),
        false => bad("$options needs a $regex"),
    }
}

/// `$regex`, in whichever order with its `$options`.
pub fn parse(call: &Call<'_>) -> Result<Option<Predicate>> {
    let (mut pattern, mut options) = ("", "");
    // Which of the two came first decides the code of the complaint that both have options.
    let mut options_seen = false;
    for (name, value) in call.around {
        match (name.as_str(), value) {
            ("$regex", Bson::String(text)) => pattern = text,
            ("$regex", Bson::RegularExpression(r)) => {
                pattern = r.pattern.as_str();
                if !r.options.as_str().is_empty() {
                    if options_seen {
                        return Err(twice(51074));
                    }
                    options = r.options.as_str();
                }
            }
            ("$regex", _) => return bad("$regex has to be a string"),
            ("$options", Bson::String(text)) => {
                if !options.is_empty() {
                    return Err(twice(51075));
                }
                (options, options_seen) = (text, !text.is_empty());
            }
            ("$options", _) => return bad("$options has to be a string"),
            _ => {}
        }
    }
    let test = Test::Regex(test(pattern, options)?);
    Ok(Some(Predicate::field(call.path, test)))
}

fn twice(code: i32) -> Error {
    Error::new(code, "options set in both $regex and $options")
}

/// Compiles a pattern.
pub fn test(pattern: &str, options: &str) -> Result<RegexTest> {
    if pattern.contains('\0') {
        return bad("Regular expression cannot contain an embedded null byte");
    }
    let regex = Regex::new(pattern, options).map_err(|mistake| match mistake {
        Mistake::Option(flag) => {
            Error::new(51108, format!(" invalid flag in regex options: {flag}"))
        }
        Mistake::Pattern(complaint) => {
            Error::new(51091, format!("Regular expression is invalid: {complaint}"))
        }
    })?;
    Ok(RegexTest {
        pattern: pattern.to_owned(),
        options: options.to_owned(),
        regex,
    })
}
