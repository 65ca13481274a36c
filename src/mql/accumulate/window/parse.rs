//! Reading a field of `output`: the function, its argument, its window.

use bson::{Bson, Document};

use super::bounds::{Bound, Bounds, WHOLE};
use super::{Function, RankKind, SortField, WindowSpec};
use crate::mql::accumulate::AccumulatorSpec;
use crate::mql::date::Unit;
use crate::mql::expr::Expr;
use crate::mql::{Env, Error, Result, text};
use crate::value::{Decimal, Number};

/// What a parser is given.
struct Given<'a> {
    name: &'static str,
    spec: &'a Document,
    argument: &'a Bson,
    sort_by: Option<&'a Document>,
    env: &'a Env,
}

type Parser = fn(&Given<'_>) -> Result<(Function, Bounds)>;

/// All window functions, sorted by name.
const FUNCTIONS: [(&str, Parser); 28] = [
    ("$addToSet", accumulator),
    ("$avg", accumulator),
    ("$bottom", with_n),
    ("$bottomN", with_n),
    ("$count", count),
    ("$covariancePop", covariance),
    ("$covarianceSamp", covariance),
    ("$denseRank", rank),
    ("$derivative", derivative),
    ("$documentNumber", rank),
    ("$expMovingAvg", exp_moving_avg),
    ("$first", first_last),
    ("$firstN", with_n),
    ("$integral", integral),
    ("$last", first_last),
    ("$lastN", with_n),
    ("$linearFill", linear_fill),
    ("$locf", locf),
    ("$max", accumulator),
    ("$maxN", with_n),
    ("$min", accumulator),
    ("$minN", with_n),
    ("$push", accumulator),
    ("$rank", rank),
    ("$shift", shift),
    ("$stdDevPop", accumulator),
    ("$stdDevSamp", accumulator),
    ("$sum", accumulator),
];

/// Those that stand behind the others in the order of names.
const MORE: [(&str, Parser); 2] = [("$top", with_n), ("$topN", with_n)];

/// From the beginning to the document: the window of what has none.
const SO_FAR: Bounds = Bounds::Documents(Bound::Unbounded, Bound::Current);

/// The names of all window functions, for the documentation of what is supported.
pub fn names() -> impl Iterator<Item = &'static str> {
    FUNCTIONS.iter().chain(&MORE).map(|(name, _)| *name)
}

fn find(name: &str) -> Option<(&'static str, Parser)> {
    let mut all = FUNCTIONS.iter().chain(&MORE);
    all.find(|(n, _)| *n == name).copied()
}

fn failed<T>(message: impl Into<String>) -> Result<T> {
    Err(Error::failed_to_parse(message))
}

pub(super) fn field(
    field: &str,
    spec: &Bson,
    sort_by: Option<&Document>,
    env: &Env,
) -> Result<WindowSpec> {
    let Bson::Document(spec) = spec else {
        return failed(format!("The field '{field}' must be an object"));
    };
    let Some((name, argument)) = spec.iter().find(|(name, _)| name.starts_with('$')) else {
        let first = spec.keys().next();
        let first = first.map_or_else(String::new, |name| format!(", {name}"));
        return failed(format!("Expected a $-prefixed window function{first}"));
    };
    let Some((name, parser)) = find(name) else {
        return failed(format!("Unrecognized window function, {name}"));
    };
    let given = Given {
        name,
        spec,
        argument,
        sort_by,
        env,
    };
    let (function, bounds) = parser(&given)?;
    let sort = given.sort_field()?;
    Ok(WindowSpec {
        function,
        bounds,
        sort,
    })
}

impl Given<'_> {
    /// The window, and the complaint about a further field.
    fn window(&self, other: impl Fn(&str) -> String) -> Result<Option<Bounds>> {
        let mut bounds = None;
        for (name, value) in self.spec {
            match name.as_str() {
                "window" => bounds = Some(Bounds::parse(value, self.sort_by, self.env)?),
                name if name == self.name => {}
                name => return failed(other(name)),
            }
        }
        Ok(bounds)
    }

    /// The complaint of most functions about a further field.
    fn unknown(name: &str) -> String {
        match find(name) {
            Some(_) => "Cannot specify two functions in window function spec".to_owned(),
            None => format!("Window function found an unknown argument: {name}"),
        }
    }

    fn unexpected(&self) -> impl Fn(&str) -> String {
        let function = self.name;
        move |name| format!("{function} got unexpected argument: {name}")
    }

    fn expr(&self, value: &Bson) -> Result<Expr> {
        Expr::parse(value, self.env)
    }

    /// The field of a `sortBy` of one field.
    fn sort_field(&self) -> Result<Option<SortField>> {
        let Some(sort_by) = self.sort_by.filter(|sort| sort.len() == 1) else {
            return Ok(None);
        };
        let Some((path, order)) = sort_by.iter().next() else {
            return Ok(None);
        };
        let Some(order) = Number::from_bson(order) else {
            return Ok(None);
        };
        Ok(Some(SortField {
            path: Expr::parse(&Bson::String(format!("${path}")), self.env)?,
            descending: order < Number::Int32(0),
        }))
    }

    fn has_one_sort_field(&self) -> bool {
        self.sort_by.is_some_and(|sort| sort.len() == 1)
    }
}

