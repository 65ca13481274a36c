//! What people paste from mongosh. Most outputs are node's.

use super::{check, run};

#[test]
fn declarations() {
    check(
        &[
            (
                "var a = 1; const b = 2; let c; print([a, b, c])",
                "[1, 2, undefined]",
            ),
            (
                "let a = 1, b = a + 1, c; print([a, b, c])",
                "[1, 2, undefined]",
            ),
            ("const list = []; list.push(1); print(list)", "[1]"),
            ("const d = {}; d.x = {}; d.x.y = 1; print(d)", "{x: {y: 1}}"),
            (
                "fn f() { const list = []; list.push(2); list } print(f())",
                "[2]",
            ),
            (
                "const STREAM = #{id: 1}; fn f() { global::STREAM.id } print(f())",
                "1",
            ),
            (
                "const LIMIT = 5; function f(x) { return x + LIMIT; } print(f(1))",
                "6",
            ),
            (
                "function f(x) { return x + LIMIT; } const LIMIT = 5; print(f(1))",
                "6",
            ),
            ("export const X = 1; print(X)", "1"),
            ("const $x = 1; print($x)", "1"),
            (
                "const {a, b: {c}, d} = {a: 1, b: {c: 2}}; print([a, c, d])",
                "[1, 2, undefined]",
            ),
            (
                "const [x, , y, z] = [1, 2, 3]; print([x, y, z])",
                "[1, 3, undefined]",
            ),
        ],
        run,
    );
}

#[test]
fn functions() {
    check(
        &[
            (
                "const xs = [1, 2, 2, 1]; print(xs.filter((x, i) => xs.index_of(x) == i))",
                "[1, 2]",
            ),
            ("const add = (a, b) => a + b; print(add(1, 2))", "3"),
            (
                "const one = () => 1\nconst twice = x => x * 2\nprint(twice(one()))",
                "2",
            ),
            ("const f = function(x) { return x + 1; }; print(f(1))", "2"),
            (
                "const f = function named(x) { return x + 1 }; print(f(1))",
                "2",
            ),
            (
                "function f(x) { return x + 1 }\nfunction g(x) { return f(x) * 2 }\nprint(g(1))",
                "4",
            ),
            (
                "function f() { function g(x) { return x + 1 } return g(1); } print(f())",
                "2",
            ),
            ("function f() { 5 } print(f())", "undefined"),
            ("const f = x => { x * 2 }; print(f(1))", "undefined"),
            (
                "const f = x => { if (x > 1) { return 'big' } return 'small' }; print(f(1)); print(f(2))",
                "small\nbig",
            ),
            ("const f = x => ({a: x}); print(f(1))", "{a: 1}"),
            ("const f = a => b => a + b; print(f(1)(2))", "3"),
            ("print((function() { return 7; })())", "7"),
            ("(() => { print('once') })();", "once"),
            (
                "async function f() { return await 3; } print(await f())",
                "3",
            ),
            (
                "const f = async (x) => { return await x }; print(f(1))",
                "1",
            ),
            ("let n = 0; [1, 2, 3].forEach(x => n += x); print(n)", "6"),
            (
                "let n = 0; [1, 2, 3].forEach(function (x) { n += x; }); print(n)",
                "6",
            ),
            ("[1, 2].forEach(printjson)", "1\n2"),
            ("[1, 2].forEach(print)", "1\n2"),
            (
                "function show1(x) { print(x) } [1, 2].forEach(show1)",
                "1\n2",
            ),
            (
                "[{a: 1, b: [2, 3]}].forEach(({a, b: [, c]}) => print([a, c]))",
                "[1, 3]",
            ),
            ("[{a: 1}].forEach(({a}) => { print(a) })", "1"),
            (
                "function apply(f, x) { return f(x) } print(apply(x => x + 1, 1))",
                "2",
            ),
            (
                "const o = {twice(x) { return x * 2 }, f: function(x) { return x + 1 }}; print(o.keys())",
                "[twice, f]",
            ),
        ],
        run,
    );
}

