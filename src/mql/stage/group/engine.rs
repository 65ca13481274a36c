//! The other engine's errors.
//!
//! A 6.0 server runs a pipeline's first `$group` in its newer engine (SBE) if that knows all expressions in it.
//! The results are the same, but its errors have codes and texts of their own. Here there is one engine; what
//! such a group says is put into the other's words.

use bson::{Bson, Document};

use crate::mql::Error;

/// The expressions and accumulators that the other engine knows.
const KNOWN: &[&str] = &[
    "$abs",
    "$acos",
    "$acosh",
    "$add",
    "$addToSet",
    "$and",
    "$anyElementTrue",
    "$arrayElemAt",
    "$asin",
    "$asinh",
    "$atan",
    "$atan2",
    "$atanh",
    "$avg",
    "$bsonSize",
    "$ceil",
    "$cmp",
    "$concat",
    "$concatArrays",
    "$cond",
    "$cos",
    "$cosh",
    "$count",
    "$dateAdd",
    "$dateDiff",
    "$dateFromParts",
    "$dateSubtract",
    "$dateToParts",
    "$dayOfMonth",
    "$dayOfWeek",
    "$dayOfYear",
    "$degreesToRadians",
    "$divide",
    "$eq",
    "$exp",
    "$filter",
    "$first",
    "$floor",
    "$gt",
    "$gte",
    "$ifNull",
    "$indexOfBytes",
    "$indexOfCP",
    "$isArray",
    "$isNumber",
    "$last",
    "$let",
    "$literal",
    "$ln",
    "$log10",
    "$lt",
    "$lte",
    "$max",
    "$mergeObjects",
    "$min",
    "$mod",
    "$multiply",
    "$ne",
    "$not",
    "$or",
    "$push",
    "$radiansToDegrees",
    "$range",
    "$regexFind",
    "$regexFindAll",
    "$regexMatch",
    "$replaceOne",
    "$reverseArray",
    "$setDifference",
    "$setIntersection",
    "$setUnion",
    "$sin",
    "$sinh",
    "$sqrt",
    "$stdDevPop",
    "$stdDevSamp",
    "$sum",
    "$switch",
    "$tan",
    "$tanh",
    "$toLower",
    "$toUpper",
    "$tsIncrement",
    "$tsSecond",
];

/// Whether the other engine would run such a `$group` (or what becomes one).
pub(super) fn knows(spec: &Document) -> bool {
    spec.iter().all(|(name, value)| {
        let stage = matches!(
            name.as_str(),
            "$group" | "$bucket" | "$count" | "$sortByCount"
        );
        (stage || !name.starts_with('$') || KNOWN.binary_search(&name.as_str()).is_ok())
            && knows_value(name, value)
    })
}

fn knows_value(name: &str, value: &Bson) -> bool {
    match value {
        _ if name == "$literal" => true,
        // Accumulators of the same names take one argument; the expressions, which take several, are not known.
        Bson::Array(_) if ["$max", "$min", "$sum", "$avg", "$mergeObjects"].contains(&name) => {
            false
        }
        Bson::Document(inner) => knows(inner),
        Bson::Array(items) => items.iter().all(|item| match item {
            Bson::Array(_) => false,
            item => knows_value("", item),
        }),
        _ => true,
    }
}

/// An error of evaluating a group in the other engine's words.
pub(super) fn in_its_words(error: Error) -> Error {
    match translated(&error) {
        Some((code, message)) => Error::new(code, message),
        None => error,
    }
}

fn translated(error: &Error) -> Option<(i32, String)> {
    let text = error.message.as_str();
    let operator = text.split_whitespace().find_map(|word| {
        let end = word.find(['\'', '\u{2019}']).unwrap_or(word.len());
        word.get(..end).filter(|word| word.starts_with('$'))
    });
    let simple = SIMPLE
        .iter()
        .find(|(code, begin, ..)| *code == error.code && text.starts_with(begin));
    if let Some((_, _, code, message)) = simple {
        return Some((*code, (*message).to_owned()));
    }
    let operator = operator.unwrap_or_default();
    match error.code {
        28765 => numeric(operator),
        50989 => {
            let (_, bounds) = text.rsplit_once("value must be in ")?;
            let bounds = bounds.replace(',', ", ");
            Some((
                4_995_503,
                format!("Cannot apply {operator}, value must be in {bounds}"),
            ))
        }
        16007 => Some((5_066_300, "$toUpper input type is not supported".to_owned())),
        51104 => Some((
            5_073_401,
            format!("{operator}: input must be of type string"),
        )),
        51105 => Some((
            5_126_601,
            format!("{operator}: regex pattern must have either string or BSON RegEx type"),
        )),
        51106 => Some((
            5_126_603,
            format!("{operator}: regex flags must have either string or null type"),
        )),
        17043 | 17047 | 17048 | 17049 => Some((
            5_126_900,
            format!("All operands of {operator} must be arrays."),
        )),
        40091 | 40093 => Some((
            5_075_300,
            format!("{operator} string must resolve to a string or null"),
        )),
        40092 | 40094 => Some((
            5_075_302,
            format!("{operator} substring must resolve to a string"),
        )),
        51744..=51746 => {
            let (begin, _) = text.split_once(", found")?;
            Some((5_154_400, begin.to_owned()))
        }
        40515 => {
            let (name, _) = text.split_once(" must evaluate to an integer")?;
            Some((4_848_979, format!("{name} must evaluate to an integer")))
        }
        5_166_403 => Some((
            5_166_603,
            format!("{operator} must have startDate argument convertable to date"),
        )),
        28689 if operator != "$arrayElemAt" => {
            Some((5_126_704, format!("{operator} argument must be an array")))
        }
        _ => None,
    }
}