fn accumulator(given: &Given<'_>) -> Result<(Function, Bounds)> {
    let bounds = given.window(Given::unknown)?;
    let spec = AccumulatorSpec::parse_any(given.name, given.argument, given.env)?;
    Ok((
        Function::Accumulate(Box::new(spec)),
        bounds.unwrap_or(WHOLE),
    ))
}

fn count(given: &Given<'_>) -> Result<(Function, Bounds)> {
    let bounds = given.window(Given::unknown)?;
    if !matches!(given.argument, Bson::Document(doc) if doc.is_empty()) {
        return failed("$count only accepts an empty object as input");
    }
    let spec = AccumulatorSpec::parse_any(given.name, given.argument, given.env)?;
    Ok((
        Function::Accumulate(Box::new(spec)),
        bounds.unwrap_or(WHOLE),
    ))
}

fn with_n(given: &Given<'_>) -> Result<(Function, Bounds)> {
    let bounds = given.window(given.unexpected())?;
    let spec = AccumulatorSpec::parse_any(given.name, given.argument, given.env)?;
    Ok((
        Function::Accumulate(Box::new(spec)),
        bounds.unwrap_or(WHOLE),
    ))
}

fn first_last(given: &Given<'_>) -> Result<(Function, Bounds)> {
    let bounds = given.window(given.unexpected())?.unwrap_or(WHOLE);
    let input = given.expr(given.argument)?;
    Ok(match given.name {
        "$first" => (Function::First(input), bounds),
        _ => (Function::Last(input), bounds),
    })
}

fn covariance(given: &Given<'_>) -> Result<(Function, Bounds)> {
    let bounds = given.window(Given::unknown)?.unwrap_or(WHOLE);
    let input = given.expr(given.argument)?;
    let sample = given.name == "$covarianceSamp";
    Ok((Function::Covariance { input, sample }, bounds))
}

fn rank(given: &Given<'_>) -> Result<(Function, Bounds)> {
    if given.spec.len() != 1 {
        let message = "Rank style window functions take no other arguments";
        return Err(Error::new(5_371_601, message));
    }
    if !matches!(given.argument, Bson::Document(doc) if doc.is_empty()) {
        // The name is lost in the server's text.
        let message = "(None) must be specified with '{}' as the value";
        return Err(Error::new(5_371_603, message));
    }
    if !given.has_one_sort_field() {
        let name = given.name;
        return Err(Error::new(
            5_371_602,
            format!(
                "{name} must be specified with a top level sortBy expression with exactly one element"
            ),
        ));
    }
    let kind = match given.name {
        "$rank" => RankKind::Rank,
        "$denseRank" => RankKind::DenseRank,
        _ => RankKind::DocumentNumber,
    };
    Ok((Function::Rank(kind), SO_FAR))
}

fn filling(given: &Given<'_>) -> Result<Expr> {
    let mut has_window = false;
    for (name, _) in given.spec {
        match name.as_str() {
            "window" => has_window = true,
            name if name == given.name => {}
            name => return failed(Given::unknown(name)),
        }
    }
    let input = given.expr(given.argument)?;
    if has_window {
        let name = given.name;
        return failed(format!("'window' field is not allowed in {name}"));
    }
    Ok(input)
}

fn linear_fill(given: &Given<'_>) -> Result<(Function, Bounds)> {
    let input = filling(given)?;
    if !given.has_one_sort_field() {
        let message = "$linearFill must be specified with a top level sortBy expression with exactly one element";
        return Err(Error::new(605_001, message));
    }
    Ok((Function::LinearFill(input), SO_FAR))
}

fn locf(given: &Given<'_>) -> Result<(Function, Bounds)> {
    Ok((Function::Locf(filling(given)?), SO_FAR))
}

fn shift(given: &Given<'_>) -> Result<(Function, Bounds)> {
    if given.sort_by.is_none() {
        return failed("'$shift' requires a sortBy");
    }
    for (name, _) in given.spec {
        match name.as_str() {
            "$shift" => {}
            "window" => return failed("$shift does not accept a 'window' field"),
            name if find(name).is_some() => {
                return failed("Cannot specify multiple functions in window function spec");
            }
            name => return failed(Given::unknown(name)),
        }
    }
    let Bson::Document(argument) = given.argument else {
        return failed("Argument to $shift must be an object");
    };
    let (mut output, mut by, mut default) = (None, None, Bson::Null);
    for (name, value) in argument {
        match name.as_str() {
            "output" => output = Some(given.expr(value)?),
            "by" => by = Some(shift_by(value)?),
            "default" => match given.expr(value)?.constant() {
                Some(value) => default = value.cloned().unwrap_or(Bson::Null),
                None => return failed("'$shift:default' expression must yield a constant value."),
            },
            _ => return failed("Unknown argument in $shift"),
        }
    }
    let Some(output) = output else {
        return failed("$shift requires an 'output' expression.");
    };
    let Some(by) = by else {
        return failed("$shift requires 'by' as an integer value.");
    };
    let function = Function::Shift {
        output,
        by,
        default,
    };
    Ok((function, SO_FAR))
}

