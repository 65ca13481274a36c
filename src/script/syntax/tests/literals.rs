//! Documents, arrays, strings, numbers, templates.

use super::{check, run, value};

#[test]
fn documents_keep_their_order() {
    check(
        &[
            (
                "#{z: 1, a: 2, m: #{y: 1, b: 2}}",
                "{z: 1, a: 2, m: {y: 1, b: 2}}",
            ),
            (
                "let x = {z: 1, a: {q: 1, c: [{d: 1, b: 2}]}}; x",
                "{z: 1, a: {q: 1, c: [{d: 1, b: 2}]}}",
            ),
            (
                "({$set: {'a.b': 1, \"c\": 2}, match: 3, if: 4, 5: 6, default: 7, new: 8})",
                "{$set: {a.b: 1, c: 2}, match: 3, if: 4, 5: 6, default: 7, new: 8}",
            ),
            ("({a: 1, b: 2, a: 3,})", "{a: 3, b: 2}"),
            ("let a = 1; let b = 2; print({a, b, c: 3}); ({b})", "{b: 2}"),
            ("let x = {}; x", "{}"),
            ("let x = #{}; x", "{}"),
            (
                "let k = 'key'; ({[k + 1]: 1, ['x']: 2, y: 3})",
                "{key1: 1, x: 2, y: 3}",
            ),
            (
                "let a = {x: 1, y: 2}; ({...a, y: 3, z: 4, ...undefined})",
                "{x: 1, y: 3, z: 4}",
            ),
            (
                "let a = [1, 2]; [0, ...a, {b: [...a]}, ...'hi',]",
                "[0, 1, 2, {b: [1, 2]}, h, i]",
            ),
            ("{a: 1}", "{a: 1}"),
            ("{a: 1}.a", "1"),
            ("#{a: [1, 2]}.a[1]", "2"),
            (
                "let d = {twice(x) { return x * 2; }, half: x => x / 2}; d.keys()",
                "[twice, half]",
            ),
            ("let f = () => ({a: 1}); f()", "{a: 1}"),
        ],
        value,
    );
}

#[test]
fn values_are_evaluated_in_order() {
    let source = "fn p(x) { print(x); x } let d = {z: p(1), a: {b: p(2)}, c: p(3)};";
    assert_eq!(run(source), "1\n2\n3");
}

#[test]
fn strings_have_the_escapes_of_both() {
    check(
        &[
            (r#"'it\'s'"#, "it's"),
            (r#""a\/b\u{1F600}\u0041\x42""#, "a/b😀AB"),
            (r#""\ud83d\ude00""#, "😀"),
            (r#"'A' + "B""#, "AB"),
            (r#""say ""hi""""#, "say \"hi\""),
            (r#"''"#, ""),
            (r#"'say "hi"'"#, "say \"hi\""),
            ("\"a\\\n      b\"", "a     b"),
            ("#\"raw \\n \"quoted\" \"#", "raw \\n \"quoted\" "),
            ("`a\\tb\\`${1 + 1}${'x'}`", "a\tb`2x"),
            ("`${`in ${1} ner`} out`", "in 1 ner out"),
            ("`a ${ {a: 1}.a } b ${ let x = 2; x } c`", "a 1 b 2 c"),
            ("`\nfirst\nsecond`", "first\nsecond"),
            ("`a``b`", "a`b"),
            ("let t = ``; t", ""),
        ],
        value,
    );
}

#[test]
fn numbers_of_both() {
    check(
        &[
            (".5 + 5.", "5.5"),
            ("1e3", "1000.0"),
            ("0xFF + 0b11 + 0o7", "265"),
            ("1_000", "1000"),
            ("5n", "5"),
            ("-9223372036854775808", "-9223372036854775808"),
            ("3 -1", "2"),
            ("[1,-1, - 2]", "[1, -1, -2]"),
            ("let x = 3; x-1", "2"),
            ("-5.abs()", "5"),
            ("[Infinity, -Infinity]", "[inf, -inf]"),
            ("1.5e-1", "0.15"),
        ],
        value,
    );
}

#[test]
fn null_and_undefined() {
    check(
        &[
            ("[null, undefined, ()]", "[null, undefined, undefined]"),
            ("null == undefined", "true"),
            ("let x = {a: null}; x", "{a: null}"),
            ("let d = {null: 1}; d.null", "1"),
        ],
        value,
    );
}

#[test]
fn regular_expressions() {
    check(
        &[
            ("/^a.b/i", "/^a.b/i"),
            ("({name: /[/]x\\/y/})", "{name: /[/]x/y/}"),
            ("[/a/, 6 / 2 / 1, /b c/g]", "[/a/, 3, /b c/g]"),
            ("let x = 8; x / 2 / 2", "2"),
            ("(8) / 2", "4"),
        ],
        value,
    );
}
