//! [`ChangeStreamCursor`]: the changes of a collection, a database or everything, as they happen.
//!
//! The driver resumes a stream by itself after a failover; what it cannot resume is an error here.

use std::any::TypeId;
use std::rc::Rc;

use bson::{Bson, Document, RawDocumentBuf};
use mongodb::change_stream::ChangeStream;
use mongodb::change_stream::event::ResumeToken;
use mongodb::change_stream::session::SessionChangeStream;
use mongodb::options::ChangeStreamOptions;
use rhai::{Dynamic, Engine};

use super::watch::Scope;
use super::{Core, Source, core, iteration};
use crate::methods;
use crate::script::api::{self, Call, Class, Method, Receiver};
use crate::script::convert;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::shell::ambient::Ambient;
use crate::script::shell::session::SessionHandle;
use crate::script::shell::target::Target;

/// A handle of a change stream; copies are the same stream.
#[derive(Clone)]
pub struct ChangeStreamCursor {
    pub(super) core: Rc<Core>,
    /// What it watches, for printing.
    pub(super) on: Rc<str>,
}

/// The driver's change stream.
pub struct Changes {
    stream: Stream,
    /// Whether nothing was read yet.
    fresh: bool,
}

enum Stream {
    Plain(Box<ChangeStream<RawDocumentBuf>>),
    InSession(Box<SessionChangeStream<RawDocumentBuf>>, SessionHandle),
}

impl Changes {
    /// Opens a change stream.
    ///
    /// # Errors
    /// The server's, or the connection's; where the session has ended.
    pub fn open(
        host: &Host,
        target: &Target,
        scope: Scope<'_>,
        pipeline: Vec<Document>,
        options: ChangeStreamOptions,
    ) -> Result<Self, Fault> {
        host.slot(Ambient::default).refuse("watch()")?;
        let db = target.driver(host)?;
        macro_rules! open {
            ($on:expr) => {{
                let on = $on;
                let watch = on.watch().pipeline(pipeline).with_options(options);
                match &target.session {
                    None => Stream::Plain(Box::new(host.run(watch)?.with_type())),
                    Some(session) => {
                        let stream = session.with(|s| host.run(watch.session(s)))??;
                        Stream::InSession(Box::new(stream.with_type()), session.clone())
                    }
                }
            }};
        }
        let stream = match scope {
            Scope::Collection(name) => open!(db.collection::<Document>(name)),
            Scope::Database => open!(db),
            Scope::Cluster => open!(db.client()),
        };
        Ok(Self {
            stream,
            fresh: true,
        })
    }

    fn ask(&mut self, host: &Host) -> Result<Option<RawDocumentBuf>, Fault> {
        match &mut self.stream {
            Stream::Plain(stream) => host.run(stream.next_if_any()),
            Stream::InSession(stream, session) => {
                session.with(|s| host.run(stream.next_if_any(s)))?
            }
        }
    }

    fn is_alive(&self) -> bool {
        match &self.stream {
            Stream::Plain(stream) => stream.is_alive(),
            Stream::InSession(stream, _) => stream.is_alive(),
        }
    }
}

impl Source for Changes {
    fn try_next(&mut self, host: &Host) -> Result<Option<RawDocumentBuf>, Fault> {
        let found = self.ask(host)?;
        // The first answer is what came with the reply to watch: if that is nothing, the server
        // was not asked for what happened since.
        match std::mem::take(&mut self.fresh) && found.is_none() {
            true => self.ask(host),
            false => Ok(found),
        }
    }

    fn next(&mut self, host: &Host) -> Result<Option<RawDocumentBuf>, Fault> {
        loop {
            let found = self.try_next(host)?;
            if found.is_some() || !self.is_alive() {
                return Ok(found);
            }
        }
    }

    fn arrived(&self) -> usize {
        0
    }

    fn is_drained(&self) -> bool {
        !self.is_alive()
    }

    fn resume_token(&self) -> Option<Bson> {
        let token: ResumeToken = match &self.stream {
            Stream::Plain(stream) => stream.resume_token()?,
            Stream::InSession(stream, _) => stream.resume_token()?,
        };
        bson::serialize_to_bson(&token).ok()
    }
}

