//! An accumulator as it is written: name, argument, and for some `n` or an order.

use std::sync::Arc;

use bson::{Bson, Document};

use super::extremes::{End, Extreme, Extremes};
use super::lists::{AddToSet, First, Last, Push, Run};
use super::merge_objects::MergeObjects;
use super::numbers::{Average, Count, Deviation, Sum};
use super::top::{self, Key, Top};
use super::{Accumulator, Result};
use crate::mql::computed::computed;
use crate::mql::error::{Error, code};
use crate::mql::expr::Expr;
use crate::mql::{Deps, Env, text};
use crate::value::Number;

/// What can stand in a field of `$group`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    AddToSet,
    Avg,
    Bottom,
    BottomN,
    Count,
    First,
    FirstN,
    Last,
    LastN,
    Max,
    MaxN,
    MergeObjects,
    Min,
    MinN,
    Push,
    StdDevPop,
    StdDevSamp,
    Sum,
    Top,
    TopN,
}

/// Every accumulator, sorted by name.
const KINDS: [(&str, Kind); 20] = [
    ("$addToSet", Kind::AddToSet),
    ("$avg", Kind::Avg),
    ("$bottom", Kind::Bottom),
    ("$bottomN", Kind::BottomN),
    ("$count", Kind::Count),
    ("$first", Kind::First),
    ("$firstN", Kind::FirstN),
    ("$last", Kind::Last),
    ("$lastN", Kind::LastN),
    ("$max", Kind::Max),
    ("$maxN", Kind::MaxN),
    ("$mergeObjects", Kind::MergeObjects),
    ("$min", Kind::Min),
    ("$minN", Kind::MinN),
    ("$push", Kind::Push),
    ("$stdDevPop", Kind::StdDevPop),
    ("$stdDevSamp", Kind::StdDevSamp),
    ("$sum", Kind::Sum),
    ("$top", Kind::Top),
    ("$topN", Kind::TopN),
];

/// Accumulators that the server has and that need JavaScript.
const REFUSED: [&str; 2] = ["$_internalJsReduce", "$accumulator"];

/// The names of all accumulators, for the documentation of what is supported.
pub fn names() -> impl Iterator<Item = &'static str> {
    KINDS.iter().map(|(name, _)| *name)
}

/// An accumulator with its argument, parsed.
#[derive(Debug, Clone)]
pub struct AccumulatorSpec {
    kind: Kind,
    /// How many values are wanted, computed from the group's `_id`.
    n: Option<Expr>,
    input: Input,
}

#[derive(Debug, Clone)]
enum Input {
    Value(Expr),
    Sorted {
        output: Expr,
        by: Vec<Option<Expr>>,
        keys: Arc<[Key]>,
    },
}

impl AccumulatorSpec {
    /// Reads a field of `$group` (or of `$bucket`'s `output`): `total: {$sum: "$price"}`.
    ///
    /// # Errors
    /// What the server finds wrong with the field, the accumulator or its argument.
    pub fn parse_field(field: &str, spec: &Bson, env: &Env) -> Result<Self> {
        if field.contains('.') {
            let message = format!("The field name '{field}' cannot contain '.'");
            return Err(Error::new(40_235, message));
        }
        if field.starts_with('$') {
            let message = format!("The field name '{field}' cannot be an operator name");
            return Err(Error::new(40_236, message));
        }
        let no_object = || {
            let message = format!("The field '{field}' must be an accumulator object");
            Error::new(40_234, message)
        };
        let Bson::Document(doc) = spec else {
            return Err(no_object());
        };
        let mut fields = doc.iter();
        match (fields.next(), fields.next()) {
            (Some((name, _)), _) if !name.starts_with('$') => Err(no_object()),
            (Some((name, argument)), None) => Self::parse(name, argument, env),
            (Some(_), Some(_)) => {
                let message = format!("The field '{field}' must specify one accumulator");
                Err(Error::new(40_238, message))
            }
            (None, _) => Err(no_object()),
        }
    }

