//! Against js-bson 7.3, the library mongosh 2.12 uses: `written.jsonl` holds values and what `EJSON.stringify`
//! makes of them, `read.jsonl` texts and what `EJSON.parse` makes of them (null where it throws).

use bson::{Bson, doc};
use serde::Deserialize;

use super::*;

#[derive(Deserialize)]
struct Written {
    value: Bson,
    relaxed: String,
    canonical: String,
    indented: Option<String>,
}

#[test]
fn written_as_js_bson_does() {
    let mut wrong = Vec::new();
    for line in include_str!("written.jsonl").lines() {
        // The bson crate's reader, so that a mistake of ours cannot hide in both directions.
        let case: Written = serde_json::from_str(line).unwrap();
        let mut check = |mode, indent, expected: &str| {
            let found = stringify(&case.value, mode, indent).unwrap();
            if found != expected {
                wrong.push(format!("{found}\nnot {expected}"));
            }
        };
        check(Mode::Canonical, "", &case.canonical);
        check(Mode::Relaxed, "", &case.relaxed);
        if let Some(indented) = &case.indented {
            check(Mode::Relaxed, "  ", indented);
        }
        let back = stringify(&parse(&case.canonical).unwrap(), Mode::Canonical, "").unwrap();
        if back != case.canonical {
            wrong.push(format!("read back {back}\nnot {}", case.canonical));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ\n{}",
        wrong.len(),
        wrong[..wrong.len().min(9)].join("\n")
    );
}

#[derive(Deserialize)]
struct Read {
    text: String,
    canonical: Option<String>,
}

#[test]
fn read_as_js_bson_does() {
    let mut wrong = Vec::new();
    for line in include_str!("read.jsonl").lines() {
        let case: Read = serde_json::from_str(line).unwrap();
        let found = parse(&case.text).map(|value| stringify(&value, Mode::Canonical, "").unwrap());
        if found.as_ref().ok() != case.canonical.as_ref() {
            wrong.push(format!(
                "{}\n  {found:?}\n  {:?}",
                case.text, case.canonical
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
}

/// Where js-bson loses something or refuses what older tools wrote.
#[test]
fn differs_from_js_bson() {
    for (text, canonical) in [
        ("1e3", r#"{"$numberDouble":"1000.0"}"#),
        ("9007199254740993", r#"{"$numberLong":"9007199254740993"}"#),
        (
            r#"{"$binary":"aGVsbG8=","$type":"05"}"#,
            r#"{"$binary":{"base64":"aGVsbG8=","subType":"05"}}"#,
        ),
        (
            r#"{"$type":5,"$binary":"aGVsbG8="}"#,
            r#"{"$binary":{"base64":"aGVsbG8=","subType":"05"}}"#,
        ),
        (r#"{"$date":1500}"#, r#"{"$date":{"$numberLong":"1500"}}"#),
        (r#"{"$undefined":true}"#, r#"{"$undefined":true}"#),
        (
            r#"{"$dbPointer":{"$ref":"d.c","$id":{"$oid":"6b044cd2f0ce0e8ca37d27ac"}}}"#,
            r#"{"$dbPointer":{"$ref":"d.c","$id":{"$oid":"6b044cd2f0ce0e8ca37d27ac"}}}"#,
        ),
        // More keys than the notation has: a document.
        (
            r#"{"$oid":"x","a":1}"#,
            r#"{"$oid":"x","a":{"$numberInt":"1"}}"#,
        ),
        (r#""\ud83c""#, "\"\u{fffd}\""),
    ] {
        let value = parse(text).unwrap();
        assert_eq!(
            stringify(&value, Mode::Canonical, "").unwrap(),
            canonical,
            "{text}"
        );
    }
    let long = Bson::Int64(9_007_199_254_740_993);
    assert_eq!(
        stringify(&long, Mode::Relaxed, "").unwrap(),
        "9007199254740993"
    );
}

#[test]
fn json() {
    let value = doc! {
        "_id": bson::oid::ObjectId::from_bytes([1; 12]),
        "at": bson::DateTime::from_millis(0),
        "n": 5, "l": 5_i64, "x": f64::NAN, "y": 5.0,
        "b": bson::Binary { subtype: 0.into(), bytes: b"hello".to_vec() },
        "t": bson::Timestamp { time: 1, increment: 2 },
        "d": "1.50".parse::<bson::Decimal128>().unwrap(),
    };
    assert_eq!(
        stringify(&value.into(), Mode::Json, "").unwrap(),
        r#"{"_id":"010101010101010101010101","at":"1970-01-01T00:00:00.000Z","n":5,"l":5,"x":null,"y":5,"b":"aGVsbG8=","t":{"$timestamp":"4294967298"},"d":{"$numberDecimal":"1.50"}}"#
    );
    assert_eq!(
        parse_json(r#"{"$oid":5}"#).unwrap(),
        Bson::Document(doc! { "$oid": 5 })
    );
}

#[test]
fn errors_say_where() {
    for (text, message) in [
        ("", "unexpected end of the text at line 1, column 1"),
        ("[1,\n 2,]", "expected a value at line 2, column 4"),
        (
            "{\n  a: 1}",
            "expected a field name in double quotes at line 2, column 3",
        ),
        ("{\"é\" 1}", "expected a colon at line 1, column 6"),
        ("[1 2]", "expected a comma or ] at line 1, column 4"),
        ("1 x", "expected the end of the text at line 1, column 3"),
        (
            "{\"a\": {\"$oid\": 5}}",
            "$oid needs 24 hexadecimal digits at line 1, column 7",
        ),
        (
            "\"a\nb\"",
            "a control character in a string at line 1, column 3",
        ),
        (
            "{\"a\\u0000\":1}",
            "field names cannot contain null bytes at line 1, column 2",
        ),
        ("-", "unexpected end of the text at line 1, column 2"),
    ] {
        assert_eq!(parse(text).unwrap_err().to_string(), message, "{text}");
    }
}

#[test]
fn depth_is_bounded() {
    for text in ["[".repeat(10 << 20), "{\"a\":".repeat(1 << 20)] {
        assert_eq!(parse(&text).unwrap_err().kind, ErrorKind::TooDeep);
    }
    let deepest = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    let value = parse(&deepest).unwrap();
    assert_eq!(stringify(&value, Mode::Json, "").unwrap(), deepest);
    let mut deeper = value;
    for _ in 0..5 {
        deeper = Bson::Array(vec![deeper]);
    }
    assert_eq!(stringify(&deeper, Mode::Json, ""), Err(TooDeep));
    assert_eq!(deserialize(&deeper).unwrap_err().kind, ErrorKind::TooDeep);
}

#[test]
fn documents_instead_of_text() {
    let value = Bson::Document(doc! { "a": 5_i64, "b": [bson::Bson::MinKey] });
    let extended = serialize(&value, Mode::Canonical).unwrap();
    assert_eq!(
        extended,
        Bson::Document(doc! { "a": { "$numberLong": "5" }, "b": [{ "$minKey": 1 }] })
    );
    assert_eq!(deserialize(&extended).unwrap(), value);
    let wrong = Bson::Document(doc! { "$oid": "x" });
    assert_eq!(
        deserialize(&wrong).unwrap_err().to_string(),
        "$oid needs 24 hexadecimal digits"
    );
}
