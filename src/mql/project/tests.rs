use bson::{Bson, Document};

use super::Projection;
use crate::mql::cases::{self, Case};
use crate::mql::error::Result;
use crate::mql::matching::Matcher;

/// Answers a find with a projection and a pipeline of one projecting stage.
fn answer(case: &Case) -> Option<Result<Bson>> {
    let docs = if let Ok(find) = case.line.get_document("find") {
        find_docs(case, find)
    } else {
        pipeline(case, case.line.get_array("pipeline").ok()?)
    };
    Some(docs.map(|docs| {
        docs.into_iter()
            .map(Bson::Document)
            .collect::<Vec<_>>()
            .into()
    }))
}

fn find_docs(case: &Case, find: &Document) -> Result<Vec<Document>> {
    let env = cases::env(case);
    let empty = Document::new();
    let spec = find.get_document("projection").unwrap_or(&empty);
    let filter = find.get_document("filter").unwrap_or(&empty);
    let matcher = Matcher::parse(filter, &env)?;
    let projection = Projection::parse_find_of(spec, filter, &env)?;
    let mut found = Vec::new();
    for doc in &case.docs {
        if let Some(at) = matcher.matches_at(doc)? {
            let projected = projection.apply(doc, at.index, &env)?;
            if projection.is_selection() {
                let raw = bson::RawDocumentBuf::try_from(doc).unwrap();
                assert_eq!(projection.select(&raw)?, projected.to_vec().unwrap());
            }
            found.push(projected);
        }
    }
    Ok(found)
}

fn pipeline(case: &Case, stages: &[Bson]) -> Result<Vec<Document>> {
    let env = cases::env(case);
    let mut docs = case.docs.clone();
    for stage in stages.iter().filter_map(Bson::as_document) {
        let (name, spec) = stage.iter().next().unwrap();
        let projection = match name.as_str() {
            "$project" => Projection::parse_project(spec, &env)?,
            "$unset" => Projection::parse_unset(spec, &env)?,
            stage => Projection::parse_add_fields(spec, stage, &env)?,
        };
        for doc in &mut docs {
            *doc = projection.apply(doc, None, &env)?;
        }
    }
    Ok(docs)
}

macro_rules! tables {
    ($($name:ident)*) => {$(
        #[test]
        fn $name() {
            cases::check(concat!("project/", stringify!($name), ".jsonl"), answer);
        }
    )*};
}

#[allow(non_snake_case)]
mod table {
    use super::*;

    tables! { addFields elemMatch find positional project slice unset }
}
