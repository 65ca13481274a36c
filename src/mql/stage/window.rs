//! `$setWindowFields`: fields computed from the documents around, in an order and within a partition.
//!
//! The documents are sorted by partition and order; the functions themselves and their windows are
//! [`WindowSpec`]'s, which computes a whole partition at once.

use std::sync::Arc;

use bson::{Bson, Document};

use super::idl;
use super::pipeline::{Needs, ParseContext, RunContext, Stage};
use super::stream::deferred;
use super::table::Stages;
use super::{BoxStream, fields, from_fn};
use crate::mql::accumulate::WindowSpec;
use crate::mql::error::code;
use crate::mql::expr::{Expr, path};
use crate::mql::path::Path;
use crate::mql::sort::{SortField, SortKey, SortSource, SortSpec, Sorted, Sorter};
use crate::mql::{Deps, Env, Error, Result, size, text};
use crate::value::compare;

/// What a partition may take in memory.
const LIMIT: usize = 100 * 1024 * 1024;

/// `{$setWindowFields: {partitionBy, sortBy, output}}`
#[derive(Debug)]
struct Window {
    partition: Option<Expr>,
    sort: SortSpec,
    /// The partition, then `sort`.
    order: SortSpec,
    output: Vec<(Vec<String>, WindowSpec)>,
}

pub(super) fn parse(value: &Bson, cx: &ParseContext<'_>) -> Result<Stages> {
    let Bson::Document(spec) = value else {
        let found = text::type_name(value);
        return Err(Error::failed_to_parse(format!(
            "the $setWindowFields stage specification must be an object, found {found}"
        )));
    };
    let (mut partition, mut sort_by, mut output) = (None, None, None);
    for (name, value) in spec {
        let full = format!("$setWindowFields.{name}");
        match name.as_str() {
            "partitionBy" => partition = Some(value),
            "sortBy" => sort_by = Some(idl::document(&full, value)?),
            "output" => output = Some(idl::document(&full, value)?),
            _ => return Err(idl::unknown(&full)),
        }
    }
    let output = output.ok_or_else(|| idl::missing("$setWindowFields.output"))?;
    let partition = partition
        .map(|by| parse_partition(by, cx.env))
        .transpose()?;
    let sort_by = sort_by.filter(|sort| !sort.is_empty());
    let sort = match sort_by {
        Some(sort) => SortSpec::parse(sort)?,
        None => SortSpec::of(Vec::new()),
    };
    let output = parse_output(output, sort_by, cx.env)?;
    Ok(vec![Arc::new(Window {
        order: order(&sort),
        partition: partition.filter(|by| by.constant().is_none()),
        sort,
        output,
    })])
}

fn parse_partition(by: &Bson, env: &Env) -> Result<Expr> {
    Expr::parse(by, env).map_err(|mut e| {
        if e.optimizing {
            // Here the server computes constants while it parses.
            e.optimizing = false;
            return e.context("Failed to optimize partitionBy expression");
        }
        e
    })
}

fn parse_output(
    output: &Document,
    sort_by: Option<&Document>,
    env: &Env,
) -> Result<Vec<(Vec<String>, WindowSpec)>> {
    let mut parsed: Vec<(Vec<String>, WindowSpec)> = Vec::new();
    for (name, spec) in output {
        path::check(name)?;
        let function = WindowSpec::parse_field(name, spec, sort_by, env)?;
        parsed.push((fields::split(name), function));
    }
    let conflict = |(at, (a, _)): (usize, &(Vec<String>, WindowSpec))| {
        let others = parsed
            .iter()
            .enumerate()
            .filter(move |(other, _)| *other != at);
        others.into_iter().any(|(_, (b, _))| b.starts_with(a))
    };
    match parsed.iter().enumerate().any(conflict) {
        true => Err(Error::new(
            6_307_900,
            "$setWindowFields 'output' specification contains two conflicting paths",
        )),
        false => Ok(parsed),
    }
}

fn order(sort: &SortSpec) -> SortSpec {
    let partition = SortField {
        source: SortSource::Path(Path::new("partition")),
        descending: false,
    };
    let mut fields = vec![partition];
    fields.extend(sort.fields().iter().cloned());
    SortSpec::of(fields)
}

impl Window {
    fn partition_of(&self, document: &Document, env: &Env) -> Result<Bson> {
        let Some(by) = &self.partition else {
            return Ok(Bson::Null);
        };
        match by.eval(document, env)? {
            Some(Bson::Array(_)) => Err(Error::type_mismatch(
                "An expression used to partition cannot evaluate to value of type array",
            )),
            other => Ok(other.unwrap_or(Bson::Null)),
        }
    }

