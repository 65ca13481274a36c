//! Reading the projection of a `find`, a `$project` or an `$unset`.

use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::super::error::{Error, Result, code};
use super::super::expr::Expr;
use super::super::matching::Matcher;
use super::super::{Env, text};
use super::Inner;
use super::arrays::Slice;
use super::mode::Seen;
use super::tree::{Child, Mode, Node};
use crate::value::Number;

/// The projection of a `find`.
pub(super) fn find(spec: &Document, env: &Env) -> Result<Inner> {
    let mut parser = Parser::new(true, env);
    parser.fields(spec, &mut Vec::new())?;
    parser.finish()?.optimized(env)
}

/// The projection of a stage.
pub(super) fn project(spec: &Document, stage: &str, env: &Env) -> Result<Inner> {
    let invalid = |e: Error| e.context(&format!("Invalid {stage}"));
    if spec.is_empty() {
        return Err(invalid(Error::new(
            51272,
            "projection specification must have at least one field",
        )));
    }
    let mut parser = Parser::new(false, env);
    let parsed = parser.fields(spec, &mut Vec::new());
    parsed
        .and_then(|()| parser.finish())
        .map_err(invalid)?
        .optimized(env)
}

/// The exclusion of some paths.
pub(super) fn unset<'a>(paths: impl Iterator<Item = &'a str>, env: &Env) -> Result<Inner> {
    let mut parser = Parser::new(false, env);
    let read = |path| parser.field(path, &Bson::Boolean(false), &mut Vec::new());
    let read: Result<()> = { paths }.try_for_each(read);
    read.and_then(|()| parser.finish())
        .map_err(|e| e.context("Invalid $unset"))
}

struct Parser<'a> {
    /// Whether it is a `find`'s and not a stage's.
    find: bool,
    env: &'a Env,
    seen: Seen,
    root: Node,
    slices: Vec<Slice>,
    position: Option<Vec<String>>,
}

impl<'a> Parser<'a> {
    fn new(find: bool, env: &'a Env) -> Self {
        Self {
            find,
            env,
            seen: Seen::default(),
            root: Node::default(),
            slices: Vec::new(),
            position: None,
        }
    }

    fn finish(&mut self) -> Result<Inner> {
        let mode = self.seen.resolve();
        match (mode, self.seen.id) {
            // The other fields' mode and the `_id`'s own say the same.
            (Mode::Inclusion, Some(false)) | (Mode::Exclusion, Some(true)) => {
                self.root.fields.shift_remove("_id");
            }
            (Mode::Inclusion, None) if !self.root.fields.contains_key("_id") => {
                self.root.fields.insert("_id".to_owned(), Child::Named);
            }
            _ => {}
        }
        Ok(Inner {
            mode,
            root: std::mem::take(&mut self.root),
            slices: std::mem::take(&mut self.slices),
            position: self.position.take(),
        })
    }

    fn fields(&mut self, spec: &Document, prefix: &mut Vec<String>) -> Result<()> {
        spec.iter()
            .try_for_each(|(name, value)| self.field(name, value, prefix))
    }

    fn field(&mut self, name: &str, value: &Bson, prefix: &mut Vec<String>) -> Result<()> {
        let (path, positional) = self.path(name)?;
        let before = prefix.len();
        prefix.extend(path.split('.').map(str::to_owned));
        let field = Field {
            name,
            path,
            positional,
        };
        let done = match value {
            Bson::Document(inner) => self.object(&field, inner, prefix),
            Bson::Boolean(_) => self.flag(&field, *value != Bson::Boolean(false), prefix),
            value => match Number::from_bson(value) {
                Some(number) => self.flag(&field, !number.is_zero(), prefix),
                None => self.literal(&field, value, prefix),
            },
        };
        prefix.truncate(before);
        done
    }

