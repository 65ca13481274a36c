//! `find`

use std::sync::Arc;

use bson::{Bson, Document, RawDocumentBuf, doc};

use super::context::CommandContext;
use super::fields::{Field, Fields, Kind};
use super::open::{Opening, in_context};
use super::request::Request;
use super::shown::Shown;
use super::sources::{OplogTail, RowSource, Shape, TailSource};
use super::{aggregate, collation, variables};
use crate::embedded::catalog::Collection;
use crate::embedded::cursor::Source;
use crate::embedded::engine::RecordId;
use crate::embedded::host::is_oplog;
use crate::embedded::query::{Hint, Plan, Query};
use crate::mql::error::code;
use crate::mql::matching::Matcher;
use crate::mql::project::Projection;
use crate::mql::stage::Namespace;
use crate::mql::{Deps, Env, Error, Result};

/// What the server calls the command in its messages.
const NAME: &str = "FindCommandRequest";

/// What an error while reading begins with.
const CONTEXT: &str = "Executor error during find command";

pub(super) const FIELDS: &[Field] = &[
    Field::new("filter", Kind::FindDocument),
    Field::new("projection", Kind::FindDocument),
    Field::new("sort", Kind::FindDocument),
    Field::new("hint", Kind::Any),
    Field::new("collation", Kind::FindDocument),
    Field::new("skip", Kind::SafeLong),
    Field::new("limit", Kind::SafeLong),
    Field::new("batchSize", Kind::SafeLong),
    Field::new("ntoreturn", Kind::SafeLong),
    Field::new("singleBatch", Kind::StrictBoolean),
    Field::new("allowDiskUse", Kind::StrictBoolean),
    Field::new("allowPartialResults", Kind::StrictBoolean),
    Field::new("let", Kind::Document),
    Field::new("min", Kind::FindDocument),
    Field::new("max", Kind::FindDocument),
    Field::new("returnKey", Kind::StrictBoolean),
    Field::new("showRecordId", Kind::StrictBoolean),
    Field::new("tailable", Kind::StrictBoolean),
    Field::new("oplogReplay", Kind::SafeBoolean),
    Field::new("noCursorTimeout", Kind::StrictBoolean),
    Field::new("awaitData", Kind::StrictBoolean),
    Field::new("readOnce", Kind::StrictBoolean),
    Field::new("allowSpeculativeMajorityRead", Kind::StrictBoolean),
    Field::new("$_requestResumeToken", Kind::StrictBoolean),
    Field::new("$_resumeAfter", Kind::FindDocument),
    Field::new("term", Kind::SafeLong),
    Field::new("options", Kind::Document),
    Field::new("runtimeConstants", Kind::Document),
    Field::new("legacyRuntimeConstants", Kind::Document),
    Field::new("$_internalReadAtClusterTime", Kind::Any),
];

/// A `find` that was read.
pub(super) struct Find<'a> {
    fields: Fields<'a>,
    filter: Document,
    sort: Document,
    hint: Option<Hint>,
    skip: u64,
    limit: Option<u64>,
    batch_size: Option<u64>,
    tailable: bool,
    await_data: bool,
    single: bool,
}

/// `find`
pub fn run(cx: &mut CommandContext<'_>, request: &Request) -> Result<RawDocumentBuf> {
    if let Some(express) = &request.express
        && let Some(reply) = express.run(cx, &request.db)?
    {
        return Ok(reply);
    }
    if cx.api_strict {
        check_api(request)?;
    }
    let find = Find::parse(request)?;
    let namespace = namespace(cx, request)?;
    let collection = cx.operation.view()?.collection(&namespace).cloned();
    if collection.as_ref().is_some_and(|c| c.is_view()) {
        return find.on_view(cx, request, &namespace);
    }
    if is_oplog(&namespace) {
        return find.on_oplog(cx, request, namespace);
    }
    let env = find.env(cx)?;
    find.check_transaction(cx)?;
    match collection {
        None => {
            // What is wrong with it is wrong without a collection, too.
            find.plan(None, &namespace, &env)?;
            find.projection(&env)?;
            empty(&namespace)
        }
        Some(collection) => find.open(cx, request, namespace, &collection, env),
    }
}

