//! Plain Rhai means what it means to a stock engine: the same outputs, and the same tokens.

use rhai::{Dynamic, Engine, Position, Scope, Token, TokenizeState};

use super::super::{feed::Program, rewrite::rewrite};
use super::run;

/// Sources in plain Rhai; `#{` only where a map is not printed.
const CORPUS: &[&str] = &[
    "#!/usr/bin/env rhaiver run\nprint(1);",
    "let x = 42; let y = x * 2 + 1 - 3 / 2 % 2; print(y); print(x ** 2 ** 1);",
    "print(-5.abs()); print(- 5); print(3 - -2); print(!true); print(-2 ** 2);",
    "let a = [1, 2, 3]; a.push(4); print(a[0] + a[-1]); print(a.len()); for x in a { print(x); }",
    "for (x, i) in [10, 20] { print(x + i); }",
    "for i in 0..3 { print(i); } for i in 0..=2 { print(i) } for i in range(0, 10, 3) { print(i); }",
    "let s = [1,2,3,4,5]; print(s[1..3].len()); print(s.extract(2..).len());",
    "let x = 5; let y = if x > 3 { \"big\" } else if x > 1 { \"mid\" } else { \"small\" }; print(y);",
    "let x = { let y = 1; y + 2 }; print(x);",
    "let x = 7; let r = switch x { 0 => \"zero\", 1 | 2 => \"few\", 7 if x > 6 && x < 10 => \"more\", 3..=6 => \"some\", _ => \"many\" }; print(r);",
    "let x = 7; switch x { 7 if x > 3 => { print(\"seven\"); } 1..5 => print(\"low\"), _ => print(\"other\") }",
    "switch [1, 2] { [1, 2] => print(\"pair\"), _ => print(\"no\") }",
    "switch true { true => { let x = 1; print(x) }, false => () }",
    "fn add(a, b) { a + b } fn twice(f) { f.call() + f.call() } print(add(1, 2)); print(twice(|| 4));",
    "fn f(x) { return x * 2; } fn g(x) { if x > 2 { return 1 } 0 } print(f(2)); print(g(5)); print(g(1));",
    "let f = |x, y| x + y; print(f.call(1, 2)); let g = |x| { let z = x; z * 2 }; print(g.call(3)); let n = 5; let h = || n + 1; print(h.call());",
    "let c = 0; let inc = || c += 1; inc.call(); inc.call(); print(c);",
    "let add = |a| |b| a + b; print(add.call(1).call(2));",
    "let f = Fn(\"len\"); print(f.call(\"abc\")); print([3, 1, 2].map(|x| x * 2)); print([1, 2, 3].filter(|x| x > 1).reduce(|a, b| (a ?? 0) + b));",
    "print(`a ${1 + 2} b ${`n ${`deep ${5}`}`} c ${if true { \"y\" } else { \"n\" }}`);",
    "print(`map ${#{a: #{b: 7}}.a.b} ${let x = 3; x * 2}`);",
    "print(#\"raw \"x\" \\n\"#); print(##\"a\"#b\"##); print(\"a\\tb\\x41\\u0042 \"\"q\"\"\");",
    "print(`line\n  two`); print(`\nstarts here`);",
    "let i = 0; while i < 3 { i += 1; if i == 2 { continue; } print(i); } loop { i += 1; if i > 5 { break; } } print(i);",
    "let i = 0; do { i += 1; } while i < 3; print(i); do { i -= 1; } until i == 0; print(i);",
    "let x = loop { break 42; }; print(x); let y = while true { break 1 }; print(y);",
    "try { throw \"boom\"; } catch (e) { print(e); } try { throw 1 } catch { print(\"c\") }",
    "const X = 5; fn f() { global::X + 1 } print(f()); const Y = X + 1; print(Y);",
    "let m = #{a: 1, \"b c\": 2, nested: #{x: [1, #{y: 3}]}}; print(m.a + m[\"b c\"] + m.nested.x[1].y); m.a += 5; m.z = 1; print(m.a + m.z);",
    "let m = #{f: |x| x + 1}; print(m.f.call(2));",
    "print(1 in [1, 2]); print(3 !in [1, 2]); print(\"a\" in #{a: 1});",
    "let x = (); print(x ?? 5); let m = #{a: #{b: 1}}; print(m?.a?.b); print(x?.y ?? \"none\"); print(m?[\"a\"].b);",
    "let x = 1; { let x = 2; print(x); } print(x);",
    "/* block /* nested */ still */ print(1); // line\n/// doc\nfn f() {} /** doc */ print(2);",
    "let a = 1; let b = 2;\n\n;;; print(a\n  + b\n  - 1);",
    "print(0xff + 0b101 + 0o17 + 1_000); print(1.5e3); print(5.0 / 2.0); print(1e2);",
    "let x = 10; x -= 1; x *= 2; x /= 3; x %= 4; x **= 2; x <<= 1; x >>= 1; x |= 8; x &= 15; x ^= 1; print(x); print(x << 2 >> 1); print(6 & 3 | 8 ^ 1);",
    "let a = [[1, 2], [3, 4]]; a[1][0] = 9; print(a[1][0]); let s = \"hello\"; print(s[1]); print(s.len() - s.to_upper().len());",
    "fn fact(n) { if n <= 1 { 1 } else { n * fact(n - 1) } } print(fact(10));",
    "private fn hidden() { 1 } print(hidden());",
    "fn int.double() { this * 2 } print(21.double());",
    "fn bump() { this += 1; } let x = 1; x.bump(); print(x);",
    "let x = 5; let f = || { let y = x; y += 1; y }; print(f.call()); print(x);",
    "fn f() { x + 1 } let x = 4; print(f!());",
    "let t = type_of(1); print(t); print(type_of(\"x\")); print(is_def_var(\"t\")); print(is_def_fn(\"f\", 0)); print(eval(\"1 + 1\"));",
    "let a = 1; let b = a\n; print(b)",
    "if true { print(1) } print(2); if false {} else { print(3) } { print(4) } print(5)",
    "let f = |x| if x { 1 } else { 2 }; print(f.call(true)); let g = |x| switch x { 1 => 2, _ => 3 }; print(g.call(1));",
    "let f = |x| return x + 1; print(f.call(1)); let y = [1, 2, 3].find(|v| v == 2) ?? throw \"no\"; print(y);",
    "let arr = [1, 2, 3,]; print(arr); let e = []; print(e); let m = #{}; print(type_of(m) != \"array\");",
    "let x = \"abc\"; for c in x { print(c); } for c in x.chars() { print(c) }",
    "let a = 3; let b = a / 2 / 1; print(b); print((a + 1) / 2); print([8][0] / 2);",
    "let keys = #{b: 1}.keys(); print(keys.len()); let len = 3; print(len(\"abcd\") + len);",
    "print(if 1 == 1 { 2 } else { 3 } + 1); let x = (if true { 1 } else { 2 }) + 5; print(x);",
    "let x = true && false || true; print(x); print(1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3 && 1 != 2);",
    "let class = 1; let it = 2; let function = 3; let delete = 4; let of = 5; let get = 6; let set = 7; print(class + it + function + delete + of + get + set);",
    "let a = #{get: 1, set: 2, of: 3, function: 4, delete: 5}; print(a.get + a.set + a.of + a.function + a.delete);",
    "let x = 1; let y = x; print(x\n== y); return; print(9);",
    "1 + 1",
    "let x = 5; x",
    "fn f() { } print(f() == ()); let u = (); print(u == ());",
    "throw #{code: 5}",
    "let x = [1, 2\n, 3\n]; print(x\n.len()\n); print(x\n[0]);",
    "let big = 9223372036854775807; print(big); print(-9223372036854775808); print(123456789012345678901234567890.0 > 1.0);",
    "let a = 1..5; for i in a { print(i) } print(1..=3 == 1..=3);",
    "unknown_function(1)",
    "let x = y + 1;",
    "export let z = 1; export z as w; print(z);",
    "let x = 'x'; print(x); print('\\n' == \"\\n\" || true);",
    "let a = 5; let b = |x| { x }; print(b.call(a)); print(b.call(|| 1).call());",
    "let s = 0; for i in 0..3 { for j in 0..3 { if j == 1 { break; } if i == 1 { continue; } s += i * 10 + j; } } print(s);",
];

