//! `$graphLookup`: what can be reached from a document by following a field, step by step.

use std::sync::Arc;

use bson::{Bson, Document, doc};

use super::group::hash::{hash_value, same};
use super::group::table::Places;
use super::lookup::{from_namespace, visit};
use super::matching::Match;
use super::pipeline::{Changes, Needs, ParseContext, Pipeline, RunContext, Stage};
use super::place::Inside;
use super::stream::filter_map;
use super::table::Stages;
use super::{BoxStream, Namespace, fields};
use crate::mql::expr::{Expr, path};
use crate::mql::size;
use crate::mql::{Deps, Error, Result, text};
use crate::value::Number;
use std::hash::Hasher;

/// What the documents that were found for one may take.
const LIMIT: usize = 100 * 1024 * 1024;

/// `{$graphLookup: {from, startWith, connectFromField, connectToField, as, maxDepth, depthField,
/// restrictSearchWithMatch}}`
#[derive(Debug)]
struct GraphLookup {
    from: Namespace,
    start: Expr,
    connect_from: Vec<String>,
    connect_to: String,
    as_path: Vec<String>,
    depth_path: Option<Vec<String>>,
    max_depth: Option<i64>,
    restrict: Option<Document>,
    /// A pipeline without stages, to begin others with.
    nothing: Pipeline,
}

pub(super) fn lite(value: &Bson) -> Result<()> {
    let Bson::Document(spec) = value else {
        return Err(Error::failed_to_parse(format!(
            "the $graphLookup stage specification must be an object, but found {}",
            text::type_name(value)
        )));
    };
    match spec.get("from") {
        Some(from) => from_namespace("$graphLookup", from, "").map_or_else(
            |e| match e.code {
                // The database is not known yet.
                crate::mql::error::code::INVALID_NAMESPACE => Ok(()),
                _ => Err(e),
            },
            |_| Ok(()),
        ),
        None => Err(Error::failed_to_parse(format!(
            "missing 'from' option to $graphLookup stage specification: {}",
            text::document(spec)
        ))),
    }
}

/// The options, as they are found.
#[derive(Default)]
struct Options {
    from: Option<Namespace>,
    start: Option<Expr>,
    connect_from: Option<String>,
    connect_to: Option<String>,
    as_field: Option<String>,
    depth_field: Option<String>,
    max_depth: Option<i64>,
    restrict: Option<Document>,
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let nothing = Document::new();
    let mut options = Options::default();
    for (name, value) in value.as_document().unwrap_or(&nothing) {
        options.read(name, value, cx)?;
    }
    let missing = || {
        Error::new(
            40105,
            "$graphLookup requires 'from', 'as', 'startWith', 'connectFromField', and 'connectToField' to be specified.",
        )
    };
    let inner = cx.inside(Inside::Lookup, cx.depth + 1, cx.namespace.clone());
    Ok(vec![Arc::new(GraphLookup {
        from: options.from.ok_or_else(missing)?,
        start: options.start.ok_or_else(missing)?,
        connect_from: fields::split(&options.connect_from.ok_or_else(missing)?),
        connect_to: options.connect_to.ok_or_else(missing)?,
        as_path: fields::split(&options.as_field.ok_or_else(missing)?),
        depth_path: options.depth_field.as_deref().map(fields::split),
        max_depth: options.max_depth,
        restrict: options.restrict,
        nothing: Pipeline::parse_sub(&[], &inner)?,
    })])
}

impl Options {
    fn read(&mut self, name: &str, value: &Bson, cx: &ParseContext<'_>) -> Result<()> {
        let place = match name {
            "startWith" => {
                self.start = Some(Expr::parse(value, cx.env)?);
                return Ok(());
            }
            "maxDepth" => {
                self.max_depth = Some(max_depth(value)?);
                return Ok(());
            }
            "restrictSearchWithMatch" => {
                self.restrict = Some(restrict(value, cx)?);
                return Ok(());
            }
            "from" => {
                self.from = Some(from_namespace("$graphLookup", value, &cx.namespace.db)?);
                return Ok(());
            }
            "as" => &mut self.as_field,
            "connectFromField" => &mut self.connect_from,
            "connectToField" => &mut self.connect_to,
            "depthField" => &mut self.depth_field,
            _ => {
                return Err(Error::new(
                    40104,
                    format!("Unknown argument to $graphLookup: {name}"),
                ));
            }
        };
        let Bson::String(text) = value else {
            let found = text::type_name(value);
            return Err(Error::new(
                40103,
                format!("expected string as argument for {name}, found: {found}"),
            ));
        };
        path::check(text)?;
        *place = Some(text.clone());
        Ok(())
    }
}

fn max_depth(value: &Bson) -> Result<i64> {
    let Some(number) = Number::from_bson(value) else {
        let found = text::type_name(value);
        return Err(Error::new(
            40100,
            format!("maxDepth must be numeric, found type: {found}"),
        ));
    };
    // Cut to a whole number, and to what fits.
    let cut = number.to_i64().unwrap_or(number.to_f64() as i64);
    if cut < 0 {
        return Err(Error::new(
            40101,
            format!("maxDepth requires a nonnegative argument, found: {cut}"),
        ));
    }
    if number.to_i64().is_none() {
        return Err(Error::new(
            40102,
            format!("maxDepth could not be represented as a long long: {cut}"),
        ));
    }
    Ok(cut)
}

