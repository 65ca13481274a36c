//! Size, depth and nonsense.

use std::time::Instant;

use proptest::prelude::*;
use rhai::{Array, Engine, Scope};

use super::super::{compile, completeness, install};
use super::{refused, value};

fn bare() -> Engine {
    let mut engine = Engine::new();
    engine.set_max_expr_depths(64, 64);
    install(&mut engine);
    engine
}

#[test]
fn nesting_has_an_end_and_no_overflow() {
    for open in [
        "(",
        "[",
        "{a:",
        "#{a:",
        "{",
        "!",
        "-",
        "x => ",
        "|x| ",
        "`${",
        "if x {",
        "f(",
        "a[",
        "x ? ",
        "[...",
        "function f() {",
        "{a(x) {",
        "typeof ",
        "else ",
        "new ",
    ] {
        let error = refused(&open.repeat(100_000));
        assert!(!error.message.is_empty(), "{open}");
    }
    let nested = format!("{}1{}", "[".repeat(1000), "]".repeat(1000));
    assert!(
        refused(&nested).message.contains("nested"),
        "{}",
        refused(&nested).message
    );
}

#[test]
fn closing_brackets_alone_take_linear_time() {
    let start = Instant::now();
    for text in ["}", ")", "`${}", "(}", "${", "({", "case ", "? ", ": "] {
        let _ = completeness(&bare(), &Scope::new(), &text.repeat(100_000));
    }
    assert!(start.elapsed().as_secs() < 30);
}

#[test]
fn large_literals_compile() {
    let engine = bare();
    let numbers = format!("[{}]", "12345, ".repeat(200_000));
    let ast = compile(&engine, &Scope::new(), "test", &numbers).expect("an array");
    assert_eq!(
        engine.eval_ast::<Array>(&ast).expect("an array").len(),
        200_000
    );
    let text = format!("'{}'", "abcdefghi ".repeat(500_000));
    let ast = compile(&engine, &Scope::new(), "test", &text).expect("a string");
    assert_eq!(
        engine.eval_ast::<String>(&ast).expect("a string").len(),
        5_000_000
    );
    let documents = format!(
        "[{}]",
        "{_id: 1, name: 'x', tags: ['a', 'b'], n: {m: null}},\n".repeat(20_000)
    );
    let ast = compile(&engine, &Scope::new(), "test", &documents).expect("documents");
    assert_eq!(
        engine.eval_ast::<Array>(&ast).expect("an array").len(),
        20_000
    );
}

#[test]
fn the_end_of_positions_is_no_end() {
    let line = format!("let x = [{}];\nx.len()", "1,".repeat(70_000));
    assert_eq!(value(&line), "70000");
    let lines = format!("{}x.len()", "let x = [1];\n".repeat(70_000));
    assert_eq!(value(&lines), "1");
}

#[test]
fn unfinished_and_foreign_characters_are_errors() {
    for text in [
        "\0",
        "let x = \0;",
        "`${",
        "`${`",
        "'",
        "\"\\",
        "\"\\u",
        "\"\\u{",
        "\"\\x1",
        "#",
        "#{",
        "#\"",
        "@",
        "~x",
        "\u{1}",
        "/*",
        "a ? ",
        "${x}",
        "0x",
        "1e999999",
        "\u{202e}",
        "§",
    ] {
        let text = text.to_string();
        let _ = completeness(&bare(), &Scope::new(), &text);
    }
    assert!(refused("let x = \0;").message.contains("NUL"));
}

/// What sources are made of.
const PIECES: &[&str] = &[
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "#{",
    "`",
    "${",
    "'",
    "\"",
    ",",
    ";",
    ":",
    ".",
    "?.",
    "?",
    "=>",
    "=",
    "==",
    "===",
    "+",
    "-",
    "++",
    "--",
    "!",
    "|",
    "||",
    "&&",
    "..",
    "...",
    "/",
    "*",
    "a",
    "b",
    "db",
    "x",
    "1",
    "2.5",
    "'s'",
    "null",
    "undefined",
    "if ",
    "else ",
    "for ",
    "while ",
    "loop ",
    "do ",
    "switch ",
    "case ",
    "default",
    "break",
    "continue",
    "return ",
    "throw ",
    "try ",
    "catch",
    "finally",
    "function ",
    "fn ",
    "let ",
    "const ",
    "var ",
    "new ",
    "typeof ",
    "delete ",
    "async ",
    "await ",
    "of ",
    "in ",
    "instanceof ",
    "class ",
    "import ",
    "export ",
    "as ",
    "use ",
    "show ",
    "it",
    "\n",
    " ",
    "// c\n",
    "/* c */",
    "_",
    "$set",
    "this",
    "::",
    "global",
    "!in",
    "??",
    "`t`",
    "`a${1}b`",
    "/r/g",
    "() => ",
    "x => ",
    "{a: 1}",
    "[1, 2]",
    "f(",
    "print(",
];

thread_local! {
    static ENGINE: Engine = bare();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn token_soup_never_panics(picks in prop::collection::vec(0..PIECES.len(), 0..40)) {
        let text: String = picks.into_iter().map(|i| PIECES[i]).collect();
        ENGINE.with(|engine| drop(completeness(engine, &Scope::new(), &text)));
    }

    #[test]
    fn any_text_never_panics(text in "\\PC{0,60}") {
        ENGINE.with(|engine| drop(completeness(engine, &Scope::new(), &text)));
    }
}