/// What a stock engine prints, with its error if it has one.
fn stock(text: &str) -> String {
    let mut engine = Engine::new();
    engine.set_max_expr_depths(128, 128);
    let lines = std::rc::Rc::new(std::cell::RefCell::new(Vec::new()));
    let sink = lines.clone();
    engine.on_print(move |line| sink.borrow_mut().push(line.to_string()));
    let text = if text.starts_with("#!") {
        text.replacen("#!", "//", 1)
    } else {
        text.to_string()
    };
    let failed = engine
        .compile(&text)
        .map_err(|e| e.into())
        .and_then(|mut ast| {
            ast.set_source("test");
            engine.eval_ast_with_scope::<Dynamic>(&mut Scope::new(), &ast)
        });
    let mut lines = lines.borrow().clone();
    lines.extend(failed.err().map(|e| format!("ERROR {e}")));
    lines.join("\n")
}

#[test]
fn outputs_are_those_of_a_stock_engine() {
    let wrong: Vec<String> = CORPUS
        .iter()
        .filter(|source| !source.contains("throw #{"))
        .map(|source| (source, stock(source), run(source)))
        .filter(|(_, stock, ours)| stock != ours)
        .map(|(source, stock, ours)| format!("{source}\n   stock {stock}\n   ours  {ours}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// The tokens a stock parser would see, with their positions.
fn stock_tokens(text: &str) -> Vec<(Token, Position)> {
    let engine = Engine::new();
    let same: fn(Token, Position, &TokenizeState) -> Token = |token, _, _| token;
    let texts = [text];
    let (mut lexer, control) = engine.lex_with_map(&texts, &same);
    let (mut tokens, mut braces, mut interpolation) = (Vec::new(), Vec::new(), false);
    for (token, position) in lexer.by_ref() {
        match token {
            Token::EOF => break,
            Token::InterpolatedString(_) => interpolation = true,
            Token::LeftBrace => braces.push(std::mem::take(&mut interpolation)),
            Token::RightBrace => control.borrow_mut().is_within_text = braces.pop() == Some(true),
            _ => {}
        }
        tokens.push((token, position));
    }
    tokens
}

/// Our tokens in the same form: a unary minus is told from the other by the parser itself.
fn our_tokens(text: &str) -> Vec<(Token, Position)> {
    let Program { tokens, .. } = rewrite(&Engine::new(), &Scope::new(), text).expect(text);
    tokens
        .into_iter()
        .map(|out| {
            (
                out.token,
                super::super::error::position(out.line, out.column),
            )
        })
        .collect()
}

fn same_kind(token: Token) -> Token {
    match token {
        Token::UnaryMinus => Token::Minus,
        Token::UnaryPlus => Token::Plus,
        Token::FloatConstant(n) => Token::FloatConstant(Box::new((n.0, "".into()))),
        token => token,
    }
}

#[test]
fn tokens_are_those_of_a_stock_lexer() {
    for source in CORPUS.iter().filter(|s| {
        ![
            "#", "'", "const ", "`", "global", "do {", "true {", "false {}", "if x {", "i {", "f!",
            "} {", "catch (", "] =",
        ]
        .iter()
        .any(|w| s.contains(w))
    }) {
        let stock: Vec<_> = stock_tokens(source)
            .into_iter()
            .map(|(t, p)| (same_kind(t), p))
            .collect();
        let mut ours: Vec<(Token, Position)> = Vec::new();
        for (token, position) in our_tokens(source) {
            // `()` is one token to Rhai's lexer, two of ours where it calls.
            let unit = ours
                .len()
                .checked_sub(1)
                .and_then(|last| stock.get(last))
                .is_some_and(|s| s.0 == Token::Unit);
            match ours.last_mut() {
                Some((last @ Token::LeftParen, _)) if token == Token::RightParen && unit => {
                    *last = Token::Unit
                }
                _ => ours.push((same_kind(token), position)),
            }
        }
        assert_eq!(ours, stock, "{source}");
    }
}