const fn class(methods: &'static [Method]) -> Class {
    Class {
        name: "ChangeStreamCursor",
        docs: "Changes as they happen: insert, update, replace, delete, and those of collections.",
        receiver: Receiver::Value(TypeId::of::<ChangeStreamCursor>),
        methods,
    }
}

static OWN: Class = class(METHODS);
static ALL: Class = class(iteration::ALL);

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<ChangeStreamCursor>("ChangeStreamCursor");
    for class in [&OWN, &ALL] {
        api::register(engine, host, class);
    }
}

const METHODS: &[Method] = methods! {
    /// The next change; waits until there is one.
    ///
    /// ```js
    /// let changes = db.orders.watch(); db.orders.insertOne({ total: 5 }); changes.next()
    /// ```
    next("") => next;
    /// The next change, or null where none comes within maxAwaitTimeMS (a second).
    ///
    /// ```js
    /// db.orders.watch([], { maxAwaitTimeMS: 10 }).tryNext()
    /// ```
    tryNext("") => try_next;
    /// Whether there is a next change; waits until one comes, or the stream ends.
    ///
    /// ```js
    /// let changes = db.orders.watch(); db.orders.insertOne({ total: 5 }); changes.hasNext()
    /// ```
    hasNext("") => has_next;
    /// The token that another watch can go on from, with resumeAfter or startAfter.
    ///
    /// ```js
    /// let token = db.orders.watch().getResumeToken(); db.orders.watch([], { resumeAfter: token })
    /// ```
    getResumeToken("") => get_resume_token;
    /// Is not for change streams, which have no end.
    ///
    /// ```js no_run
    /// db.orders.watch().toArray()
    /// ```
    toArray("") => unsupported;
    /// Is not for change streams: it is an option of watch.
    ///
    /// ```js no_run
    /// db.orders.watch([], { batchSize: 100 })
    /// ```
    batchSize("size?") => unsupported;
    /// Is not for change streams.
    ///
    /// ```js no_run
    /// db.orders.watch().tryNext()
    /// ```
    objsLeftInBatch("") => unsupported;
    /// Is not for change streams: see maxAwaitTimeMS, an option of watch.
    ///
    /// ```js no_run
    /// db.orders.watch([], { maxAwaitTimeMS: 100 })
    /// ```
    maxTimeMS("milliseconds?") => unsupported;
    /// Is not for change streams: use isClosed or tryNext.
    ///
    /// ```js no_run
    /// db.orders.watch().isClosed()
    /// ```
    isExhausted("") => is_exhausted;
};

fn next(call: &mut Call<'_>) -> Outcome {
    let stream = core(call)?;
    if stream.is_closed() {
        return Err(ScriptError::new("MongoAPIError", "ChangeStream is closed").into());
    }
    iteration::warn_once(call, &stream);
    stream.next()
}

fn try_next(call: &mut Call<'_>) -> Outcome {
    let stream = core(call)?;
    if stream.is_closed() {
        let message = "Cannot call tryNext on closed cursor";
        return Err(ScriptError::new("MongoshRuntimeError", message).into());
    }
    stream.try_next()
}

fn has_next(call: &mut Call<'_>) -> Outcome {
    let stream = core(call)?;
    if !stream.is_closed() {
        iteration::warn_once(call, &stream);
    }
    Ok(stream.has_next()?.into())
}

fn get_resume_token(call: &mut Call<'_>) -> Outcome {
    let token = core(call)?.resume_token();
    Ok(token.map_or(Dynamic::UNIT, convert::value_from))
}

fn unsupported(call: &mut Call<'_>) -> Outcome {
    let name = call.method.name;
    let message = format!("Cannot call {name} on a change stream cursor");
    Err(ScriptError::unsupported(message).into())
}

fn is_exhausted(_: &mut Call<'_>) -> Outcome {
    let message = "isExhausted is not implemented for ChangeStreams because after closing a cursor, \
                   the remaining documents in the batch are no longer accessible";
    Err(ScriptError::argument(message)
        .hint("use isClosed to see whether it is closed, tryNext to see whether a change is here")
        .into())
}