/// Options that are not in API version 1.
fn check_api(request: &Request) -> Result<()> {
    const OUTSIDE: [&str; 8] = [
        "awaitData",
        "max",
        "min",
        "noCursorTimeout",
        "oplogReplay",
        "returnKey",
        "showRecordId",
        "tailable",
    ];
    match request
        .body()
        .keys()
        .find(|name| OUTSIDE.contains(&name.as_str()))
    {
        Some(name) => Err(Error::new(
            code::API_STRICT_ERROR,
            format!("BSON field '{NAME}.{name}' is not allowed with apiStrict:true."),
        )),
        None => Ok(()),
    }
}

/// What the command reads: by name, or by the collection's UUID.
fn namespace(cx: &mut CommandContext<'_>, request: &Request) -> Result<Namespace> {
    if let Some(Bson::Binary(binary)) = request.body().get(&request.name)
        && let Ok(uuid) = binary.to_uuid()
    {
        let view = cx.operation.view()?;
        let found = view.catalog().by_uuid(&request.db, uuid);
        return found.map(|c| c.ns.clone()).ok_or_else(|| {
            let what = format!("Unable to resolve {uuid}");
            Error::new(code::NAMESPACE_NOT_FOUND, what)
        });
    }
    let name = request.collection()?;
    let known = name.starts_with("$cmd.") || name == "oplog.$main";
    if name.contains('$') && !known {
        return Err(Error::new(
            code::INVALID_NAMESPACE,
            format!("Invalid collection name specified '{}.{name}", request.db),
        ));
    }
    Ok(Namespace::new(&request.db, name))
}

/// The reply where there is no such collection; its fields are in another order than usual.
fn empty(namespace: &Namespace) -> Result<RawDocumentBuf> {
    let reply = doc! { "cursor": {
        "id": 0_i64, "ns": namespace.to_string(), "firstBatch": Bson::Array(Vec::new()),
    } };
    RawDocumentBuf::try_from(&reply).map_err(|e| Error::new(code::INTERNAL_ERROR, e.to_string()))
}

impl<'a> Find<'a> {
    /// Reads a command, or the one that an `explain` explains.
    pub(super) fn parse(request: &'a Request) -> Result<Self> {
        let fields = Fields::parse(NAME, request.body(), FIELDS)?;
        let skip = fields.non_negative("skip")?.unwrap_or(0);
        let limit = fields.non_negative("limit")?.filter(|n| *n > 0);
        let batch_size = fields.non_negative("batchSize")?;
        if fields.get("ntoreturn").is_some() {
            return Err(Error::new(
                5_746_102,
                "the ntoreturn find command parameter is not supported when FCV >= 5.1",
            ));
        }
        if !matches!(request.body().get(&request.name), Some(Bson::Binary(_))) {
            request.collection()?;
        }
        collation::check(fields.document("collation"))?;
        let find = Self {
            filter: fields.document("filter").cloned().unwrap_or_default(),
            sort: fields.document("sort").cloned().unwrap_or_default(),
            hint: fields.get("hint").map_or(Ok(None), Hint::parse)?,
            skip,
            limit,
            batch_size,
            tailable: fields.bool("tailable"),
            await_data: fields.bool("awaitData"),
            single: fields.bool("singleBatch"),
            fields,
        };
        find.check()?;
        Ok(find)
    }

    /// Options that exclude each other.
    fn check(&self) -> Result<()> {
        if self.sort.len() > 1 && self.sort.contains_key("$natural") {
            let shown = crate::mql::text::document(&self.sort);
            return Err(Error::bad_value(format!(
                "Cannot include '$natural' in compound sort: {shown}"
            )));
        }
        if self.await_data && !self.tailable {
            return Err(Error::failed_to_parse(
                "Cannot set 'awaitData' without also setting 'tailable'",
            ));
        }
        if let (Some(min), Some(max)) = (self.fields.document("min"), self.fields.document("max"))
            && !min.keys().eq(max.keys())
            && !min.is_empty()
            && !max.is_empty()
        {
            return Err(Error::new(
                51176,
                "min and max must have the same field names",
            ));
        }
        if !self.tailable {
            return Ok(());
        }
        let natural = self.sort.get("$natural").and_then(super::fields::long) == Some(1);
        if !self.sort.is_empty() && (!natural || self.sort.len() != 1) {
            return Err(Error::bad_value(
                "cannot use tailable option with a sort other than {$natural: 1}",
            ));
        }
        if self.single {
            return Err(Error::bad_value(
                "cannot use tailable option with the 'singleBatch' option",
            ));
        }
        Ok(())
    }

    fn check_transaction(&self, cx: &CommandContext<'_>) -> Result<()> {
        if self.tailable && cx.operation.in_transaction() {
            return Err(Error::new(
                code::INVALID_OPTIONS,
                "It is illegal to open a tailable cursor in a transaction",
            ));
        }
        Ok(())
    }