/// `$abs only supports numeric types, not string`
fn numeric(operator: &str) -> Option<(i32, String)> {
    let supports = |code| Some((code, format!("{operator} supports only numeric types")));
    let code = match operator {
        "$abs" => 4_903_700,
        "$ceil" => 4_903_702,
        "$exp" => 4_903_703,
        "$floor" => 4_903_704,
        "$ln" => 4_903_705,
        "$log10" => 4_903_707,
        "$sqrt" => 4_903_709,
        "$acos" | "$asin" | "$cos" | "$sin" | "$tan" => return supports(4_995_502),
        _ => return supports(4_995_501),
    };
    Some((code, format!("{operator} only supports numeric types")))
}

/// Errors whose texts in the other engine name nothing: code and beginning here, code and text there.
const SIMPLE: &[(i32, &str, i32, &str)] = &[
    (
        2,
        "can't $divide by zero",
        4_848_401,
        "can't $divide by zero",
    ),
    (
        14,
        "$divide only",
        5_073_101,
        "$divide only supports numeric types",
    ),
    (
        14,
        "$multiply only",
        5_073_102,
        "only numbers are allowed in an $multiply expression",
    ),
    (
        16554,
        "$add only",
        4_974_201,
        "only numbers and dates are allowed in an $add expression",
    ),
    (
        16612,
        "only one date",
        4_974_202,
        "only one date allowed in an $add expression",
    ),
    (16610, "can't $mod", 4_848_403, "can't $mod by zero"),
    (
        16611,
        "$mod only",
        5_154_000,
        "$mod only supports numeric types",
    ),
    (
        28766,
        "$ln's",
        4_903_706,
        "$ln's argument must be a positive number",
    ),
    (
        28761,
        "$log10's",
        4_903_708,
        "$log10's argument must be a positive number",
    ),
    (
        28714,
        "$sqrt's",
        4_903_710,
        "$sqrt's argument must be greater than or equal to 0",
    ),
    (
        16702,
        "$concat only",
        5_073_001,
        "$concat supports only strings",
    ),
    (
        28689,
        "$arrayElemAt's",
        5_126_701,
        "$arrayElemAt first argument must be an array",
    ),
    (
        28690,
        "$arrayElemAt's",
        5_126_702,
        "$arrayElemAt second argument must be a number",
    ),
    (
        28691,
        "$arrayElemAt's",
        5_126_703,
        "$arrayElemAt second argument cannot be represented as a 32-bit integer",
    ),
    (
        40066,
        "$switch could",
        4_934_200,
        "$switch could not find a matching branch for an input, and no default was specified.",
    ),
    (
        28651,
        "input to $filter",
        5_073_201,
        "input to $filter must be an array",
    ),
    (
        28664,
        "$concatArrays only",
        5_153_400,
        "$concatArrays only supports arrays",
    ),
    (
        34435,
        "The argument to $reverseArray",
        5_154_901,
        "$reverseArray argument must be an array",
    ),
    (
        17041,
        "$anyElementTrue's",
        5_159_200,
        "$anyElementTrue's argument must be an array",
    ),
    (
        34443,
        "$range requires",
        5_154_300,
        "$range only supports numeric types for start",
    ),
    (
        34445,
        "$range requires",
        5_154_301,
        "$range only supports numeric types for end",
    ),
    (
        34447,
        "$range requires",
        5_154_302,
        "$range only supports numeric types for step",
    ),
    (
        34449,
        "$range requires",
        5_154_306,
        "$range requires a non-zero step value",
    ),
    (
        31393,
        "$bsonSize requires",
        5_043_001,
        "$bsonSize requires a document input",
    ),
    (
        51044,
        "$atan2 only",
        5_688_500,
        "$atan2 supports only numeric types",
    ),
    (
        5_687_301,
        "",
        5_687_400,
        "$tsSecond expects argument of type timestamp",
    ),
    (
        5_687_302,
        "",
        5_687_401,
        "$tsIncrement expects argument of type timestamp",
    ),
    (
        5_166_307,
        "$dateDiff requires 'startDate'",
        5_166_500,
        "$dateDiff parameter 'startDate' must be coercible to date",
    ),
    (
        5_166_307,
        "$dateDiff requires 'endDate'",
        5_166_501,
        "$dateDiff parameter 'endDate' must be coercible to date",
    ),
    (
        40400,
        "$mergeObjects requires",
        5_911_200,
        "$mergeObjects only supports objects",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_are_sorted() {
        assert!(KNOWN.is_sorted());
    }
}
