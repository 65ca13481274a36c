//! Against the output of mongosh 2.12, see `corpus.jsonl`: a value in canonical extended JSON, and what mongosh
//! prints of it as a result, with `printjson`, with colours.

use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Case {
    value: bson::Bson,
    pretty: String,
    full: Option<String>,
    expanded: String,
    colors: Option<String>,
}

#[test]
fn as_mongosh_prints() {
    let mut wrong = Vec::new();
    for line in include_str!("corpus.jsonl").lines() {
        let case: Case = serde_json::from_str(line).unwrap();
        let node = Node::from(&case.value);
        let full = case.full.as_ref().unwrap_or(&case.pretty);
        let mut check = |style: Style, expected: &String| {
            let found = inspect(&node, &style);
            if found != *expected {
                wrong.push(format!(
                    "{style:?}\n{found}\n--- expected\n{expected}\n=========="
                ));
            }
        };
        check(Style::pretty(), &case.pretty);
        check(Style::full(), full);
        check(Style::expanded(), &case.expanded);
        if let Some(colors) = &case.colors {
            check(Style::pretty().with_colors(true), colors);
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ\n{}",
        wrong.len(),
        wrong[..wrong.len().min(8)].join("\n")
    );
}

#[test]
fn what_is_not_bson() {
    let tree = Node::Document(vec![
        ("f".into(), Node::Function("foo".into())),
        ("g".into(), Node::Function(String::new())),
        ("u".into(), Node::Undefined),
        ("db".into(), Node::Raw("ecommerce".into())),
        ("d".into(), Node::Date(crate::value::Date::INVALID)),
        ("s".into(), Node::Symbol("x".into())),
    ]);
    assert_eq!(
        inspect(&tree, &Style::one_line()),
        "{ f: [Function: foo], g: [Function (anonymous)], u: undefined, db: ecommerce, d: Invalid Date, \
         s: BSONSymbol('x') }"
    );
}

#[test]
fn strings_and_undefined_at_the_top() {
    assert_eq!(display(&Node::string("it's"), &Style::pretty()), "it's");
    assert_eq!(display(&Node::Undefined, &Style::pretty()), "");
    assert_eq!(display(&Node::Null, &Style::pretty()), "null");
}

#[test]
fn depth_is_bounded() {
    let mut value = bson::Bson::Int32(1);
    for _ in 0..2000 {
        value = bson::Bson::Array(vec![value]);
    }
    let text = inspect(&Node::from(&value), &Style::expanded());
    assert!(text.contains("[Array]") && text.len() < 200_000);
}

#[test]
fn objects_of_a_class_are_documents_with_a_name() {
    let fields = |n| vec![("n".to_string(), Node::Int(n))];
    let error = Node::Instance(
        "WriteError".into(),
        vec![("err".into(), Node::Document(fields(1)))],
    );
    assert_eq!(
        inspect(&error, &Style::pretty()),
        "WriteError { err: { n: 1 } }"
    );
    assert_eq!(
        inspect(&error, &Style::expanded()),
        "WriteError {\n  err: {\n    n: 1\n  }\n}"
    );
    let empty = Node::Instance("Empty".into(), Vec::new());
    assert_eq!(inspect(&empty, &Style::pretty()), "Empty {}");
    // The name counts where it is decided what fits in a line: one more character breaks it.
    let wide = |name: usize| Node::Instance("N".repeat(name), fields(1));
    let lines = |name| inspect(&wide(name), &Style::pretty()).lines().count();
    assert_eq!((lines(62), lines(63)), (1, 3));
}