    /// Reads one accumulator.
    ///
    /// # Errors
    /// What the server finds wrong with the name or the argument.
    pub fn parse(name: &str, argument: &Bson, env: &Env) -> Result<Self> {
        if matches!(argument, Bson::Array(_)) {
            let message = format!("The {name} accumulator is a unary operator");
            return Err(Error::new(40_237, message));
        }
        Self::parse_any(name, argument, env)
    }

    /// The same where an array may be the argument, as in a window function.
    pub(super) fn parse_any(name: &str, argument: &Bson, env: &Env) -> Result<Self> {
        let Ok(found) = KINDS.binary_search_by_key(&name, |(n, _)| *n) else {
            return Err(unknown(name));
        };
        let (name, kind) = KINDS.get(found).copied().ok_or_else(|| unknown(name))?;
        let (n, input) = match kind {
            Kind::Count => (None, no_argument(argument)?),
            Kind::FirstN | Kind::LastN | Kind::MaxN | Kind::MinN => {
                with_n(kind, name, argument, env)?
            }
            Kind::Top | Kind::Bottom | Kind::TopN | Kind::BottomN => {
                with_order(kind, name, argument, env)?
            }
            _ => (None, Input::Value(Expr::parse(argument, env)?)),
        };
        Ok(Self { kind, n, input })
    }

    /// The accumulator's name.
    #[must_use]
    pub fn name(&self) -> &'static str {
        let found = KINDS.iter().find(|(_, kind)| *kind == self.kind);
        found.map_or("", |(name, _)| name)
    }

    /// The accumulator of a new group.
    ///
    /// # Errors
    /// `n` is no positive whole number.
    pub fn start(&self, id: Option<&Bson>, env: &Env) -> Result<Box<dyn Accumulator>> {
        Ok(self.make(self.limit(id, env)?))
    }

    /// The value of `n`, for those that have one.
    pub(super) fn limit(&self, id: Option<&Bson>, env: &Env) -> Result<Option<usize>> {
        let Some(n) = &self.n else {
            return Ok(None);
        };
        let nothing = Document::new();
        let root = id.and_then(Bson::as_document).unwrap_or(&nothing);
        parse_limit(n.eval(root, env)?.as_ref()).map(Some)
    }

    fn make(&self, limit: Option<usize>) -> Box<dyn Accumulator> {
        let n = limit.unwrap_or(1);
        match self.kind {
            Kind::AddToSet => Box::new(AddToSet::new()),
            Kind::Avg => Box::<Average>::default(),
            Kind::Count => Box::<Count>::default(),
            Kind::First => Box::<First>::default(),
            Kind::FirstN => Box::new(Run::first(n)),
            Kind::Last => Box::<Last>::default(),
            Kind::LastN => Box::new(Run::last(n)),
            Kind::Max => Box::new(Extreme::new(End::Greatest)),
            Kind::MaxN => Box::new(Extremes::new(End::Greatest, n)),
            Kind::MergeObjects => Box::<MergeObjects>::default(),
            Kind::Min => Box::new(Extreme::new(End::Least)),
            Kind::MinN => Box::new(Extremes::new(End::Least, n)),
            Kind::Push => Box::new(Push::new()),
            Kind::StdDevPop => Box::new(Deviation::of_population()),
            Kind::StdDevSamp => Box::new(Deviation::of_sample()),
            Kind::Sum => Box::<Sum>::default(),
            Kind::Top | Kind::TopN | Kind::Bottom | Kind::BottomN => Box::new(self.top(limit)),
        }
    }

    fn top(&self, limit: Option<usize>) -> Top {
        let keys = match &self.input {
            Input::Sorted { keys, .. } => keys.clone(),
            Input::Value(_) => Arc::default(),
        };
        let bottom = matches!(self.kind, Kind::Bottom | Kind::BottomN);
        Top::new(self.name(), keys, limit, bottom)
    }

    /// The state of `$top` and its like for a window.
    pub(super) fn window_top(&self, limit: Option<usize>) -> Option<Top> {
        matches!(self.input, Input::Sorted { .. }).then(|| self.top(limit))
    }

    /// The argument, if it is one expression on which the accumulator alone has an opinion.
    pub(crate) fn plain_input(&self) -> Option<&Expr> {
        match &self.input {
            Input::Value(expr) if self.kind != Kind::MergeObjects => Some(expr),
            _ => None,
        }
    }

    /// The argument for a document: what [`Accumulator::add`] takes.
    ///
    /// # Errors
    /// Those of the expression.
    pub fn evaluate(&self, doc: &Document, env: &Env) -> Result<Option<Bson>> {
        match &self.input {
            Input::Value(expr) if self.kind == Kind::MergeObjects => {
                refuse_constant(expr)?;
                expr.eval(doc, env)
            }
            Input::Value(expr) => expr.eval(doc, env),
            Input::Sorted { output, by, .. } => {
                let or_null = |value: Option<Bson>| value.unwrap_or(Bson::Null);
                let mut parts = vec![or_null(output.eval(doc, env)?)];
                for key in by {
                    parts.push(match key {
                        Some(key) => or_null(key.eval(doc, env)?),
                        // What a `$sample` gives, which no document here has.
                        None => Bson::Null,
                    });
                }
                Ok(Some(Bson::Array(parts)))
            }
        }
    }

    /// Which fields of a document its argument reads.
    pub fn deps(&self, deps: &mut Deps) {
        match &self.input {
            Input::Value(expr) => expr.deps(deps),
            Input::Sorted { output, by, .. } => {
                output.deps(deps);
                by.iter().flatten().for_each(|key| key.deps(deps));
            }
        }
    }

    /// Whether the accumulator's result depends on the order of the documents.
    #[must_use]
    pub fn needs_order(&self) -> bool {
        use Kind::{First, FirstN, Last, LastN, MergeObjects, Push};
        matches!(
            self.kind,
            First | FirstN | Last | LastN | MergeObjects | Push
        )
    }
}

