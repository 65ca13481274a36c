//! All operators by name.

use std::sync::LazyLock;

use super::operator::Operator;
use super::{
    arithmetic, array, boolean, comparison, conditional, convert, date, each, field, hashed, misc,
    object, pieces, powers, reduce, rounding, set, sort_array, string, take, timestamp, totals,
    trigonometry, types, variables, zip,
};

/// The families. A new one is added here.
static FAMILIES: &[&[Operator]] = &[
    arithmetic::OPERATORS,
    array::OPERATORS,
    boolean::OPERATORS,
    comparison::OPERATORS,
    conditional::OPERATORS,
    convert::OPERATORS,
    each::OPERATORS,
    field::OPERATORS,
    hashed::OPERATORS,
    misc::OPERATORS,
    object::OPERATORS,
    pieces::OPERATORS,
    powers::OPERATORS,
    reduce::OPERATORS,
    rounding::OPERATORS,
    set::OPERATORS,
    sort_array::OPERATORS,
    timestamp::OPERATORS,
    take::OPERATORS,
    totals::OPERATORS,
    trigonometry::OPERATORS,
    types::OPERATORS,
    variables::OPERATORS,
    zip::OPERATORS,
];

/// The families that have a folder.
static FOLDERS: &[&[&[Operator]]] = &[FAMILIES, date::OPERATORS, string::OPERATORS];

/// The operators in the order of their names.
static SORTED: LazyLock<Vec<&'static Operator>> = LazyLock::new(|| {
    let mut all: Vec<&Operator> = FOLDERS
        .iter()
        .copied()
        .flatten()
        .copied()
        .flatten()
        .collect();
    all.sort_by_key(|operator| operator.name);
    all
});

/// What the server has and this has not, with the reason.
static REFUSED: &[(&str, &str)] = &[
    (
        "$_internalFindAllValuesAtPath",
        "an operator of the server's own",
    ),
    ("$_internalJsEmit", "there is no JavaScript engine here"),
    ("$function", "there is no JavaScript engine here"),
];

/// An operator by its name.
pub(super) fn find(name: &str) -> Option<&'static Operator> {
    let found = SORTED.binary_search_by_key(&name, |operator| operator.name);
    found.ok().and_then(|place| SORTED.get(place).copied())
}

/// Why an operator that the server has is refused.
pub(super) fn refused(name: &str) -> Option<&'static str> {
    let found = REFUSED.iter().find(|(n, _)| *n == name);
    found.map(|(_, why)| *why)
}

/// Whether the server has an operator of this name, supported here or not.
pub fn is_operator(name: &str) -> bool {
    find(name).is_some() || refused(name).is_some()
}

/// The names of all operators, for the documentation of what is supported.
pub fn names() -> impl Iterator<Item = &'static str> {
    SORTED.iter().map(|operator| operator.name)
}

/// What the server has and this has not, with the reason.
pub fn refused_names() -> impl Iterator<Item = (&'static str, &'static str)> {
    REFUSED.iter().copied()
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_name_is_there_once() {
        let names: Vec<_> = super::names().collect();
        assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{names:?}");
        assert!(names.iter().all(|name| super::refused(name).is_none()));
    }
}
