//! The tables in `tests/cases/accumulators` and `tests/cases/windows`.

use bson::{Bson, Document, doc};

use super::{Accumulator, AccumulatorSpec, WindowSpec};
use crate::mql::cases::{self, Case};
use crate::mql::expr::Expr;
use crate::mql::sort::SortSpec;
use crate::mql::{Env, Error, Result};
use crate::value::compare;

/// The pipelines of the tables, run without the stages' room: `$match` of an `_id`, `$sort` by `_id` (both only where
/// they stand), `$group`, and `$set` of an expression.
fn pipeline(case: &Case) -> Option<Result<Bson>> {
    let stages = case.line.get_array("pipeline").ok()?;
    let env = cases::env(case);
    let mut docs = case.docs.clone();
    for stage in stages {
        let (name, spec) = stage.as_document()?.iter().next()?;
        docs = match (name.as_str(), spec) {
            ("$match", Bson::Document(filter)) => {
                docs.retain(|d| d.get("_id") == filter.get("_id"));
                docs
            }
            ("$sort", Bson::Document(_)) => {
                docs.sort_by(|a, b| compare(&a["_id"], &b["_id"]));
                docs
            }
            ("$set", Bson::Document(fields)) => match set(docs, fields, &env)? {
                Ok(docs) => docs,
                Err(e) => return Some(Err(e)),
            },
            ("$project", _) => docs.iter().map(only_r).collect(),
            ("$setWindowFields", Bson::Document(spec)) => match windows(docs, spec, &env) {
                Ok(docs) => docs,
                Err(e) => return Some(Err(e)),
            },
            ("$group", Bson::Document(spec)) if spec.contains_key("_id") => {
                match group(&docs, spec, &env) {
                    Ok(docs) => docs,
                    Err(e) => return Some(Err(e)),
                }
            }
            _ => return None,
        };
    }
    Some(Ok(docs.into()))
}

/// `None` where another room has not got its operators yet.
fn set(docs: Vec<Document>, fields: &Document, env: &Env) -> Option<Result<Vec<Document>>> {
    let unknown = |e: &Error| e.code == 168 || e.code == 31325;
    let run = || -> Result<Vec<Document>> {
        let mut out = docs.clone();
        for (name, expr) in fields {
            let expr = Expr::parse(expr, env)?;
            for doc in &mut out {
                if let Some(value) = expr.eval(&doc.clone(), env)? {
                    doc.insert(name, value);
                }
            }
        }
        Ok(out)
    };
    match run() {
        Err(e) if unknown(&e) => None,
        other => Some(other),
    }
}

/// `{$project: {r: 1}}`
fn only_r(doc: &Document) -> Document {
    let fields = doc
        .iter()
        .filter(|(name, _)| *name == "_id" || *name == "r");
    fields.map(|(k, v)| (k.clone(), v.clone())).collect()
}

fn windows(mut docs: Vec<Document>, spec: &Document, env: &Env) -> Result<Vec<Document>> {
    let sort_by = spec
        .get_document("sortBy")
        .ok()
        .filter(|sort| !sort.is_empty());
    let (name, field) = spec.get_document("output").unwrap().iter().next().unwrap();
    let field = WindowSpec::parse_field(name, field, sort_by, env)?;
    if let Some(sort_by) = sort_by {
        let sort = SortSpec::parse(sort_by)?;
        let mut keyed = Vec::new();
        for doc in docs {
            keyed.push((sort.key(&doc, env)?, doc));
        }
        keyed.sort_by(|(a, _), (b, _)| sort.compare(a, b));
        docs = keyed.into_iter().map(|(_, doc)| doc).collect();
    }
    let by = spec
        .get("partitionBy")
        .map(|by| Expr::parse(by, env))
        .transpose()?;
    let partition = |doc: &Document| match &by {
        Some(by) => by.eval(doc, env).map(|v| v.unwrap_or(Bson::Null)),
        None => Ok(Bson::Null),
    };
    let mut partitions: Vec<(Bson, Vec<Document>)> = Vec::new();
    for doc in docs {
        let key = partition(&doc)?;
        match partitions
            .iter_mut()
            .find(|(k, _)| compare(k, &key).is_eq())
        {
            Some((_, docs)) => docs.push(doc),
            None => partitions.push((key, vec![doc])),
        }
    }
    partitions.sort_by(|(a, _), (b, _)| compare(a, b));
    let mut out = Vec::new();
    for (_, docs) in partitions {
        let values = field.values(&docs, env)?;
        for (mut doc, value) in docs.into_iter().zip(values) {
            if let Some(value) = value {
                doc.insert(name, value);
            }
            out.push(doc);
        }
    }
    Ok(out)
}

