//! The law of this room: a document that a script reads and writes back is the same bytes.

use bson::raw::{CString, RawElement, RawJavaScriptCodeWithScope};
use bson::spec::BinarySubtype;
use bson::{Binary, DateTime, Decimal128, RawArrayBuf, RawBson, RawDocumentBuf, Regex, Timestamp};
use proptest::prelude::*;
use rhai::Dynamic;

use super::{document, document_to_raw};

/// Any scalar of BSON, every bit pattern of doubles and decimals included.
fn scalar() -> impl Strategy<Value = RawBson> {
    let name = "[a-z]{0,6}";
    prop_oneof![
        any::<u64>().prop_map(|bits| RawBson::Double(f64::from_bits(bits))),
        prop_oneof![Just(5.0), Just(-0.0), Just(0.0), Just(f64::NAN)].prop_map(RawBson::Double),
        any::<String>().prop_map(RawBson::String),
        any::<bool>().prop_map(RawBson::Boolean),
        Just(RawBson::Null),
        Just(RawBson::Undefined),
        Just(RawBson::MinKey),
        Just(RawBson::MaxKey),
        any::<i32>().prop_map(RawBson::Int32),
        any::<i64>().prop_map(RawBson::Int64),
        (-5_i64..5).prop_map(RawBson::Int64),
        any::<[u8; 12]>().prop_map(|b| RawBson::ObjectId(bson::oid::ObjectId::from_bytes(b))),
        any::<i64>().prop_map(|ms| RawBson::DateTime(DateTime::from_millis(ms))),
        any::<[u8; 16]>().prop_map(|b| RawBson::Decimal128(Decimal128::from_bytes(b))),
        any::<(u32, u32)>()
            .prop_map(|(time, increment)| RawBson::Timestamp(Timestamp { time, increment })),
        binary(),
        (name, "[ims]{0,3}").prop_map(|(pattern, options)| {
            RawBson::RegularExpression(Regex {
                pattern: cstring(pattern),
                options: cstring(options),
            })
        }),
        name.prop_map(RawBson::JavaScriptCode),
        name.prop_map(RawBson::Symbol),
    ]
}

fn cstring(text: String) -> CString {
    CString::try_from(text).unwrap()
}

fn binary() -> impl Strategy<Value = RawBson> {
    // Subtype 2 has a length of its own inside, which the driver makes.
    let subtype = any::<u8>().prop_filter("not the old subtype", |n| *n != 2);
    (subtype, prop::collection::vec(any::<u8>(), 0..20)).prop_map(|(subtype, bytes)| {
        RawBson::Binary(Binary {
            subtype: BinarySubtype::from(subtype),
            bytes,
        })
    })
}

/// Any value: scalars, arrays, documents, code with a scope.
fn value() -> impl Strategy<Value = RawBson> {
    scalar().prop_recursive(5, 60, 6, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(|items| {
                let mut array = RawArrayBuf::new();
                items.into_iter().for_each(|item| array.push(item));
                RawBson::Array(array)
            }),
            fields(inner.clone()).prop_map(RawBson::Document),
            fields(inner).prop_map(|scope| {
                RawBson::JavaScriptCodeWithScope(RawJavaScriptCodeWithScope {
                    code: "x".into(),
                    scope,
                })
            }),
        ]
    })
}

/// A document; keys may repeat, be empty, or be anything without a NUL.
fn fields(value: impl Strategy<Value = RawBson>) -> impl Strategy<Value = RawDocumentBuf> {
    let key = prop_oneof!["[a-c]{0,2}", "[^\\x00]{1,8}"];
    prop::collection::vec((key, value), 0..24).prop_map(|fields| {
        let mut document = RawDocumentBuf::new();
        fields
            .into_iter()
            .for_each(|(key, value)| document.append(cstring(key), value));
        document
    })
}

/// One field alone, as bytes.
fn bytes(element: &RawElement<'_>) -> Vec<u8> {
    let mut alone = RawDocumentBuf::new();
    alone.append(element.key(), element.value().unwrap());
    alone.into_bytes()
}

proptest! {
    #[test]
    fn a_document_comes_back_as_the_same_bytes(raw in fields(value())) {
        let read = document(&raw).unwrap();
        prop_assert_eq!(document_to_raw(&read).unwrap().into_bytes(), raw.into_bytes());
    }

    #[test]
    fn a_change_of_one_field_leaves_the_others_as_they_were(raw in fields(value()), at in any::<prop::sample::Index>()) {
        let mut read = document(&raw).unwrap();
        let keys: Vec<_> = read.keys().cloned().collect();
        prop_assume!(!keys.is_empty());
        let key = at.get(&keys).clone();
        read.set(key.clone(), Dynamic::from("changed")).unwrap();
        let written = document_to_raw(&read).unwrap();
        // Where a key repeats, the first one is the field that a script sees.
        let changed = keys.iter().position(|k| *k == key).unwrap();
        let pairs = raw.iter_elements().zip(written.iter_elements());
        for (i, (before, after)) in pairs.enumerate() {
            let (before, after) = (before.unwrap(), after.unwrap());
            prop_assert_eq!(before.key(), after.key());
            match i == changed {
                true => prop_assert_eq!(after.value().unwrap().as_str(), Some("changed")),
                false => prop_assert_eq!(bytes(&before), bytes(&after)),
            }
        }
        prop_assert_eq!(raw.iter_elements().count(), written.iter_elements().count());
    }
}
