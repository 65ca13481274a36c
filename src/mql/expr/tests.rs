//! The case tables.

use bson::{Bson, Document, doc};

use super::{Expr, table};
use crate::mql::cases::{self, Case, check};

/// The answer to a line of the kind `expr`. Objects without an operator are projections there, not
/// expressions, and, as names that are unknown, are left to the stage's own tests.
pub(super) fn answer(case: &Case) -> Option<crate::mql::Result<Bson>> {
    let expression = case.line.get("expr")?;
    if let Bson::Document(document) = expression
        && !document
            .keys()
            .next()
            .is_some_and(|key| key.starts_with('$'))
    {
        return None;
    }
    Some(evaluate(expression, case))
}

fn evaluate(expression: &Bson, case: &Case) -> crate::mql::Result<Bson> {
    let env = cases::env(case);
    let expr = Expr::parse(expression, &env)?.bind(&env)?;
    let results = case.docs.iter().map(|document| {
        let value = expr.eval(document, &env)?;
        Ok(Bson::Document(
            value.map_or_else(Document::new, |r| doc! { "r": r }),
        ))
    });
    results
        .collect::<crate::mql::Result<Vec<Bson>>>()
        .map(Bson::Array)
}

/// A table from elsewhere, named by `RHAIVER_CASES`: what a generator wrote and a mongod answered.
#[test]
#[ignore = "needs RHAIVER_CASES"]
fn elsewhere() {
    let path = std::env::var("RHAIVER_CASES").expect("RHAIVER_CASES names a table");
    let up = "../".repeat(
        concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cases")
            .matches('/')
            .count(),
    );
    check(&format!("{up}{}", path.trim_start_matches('/')), answer);
}

/// How fast common expressions are; prints nanoseconds per evaluation.
#[test]
#[ignore = "measures; run with --release and --nocapture"]
fn speed() {
    let env = crate::mql::Env::at(bson::DateTime::from_millis(0));
    let document = |n: i32| {
        doc! { "_id": n, "a": { "b": n, "s": "text" }, "c": f64::from(n), "s": "some text here",
        "items": [{ "price": 2, "qty": n }, { "price": 2.5, "qty": 1 }], "tags": ["a", "b", "c"] }
    };
    let documents: Vec<_> = (0..1_000).map(document).collect();
    for text in [
        r#"{"$gt": ["$a.b", 5]}"#,
        r#"{"$add": ["$a.b", "$c", 1]}"#,
        r#"{"$multiply": ["$a.b", 2]}"#,
        r#"{"$and": [{"$gt": ["$a.b", 5]}, {"$eq": ["$s", "some text here"]}]}"#,
        r#"{"$cond": [{"$lt": ["$c", 100]}, "$s", "$a.s"]}"#,
        r#"{"$sum": "$items.price"}"#,
        r#"{"$map": {"input": "$items", "in": {"$multiply": ["$$this.price", "$$this.qty"]}}}"#,
        r#"{"$in": ["c", "$tags"]}"#,
    ] {
        let json = crate::value::ejson::parse_json(text).unwrap();
        let expr = Expr::parse(&crate::value::ejson::deserialize(&json).unwrap(), &env).unwrap();
        let start = std::time::Instant::now();
        let mut some = 0;
        for document in documents.iter().cycle().take(100_000) {
            some += usize::from(expr.eval_ref(document, &env).unwrap().is_some());
        }
        println!(
            "{:>6} ns  {text}",
            start.elapsed().as_nanos() / some.max(1) as u128
        );
    }
}

macro_rules! tables {
    ($($test:ident: $table:literal),* $(,)?) => {
        $(#[test]
        fn $test() {
            check(concat!("expressions/", $table, ".jsonl"), answer);
        })*
    };
}

tables! {
    argument_order: "argument_order",
    convert_dates: "convert_dates",
    command_variables: "let",
    get_field: "getField",
    set_field: "setField",
    merge_objects: "mergeObjects",
    object_to_array: "objectToArray",
    array_to_object: "arrayToObject",
    first_n: "firstN",
    last_n: "lastN",
    max_n: "maxN",
    min_n: "minN",
    sizes: "sizes",
    type_names: "type",
    misc: "misc",
    convert_types: "convert_types",
    convert: "convert",
    abs: "abs",
    add: "add",
    ceil: "ceil",
    divide: "divide",
    exp: "exp",
    floor: "floor",
    ln: "ln",
    log: "log",
    log10: "log10",
    modulo: "mod",
    multiply: "multiply",
    pow: "pow",
    round: "round",
    sqrt: "sqrt",
    subtract: "subtract",
    trunc: "trunc",
    array_elem_at: "arrayElemAt",
    boolean: "boolean",
    comparison: "comparison",
    concat_arrays: "concatArrays",
    cond: "cond",
    elements_true: "elementsTrue",
    field_path: "fieldPath",
    filter: "filter",
    first_last: "first_last",
    if_null: "ifNull",
    is_in: "in",
    index_of_array: "indexOfArray",
    is_array: "isArray",
    map: "map",
    range: "range",
    reduce: "reduce",
    reverse_array: "reverseArray",
    set_difference: "setDifference",
    set_equals: "setEquals",
    set_intersection: "setIntersection",
    set_is_subset: "setIsSubset",
    set_union: "setUnion",
    size: "size",
    slice: "slice",
    sort_array: "sortArray",
    switch: "switch",
    variables: "variables",
    zip: "zip",
}