fn restrict(value: &Bson, cx: &ParseContext<'_>) -> Result<Document> {
    let Bson::Document(filter) = value else {
        let found = text::type_name(value);
        return Err(Error::new(
            40185,
            format!("restrictSearchWithMatch must be an object, found {found}"),
        ));
    };
    Match::of(filter, cx.env).map_err(|e| {
        e.parse_context("Failed to parse 'restrictSearchWithMatch' option to $graphLookup")
    })?;
    Ok(filter.clone())
}

/// Values without those that are equal to an earlier one.
struct Distinct {
    places: Places,
    values: Vec<Bson>,
}

impl Distinct {
    fn new() -> Self {
        Self {
            places: Places::new(),
            values: Vec::new(),
        }
    }

    /// Whether the value is new.
    fn add(&mut self, value: Bson) -> bool {
        let mut state = self.places.hasher();
        hash_value(Some(&value), &mut state);
        let hash = state.finish();
        let values = &self.values;
        let known = self
            .places
            .find(hash, |place| same(values.get(place), Some(&value)));
        if known.is_none() {
            self.places.insert(hash);
            self.values.push(value);
        }
        known.is_none()
    }
}

impl GraphLookup {
    /// All that is reached from a document.
    fn search(&self, document: &Document, cx: &RunContext) -> Result<Vec<Bson>> {
        let mut asked = Distinct::new();
        let mut ids = Distinct::new();
        let mut found = Vec::new();
        let mut used = 0;
        let mut frontier = match self.start.eval(document, &cx.env)? {
            Some(Bson::Array(items)) => items,
            other => other.into_iter().collect(),
        };
        let names: Vec<&str> = self.connect_from.iter().map(String::as_str).collect();
        for depth in 0.. {
            frontier.retain(|value| asked.add(value.clone()));
            if frontier.is_empty() || self.max_depth.is_some_and(|max| depth > max) {
                break;
            }
            let mut stream = self.open(&frontier, cx)?;
            let mut next = Vec::new();
            while let Some(mut reached) = stream.next()? {
                cx.env.interrupt.check()?;
                let Some(id) = reached.get("_id") else {
                    return Err(no_id(&self.from));
                };
                if !ids.add(id.clone()) {
                    continue;
                }
                visit(&reached, &names, &mut next);
                if let Some(path) = &self.depth_path {
                    fields::set(&mut reached, path, Bson::Int64(depth));
                }
                used += size::of_document(&reached);
                if used > LIMIT {
                    return Err(Error::new(
                        40099,
                        "$graphLookup reached maximum memory consumption",
                    ));
                }
                found.push(Bson::Document(reached));
            }
            frontier = next;
        }
        Ok(found)
    }

    /// The documents one step further.
    fn open(&self, frontier: &[Bson], cx: &RunContext) -> Result<BoxStream> {
        let to = self.connect_to.as_str();
        let mut filter = match frontier
            .iter()
            .any(|v| matches!(v, Bson::RegularExpression(_)))
        {
            false => doc! { to: { "$in": frontier } },
            true => {
                let equal = frontier.iter().map(|value| doc! { to: { "$eq": value } });
                doc! { "$or": equal.collect::<Vec<_>>() }
            }
        };
        if frontier
            .iter()
            .any(|v| matches!(v, Bson::Null | Bson::Undefined))
        {
            // A missing field is not reached by null.
            filter = doc! { "$and": [filter, { to: { "$exists": true } }] };
        }
        if let Some(restrict) = &self.restrict {
            filter = doc! { "$and": [restrict.clone(), filter] };
        }
        let pipeline = self
            .nothing
            .with_match(Match::of(&filter, &cx.env)?, filter);
        cx.host.open(&self.from, &pipeline, &cx.env)
    }
}

fn no_id(from: &Namespace) -> Error {
    Error::new(
        40271,
        format!(
            "Documents in the '{from}' namespace must contain an _id for de-duplication in $graphLookup"
        ),
    )
}

impl Stage for GraphLookup {
    fn name(&self) -> &'static str {
        "$graphLookup"
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let cx = cx.clone();
        Ok(filter_map(input, move |mut document| {
            let found = self.search(&document, &cx)?;
            fields::set(&mut document, &self.as_path, Bson::Array(found));
            Ok(Some(document))
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        self.start.deps(deps);
        if self.as_path.len() > 1 {
            deps.path(&self.as_path.join("."));
        }
        Needs::AndLater
    }

    fn changes(&self) -> Changes<'_> {
        Changes::Fields(
            self.as_path
                .first()
                .map(String::as_str)
                .into_iter()
                .collect(),
        )
    }

    fn reads(&self) -> Option<&Namespace> {
        Some(&self.from)
    }
}
