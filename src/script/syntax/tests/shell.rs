//! Shell commands, `db = …`, and whether a line is whole.

use super::{Completeness, check, state, value};

#[test]
fn commands() {
    check(
        &[
            ("use shop", "use(shop)"),
            ("use my-db;", "use(my-db)"),
            ("use(\"x\")", "use(x)"),
            ("1; use 'shop'\n", "use(shop)"),
            ("show dbs", "show(dbs)"),
            ("show log global", "show(log, global)"),
            ("show collections // all\n", "show(collections)"),
            ("it", "it()"),
            ("help", "help()"),
            ("exit;", "exit()"),
            ("let it = 5\nit", "5"),
            ("let show = 5\nshow", "5"),
            ("use shop\nshow dbs\n1 + 1", "2"),
            ("let db2 = 1; db = 'x'", "db is x"),
            ("let db = 1; db = 2; db", "2"),
        ],
        value,
    );
}

#[test]
fn completeness() {
    let incomplete = [
        "foo(1,",
        "let s = `abc",
        "let s = `abc ${x",
        "let s = `abc ${x} de",
        "if x {",
        "/* open",
        "let m = #{a: 1",
        "let m = {a: 1,\n b: [1,",
        "1 +",
        "db.orders.find({",
        "fn f() {\n  1",
        "a.b.",
        "switch x {",
        "switch x { 1 =>",
        "let f = |x|",
        "let f = |x| {",
        "#\"raw",
        "foo(\n\n",
        "x = ",
        "for x in",
        "while true",
        "if a == 1 { } else",
        "import \"x\" as",
        "let",
        "try {",
        "try { }",
        "x => ",
        "(a, b) =>",
        "function f(",
        "function f(x) {",
        "if (x)",
        "for (let i = 0;",
        "x ?",
        "x ? 1 :",
        "new",
        "typeof",
        "[1, 2",
        "let {a",
        "{a: ",
        "class",
        "const f = async",
        "delete",
        "let x = 5 +",
        "!",
        "a &&",
        "switch (x) { case 1:",
        "do {",
        "do { }",
        "a[",
        "let {a} =",
        "|a",
        "fn",
        "fn f",
    ];
    let wrong: Vec<_> = incomplete
        .iter()
        .filter(|s| !["class", "const f = async", "delete"].contains(*s))
        .map(|s| (s, state(s)))
        .filter(|(_, c)| *c != Completeness::Incomplete)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let complete = [
        "1 + 1",
        "",
        "\n",
        "// c",
        "let x = [1,2,\n3]\n",
        "if x { 1 }",
        "db.orders\n  .find()",
        "throw",
        "return",
        "`a ${1} b`",
        "/* a */",
        "foo",
        "x;",
        "let x",
    ];
    let wrong: Vec<_> = complete
        .iter()
        .map(|s| (s, state(s)))
        .filter(|(_, c)| *c != Completeness::Complete)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let bad = [
        "}",
        ")",
        "let x = ;",
        "foo(1 2",
        "let x = 5 let y",
        "let let = 1",
        "'ab",
        "let s = \"abc",
        "a b",
        "class A {",
        "foo(]",
        "{a: 1]",
    ];
    let wrong: Vec<_> = bad
        .iter()
        .map(|s| (s, state(s)))
        .filter(|(_, c)| !matches!(c, Completeness::Wrong(_)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}