/// A constant argument is judged before the accumulator sees it.
fn refuse_constant(expr: &Expr) -> Result<()> {
    match expr.constant() {
        Some(Some(value)) if !matches!(value, Bson::Document(_) | Bson::Null | Bson::Undefined) => {
            Err(Error::new(
                40_400,
                format!(
                    "$mergeObjects requires object inputs, but input {} is of type {}",
                    computed(Some(value)),
                    text::type_name(value)
                ),
            ))
        }
        _ => Ok(()),
    }
}

fn unknown(name: &str) -> Error {
    if REFUSED.contains(&name) {
        let message =
            format!("{name} needs server-side JavaScript, which this server does not have");
        return Error::new(code::NOT_IMPLEMENTED, message);
    }
    Error::new(15_952, format!("unknown group operator '{name}'"))
}

fn no_argument(argument: &Bson) -> Result<Input> {
    match argument {
        Bson::Document(doc) if doc.is_empty() => Ok(Input::Value(Expr::parse(
            &Bson::Null,
            &Env::at(bson::DateTime::MIN),
        )?)),
        _ => Err(Error::type_mismatch(
            "$count takes no arguments, i.e. $count:{}",
        )),
    }
}

/// `{input: <expression>, n: <expression>}`
fn with_n(kind: Kind, name: &str, argument: &Bson, env: &Env) -> Result<(Option<Expr>, Input)> {
    let Bson::Document(doc) = argument else {
        let code = match kind {
            Kind::MaxN | Kind::MinN => 5_787_900,
            _ => 5_787_801,
        };
        return Err(no_object(code, name, argument));
    };
    let (mut n, mut input) = (None, None);
    for (field, value) in doc {
        match field.as_str() {
            "input" => input = Some(Expr::parse(value, env)?),
            "n" => n = Some(Expr::parse(value, env)?),
            _ => {
                let message = format!("Unknown argument for 'n' operator: {field}");
                return Err(Error::new(5_787_901, message));
            }
        }
    }
    let n = n.ok_or_else(|| Error::new(5_787_906, "Missing value for 'n'"))?;
    let input = input.ok_or_else(|| Error::new(5_787_907, "Missing value for 'input'"))?;
    Ok((Some(n), Input::Value(input)))
}