fn shift_by(value: &Bson) -> Result<i64> {
    let n = Number::from_bson(value).and_then(Number::to_i64);
    match n.filter(|n| i32::try_from(*n).is_ok()) {
        Some(n) => Ok(n),
        None => {
            let found = text::field("by", value);
            failed(format!(
                "'$shift:by' field must be an integer, but found  {found}"
            ))
        }
    }
}

fn exp_moving_avg(given: &Given<'_>) -> Result<(Function, Bounds)> {
    const FIELDS: &str = "$expMovingAvg sub object must have exactly two fields: An 'input' field, and either an 'N' field or an 'alpha' field";
    let argument = match given.argument {
        Bson::Document(argument) if given.spec.len() == 1 => argument,
        _ => return failed("$expMovingAvg must have exactly one argument that is an object"),
    };
    let input = match argument.get("input") {
        Some(input) if argument.len() == 2 => input,
        _ => return failed(FIELDS),
    };
    if given.sort_by.is_none() {
        return failed("$expMovingAvg requires an explicit 'sortBy'");
    }
    let input = given.expr(input)?;
    let alpha = match (argument.get("N"), argument.get("alpha")) {
        (Some(n), _) => alpha_of_n(n)?,
        (None, Some(alpha)) => parse_alpha(alpha)?,
        (None, None) => {
            return failed(format!("Got unrecognized field in $expMovingAvg{FIELDS}"));
        }
    };
    Ok((Function::ExpMovingAvg { input, alpha }, SO_FAR))
}

/// `2 / (N + 1)`
fn alpha_of_n(value: &Bson) -> Result<Decimal> {
    let Some(number) = Number::from_bson(value) else {
        let found = text::type_name(value);
        return failed(format!(
            "'N' field must be an integer, but found type {found}"
        ));
    };
    let Some(n) = number.to_i64() else {
        let found = text::field("N", value);
        return failed(format!(
            "'N' field must be an integer, but found  {found}. To use a non-integer, use the 'alpha' argument instead"
        ));
    };
    if n <= 0 {
        return failed(format!("'N' must be greater than zero. Got {n}"));
    }
    Ok(Decimal::from_i64(2) / (Decimal::from_i64(n) + Decimal::from_i64(1)))
}

fn parse_alpha(value: &Bson) -> Result<Decimal> {
    let alpha = match Number::from_bson(value) {
        Some(Number::Double(x)) => Decimal::from_f64(x),
        Some(number) => number.to_decimal(),
        None => return failed("'alpha' must be a number"),
    };
    if alpha > Decimal::zero() && alpha < Decimal::from_i64(1) {
        return Ok(alpha);
    }
    let found = text::field("alpha", value);
    failed(format!(
        "'alpha' must be between 0 and 1 (exclusive), found {found}"
    ))
}

fn derivative(given: &Given<'_>) -> Result<(Function, Bounds)> {
    let (input, unit, bounds) = slope(given)?;
    match bounds {
        Some(bounds) => Ok((Function::Derivative { input, unit }, bounds)),
        None => failed("$derivative requires explicit window bounds"),
    }
}

fn integral(given: &Given<'_>) -> Result<(Function, Bounds)> {
    let (input, unit, bounds) = slope(given)?;
    Ok((Function::Integral { input, unit }, bounds.unwrap_or(WHOLE)))
}

/// `{input, unit}` and a window.
fn slope(given: &Given<'_>) -> Result<(Expr, Option<i64>, Option<Bounds>)> {
    let name = given.name;
    match given.sort_by {
        None => return failed(format!("{name} requires a sortBy")),
        Some(sort) if sort.len() != 1 => {
            return failed(format!("{name} requires a non-compound sortBy"));
        }
        _ => {}
    }
    let bounds = given.window(given.unexpected())?;
    let Bson::Document(argument) = given.argument else {
        let (found, element) = (
            text::type_name(given.argument),
            text::field(name, given.argument),
        );
        return failed(format!(
            "{name} expects an object, but got a {found}: {element}"
        ));
    };
    let (mut input, mut unit) = (None, None);
    for (field, value) in argument {
        match field.as_str() {
            "input" => input = Some(given.expr(value)?),
            "unit" => unit = Some(parse_unit(value)?),
            field => return failed(format!("{name} got unexpected argument: {field}")),
        }
    }
    match input {
        Some(input) => Ok((input, unit, bounds)),
        None => failed(format!("{name} requires an 'input' expression")),
    }
}

fn parse_unit(value: &Bson) -> Result<i64> {
    let Bson::String(name) = value else {
        let found = text::type_name(value);
        // The missing quotation mark is the server's.
        return failed(format!("unit' must be a string, but got {found}"));
    };
    let Some(unit) = Unit::parse(name) else {
        return failed(format!("unknown time unit value: {name}"));
    };
    unit.milliseconds()
        .ok_or_else(|| Error::new(5_490_710, "unit must be 'week' or smaller"))
}