#[test]
fn any_value_is_a_condition() {
    check(
        &[
            (
                "const a = 0, b = 'x', c = null, d = {k: 1}; print([a || b, a && b, b && d, c || a || 'z', a && b || c && d || 'last'])",
                "[x, 0, {k: 1}, z, last]",
            ),
            (
                "const d = {k: 1}; if (d && d.k) print('a'); if (d.m || d.k && '') print('b'); if (d.k && d.m || d.k > 0 && 'c') print('c')",
                "a\nc",
            ),
            (
                "let n = 2; while (n) { n--; } print(n); do { n++ } while (n - 2); print(n); for (let i = 2; i; i--) print(i)",
                "0\n2\n2\n1",
            ),
            (
                "const f = o => o && o.k || 'none'; print(f({k: 5})); print(f(null)); print(f(undefined))",
                "5\nnone\nnone",
            ),
            ("const o = null; print(o ? 1 : '' ? 2 : [] ? 3 : 4)", "3"),
            (
                "const o = null; print(o && o.k ? 1 : 2); print((o || {k: 3}).k); print([o || 1, o && 2].length)",
                "2\n3\n2",
            ),
            (
                "let n = 0; const hit = x => { n += 1; return x }; hit(1) || hit(2); hit(0) && hit(2); print(n)",
                "2",
            ),
            (
                "const o = {...('' || {a: 1}), b: 0 || 2}; print(o)",
                "{a: 1, b: 2}",
            ),
        ],
        run,
    );
}

#[test]
fn functions_see_the_variables_of_the_script() {
    check(
        &[
            (
                "let total = 0; function add(x) { total += x; } add(2); add(3); print(total)",
                "5",
            ),
            (
                "function add(x) { total += x; } let total = 1; add(2); print(total); total = 10; add(1); print(total)",
                "3\n11",
            ),
            (
                "const list = []; function add(x) { list.push(x) } add(1); add(2); print(list)",
                "[1, 2]",
            ),
            (
                "const seen = {}; function mark(k) { seen[k] = true; } mark('a'); print(seen)",
                "{a: true}",
            ),
            (
                "const seen = {n: {}}; function mark(k) { seen.n[k] = true; } mark('a'); print(seen)",
                "{n: {a: true}}",
            ),
            (
                "const twice = x => x * 2; function f(x) { return twice(x) + 1 } print(f(2))",
                "5",
            ),
            (
                "const f = () => g() + 1; const g = () => 1; print(f())",
                "2",
            ),
            (
                "const f = n => n > 0 ? g(n - 1) : 'done'\nconst g = n => f(n - 1)\nprint(f(5))",
                "done",
            ),
            ("let f = x => x; f = x => x + 1; print(f(1))", "2"),
            ("export const f = n => n; print(f(1))", "1"),
            (
                "const e = n => n === 0 ? true : o(n - 1); const o = n => n === 0 ? false : e(n - 1); print(e(4)); print(o(4))",
                "true\nfalse",
            ),
            (
                "function g(a, b) { return [a, b] } print(g(1)); print(g()); print(g(1, 2)); print(g(1, 2, 3))",
                "[1, undefined]\n[undefined, undefined]\n[1, 2]\n[1, 2]",
            ),
            (
                "const r = (n, acc = 1) => n === 0 ? acc : r(n - 1, acc * n); print(r(4))",
                "24",
            ),
            (
                "const f = () => 1; const g = () => f() + 1; print(g())",
                "2",
            ),
            (
                "const A = 1, B = 2; const {c, d: [e]} = {c: 3, d: [4]}; function f() { return [A, B, c, e] } print(f())",
                "[1, 2, 3, 4]",
            ),
            (
                "let n = 0; function up() { n++; if (n < 3) up(); } up(); print(n)",
                "3",
            ),
            (
                "let n = 5; function f(n) { n += 1; return n } print(f(1)); print(n)",
                "2\n5",
            ),
            (
                "let n = 5; function f() { let n = 1; n += 1; return n } print(f()); print(n)",
                "2\n5",
            ),
            (
                "let n = 1; function f() { [1, 2].forEach(x => { n += x }) } f(); print(n)",
                "4",
            ),
            (
                "let n = 1; [1, 2].forEach(x => { add(x) }); function add(x) { n += x } print(n)",
                "4",
            ),
            (
                "const fact = n => n <= 1 ? 1 : n * fact(n - 1)\nprint(fact(5))",
                "120",
            ),
            (
                "let calls = 0; const walk = (d) => { calls++; d.c.forEach(x => { walk(x) }) }; walk({c: [{c: []}, {c: [{c: []}]}]}); print(calls)",
                "4",
            ),
            (
                "const sum = function(list, i) { return i < 0 ? 0 : list[i] + sum(list, i - 1) }; print(sum([1, 2, 3], 2))",
                "6",
            ),
            (
                "function greet(name, how = 'hello', end = '!' + '?') { return how + ' ' + name + end } print(greet('a')); print(greet('b', 'hi')); print(greet('c', 'yo', '.'))",
                "hello a!?\nhi b!?\nyo c.",
            ),
            (
                "const {a = 1, b: c = [2, 3]} = {a: 5}; print([a, c]); const [x = 7, y] = []; print([x, y])",
                "[5, [2, 3]]\n[7, undefined]",
            ),
            (
                "function each(list, fn) { for (const x of list) fn(x) } each([1, 2], x => print(x))",
                "1\n2",
            ),
            (
                "const loop = 1, until = 2; print(loop + until + (void 0 === undefined ? 1 : 0))",
                "4",
            ),
            (
                "let n = 1; fn f() { n + 1 } print(f()); n = 5; print(f())",
                "2\n6",
            ),
            (
                "let n = 1; function f() { return {n: n, m: d.n} } const d = {n: 7}; print(f())",
                "{n: 1, m: 7}",
            ),
        ],
        run,
    );
}

