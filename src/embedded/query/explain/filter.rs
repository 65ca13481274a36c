//! Filters as `explain` shows them: every operator written out, the parts in the server's order.

use bson::{Bson, Document, doc};

use crate::mql::matching::{BitsOp, InList, Predicate, RegexTest, Test};

/// A filter written out. An empty one is an empty document.
#[must_use]
pub fn shown(predicate: &Predicate) -> Document {
    match predicate {
        Predicate::And(all) if all.is_empty() => Document::new(),
        Predicate::And(all) => list("$and", all),
        Predicate::Or(some) => list("$or", some),
        Predicate::Nor(none) => match &none[..] {
            [Predicate::Field { path, test }] => negated(path.as_str(), test),
            _ => list("$nor", none),
        },
        Predicate::Not(inner) => match &**inner {
            Predicate::Field { path, test } => negated(path.as_str(), test),
            other => list("$nor", std::slice::from_ref(other)),
        },
        Predicate::Field { path, test } => doc! { path.as_str(): tested(test) },
        Predicate::Expr(expr) => doc! { "$expr": expr.to_bson() },
        Predicate::JsonSchema(_) => doc! { "$jsonSchema": {} },
        Predicate::Always(true) => doc! { "$alwaysTrue": 1 },
        Predicate::Always(false) => doc! { "$alwaysFalse": 1 },
        Predicate::SampleRate(rate) => doc! { "$sampleRate": *rate },
    }
}

/// Several parts of one filter.
#[must_use]
pub(super) fn all_of(parts: &[&Predicate]) -> Option<Document> {
    match parts {
        [] => None,
        [only] => Some(shown(only)),
        many => Some(doc! { "$and": in_order(many) }),
    }
}

fn list(name: &str, parts: &[Predicate]) -> Document {
    let parts: Vec<&Predicate> = parts.iter().collect();
    doc! { name: in_order(&parts) }
}

fn in_order(parts: &[&Predicate]) -> Vec<Document> {
    ordered(parts.to_vec()).into_iter().map(shown).collect()
}

/// The parts of a filter as the server sorts them.
#[must_use]
pub fn ordered(mut parts: Vec<&Predicate>) -> Vec<&Predicate> {
    parts.sort_by(|a, b| a.order(b));
    parts
}

fn negated(path: &str, test: &Test) -> Document {
    doc! { path: { "$not": tested(test) } }
}

fn tested(test: &Test) -> Document {
    match test {
        Test::Compare(comparison) => doc! { comparison.op.name(): comparison.value.clone() },
        Test::In(values) => doc! { "$in": in_list(values) },
        Test::Exists => doc! { "$exists": true },
        Test::Type(types) => doc! { "$type": types.codes().map(Bson::Int32).collect::<Vec<_>>() },
        Test::Regex(regex) => regex_shown(regex),
        Test::Mod(modulo) => doc! { "$mod": [number(modulo.divisor), number(modulo.remainder)] },
        Test::Size(size) => doc! { "$size": *size },
        Test::Bits(bits) => {
            let name = match bits.op {
                BitsOp::AllSet => "$bitsAllSet",
                BitsOp::AllClear => "$bitsAllClear",
                BitsOp::AnySet => "$bitsAnySet",
                BitsOp::AnyClear => "$bitsAnyClear",
            };
            let places = bits.positions.iter().map(|place| number(i64::from(*place)));
            doc! { name: places.collect::<Vec<_>>() }
        }
        Test::ElemMatchObject(filter) => doc! { "$elemMatch": shown(filter) },
        Test::ElemMatchValue(tests) => doc! { "$elemMatch": element_tests(tests) },
    }
}

/// The tests of an element have no path of their own.
fn element_tests(tests: &Predicate) -> Document {
    match tests {
        Predicate::And(all) => {
            let mut parts: Vec<&Predicate> = all.iter().collect();
            parts.sort_by(|a, b| a.order(b));
            parts.into_iter().flat_map(element_tests).collect()
        }
        Predicate::Field { test, .. } => tested(test),
        Predicate::Not(inner) => doc! { "$not": element_tests(inner) },
        other => shown(other),
    }
}

fn in_list(list: &InList) -> Vec<Bson> {
    let regexes = list
        .regexes
        .iter()
        .map(|regex| Bson::Document(regex_shown(regex)));
    list.values.iter().cloned().chain(regexes).collect()
}

fn regex_shown(regex: &RegexTest) -> Document {
    let mut shown = doc! { "$regex": &regex.pattern };
    if !regex.options.is_empty() {
        shown.insert("$options", &regex.options);
    }
    shown
}

fn number(n: i64) -> Bson {
    i32::try_from(n).map_or(Bson::Int64(n), Bson::Int32)
}