    pub(super) fn env(&self, cx: &CommandContext<'_>) -> Result<Env> {
        let mut env = cx.env.clone();
        env.allow_disk_use = match self.fields.get("allowDiskUse") {
            Some(allowed) => super::fields::truth(allowed),
            None => true,
        };
        variables::declare(env, self.fields.document("let"))
    }

    fn projection(&self, env: &Env) -> Result<Option<Projection>> {
        let projection = self.fields.document("projection").filter(|p| !p.is_empty());
        projection
            .map(|p| Projection::parse_find_of(p, &self.filter, env))
            .transpose()
    }

    /// The plan, with what is decoded for the projection.
    fn plan(
        &self,
        collection: Option<&Arc<Collection>>,
        namespace: &Namespace,
        env: &Env,
    ) -> Result<Plan> {
        let query = self.query(env)?;
        Plan::choose(collection, query, env).map_err(|e| self.unplanned(e, namespace))
    }

    /// The server shows the whole query when it has no plan for it.
    fn unplanned(&self, error: Error, namespace: &Namespace) -> Error {
        self.shown().planning(error, namespace)
    }

    fn shown(&self) -> Shown<'_> {
        Shown {
            batch_size: self.batch_size,
            limit: self.limit,
            skip: self.skip,
            filter: Some(&self.filter),
            sort: Some(&self.sort),
            projection: self.fields.document("projection"),
            collation: false,
        }
    }

    /// What is asked of the collection.
    pub(super) fn query(&self, env: &Env) -> Result<Query> {
        let matcher = Matcher::parse(&self.filter, env)?;
        let mut query = Query::new(self.filter.clone(), matcher);
        // Whole fields are taken from the bytes.
        let numbered = self.fields.bool("showRecordId");
        let projection = self.projection(env)?;
        if let Some(projection) = projection.filter(|p| numbered || !p.is_selection()) {
            projection.deps(&mut query.needs);
        }
        query.sort = (!self.sort.is_empty()).then(|| self.sort.clone());
        query.skip = self.skip;
        query.limit = self.limit;
        query.hint = self.hint.clone();
        query.min = self
            .fields
            .document("min")
            .filter(|m| !m.is_empty())
            .cloned();
        query.max = self
            .fields
            .document("max")
            .filter(|m| !m.is_empty())
            .cloned();
        query.return_key = self.fields.bool("returnKey");
        query.record_id = self.fields.bool("showRecordId");
        query.projection = self.fields.document("projection").cloned();
        Ok(query)
    }

    fn shape(&self, env: &Env) -> Result<Shape> {
        Ok(Shape {
            projection: self.projection(env)?,
            return_key: self.fields.bool("returnKey"),
            record_id: self.fields.bool("showRecordId"),
            env: env.clone(),
        })
    }

    fn open(
        &self,
        cx: &mut CommandContext<'_>,
        request: &Request,
        namespace: Namespace,
        collection: &Arc<Collection>,
        env: Env,
    ) -> Result<RawDocumentBuf> {
        let source = match self.tailable {
            true => self.tail(cx, &namespace, collection, &env)?,
            false => {
                let plan = self.plan(Some(collection), &namespace, &env)?;
                let view = cx.operation.view()?;
                let rows = plan.run(&view, &env).map_err(|e| in_context(e, CONTEXT))?;
                let shape = self.shape(&env)?;
                Box::new(RowSource {
                    rows,
                    shape,
                    left: self.known_count(),
                })
            }
        };
        let mut opening = Opening::new(namespace, source, CONTEXT);
        opening.batch_size = self.batch_size;
        opening.single = self.single;
        opening.tailable = self.tailable;
        opening.await_data = self.await_data;
        opening.no_timeout = self.fields.bool("noCursorTimeout");
        opening.open(cx, request)
    }

    /// After how many rows it is known that there are no more: a limit, or one `_id`.
    fn known_count(&self) -> Option<u64> {
        let by_id = self.filter.len() == 1
            && self.filter.get("_id").is_some_and(|id| match id {
                Bson::Document(d) => !d.keys().any(|k| k.starts_with('$')),
                Bson::Array(_) | Bson::RegularExpression(_) => false,
                _ => true,
            });
        if by_id && self.sort.is_empty() && self.hint.is_none() {
            return Some(1);
        }
        self.limit
    }

    fn tail(
        &self,
        cx: &mut CommandContext<'_>,
        namespace: &Namespace,
        collection: &Arc<Collection>,
        env: &Env,
    ) -> Result<Box<dyn Source>> {
        if collection.capped.is_none() {
            const WHAT: &str = "tailable cursor requested on non capped collection";
            return Err(Error::bad_value(self.shown().before(namespace, WHAT)));
        }
        let mut matcher_needs = Deps::default();
        matcher_needs.whole_document();
        Ok(Box::new(TailSource {
            engine: cx.engine.clone(),
            namespace: namespace.clone(),
            collection: collection.clone(),
            matcher: Matcher::parse(&self.filter, env)?,
            shape: self.shape(env)?,
            last: RecordId(0),
            seen: cx.engine.oplog().last(),
            rows: None,
            skip: self.skip,
            left: self.limit,
        }))
    }

    /// The history (`local.oplog.rs`) is no collection, but reads like one.
    fn on_oplog(
        &self,
        cx: &mut CommandContext<'_>,
        request: &Request,
        namespace: Namespace,
    ) -> Result<RawDocumentBuf> {
        let env = self.env(cx)?;
        if !self.tailable {
            return self.aggregated(cx, request, &namespace, env);
        }
        let source = OplogTail {
            engine: cx.engine.clone(),
            matcher: Matcher::parse(&self.filter, &env)?,
            shape: self.shape(&env)?,
            last: None,
            seen: cx.engine.oplog().last(),
            entries: None,
        };
        let mut opening = Opening::new(namespace, Box::new(source), CONTEXT);
        opening.batch_size = self.batch_size;
        opening.tailable = true;
        opening.await_data = self.await_data;
        opening.open(cx, request)
    }

    /// The same as an aggregation on the view.
    fn on_view(
        &self,
        cx: &mut CommandContext<'_>,
        request: &Request,
        namespace: &Namespace,
    ) -> Result<RawDocumentBuf> {
        let env = self.env(cx)?;
        self.aggregated(cx, request, namespace, env)
    }

    fn aggregated(
        &self,
        cx: &mut CommandContext<'_>,
        request: &Request,
        namespace: &Namespace,
        env: Env,
    ) -> Result<RawDocumentBuf> {
        let mut opening = aggregate::Aggregation::new(namespace.clone(), self.pipeline()?);
        opening.batch_size = self.batch_size;
        opening.single = self.single;
        let natural = self.sort.get("$natural").and_then(super::fields::long);
        opening.hint = match (&self.hint, natural) {
            (None, Some(n)) => Some(Hint::Natural(if n < 0 { -1 } else { 1 })),
            (hint, _) => hint.clone(),
        };
        opening.context = CONTEXT;
        opening.open(cx, request, env).map_err(|e| {
            const REFUSED: &str =
                "Invalid $project :: caused by :: Cannot use $elemMatch in this context";
            match e.message == REFUSED {
                true => Error::new(e.code, format!("Unsupported in view pipeline: {REFUSED}")),
                false => e,
            }
        })
    }

    /// What the options are as stages, for a view.
    pub(super) fn pipeline(&self) -> Result<Vec<Bson>> {
        let refused = |what: String| Err(Error::new(code::INVALID_PIPELINE_OPERATOR, what));
        if self.tailable {
            return refused("Tailable cursors are not supported in aggregation.".to_owned());
        }
        for option in ["returnKey", "showRecordId", "min", "max"] {
            let given = match self.fields.get(option) {
                Some(Bson::Document(d)) => !d.is_empty(),
                Some(other) => super::fields::truth(other),
                None => false,
            };
            if given {
                return refused(format!("Option {option} not supported in aggregation."));
            }
        }
        let mut stages = Vec::new();
        if !self.filter.is_empty() {
            stages.push(doc! { "$match": self.filter.clone() });
        }
        if !self.sort.is_empty() && !self.sort.contains_key("$natural") {
            stages.push(doc! { "$sort": self.sort.clone() });
        }
        if self.skip > 0 {
            stages.push(doc! { "$skip": i64::try_from(self.skip).unwrap_or(i64::MAX) });
        }
        if let Some(limit) = self.limit {
            stages.push(doc! { "$limit": i64::try_from(limit).unwrap_or(i64::MAX) });
        }
        if let Some(projection) = self.fields.document("projection").filter(|p| !p.is_empty()) {
            stages.push(doc! { "$project": projection.clone() });
        }
        Ok(stages.into_iter().map(Bson::Document).collect())
    }
}