fn group(docs: &[Document], spec: &Document, env: &Env) -> Result<Vec<Document>> {
    let id = Expr::parse(&spec["_id"], env)?;
    let mut fields = Vec::new();
    for (name, spec) in spec.iter().filter(|(name, _)| *name != "_id") {
        fields.push((name, AccumulatorSpec::parse_field(name, spec, env)?));
    }
    let mut groups: Vec<(Bson, Vec<Box<dyn Accumulator>>)> = Vec::new();
    for doc in docs {
        let key = id.eval(doc, env)?.unwrap_or(Bson::Null);
        let at = match groups.iter().position(|(k, _)| compare(k, &key).is_eq()) {
            Some(at) => at,
            None => {
                let start = fields.iter().map(|(_, f)| f.start(Some(&key), env));
                groups.push((key.clone(), start.collect::<Result<_>>()?));
                groups.len() - 1
            }
        };
        for ((_, field), state) in fields.iter().zip(&mut groups[at].1) {
            state.add(field.evaluate(doc, env)?)?;
        }
    }
    let finish = |(id, states): (Bson, Vec<Box<dyn Accumulator>>)| {
        let mut out = doc! { "_id": id };
        for ((name, _), state) in fields.iter().zip(states) {
            if let Some(value) = state.finish() {
                out.insert(*name, value);
            }
        }
        out
    };
    Ok(groups.into_iter().map(finish).collect())
}

macro_rules! tables {
    ($folder:literal $($test:ident $file:literal)*) => {
        $(
            #[test]
            fn $test() {
                cases::check(concat!($folder, "/", $file, ".jsonl"), pipeline);
            }
        )*
    };
}

tables! {
    "accumulators"
    add_to_set "addToSet"
    avg "avg"
    bottom "bottom"
    bottom_n "bottomN"
    count "count"
    field "field"
    first "first"
    first_n "firstN"
    last "last"
    last_n "lastN"
    max "max"
    max_n "maxN"
    merge_objects "mergeObjects"
    min "min"
    min_n "minN"
    push "push"
    std_dev_pop "stdDevPop"
    std_dev_samp "stdDevSamp"
    sum "sum"
    top "top"
    top_n "topN"
}

tables! {
    "windows"
    window_add_to_set "addToSet"
    window_avg "avg"
    window_bottom "bottom"
    window_bottom_n "bottomN"
    window_count "count"
    window_covariance_pop "covariancePop"
    window_covariance_samp "covarianceSamp"
    window_dense_rank "denseRank"
    window_derivative "derivative"
    window_document_number "documentNumber"
    window_exp_moving_avg "expMovingAvg"
    window_first "first"
    window_first_n "firstN"
    window_integral "integral"
    window_last "last"
    window_last_n "lastN"
    window_linear_fill "linearFill"
    window_locf "locf"
    window_max "max"
    window_max_n "maxN"
    window_min "min"
    window_min_n "minN"
    window_push "push"
    window_rank "rank"
    window_shift "shift"
    window_std_dev_pop "stdDevPop"
    window_std_dev_samp "stdDevSamp"
    window_sum "sum"
    window_top "top"
    window_top_n "topN"
    window_window "window"
}