    /// Checks a field's path; says whether it ended in a positional `$`.
    fn path<'p>(&self, name: &'p str) -> Result<(&'p str, bool)> {
        let (path, positional) = match name.strip_suffix(".$") {
            Some(path) => (path, true),
            None => (name, false),
        };
        if positional && !self.find {
            return Err(Error::new(
                31324,
                "Cannot use positional projection in aggregation projection",
            ));
        }
        if positional && path.is_empty() {
            return Err(Error::new(
                5392900,
                format!("Projection on field {name} is invalid"),
            ));
        }
        if self.find && (path.contains(".$.") || path.ends_with(".$")) {
            return Err(Error::new(
                31394,
                "As of 4.4, it's illegal to specify positional operator in the middle of a path.Positional projection may only be used at the end, for example: a.b.$. If the query previously used a form like a.b.$.d, remove the parts following the '$' and the results will be equivalent.",
            ));
        }
        super::super::expr::path::check(path)?;
        Ok((path, positional))
    }

    fn add(&mut self, field: &Field<'_>, path: &[String], leaf: Child) -> Result<()> {
        self.root.add(path, field.path, leaf)
    }

    /// `1` or `0`
    fn flag(&mut self, field: &Field<'_>, include: bool, path: &[String]) -> Result<()> {
        if field.positional {
            return self.positional(field, include, path);
        }
        self.add(field, path, Child::Named)?;
        if path == ["_id"] {
            self.seen.id = Some(include);
            Ok(())
        } else if include {
            self.seen.include(field.name)
        } else {
            self.seen.exclude(field.name)
        }
    }

    fn positional(&mut self, field: &Field<'_>, include: bool, path: &[String]) -> Result<()> {
        if !include {
            return Err(Error::new(
                31395,
                "positional projection cannot be used with exclusion",
            ));
        }
        if self.seen.positional {
            return Err(Error::new(
                31276,
                "Cannot specify more than one positional projection per query.",
            ));
        }
        if self.seen.elem_match {
            return Err(positional_and_elem_match(31256));
        }
        self.add(field, path, Child::Named)?;
        self.seen.include(field.name)?;
        self.seen.positional = true;
        self.position = Some(path.to_vec());
        Ok(())
    }

    /// A text, an array, null …: computed as a field path or a constant.
    fn literal(&mut self, field: &Field<'_>, value: &Bson, path: &[String]) -> Result<()> {
        if field.positional {
            return Err(Error::new(
                31308,
                "positional projection cannot be used with a literal",
            ));
        }
        let refused = || {
            Error::new(
                31310,
                format!(
                    "Cannot use an expression {} in an exclusion projection",
                    text::field(field.name, value)
                ),
            )
        };
        self.computed(field, value, path)?;
        self.seen.compute(refused)
    }

    fn computed(&mut self, field: &Field<'_>, value: &Bson, path: &[String]) -> Result<()> {
        let expr = Expr::parse_only(value, self.env)?;
        self.add(field, path, Child::Computed(expr))
    }

    fn object(
        &mut self,
        field: &Field<'_>,
        inner: &Document,
        path: &mut Vec<String>,
    ) -> Result<()> {
        if field.positional {
            return Err(Error::new(
                31271,
                "positional projection cannot be used with an expression or sub object",
            ));
        }
        if inner.is_empty() {
            return Err(Error::new(
                51270,
                "An empty sub-projection is not a valid value. Found empty object at path",
            ));
        }
        match inner.iter().next() {
            Some((name, argument)) if inner.len() == 1 && name.starts_with('$') => {
                self.operator(field, inner, name, argument, path)
            }
            _ => {
                self.root.enter(path, field.path)?;
                self.fields(inner, path)
            }
        }
    }

    fn operator(
        &mut self,
        field: &Field<'_>,
        call: &Document,
        name: &str,
        argument: &Bson,
        path: &[String],
    ) -> Result<()> {
        match name {
            "$slice" if self.find => return self.slice(field, call, argument, path),
            "$elemMatch" if self.find => return self.elem_match(field, argument, path),
            "$elemMatch" => {
                return Err(Error::new(
                    code::INVALID_PIPELINE_OPERATOR,
                    "Cannot use $elemMatch in this context",
                ));
            }
            _ => {}
        }
        let call = Bson::Document(call.clone());
        let expr = Expr::parse_only(&call, self.env).map_err(|e| unknown(e, name));
        if let Err(unknown) = &expr
            && unknown.code == UNKNOWN_EXPRESSION
        {
            return expr.map(|_| ());
        }
        match name {
            "$meta" => self.seen.meta = !self.find,
            _ => self.seen.compute(no_expression)?,
        }
        self.add(field, path, Child::Computed(expr?))
    }

    fn elem_match(&mut self, field: &Field<'_>, argument: &Bson, path: &[String]) -> Result<()> {
        let Bson::Document(filter) = argument else {
            return Err(Error::new(
                31274,
                format!(
                    "elemMatch: Invalid argument, object required, but got {}",
                    text::type_name(argument)
                ),
            ));
        };
        if self.seen.positional {
            return Err(positional_and_elem_match(31255));
        }
        if path.len() > 1 {
            return Err(Error::new(
                31275,
                "Cannot use $elemMatch projection on a nested field.",
            ));
        }
        self.seen.elem_match = true;
        let name = path.first().map_or("", String::as_str);
        let filter = doc! { name: { "$elemMatch": filter } };
        let matcher = Matcher::parse(&filter, self.env)?;
        self.add(field, path, Child::ElemMatch(Arc::new(matcher)))
    }

    /// `$slice` of an array in the document, or else the expression of that name.
    fn slice(
        &mut self,
        field: &Field<'_>,
        call: &Document,
        argument: &Bson,
        path: &[String],
    ) -> Result<()> {
        let refused = match slice_numbers(argument) {
            Ok((skip, limit)) => match self.add(field, path, Child::Kept) {
                Ok(()) => {
                    self.seen.slice = true;
                    self.slices.push(Slice {
                        path: path.to_vec(),
                        skip,
                        limit,
                    });
                    return Ok(());
                }
                Err(refused) => refused,
            },
            Err(refused) => refused,
        };
        self.slice_expression(field, call, path).map_err(|e| {
            let message = format!(
                "Invalid $slice syntax. The given syntax {} did not match the find() syntax because :: {}: {} :: The given syntax did not match the expression $slice syntax. :: caused by :: {}",
                text::document(call),
                refused.code_name(),
                refused.message,
                e.message
            );
            Error { message, ..e }
        })
    }

    fn slice_expression(
        &mut self,
        field: &Field<'_>,
        call: &Document,
        path: &[String],
    ) -> Result<()> {
        self.seen.compute(no_expression)?;
        let expr = Expr::parse_only(&Bson::Document(call.clone()), self.env)?;
        self.add(field, path, Child::Computed(expr))
    }
}

