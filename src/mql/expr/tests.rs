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

/// What `explain` shows is the same expression.
#[test]
fn shown_expressions_are_the_same() {
    let folder = format!("{}/tests/cases/expressions", env!("CARGO_MANIFEST_DIR"));
    let mut compared = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let file = file.unwrap().file_name();
        for case in cases::read(&format!("expressions/{}", file.to_str().unwrap())) {
            let env = cases::env(&case);
            let Some(expression) = case.line.get("expr") else {
                continue;
            };
            let Ok(expr) = Expr::parse(expression, &env) else {
                continue;
            };
            let again = Expr::parse(&expr.to_bson(), &env);
            let again = again.unwrap_or_else(|e| panic!("{expression}: {} {e}", expr.to_bson()));
            for document in &case.docs {
                let (one, two) = (expr.eval(document, &env), again.eval(document, &env));
                // NaN is not equal to itself, the text is.
                assert_eq!(format!("{one:?}"), format!("{two:?}"), "{expression}");
                compared += 1;
            }
        }
    }
    assert!(compared > 2000);
}

#[test]
fn explain_shows_them_as_the_server() {
    let env = crate::mql::Env::at(bson::DateTime::from_millis(0));
    for (expression, shown) in [
        (
            r#"{"$add": ["$a", 1, "$b", 2]}"#,
            r#"{"$add": ["$a", "$b", {"$const": 3}]}"#,
        ),
        (
            r#"{"$concat": ["a", "b", "$c", "d", {"$concat": ["f", "$a"]}]}"#,
            r#"{"$concat": [{"$const": "ab"}, "$c", {"$const": "df"}, "$a"]}"#,
        ),
        (r#"{"$and": [1, "$a", 0]}"#, r#"{"$const": false}"#),
        (r#"{"$and": [1, "$a"]}"#, r#"{"$and": ["$a"]}"#),
        (r#"{"$cond": [true, "$a", "$b"]}"#, r#""$a""#),
        (
            r#"{"$ifNull": [null, "$a", 1]}"#,
            r#"{"$ifNull": ["$a", {"$const": 1}]}"#,
        ),
        (
            r#"{"$switch": {"branches": [{"case": false, "then": 1}, {"case": "$a", "then": 2}, {"case": true, "then": 3}], "default": 5}}"#,
            r#"{"$switch": {"branches": [{"case": "$a", "then": {"$const": 2}}], "default": {"$const": 3}}}"#,
        ),
        (
            r#"{"$map": {"input": [1, 2], "in": "$$this"}}"#,
            r#"{"$map": {"input": {"$const": [1, 2]}, "as": "this", "in": "$$this"}}"#,
        ),
        (
            r#"{"$getField": "a"}"#,
            r#"{"$getField": {"field": {"$const": "a"}, "input": "$$CURRENT"}}"#,
        ),
        (
            r#"{"$unsetField": {"field": "a", "input": "$$ROOT"}}"#,
            r#"{"$setField": {"field": {"$const": "a"}, "input": "$$ROOT", "value": "$$REMOVE"}}"#,
        ),
        (
            r#"{"$toInt": "$a"}"#,
            r#"{"$convert": {"input": "$a", "to": {"$const": "int"}}}"#,
        ),
        (
            r#"{"$zip": {"inputs": ["$a", "$b"]}}"#,
            r#"{"$zip": {"inputs": ["$a", "$b"], "defaults": [], "useLongestLength": false}}"#,
        ),
        (r#"{"$rand": {}}"#, r#"{"$rand": {}}"#),
        (r#""$$CURRENT.a""#, r#""$a""#),
        (r#""$$ROOT.a""#, r#""$$ROOT.a""#),
    ] {
        let expr = Expr::parse(&json(expression), &env).unwrap();
        assert_eq!(expr.to_bson(), json(shown), "{expression}");
    }
}

fn json(text: &str) -> Bson {
    let json = crate::value::ejson::parse_json(text).unwrap();
    crate::value::ejson::deserialize(&json).unwrap()
}

#[test]
fn redact_has_variables_of_its_own() {
    let env = crate::mql::Env::at(bson::DateTime::from_millis(0));
    let expression =
        json(r#"{"$cond": [{"$gt": ["$level", "$$ROOT.limit"]}, "$$PRUNE", "$$DESCEND"]}"#);
    assert_eq!(Expr::parse(&expression, &env).unwrap_err().code, 17276);
    let expr = Expr::parse_redact(&expression, &env).unwrap();
    let root = doc! { "limit": 3, "level": 1, "inner": { "level": 5 } };
    let at = |current: &Document| {
        expr.eval_at(&root, current, &env)
            .unwrap()
            .unwrap()
            .into_owned()
    };
    assert_eq!(at(&root), "descend".into());
    assert_eq!(at(root.get_document("inner").unwrap()), "prune".into());
}

#[test]
fn needs_only_what_it_reads() {
    let env = crate::mql::Env::at(bson::DateTime::from_millis(0));
    for (expression, fields) in [
        (
            r#"{"$add": ["$a.b", {"$let": {"vars": {"x": "$c"}, "in": "$$x.d"}}]}"#,
            Some(vec!["a", "c"]),
        ),
        (
            r#"{"$map": {"input": "$a", "in": ["$$this.z", "$b"]}}"#,
            Some(vec!["a", "b"]),
        ),
        (r#"{"$literal": "$a"}"#, Some(vec![])),
        (r#"["$$ROOT.a", "$$CURRENT.b"]"#, Some(vec!["a", "b"])),
        (r#""$$ROOT""#, None),
        (r#"{"$getField": "a"}"#, None),
        (
            r#"{"$regexMatch": {"input": "$a", "regex": "$b"}}"#,
            Some(vec!["a", "b"]),
        ),
    ] {
        let mut deps = crate::mql::Deps::default();
        Expr::parse(&json(expression), &env)
            .unwrap()
            .deps(&mut deps);
        let found = deps
            .fields()
            .map(|f| f.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(found, fields, "{expression}");
    }
}

mod laws {
    use super::*;
    use proptest::prelude::*;

    fn leaf() -> impl Strategy<Value = Bson> {
        let names = [
            "a",
            "b",
            "$a",
            "$a.b",
            "$$ROOT",
            "$$this",
            "day",
            "week",
            "UTC",
            "é",
            "%Y",
            "(a",
            "-1",
            "2020-01-01",
        ];
        prop_oneof![
            3 => prop::sample::select(names.to_vec()).prop_map(Bson::from),
            1 => any::<i32>().prop_map(Bson::from),
            1 => any::<i64>().prop_map(Bson::from),
            1 => any::<f64>().prop_map(Bson::from),
            1 => (-3..4_i32).prop_map(Bson::from),
            1 => any::<[u8; 16]>().prop_map(|b| Bson::Decimal128(bson::Decimal128::from_bytes(b))),
            1 => any::<i64>().prop_map(|ms| bson::DateTime::from_millis(ms).into()),
            1 => prop::sample::select(vec![Bson::Null, Bson::MinKey, Bson::Undefined, Bson::Boolean(true)]),
            1 => "\\PC{0,4}".prop_map(Bson::from),
        ]
    }

    fn expression() -> impl Strategy<Value = Bson> {
        let operators: Vec<&'static str> = table::names().collect();
        let arguments = [
            "input",
            "date",
            "startDate",
            "endDate",
            "unit",
            "amount",
            "timezone",
            "in",
            "cond",
            "vars",
            "branches",
            "case",
            "then",
            "default",
            "n",
            "to",
            "field",
            "value",
            "find",
            "replacement",
            "regex",
            "format",
            "dateString",
            "inputs",
            "sortBy",
            "year",
            "chars",
            "binSize",
            "limit",
            "initialValue",
            "month",
            "second",
            "millisecond",
            "x",
            "",
        ];
        leaf().prop_recursive(4, 40, 5, move |inner| {
            let operators = prop::sample::select(operators.clone());
            let name = prop::sample::select(arguments.to_vec());
            prop_oneof![
                4 => (operators, inner.clone()).prop_map(|(op, arg)| doc! { op: arg }.into()),
                2 => prop::collection::vec(inner.clone(), 0..5).prop_map(Bson::Array),
                2 => prop::collection::vec((name, inner), 0..5)
                    .prop_map(|fields| Bson::Document(fields.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
            ]
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

        /// Whatever is asked, the answer is a value or an error.
        #[test]
        fn nothing_panics(expression in expression(), a in leaf(), b in leaf()) {
            let env = crate::mql::Env::at(bson::DateTime::from_millis(0));
            let document = doc! { "a": a, "b": [b.clone(), { "b": b }] };
            if let Ok(expr) = Expr::parse_only(&expression, &env) {
                let _ = expr.eval(&document, &env);
                if let Ok(folded) = expr.optimized(&env) {
                    let _ = folded.to_bson();
                    let _ = folded.eval(&document, &env);
                }
            }
        }
    }
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
        let expr = Expr::parse(&json(text), &env).unwrap();
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
    shapes_of_arguments: "shapes",
    to_hashed_index_key: "toHashedIndexKey",
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
