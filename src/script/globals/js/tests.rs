//! The same lines in node and here. `corpus/record.mjs` ran `corpus/cases.js` in node and kept
//! what it printed.

use serde_json::Value;

use crate::script::globals::tests::printed;

#[test]
fn lines_print_what_node_prints() {
    let corpus = include_str!("corpus/corpus.jsonl");
    let mut wrong = Vec::new();
    for line in corpus.lines() {
        let case: Value = serde_json::from_str(line).expect("a line of JSON");
        let (code, want) = (case["code"].as_str(), case["prints"].as_str());
        let (code, want) = (code.expect("code"), want.expect("output"));
        let found = printed(code);
        if without_undefined(&found) != without_undefined(want) {
            wrong.push(format!("{code}\n  here: {found}\n  node: {want}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// node's console.log writes `undefined`, mongosh's print nothing.
fn without_undefined(text: &str) -> String {
    let lines = text.lines().map(|line| line.replace("undefined", ""));
    let lines = lines.map(|line| line.trim_end().to_string());
    lines.collect::<Vec<_>>().join("\n").trim_end().to_string()
}
