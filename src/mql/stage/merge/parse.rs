//! Reading a `$merge`.

use std::sync::Arc;

use bson::{Bson, Document};

use super::super::out::{is_internal, is_special};
use super::super::pipeline::ParseContext;
use super::super::table::{self, Stages};
use super::super::{Namespace, idl};
use super::{Matched, Merge, NotMatched};
use crate::mql::error::code;
use crate::mql::expr::{Expr, check_declared, path};
use crate::mql::{Error, Result, text};

/// The options, as they are found.
struct Options<'a> {
    db: Option<&'a str>,
    coll: &'a str,
    on: Option<Vec<&'a str>>,
    variables: Option<&'a Document>,
    matched: Matched,
    not_matched: NotMatched,
}

/// What the server checks before it parses any stage.
pub(in crate::mql::stage) fn lite(value: &Bson) -> Result<()> {
    match read(value)?.matched {
        Matched::Pipeline(stages) => table::check_names(&stages),
        _ => Ok(()),
    }
}

fn read(value: &Bson) -> Result<Options<'_>> {
    let mut options = Options {
        db: None,
        coll: "",
        on: None,
        variables: None,
        matched: Matched::Merge,
        not_matched: NotMatched::Insert,
    };
    let spec = match value {
        Bson::String(coll) => {
            options.coll = coll;
            return Ok(options);
        }
        Bson::Document(spec) => spec,
        other => {
            return Err(Error::type_mismatch(format!(
                "$merge requires a string or object argument, but found {}",
                text::type_name(other)
            )));
        }
    };
    for (name, value) in spec {
        match name.as_str() {
            "into" => (options.db, options.coll) = into(value)?,
            "on" => options.on = Some(on(value)?),
            "let" => options.variables = Some(idl::document("$merge.let", value)?),
            "whenMatched" => options.matched = matched(value)?,
            "whenNotMatched" => options.not_matched = not_matched(value)?,
            "targetCollectionVersion" => {}
            _ => return Err(idl::unknown(&format!("$merge.{name}"))),
        }
    }
    match spec.contains_key("into") {
        true => Ok(options),
        false => Err(idl::missing("$merge.into")),
    }
}

fn into(value: &Bson) -> Result<(Option<&str>, &str)> {
    let spec = match value {
        Bson::String(coll) => return Ok((None, coll)),
        Bson::Document(spec) => spec,
        other => {
            return Err(Error::new(
                51178,
                format!(
                    "$merge 'into' field  must be either a string or an object, but found {}",
                    text::type_name(other)
                ),
            ));
        }
    };
    let (mut db, mut coll) = (None, "");
    for (name, value) in spec {
        let field = format!("into.{name}");
        match name.as_str() {
            "db" => db = Some(idl::string(&field, value)?).filter(|db| !db.is_empty()),
            "coll" => coll = idl::string(&field, value)?,
            _ => return Err(idl::unknown(&field)),
        }
    }
    if coll.is_empty() {
        return Err(Error::new(
            5_786_801,
            "$merge 'into' field must specify a 'coll' that is not empty, null or undefined",
        ));
    }
    Ok((db, coll))
}

fn on(value: &Bson) -> Result<Vec<&str>> {
    let items = match value {
        Bson::String(field) => return Ok(vec![field]),
        Bson::Array(items) => items,
        other => {
            return Err(Error::new(
                51186,
                format!(
                    "$merge 'on' field  must be either a string or an array of strings, but found {}",
                    text::type_name(other)
                ),
            ));
        }
    };
    if items.is_empty() {
        return Err(Error::new(
            51187,
            "If explicitly specifying $merge 'on', must include at least one field",
        ));
    }
    let fields = items.iter().map(|item| {
        item.as_str().ok_or_else(|| {
            let found = text::type_name(item);
            Error::new(
                51134,
                format!("$merge 'on' array elements must be strings, but found {found}"),
            )
        })
    });
    fields.collect()
}

