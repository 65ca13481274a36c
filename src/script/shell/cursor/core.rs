//! [`Core`]: what all cursors share, from the first read to the end.
//!
//! A cursor is lazy: until the first read it is a [`Plan`] that its methods change; the first read
//! sends the command, and from then on it is a [`Source`] of documents. States and errors are those
//! of mongosh's cursors.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use bson::{Bson, RawDocumentBuf};
use rhai::Dynamic;

use super::mapping::Mapping;
use super::plan::Plan;
use crate::script::convert;
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;
use crate::script::number;
use crate::script::shell::batches::Batches;

/// Documents that come from a server, one after the other.
pub trait Source {
    /// The next document, after one question to the server at most.
    ///
    /// # Errors
    /// The server's, or the connection's.
    fn try_next(&mut self, host: &Host) -> Result<Option<RawDocumentBuf>, Fault>;

    /// The next document, asking until there is one; nothing where the server has no more.
    ///
    /// # Errors
    /// The server's, or the connection's.
    fn next(&mut self, host: &Host) -> Result<Option<RawDocumentBuf>, Fault>;

    /// How many documents arrived and were not read yet.
    fn arrived(&self) -> usize;

    /// Whether the server has no more.
    fn is_drained(&self) -> bool;

    /// Where a change stream is.
    fn resume_token(&self) -> Option<Bson> {
        None
    }
}

impl Source for Batches {
    fn try_next(&mut self, host: &Host) -> Result<Option<RawDocumentBuf>, Fault> {
        Batches::try_next(self, host)
    }

    fn next(&mut self, host: &Host) -> Result<Option<RawDocumentBuf>, Fault> {
        Batches::next(self, host)
    }

    fn arrived(&self) -> usize {
        Batches::arrived(self)
    }

    fn is_drained(&self) -> bool {
        Batches::is_drained(self)
    }
}

enum State {
    /// Nothing was sent yet.
    Fresh,
    Open(Box<dyn Source>),
    /// Everything was read.
    Done,
    /// Closed before everything was read.
    Closed,
}

/// The one object behind all handles of a cursor.
pub struct Core {
    host: Rc<Host>,
    plan: Option<RefCell<Plan>>,
    state: RefCell<State>,
    /// A document that `hasNext` looked at.
    peeked: RefCell<Option<RawDocumentBuf>>,
    maps: RefCell<Vec<Rc<Mapping>>>,
    /// Where a change stream was: before the document that was looked at, or when it ended.
    token: RefCell<Option<Bson>>,
    /// Whether warnings about calls that may block are off.
    pub quiet: Cell<bool>,
}

impl Core {
    /// A cursor that will send `plan`.
    #[must_use]
    pub fn lazy(host: &Rc<Host>, plan: Plan) -> Rc<Self> {
        Self::new(host, Some(plan), State::Fresh)
    }

    /// A cursor that reads from what is open already.
    #[must_use]
    pub fn open(host: &Rc<Host>, source: Box<dyn Source>) -> Rc<Self> {
        Self::new(host, None, State::Open(source))
    }

    fn new(host: &Rc<Host>, plan: Option<Plan>, state: State) -> Rc<Self> {
        Rc::new(Self {
            host: host.clone(),
            plan: plan.map(RefCell::new),
            state: RefCell::new(state),
            peeked: RefCell::default(),
            maps: RefCell::default(),
            token: RefCell::default(),
            quiet: Cell::default(),
        })
    }

    /// The script instance it belongs to.
    #[must_use]
    pub fn host(&self) -> &Rc<Host> {
        &self.host
    }

    /// What it asks the server.
    ///
    /// # Errors
    /// Where it was never a question (a change stream).
    pub fn plan(&self) -> Result<Plan, Fault> {
        match &self.plan {
            Some(plan) => Ok(plan.borrow().clone()),
            None => Err(ScriptError::unsupported("this cursor has no query").into()),
        }
    }

    /// Changes what it will ask.
    ///
    /// # Errors
    /// Where it has asked already.
    pub fn change(&self, change: impl FnOnce(&mut Plan) -> Result<(), Fault>) -> Result<(), Fault> {
        match (&self.plan, &*self.state.borrow()) {
            (Some(plan), State::Fresh) => change(&mut plan.borrow_mut()),
            _ => Err(in_use().into()),
        }
    }

    /// Adds a function that every document goes through.
    pub fn map(&self, mapping: Mapping) {
        self.maps.borrow_mut().push(Rc::new(mapping));
    }

    /// The next document; null where everything was read.
    ///
    /// # Errors
    /// The server's; one where the cursor was closed; what a mapping function throws.
    pub fn next(&self) -> Outcome {
        let found = self.read(|source, host| source.next(host))?;
        Ok(self.value(found)?.unwrap_or_else(number::null))
    }

    /// The next document where one is here or comes with one question; else null.
    ///
    /// # Errors
    /// As [`Core::next`].
    pub fn try_next(&self) -> Outcome {
        Ok(self.try_take()?.unwrap_or_else(number::null))
    }

    /// As [`Core::try_next`], with a document that was mapped to null told from none.
    ///
    /// # Errors
    /// As [`Core::next`].
    pub fn try_take(&self) -> Result<Option<Dynamic>, Fault> {
        let found = self.read(|source, host| source.try_next(host))?;
        self.value(found)
    }

