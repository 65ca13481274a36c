//! The operators on BSON's types; what JavaScript has too is in the corpus that node recorded.

use crate::script::globals::table;

#[test]
fn decimals() {
    table(&[
        (
            "const d = NumberDecimal('1.50'); print(d + 1, 1 + d, d - 0.5, d * 2, 3 / d, d % 1, -d, d ** 2)",
            "Decimal128('2.50') Decimal128('2.50') Decimal128('1.00') Decimal128('3.00') Decimal128('2') \
             Decimal128('0.50') Decimal128('-1.50') Decimal128('2.2500')",
        ),
        (
            "const d = NumberDecimal('1.50'); print(d == 1.5, d == NumberDecimal('1.5'), d < 2, d >= 1.5, d != 1, 1.5 == d)",
            "true true true true true true",
        ),
        (
            "let d = NumberDecimal('0.1'); d += NumberDecimal('0.2'); print(d == NumberDecimal('0.3'), `${d}`, 'd ' + d)",
            "true 0.3 d 0.3",
        ),
    ]);
}

#[test]
fn longs_stay_exact_while_they_fit() {
    table(&[
        (
            "const n = NumberLong('9007199254740993'); print(n + 1, n == n + 0, n > 9007199254740992, `${n}`)",
            "9007199254740994 true true 9007199254740993",
        ),
        (
            "const n = NumberLong('9223372036854775807'); print(n + 1, n * 2, n - 1)",
            "9223372036854776000 18446744073709552000 9223372036854775806",
        ),
        (
            "print(NumberLong(6) / 4, NumberLong(8) / 4, NumberInt(7) / 2, NumberLong(5) == 5, Double(5) == 5)",
            "1.5 2 3.5 true true",
        ),
    ]);
}

#[test]
fn dates() {
    table(&[
        (
            "const a = new Date(5000), b = new Date(1000); print(a - b, a > b, a == b, a == new Date(5000), a - 1000, a < 6000)",
            "4000 true false true 4000 true",
        ),
        (
            "const a = ISODate('2026-01-01T00:00:00Z'); print(a >= ISODate('2026-01-01'), a != ISODate('2025-01-01'), [a].includes(ISODate('2026-01-01')))",
            "true true true",
        ),
    ]);
}

#[test]
fn bson_values() {
    table(&[
        (
            "const a = ObjectId('64f000000000000000000001'), b = ObjectId('64f000000000000000000002'); \
             print(a == b, a < b, a == ObjectId(a.toString()), [b, a].indexOf(a), 'id ' + a)",
            "false true true 1 id 64f000000000000000000001",
        ),
        (
            "print(Timestamp(1, 2) == Timestamp(1, 2), Timestamp(1, 2) < Timestamp(2, 1), BinData(0, 'AAA=') == BinData(0, 'AAA='), UUID('00112233-4455-6677-8899-aabbccddeeff') == UUID('00112233-4455-6677-8899-aabbccddeeff'))",
            "true true true true",
        ),
        (
            "print({ a: 1, b: 2 } == { a: 1, b: 2 }, { a: 1, b: 2 } == { b: 2, a: 1 }, { a: [1, { b: 1.0 }] } == { a: [1, { b: 1 }] }, [1] == [1, 2], {} == [])",
            "true false true false false",
        ),
        (
            "print('5' == 5, true == 1, null == undefined, null == 0, 'a' == {}, '5' < 6)",
            "false false true false false false",
        ),
        (
            "print(2 in [1, 2], 'k' in { k: 1 }, 'x' in { k: 1 }, 'b' in 'abc', 1 in new Set([1]))",
            "true true false true true",
        ),
        (
            "print('doc ' + { a: 1, b: [1] }, `${{ a: 1 }}`, 'x' + ObjectId('64f000000000000000000001'))",
            "doc { a: 1, b: [ 1 ] } { a: 1 } x64f000000000000000000001",
        ),
        (
            "try { print({ a: 1 } * 2) } catch (e) { print(e.name, e.message) }",
            "TypeError `*` does not take a document",
        ),
    ]);
}

#[test]
fn switch_by_value() {
    table(&[
        (
            "switch (NumberLong(2)) { case 1: print('one'); break; case 2: print('two'); break; default: print('other') }",
            "two",
        ),
        (
            "switch (Double(2)) { case 2: print('two'); break; default: print('other') }",
            "two",
        ),
        (
            "let x = switch NumberInt(2) { 1 => 'one', 2 => 'two', _ => 'other' }; print(x)",
            "two",
        ),
        (
            "let x = switch 1.5 + 0.5 { 2 => 'two', _ => 'other' }; print(x)",
            "two",
        ),
    ]);
}
