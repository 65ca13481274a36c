//! Over arbitrary input: nothing panics, and what is written is read back.

use bson::Bson;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::inspect::{Node, Style, inspect};
use super::{Date, Decimal, Number, Part, ejson, js};

/// Texts that look like dates, numbers or JSON, and any others.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "\\PC{0,20}",
        "[-0-9:.TZ+ GMTJanPM(),/é]{0,25}",
        "[-+0-9.eE]{0,12}",
        "[\\[\\]{}\",:$a-z0-9\\\\u ]{0,30}",
    ]
}

fn scalar() -> impl Strategy<Value = Bson> {
    prop_oneof![
        any::<i32>().prop_map(Bson::Int32),
        any::<i64>().prop_map(Bson::Int64),
        any::<f64>()
            .prop_filter("NaN is not equal to itself", |x| !x.is_nan())
            .prop_map(Bson::Double),
        any::<i64>().prop_map(|ms| Bson::DateTime(bson::DateTime::from_millis(ms))),
        any::<String>().prop_map(Bson::String),
        any::<[u8; 12]>().prop_map(|id| Bson::ObjectId(id.into())),
        (any::<u32>(), any::<u32>())
            .prop_map(|(time, increment)| Bson::Timestamp(bson::Timestamp { time, increment })),
        (any::<u8>(), any::<Vec<u8>>()).prop_map(|(t, bytes)| Bson::Binary(bson::Binary {
            subtype: t.into(),
            bytes
        })),
        any::<String>().prop_map(Bson::Symbol),
        any::<String>().prop_map(Bson::JavaScriptCode),
        Just(Bson::Null),
        Just(Bson::Undefined),
        Just(Bson::MinKey),
    ]
}

fn value() -> impl Strategy<Value = Bson> {
    scalar().prop_recursive(4, 30, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..9).prop_map(Bson::Array),
            prop::collection::vec(("[a-z_-]{0,6}", inner), 0..6)
                .prop_map(|fields| Bson::Document(fields.into_iter().collect())),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn no_text_panics(text in text()) {
        let zone = TimeZone::get("Europe/Berlin").unwrap();
        let date = Date::parse(&text, &zone);
        let _ = (Date::parse_isodate(&text), text.parse::<Decimal>(), ejson::parse(&text));
        let _ = (js::to_number(&text), js::parse_float(&text), js::parse_int(&text, 0));
        prop_assert!(date.is_none_or(Date::is_valid));
    }

    #[test]
    fn no_date_panics(ms in any::<i64>(), x in any::<f64>(), y in -400_000.0..400_000.0_f64) {
        let zone = TimeZone::get("America/New_York").unwrap();
        let date = Date(ms);
        let _ = (date.to_iso(), date.to_js_string(&zone), date.to_locale_string(&zone));
        for part in [Part::FullYear, Part::Month, Part::Date, Part::Hours, Part::Milliseconds] {
            let _ = (date.get(part, &zone), date.with(part, &[x, y], &zone), date.with(part, &[y], &zone));
        }
        let small = Date(ms % 8_640_000_000_000_000);
        prop_assert_eq!(Date::parse(&small.to_iso(), &zone), Some(small));
    }

    #[test]
    fn printed_dates_are_read_back(seconds in -58_000_000_000_i64..250_000_000_000) {
        // Years below 100 are read as of this century, as V8 does. Before 1883 the zone's offset has seconds, which the printed form leaves out.
        let zone = TimeZone::get("America/New_York").unwrap();
        let date = Date(seconds * 1000);
        prop_assert_eq!(Date::parse(&date.to_utc_string(), &zone), Some(date));
        if seconds > -2_000_000_000 {
            prop_assert_eq!(Date::parse(&date.to_js_string(&zone), &zone), Some(date));
        }
    }

    #[test]
    fn numbers_are_read_back(x in any::<f64>(), bytes in any::<[u8; 16]>(), radix in 2_u32..37) {
        if !x.is_nan() {
            prop_assert_eq!(js::to_number(&js::js_number(x)), x);
        }
        let _ = (js::to_radix(x, radix), js::to_fixed(x, 20), js::to_precision(x, 21));
        let decimal = Decimal(bson::Decimal128::from_bytes(bytes));
        let back: Decimal = decimal.to_string().parse().unwrap();
        prop_assert!(back == decimal || decimal.is_nan());
        let numbers = [Number::Decimal(decimal), Number::Double(x)];
        let _ = (numbers[0] % numbers[1], numbers[1] % numbers[0], numbers[0] / numbers[1]);
    }

    #[test]
    fn extended_json_is_read_back(value in value()) {
        for indent in ["", "  "] {
            let text = ejson::stringify(&value, ejson::Mode::Canonical, indent).unwrap();
            prop_assert_eq!(&ejson::parse(&text).unwrap(), &value);
        }
        let extended = ejson::serialize(&value, ejson::Mode::Canonical).unwrap();
        prop_assert_eq!(ejson::deserialize(&extended).unwrap(), value);
    }

    #[test]
    fn every_value_prints(value in value()) {
        let node = Node::from(&value);
        for style in [Style::pretty(), Style::expanded(), Style::one_line()] {
            let plain = inspect(&node, &style);
            prop_assert!(inspect(&node, &style.with_colors(true)).len() >= plain.len());
        }
    }
}