/// `{output: <expression>, sortBy: <order>, n: <expression>}`, the last only for those with an `N`.
fn with_order(kind: Kind, name: &str, argument: &Bson, env: &Env) -> Result<(Option<Expr>, Input)> {
    let Bson::Document(doc) = argument else {
        return Err(no_object(5_788_001, name, argument));
    };
    let many = matches!(kind, Kind::TopN | Kind::BottomN);
    let (mut n, mut output, mut sort_by) = (None, None, None);
    for (field, value) in doc {
        match field.as_str() {
            "n" if many => n = Some(Expr::parse(value, env)?),
            "output" => output = Some(value),
            "sortBy" if matches!(value, Bson::Document(_) | Bson::Array(_)) => {
                sort_by = Some(value)
            }
            "sortBy" => {
                top::parse_sort(value)?;
            }
            _ => {
                let message = format!("Unknown argument to {name} '{field}'");
                return Err(Error::new(5_788_002, message));
            }
        }
    }
    if many && n.is_none() {
        return Err(Error::new(5_788_003, "Missing value for 'n'"));
    }
    let output = output.ok_or_else(|| Error::new(5_788_004, "Missing value for 'output'"))?;
    let sort_by = sort_by.ok_or_else(|| Error::new(5_788_005, "Missing value for 'sortBy'"))?;
    let keys = top::parse_sort(sort_by)?;
    let by = keys.iter().map(|key| {
        let path = key.path.as_ref();
        path.map(|path| Expr::parse(&Bson::String(format!("${path}")), env))
            .transpose()
    });
    let by = by.collect::<Result<_>>()?;
    let output = Expr::parse(output, env)?;
    let keys = keys.into();
    Ok((n, Input::Sorted { output, by, keys }))
}

fn no_object(code: i32, name: &str, argument: &Bson) -> Error {
    let found = text::field(name, argument);
    Error::new(
        code,
        format!("specification must be an object; found {found}"),
    )
}

/// How many values are wanted.
pub(crate) fn parse_limit(value: Option<&Bson>) -> Result<usize> {
    let not_integral = |code| {
        let found = computed(value);
        Error::new(
            code,
            format!("Value for 'n' must be of integral type, but found {found}"),
        )
    };
    let number = value.and_then(Number::from_bson);
    let number = number.ok_or_else(|| not_integral(5_787_902))?;
    if let Number::Double(x) = number
        && (x.is_nan() || x.abs() >= 2_f64.powi(63))
    {
        let found = text::general_to(x, 6);
        let message = format!("Can't coerce out of range value {found} to long");
        return Err(Error::new(31_109, message));
    }
    let n = number.to_i64().ok_or_else(|| not_integral(5_787_903))?;
    if n <= 0 {
        let message = format!("'n' must be greater than 0, found {n}");
        return Err(Error::new(5_787_908, message));
    }
    Ok(usize::try_from(n).unwrap_or(usize::MAX))
}

/// The state of an accumulator that takes plain values and is an expression, too (`$sum` of an array).
pub(crate) fn of_values(name: &str) -> Box<dyn Accumulator> {
    match name {
        "$avg" => Box::<Average>::default(),
        "$max" => Box::new(Extreme::new(End::Greatest)),
        "$min" => Box::new(Extreme::new(End::Least)),
        "$stdDevPop" => Box::new(Deviation::of_population()),
        "$stdDevSamp" => Box::new(Deviation::of_sample()),
        _ => Box::<Sum>::default(),
    }
}