fn no_expression() -> Error {
    Error::new(
        31252,
        "Cannot use expression other than $meta in exclusion projection",
    )
}

/// A field of the specification.
struct Field<'a> {
    /// Its name as it was written.
    name: &'a str,
    /// The same without a positional `$`.
    path: &'a str,
    positional: bool,
}

/// The numbers of a `find`'s `$slice`.
fn slice_numbers(argument: &Bson) -> Result<(Option<i64>, i64)> {
    match argument {
        Bson::Array(items) => {
            let [skip, limit] = &items[..] else {
                return Err(Error::new(
                    31272,
                    "$slice array argument should be of form [skip, limit]",
                ));
            };
            let skip = whole(skip).ok_or_else(|| {
                Error::new(
                    31257,
                    format!(
                        "$slice 'skip' argument expected to be a number but was of type {}",
                        text::type_name(skip)
                    ),
                )
            })?;
            let limit_number = whole(limit).ok_or_else(|| {
                Error::new(
                    31258,
                    format!(
                        "$slice 'limit' argument expected to be a number but was of type {}",
                        text::type_name(limit)
                    ),
                )
            })?;
            if limit_number <= 0 {
                return Err(Error::new(
                    31259,
                    format!("$slice limit must be positive, got {limit_number}"),
                ));
            }
            Ok((Some(skip), limit_number))
        }
        other => whole(other).map(|limit| (None, limit)).ok_or_else(|| {
            Error::new(
                31273,
                "$slice only supports numbers and [skip, limit] arrays",
            )
        }),
    }
}

/// A number without its fraction, within an int.
fn whole(value: &Bson) -> Option<i64> {
    let whole = match Number::from_bson(value)? {
        Number::Double(x) => x as i64,
        Number::Decimal(d) if d.is_nan() => 0,
        Number::Decimal(d) => d.to_f64().round_ties_even() as i64,
        other => other.to_i64()?,
    };
    Some(whole.clamp(i32::MIN.into(), i32::MAX.into()))
}

fn positional_and_elem_match(code: i32) -> Error {
    Error::new(code, "Cannot specify positional operator and $elemMatch.")
}

/// The code of an operator that is not known.
const UNKNOWN_EXPRESSION: i32 = 31325;

/// An unknown operator of a projection has a code of its own.
fn unknown(e: Error, name: &str) -> Error {
    if e.code == code::INVALID_PIPELINE_OPERATOR
        && e.message == format!("Unrecognized expression '{name}'")
    {
        return Error::new(UNKNOWN_EXPRESSION, format!("Unknown expression {name}"));
    }
    e
}

impl Inner {
    /// The same with the constant parts of its expressions computed.
    pub(super) fn optimized(mut self, env: &Env) -> Result<Inner> {
        optimize(&mut self.root, env)?;
        Ok(self)
    }
}

fn optimize(node: &mut Node, env: &Env) -> Result<()> {
    node.fields.values_mut().try_for_each(|child| match child {
        Child::Inner(node) => optimize(node, env),
        Child::Computed(expr) => {
            *expr = expr.clone().optimized(env)?;
            Ok(())
        }
        _ => Ok(()),
    })
}
