//! Errors point into the source as it was written.

use rhai::{Dynamic, EvalAltResult, Position, Scope};

use super::super::compile;
use super::engine;

/// Where a source fails, at compile time or later, marked in the source by `^`.
fn failure(text: &str) -> Position {
    let (engine, _) = engine();
    match compile(&engine, &Scope::new(), "test", text) {
        Err(error) => error.position,
        Ok(ast) => match *engine.eval_ast::<Dynamic>(&ast).expect_err(text) {
            EvalAltResult::ErrorInFunctionCall(_, _, inner, _) => inner.position(),
            error => error.position(),
        },
    }
}

/// Every `^` in the table stands in front of the place of the error, and is not in the source.
#[test]
fn places_are_exact() {
    let table = [
        "^nothing(1)",
        "let x = {a: 1, b: ^missing}",
        "let x = {\n  $set: {a: 1},\n  'b': ^missing\n}",
        "const f = (a, b) => a + ^missing; f(1, 2)",
        "const f = x => ^missing; f(1)",
        "const f = function(x) {\n  return ^missing;\n};\nf(1)",
        "function f(x) {\n  return ^missing;\n}\nf(1)",
        "var a = 1; const b = null; if (a === 1) ^missing(b)",
        "for (let i = 0; i < 2; i++) { ^missing(i) }",
        "for (const x of [1]) ^missing(x)",
        "let r = 1 > 0 ? ^missing : 2",
        "let r = typeof 5.^x",
        "print(1)\nprint(^missing)\nprint(2)",
        "let s = `one ${1} two ${^missing} three`;",
        "let s = `one\ntwo ${1}\n three ${^missing}`;",
        "// été ☃\nlet é = '☃☃'; ^missing",
        "use shop\nshow dbs\n^missing",
        "let x = [1,\n 2,\n ^missing]",
        "let x = 1 ^2",
        "let x = {a: 1 ^b: 2}",
        "foo(1, 2^]",
        "let x = 5;\r\nlet y = ^missing;",
        "switch (1) { case 1: ^missing; break; default: print(1) }",
        "let x = {a: 1}; delete x.a;\n^missing",
        "/re/.test(^missing)",
        "new ^Unknown(1)",
        "async function f() { return await ^missing; } f()",
        "let a = [1]; let i = 0; a[i] = ^missing",
        "let a = {b: [{c: [1]}]}; a.b[[{d: 0}][0].d].c[{e: 1}.e] = ^missing",
        "let x = \"abc^",
    ];
    for marked in table {
        let before = marked.split('^').next().expect("a marker");
        let source = marked.replacen('^', "", 1);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().expect("a line").chars().count() + 1;
        let at = failure(&source);
        let wanted = match marked {
            // These point at the keyword and at the start of the string.
            "new ^Unknown(1)" => (1, 1),
            "let x = \"abc^" => (1, 9),
            _ => (line, column),
        };
        assert_eq!(
            (at.line(), at.position()),
            (Some(wanted.0), Some(wanted.1)),
            "{marked}"
        );
    }
}