    /// The next document for a loop, which ends without an error where the cursor is closed.
    ///
    /// # Errors
    /// As [`Core::next`].
    pub fn step(&self) -> Result<Option<Dynamic>, Fault> {
        if matches!(*self.state.borrow(), State::Closed) {
            return Ok(None);
        }
        let found = self.read(|source, host| source.next(host))?;
        self.value(found)
    }

    /// Whether it waits for documents at the end of a capped collection.
    #[must_use]
    pub fn is_tailable(&self) -> bool {
        let plan = self.plan.as_ref().map(RefCell::borrow);
        plan.is_some_and(|plan| plan.settings.get_bool("tailable").unwrap_or(false))
    }

    /// How many documents follow, read without being given to anybody. One that may wait for more
    /// ends where none is here.
    ///
    /// # Errors
    /// As [`Core::next`].
    pub fn drain(&self) -> Result<i64, Fault> {
        let waits = self.is_tailable() || self.plan.is_none();
        let mut count = 0;
        while self
            .read(|source, host| match waits {
                true => source.try_next(host),
                false => source.next(host),
            })?
            .is_some()
        {
            count += 1;
        }
        Ok(count)
    }

    /// Whether there is a next document; waits until that is known.
    ///
    /// # Errors
    /// As [`Core::next`].
    pub fn has_next(&self) -> Result<bool, Fault> {
        if matches!(*self.state.borrow(), State::Closed) {
            return Ok(false);
        }
        if self.peeked.borrow().is_some() {
            return Ok(true);
        }
        let before = self.resume_token();
        let found = self.read(|source, host| source.next(host))?;
        let found_one = found.is_some();
        if found_one {
            *self.token.borrow_mut() = before;
        }
        *self.peeked.borrow_mut() = found;
        Ok(found_one)
    }

    /// Sends the command where that has not happened.
    ///
    /// # Errors
    /// The server's.
    pub fn start(&self) -> Result<(), Fault> {
        if !matches!(*self.state.borrow(), State::Fresh) {
            return Ok(());
        }
        let plan = self.plan()?;
        match plan
            .target
            .cursor(&self.host, plan.command(), &plan.cursor_options())
        {
            Ok(batches) => *self.state.borrow_mut() = State::Open(Box::new(batches)),
            Err(fault) => {
                *self.state.borrow_mut() = State::Done;
                return Err(fault);
            }
        }
        Ok(())
    }

    fn read(
        &self,
        ask: impl FnOnce(&mut dyn Source, &Host) -> Result<Option<RawDocumentBuf>, Fault>,
    ) -> Result<Option<RawDocumentBuf>, Fault> {
        if let Some(document) = self.peeked.borrow_mut().take() {
            return Ok(Some(document));
        }
        self.start()?;
        let mut state = self.state.borrow_mut();
        let answer = match &mut *state {
            State::Open(source) => ask(source.as_mut(), &self.host),
            State::Closed => return Err(exhausted().into()),
            State::Fresh | State::Done => return Ok(None),
        };
        let is_over = match (&answer, &*state) {
            (Ok(None), State::Open(source)) => source.is_drained(),
            // What a failed or interrupted read would have given is lost: no hole may be hidden.
            (Err(_), _) => true,
            _ => false,
        };
        if let (true, State::Open(source)) = (is_over, &*state) {
            *self.token.borrow_mut() = source.resume_token();
            *state = State::Done;
        }
        answer
    }

    fn value(&self, found: Option<RawDocumentBuf>) -> Result<Option<Dynamic>, Fault> {
        let Some(raw) = found else { return Ok(None) };
        let mut value = Dynamic::from(convert::document(&raw)?);
        let maps = self.maps.borrow().clone();
        for mapping in &maps {
            value = mapping.apply(&self.host, value)?;
        }
        Ok(Some(value))
    }

    /// Where a change stream is, of what was given out so far.
    #[must_use]
    pub fn resume_token(&self) -> Option<Bson> {
        match &*self.state.borrow() {
            State::Open(source) if self.peeked.borrow().is_none() => source.resume_token(),
            _ => self.token.borrow().clone(),
        }
    }

    /// Whether functions of `map` are applied.
    #[must_use]
    pub fn is_mapped(&self) -> bool {
        !self.maps.borrow().is_empty()
    }

    /// How many documents arrived and were not read yet.
    #[must_use]
    pub fn arrived(&self) -> usize {
        let waiting = match &*self.state.borrow() {
            State::Open(source) => source.arrived(),
            _ => 0,
        };
        waiting + usize::from(self.peeked.borrow().is_some())
    }

    /// Whether it was closed, or everything was read.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        if self.peeked.borrow().is_some() {
            return false;
        }
        match &*self.state.borrow() {
            State::Fresh => false,
            State::Open(source) => source.is_drained() && source.arrived() == 0,
            State::Done | State::Closed => true,
        }
    }

    /// Closes it, here and at the server.
    pub fn close(&self) {
        let token = self.resume_token();
        self.peeked.borrow_mut().take();
        *self.token.borrow_mut() = token;
        let mut state = self.state.borrow_mut();
        if !matches!(*state, State::Done) {
            *state = State::Closed;
        }
    }
}

fn in_use() -> ScriptError {
    ScriptError::new("MongoCursorInUseError", "Cursor is already initialized")
        .hint("change a cursor before its first document is read")
}

fn exhausted() -> ScriptError {
    ScriptError::new("MongoCursorExhaustedError", "Cursor is exhausted")
        .hint("it was closed; a new find or aggregate gives a new cursor")
}