#[test]
fn statements() {
    check(
        &[
            ("print(1)\nprint(2)", "1\n2"),
            ("const x = 1\nconst y = 2\nprint(x + y)", "3"),
            ("let a = [1, 2]\n  .len()\nprint(a)", "2"),
            ("let a = 1\n  + 2\nprint(a)", "3"),
            ("let i = 0\ni++\n++i\nprint(i)\ni--\nprint(i)", "2\n1"),
            (
                "if (1 == 1) print('a')\nelse print('b')\nprint('c')",
                "a\nc",
            ),
            (
                "if (1 == 2) print('a'); else if (1 == 1) print('b'); else print('c');",
                "b",
            ),
            ("for (const x of [1, 2]) print(x)", "1\n2"),
            (
                "const fs = []; for (const i of [1, 2]) { fs.push(() => i) } fs.forEach(f => print(f()))",
                "1\n2",
            ),
            (
                "let n = 0; const inc = () => ++n; print(inc()); print(inc())",
                "1\n2",
            ),
            (
                "let n = 5; const next = () => n++; print(next()); print(n)",
                "5\n6",
            ),
            (
                "let n = 1; const add = x => n += x; print(add(2)); print(add(3))",
                "3\n6",
            ),
            ("for (const x of [1, 2]) { print(x); }", "1\n2"),
            ("for (let k in {b: 1, a: 2}) { print(k) }", "b\na"),
            ("for (const i in ['x', 'y']) print(i)", "0\n1"),
            (
                "for (const [k, v] of [['a', 1], ['b', 2]]) { print(k + v) }",
                "a1\nb2",
            ),
            ("for (const {a} of [{a: 1}]) print(a)", "1"),
            (
                "for (let i = 0; i < 3; i++) { if (i == 1) continue; print(i) }",
                "0\n2",
            ),
            ("for (let i = 0, n = 2; i < n; i += 1) print(i)", "0\n1"),
            (
                "for (let i = 2; i >= 0; --i) for (let j = 0; j < 2; j++) { if (j == 1) break; print(i * 10 + j) }",
                "20\n10\n0",
            ),
            (
                "let i = 0; for (;;) { if (i > 2) break; i++; } print(i)",
                "3",
            ),
            ("let i = 0; for (i = 5; i < 7; i++) {} print(i)", "7"),
            ("let i = 0; while (i < 2) i++; print(i)", "2"),
            ("let i = 0; do { i++; } while (i < 3)\nprint(i)", "3"),
            (
                "try { throw new Error('boom'); } catch (e) { print(e) }",
                "Error: boom",
            ),
            ("try { throw 'boom' } catch { print('caught') }", "caught"),
            (
                "function f(x) { switch (x) { case 1: case 2: return 'low'; case 'a': { print('in'); break; } default: print('other'); } return 'end' } print(f(2)); print(f('a')); print(f(9))",
                "low\nin\nend\nother\nend",
            ),
            ("try { print(1) } finally { print(2) }\nprint(3)", "1\n2\n3"),
            (
                "try { throw 'x' } catch (e) { print(e) } finally { print('f') }",
                "x\nf",
            ),
            (
                "function f() { try { return 1 } catch (e) { return 2 } finally { print('f') } } print(f())",
                "f\n1",
            ),
            (
                "function f() { try { throw 1 } catch (e) { return 2 } finally { print('f') } } print(f())",
                "f\n2",
            ),
            (
                "try { try { throw 'in' } finally { print('f') } } catch (e) { print(e) }",
                "f\nin",
            ),
            (
                "for (const x of [1, 2, 3]) { try { if (x === 1) continue; if (x === 3) break; print(x) } finally { print('f' + x) } }",
                "f1\n2\nf2\nf3",
            ),
            (
                "let n = 0; const f = () => { try { n += 1 } finally { n += 10 } }; f(); print(n)",
                "11",
            ),
            (
                "switch (1) { case 1: if (true) { print('in'); break } print('no'); break; case 2: print(2) }\nprint('after')",
                "in\nafter",
            ),
            (
                "for (let i = 0; i < 2; i++) { switch (i) { case 0: for (const x of [1, 2]) { if (x === 2) break; print('x' + x) } print('zero'); break; default: print('one') } }",
                "x1\nzero\none",
            ),
            (
                "switch (2) {\n case 1:\n  print(1)\n  break\n case 2:\n  print(2)\n  break\n}",
                "2",
            ),
            (
                "const d = {a: 1, b: 2, c: {d: 1}}; delete d.a; delete d['b']; delete d.c.d; print(d)",
                "{c: {}}",
            ),
            ("if (1 == 1) return\nprint('no')", ""),
        ],
        run,
    );
}

