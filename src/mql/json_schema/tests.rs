use bson::Bson;

use crate::mql::cases;
use crate::mql::matching::Matcher;

#[test]
fn as_the_server_judges() {
    let folder = format!("{}/tests/cases/json_schema", env!("CARGO_MANIFEST_DIR"));
    for file in std::fs::read_dir(folder).unwrap() {
        let name = file.unwrap().file_name().into_string().unwrap();
        // What is refused is explained by the tests of `matching::explain`.
        if !name.starts_with("explained") {
            table(&format!("json_schema/{name}"));
        }
    }
}

fn table(name: &str) {
    cases::check(name, |case| {
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
