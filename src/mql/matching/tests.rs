use bson::Bson;

use super::*;
use crate::mql::cases;

/// A table in `tests/cases/match`.
fn table(name: &str) {
    cases::check(&format!("match/{name}.jsonl"), |case| {
        let filter = case.line.get_document("match").ok()?;
        let env = cases::env(case);
        let matching = || {
            let matcher = Matcher::parse(filter, &env)?;
            let mut ids = Vec::new();
            for document in &case.docs {
                if matcher.matches(document)? {
                    ids.push(document.get("_id").cloned().unwrap_or(Bson::Null));
                }
            }
            Ok(Bson::Array(ids))
        };
        Some(matching())
    });
}

macro_rules! tables {
    ($($test:ident = $name:literal,)*) => {
        $(#[test] fn $test() { table($name); })*

        /// Each file in the folder has its test.
        #[test]
        fn every_table_is_tested() {
            let folder = format!("{}/tests/cases/match", env!("CARGO_MANIFEST_DIR"));
            for file in std::fs::read_dir(folder).unwrap() {
                let name = file.unwrap().file_name().into_string().unwrap();
                let name = name.trim_end_matches(".jsonl");
                assert!([$($name),*].contains(&name), "{name}");
            }
        }
    };
}

tables! {
    all = "all",
    and = "and",
    bits_all_clear = "bitsAllClear",
    bits_all_set = "bitsAllSet",
    bits_any_clear = "bitsAnyClear",
    bits_any_set = "bitsAnySet",
    constant = "constant",
    elem_match = "elemMatch",
    eq = "eq",
    equality = "equality",
    exists = "exists",
    expr = "expr",
    gt = "gt",
    gte = "gte",
    in_list = "in",
    lt = "lt",
    lte = "lte",
    modulo = "mod",
    ne = "ne",
    nin = "nin",
    nor = "nor",
    not = "not",
    or = "or",
    paths = "paths",
    regex = "regex",
    size = "size",
    type_of = "type",
    unknown = "unknown",
}