    /// Where the document's partition comes among the others. That it may be no array is said later.
    fn partition_key(&self, document: &Document, env: &Env) -> Result<Box<[Bson]>> {
        let Some(by) = &self.partition else {
            return Ok([Bson::Null].into());
        };
        if let Some(path) = by.field_path() {
            let mut named = Document::new();
            named.insert(path, 1);
            return Ok(SortSpec::parse(&named)?.key(document, env)?.0);
        }
        let mut alone = Document::new();
        if let Some(value) = by.eval(document, env)? {
            alone.insert("partition", value);
        }
        let mut named = Document::new();
        named.insert("partition", 1);
        Ok(SortSpec::parse(&named)?.key(&alone, env)?.0)
    }

    fn sorted(&self, mut input: BoxStream, env: &Env) -> Result<Sorted<Document>> {
        let mut sorter = Sorter::new(self.order.clone(), None, env);
        while let Some(document) = input.next()? {
            env.interrupt.check()?;
            let mut key = self.partition_key(&document, env)?.into_vec();
            key.extend(self.sort.key(&document, env)?.0);
            sorter.add(SortKey(key.into()), document)?;
        }
        sorter.finish()
    }

    /// The documents of a partition with their new fields.
    fn compute(&self, mut partition: Vec<Document>, env: &Env) -> Result<Vec<Document>> {
        let columns = self
            .output
            .iter()
            .map(|(_, function)| function.values(&partition, env));
        let columns = columns.collect::<Result<Vec<_>>>()?;
        for ((path, _), column) in self.output.iter().zip(columns) {
            for (document, value) in partition.iter_mut().zip(column) {
                if let Some(value) = value {
                    fields::set(document, path, value);
                }
            }
        }
        Ok(partition)
    }
}

/// The next partition of sorted documents.
struct Partitions {
    sorted: Sorted<Document>,
    /// The first document of the next partition.
    ahead: Option<(Bson, Document)>,
}

impl Partitions {
    fn next(&mut self, window: &Window, env: &Env) -> Result<Option<Vec<Document>>> {
        let mut read = || -> Result<Option<(Bson, Document)>> {
            let Some(document) = self.sorted.next().transpose()? else {
                return Ok(None);
            };
            Ok(Some((window.partition_of(&document, env)?, document)))
        };
        let first = match self.ahead.take() {
            Some(first) => Some(first),
            None => read()?,
        };
        let Some((key, document)) = first else {
            return Ok(None);
        };
        let mut used = size::of_document(&document);
        let mut partition = vec![document];
        while let Some((other, document)) = read()? {
            env.interrupt.check()?;
            if compare(&key, &other).is_ne() {
                self.ahead = Some((other, document));
                break;
            }
            used += size::of_document(&document);
            if used > LIMIT {
                return Err(Error::new(
                    code::QUERY_EXCEEDED_MEMORY_LIMIT,
                    format!(
                        "Exceeded maximum memory. Current value: {used} bytes. Max allowed: {LIMIT} bytes. Set 'allowDiskUse: true' to spill to disk"
                    ),
                ));
            }
            partition.push(document);
        }
        Ok(Some(partition))
    }
}

impl Stage for Window {
    fn name(&self) -> &'static str {
        // The server sorts in a stage of its own before.
        match (&self.partition, self.sort.is_empty()) {
            (None, true) => "$_internalSetWindowFields",
            _ => "$sort",
        }
    }

    fn run(self: Arc<Self>, input: BoxStream, cx: &RunContext) -> Result<BoxStream> {
        let env = cx.env.clone();
        Ok(deferred(move || {
            let mut partitions = Partitions {
                sorted: self.sorted(input, &env)?,
                ahead: None,
            };
            let mut done = Vec::new().into_iter();
            Ok(from_fn(move || {
                loop {
                    if let Some(document) = done.next() {
                        return Ok(Some(document));
                    }
                    match partitions.next(&self, &env)? {
                        Some(partition) => done = self.compute(partition, &env)?.into_iter(),
                        None => return Ok(None),
                    }
                }
            }))
        }))
    }

    fn deps(&self, deps: &mut Deps) -> Needs {
        if let Some(by) = &self.partition {
            by.deps(deps);
        }
        self.sort.deps(deps);
        for (path, function) in &self.output {
            function.deps(deps);
            if path.len() > 1 {
                deps.path(&path.join("."));
            }
        }
        Needs::AndLater
    }
}
