//! What Rhai cannot take over is named, with the way to write it.

use super::refused;

#[test]
fn refusals_name_the_construct_and_show_the_way() {
    let table = [
        ("let x = y++ + 1", "'++'", "x += 1"),
        ("foo(--x)", "'++'", "x += 1"),
        ("class A { }", "classes", "document"),
        ("const A = class { }", "classes", "document"),
        ("let f = |a = 1| a", "default values", "if x == ()"),
        ("const f = (...args) => 1", "rest parameters", "one array"),
        ("f(...args)", "'...'", "array"),
        ("const [a, ...b] = c", "'...'", "one by one"),
        ("let x = (a = 1)", "assigns", "x = value"),
        ("while ((d = c.next()) != null) { }", "assigns", "x = value"),
        ("outer: for (const x of y) { }", "labels", "flag"),
        (
            "switch (x) { case 1: print(1); case 2: print(2); }",
            "falls through",
            "break",
        ),
        (
            "for (x of y) { switch (x) { case 1: if (a) { break; } continue; } }",
            "break",
            "function",
        ),
        ("function* g() { }", "generators", "array"),
        ("import { a } from 'b'", "whole modules", "import"),
        ("export default 1", "by name", "export"),
        ("x ??= 1", "??=", "x = x ?? value"),
        ("let d = {get x() { return 1 }}", "getters", "closure"),
        ("let x = (1, 2)", "comma", "two statements"),
        ("f`x`", "tagged", "call"),
        ("const x = 1; x = 2", "constant", "let"),
        ("if x { fn f() { } }", "top level", "|x|"),
        ("let f = fn(x) { x }", "has a name", "|x|"),
        ("foo(1, {\n a: 1", "the source ends", "'{' of line 1"),
        ("let f = || { break; }", "loops only", "return"),
    ];
    for (source, message, hint) in table {
        let error = refused(source);
        assert!(
            error.message.contains(message),
            "{source}: {}",
            error.message
        );
        assert!(
            error.hints.iter().any(|h| h.contains(hint)),
            "{source}: {:?}",
            error.hints
        );
    }
}