fn matched(value: &Bson) -> Result<Matched> {
    match value {
        Bson::String(mode) => match mode.as_str() {
            "replace" => Ok(Matched::Replace),
            "merge" => Ok(Matched::Merge),
            "keepExisting" => Ok(Matched::KeepExisting),
            "fail" => Ok(Matched::Fail),
            other => Err(idl::not_in_enumeration("whenMatched", other)),
        },
        Bson::Array(stages) => match stages.iter().all(|s| matches!(s, Bson::Document(_))) {
            true => Ok(Matched::Pipeline(stages.clone())),
            false => Err(Error::type_mismatch(
                "Each element of the 'pipeline' array must be an object",
            )),
        },
        other => Err(Error::new(
            51191,
            format!(
                "$merge 'whenMatched' field  must be either a string or an array, but found {}",
                text::type_name(other)
            ),
        )),
    }
}

fn not_matched(value: &Bson) -> Result<NotMatched> {
    let field = "$merge.whenNotMatched";
    match idl::string(field, value)? {
        "insert" => Ok(NotMatched::Insert),
        "discard" => Ok(NotMatched::Discard),
        "fail" => Ok(NotMatched::Fail),
        other => Err(idl::not_in_enumeration(field, other)),
    }
}

pub(in crate::mql::stage) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let options = read(value)?;
    let into = Namespace::new(options.db.unwrap_or(&cx.namespace.db), options.coll);
    check_target(&into)?;
    let variables = variables(&options, cx)?;
    check_modes(&options)?;
    Ok(vec![Arc::new(Merge {
        into,
        on: on_fields(options.on)?,
        matched: options.matched,
        not_matched: options.not_matched,
        variables,
    })])
}

fn check_target(into: &Namespace) -> Result<()> {
    if into.coll.is_empty() {
        return Err(Error::new(
            code::INVALID_NAMESPACE,
            format!("Invalid $merge target namespace: '{into}'"),
        ));
    }
    if is_internal(&into.db) {
        return Err(Error::new(
            31320,
            format!("Cannot $merge to internal database: {}", into.db),
        ));
    }
    if is_special(&into.coll) {
        return Err(Error::new(
            31319,
            format!("Cannot $merge to special collection: {}", into.coll),
        ));
    }
    Ok(())
}

impl Matched {
    fn name(&self) -> &'static str {
        match self {
            Self::Replace => "replace",
            Self::Merge => "merge",
            Self::KeepExisting => "keepExisting",
            Self::Fail => "fail",
            Self::Pipeline(_) => "pipeline",
        }
    }
}

fn check_modes(options: &Options<'_>) -> Result<()> {
    let not_matched = match options.not_matched {
        NotMatched::Insert => return Ok(()),
        NotMatched::Discard => "discard",
        NotMatched::Fail => "fail",
    };
    if !matches!(options.matched, Matched::KeepExisting | Matched::Fail) {
        return Ok(());
    }
    Err(Error::new(
        51181,
        format!(
            "Combination of $merge modes 'whenMatched: {}' and 'whenNotMatched: {not_matched}' is not supported",
            options.matched.name()
        ),
    ))
}

fn variables(options: &Options<'_>, cx: &ParseContext<'_>) -> Result<Vec<(String, Expr)>> {
    let Some(spec) = options.variables else {
        return Ok(Vec::new());
    };
    if !matches!(options.matched, Matched::Pipeline(_)) {
        return Err(Error::new(
            51199,
            format!(
                "Cannot use 'let' variables with 'whenMatched: {}' mode",
                options.matched.name()
            ),
        ));
    }
    if spec
        .get("new")
        .is_some_and(|new| new.as_str() != Some("$$ROOT"))
    {
        return Err(Error::new(
            51273,
            "'let' may not define a value for the reserved 'new' variable other than '$$ROOT'",
        ));
    }
    let parsed = spec.iter().map(|(name, value)| {
        check_declared(name)?;
        Ok((name.clone(), Expr::parse(value, cx.env)?))
    });
    parsed.collect()
}

fn on_fields(on: Option<Vec<&str>>) -> Result<Vec<String>> {
    let mut fields: Vec<String> = Vec::new();
    for field in on.unwrap_or_else(|| vec!["_id"]) {
        path::check(field)?;
        if fields.iter().any(|f| f == field) {
            return Err(Error::new(
                31465,
                format!("Found a duplicate field '{field}'"),
            ));
        }
        fields.push(field.to_owned());
    }
    Ok(fields)
}