#[test]
fn expressions() {
    check(
        &[
            ("print(1 === 1 && 'a' !== 'b')", "true"),
            ("const x = 5; print(x > 3 ? 'big' : 'small')", "big"),
            (
                "const f = x => x > 3 ? 'big' : x > 1 ? 'mid' : 'small'; print([f(5), f(2), f(1)])",
                "[big, mid, small]",
            ),
            (
                "print({a: true ? 1 : 2, b: [false ? 1 : 2]})",
                "{a: 1, b: [2]}",
            ),
            ("print(`${1 > 0 ? 'yes' : 'no'}`)", "yes"),
            ("let x = 0; x = 1 > 0 ? 1 : 2; print(x)", "1"),
            ("print(typeof 'a' === 'string')", "true"),
            (
                "print([typeof 1, typeof {}, typeof [], typeof null, typeof undefined, typeof (() => 1), typeof nothing])",
                "[number, object, object, object, undefined, function, undefined]",
            ),
            ("if (typeof x === 'undefined') print('none')", "none"),
            (
                "print(new Date()); print(new Date('x')); print(Date()); print(new Date)",
                "a date\ndate x\nnow as text\na date",
            ),
            ("print(new ObjectId('ab'))", "ObjectId(ab)"),
            ("print('Error: x' instanceof Error && true)", "true"),
            (
                "const d = {match: 1, default: 2, new: 3}; print([d.match, d.default, d.new])",
                "[1, 2, 3]",
            ),
            ("const match = 3, is = 4; print(match + is)", "7"),
            ("print({a: {b: 1}}?.a?.b)", "1"),
            ("print(undefined ?? 5)", "5"),
            ("let a = [[1, 2]]; print(a?.[0][1])", "2"),
            ("const _ = 1; [5].forEach(_ => print(_))", "5"),
            (
                "var o = {\n  a: 1, // one\n  b: 2\n}\nprint(o)",
                "{a: 1, b: 2}",
            ),
        ],
        run,
    );
}
