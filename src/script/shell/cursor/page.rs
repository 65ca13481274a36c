//! [`Page`]: how the shell shows a cursor, twenty documents at a time, and `it()` for the next ones.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rhai::{Array, Dynamic, Engine};

use super::{AggregationCursor, ChangeStreamCursor, Core, Cursor, RunCommandCursor};
use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome};
use crate::script::host::Host;
use crate::script::inspect::{self, Shown};
use crate::value::inspect::{Node, Style, inspect as layout};

/// How many documents mongosh shows at once, unless `displayBatchSize` says otherwise.
const SIZE: usize = 20;

/// What `it()` goes on with, and how long a page is.
pub struct Paging {
    last: RefCell<Option<Rc<Core>>>,
    size: Cell<usize>,
}

impl Paging {
    /// The instance's.
    #[must_use]
    pub fn of(host: &Host) -> Rc<Self> {
        host.slot(|| Self {
            last: RefCell::default(),
            size: Cell::new(SIZE),
        })
    }

    /// Makes `cursor` the one that `it()` goes on with.
    pub fn set(&self, cursor: &Rc<Core>) {
        *self.last.borrow_mut() = Some(cursor.clone());
    }

    /// How many documents a page has.
    #[must_use]
    pub fn size(&self) -> usize {
        self.size.get()
    }

    /// Sets how many documents a page has.
    pub fn set_size(&self, size: usize) {
        self.size.set(size.max(1));
    }
}

/// Some documents of a cursor, as the shell shows them.
#[derive(Clone)]
pub struct Page {
    documents: Array,
    /// Whether the cursor has more.
    more: bool,
}

impl Page {
    /// Reads the next page of a cursor.
    ///
    /// # Errors
    /// The server's; what a function of `map` throws.
    pub fn read(core: &Core, size: usize) -> Result<Self, Fault> {
        let mut documents = Array::new();
        while documents.len() < size && !core.is_closed() {
            match core.try_take()? {
                Some(document) => documents.push(document),
                None => {
                    let more = false;
                    return Ok(Self { documents, more });
                }
            }
        }
        let more = !core.is_closed();
        Ok(Self { documents, more })
    }

    /// The documents in mongosh's layout, and how to see more.
    fn laid_out(&self, style: &Style) -> String {
        if self.documents.is_empty() {
            return String::new();
        }
        let mut text = layout(&self.node(), &style.clone().unlimited());
        if self.more {
            text.push_str("\nType \"it\" for more");
        }
        text
    }
}

impl Shown for Page {
    fn node(&self) -> Node {
        Node::Array(self.documents.iter().map(inspect::node).collect())
    }

    fn text(&self, _: &Rc<Host>, style: &Style) -> Result<String, Fault> {
        Ok(self.laid_out(style))
    }
}

/// A cursor as a result: its first page, or its next where it was shown before.
fn shown(core: &Rc<Core>, style: &Style) -> Result<String, Fault> {
    let paging = Paging::of(core.host());
    paging.set(core);
    Ok(Page::read(core, paging.size())?.laid_out(style))
}

macro_rules! shown {
    ($($t:ident: $name:literal),*) => {$(
        impl Shown for $t {
            fn node(&self) -> Node {
                Node::Raw(concat!("[", $name, "]").into())
            }

            fn text(&self, _: &Rc<Host>, style: &Style) -> Result<String, Fault> {
                shown(&self.0, style)
            }
        }
    )*};
}

shown!(Cursor: "Cursor", AggregationCursor: "AggregationCursor", RunCommandCursor: "RunCommandCursor");

impl Shown for ChangeStreamCursor {
    fn node(&self) -> Node {
        Node::Raw(format!("ChangeStreamCursor on {}", self.on))
    }
}

static CLASS: Class = Class {
    name: "Paging",
    docs: "Showing long results.",
    receiver: Receiver::Global,
    methods: methods! {
        /// The next documents of the result that was shown last.
        ///
        /// ```js
        /// db.orders.find(); it()
        /// ```
        it("") => it;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    engine.register_type_with_name::<Page>("CursorIterationResult");
    inspect::register::<Page>();
    inspect::register::<Cursor>();
    inspect::register::<AggregationCursor>();
    inspect::register::<RunCommandCursor>();
    inspect::register::<ChangeStreamCursor>();
    api::register(engine, host, &CLASS);
}

fn it(call: &mut Call<'_>) -> Outcome {
    let paging = Paging::of(call.host);
    let last = paging.last.borrow().clone();
    match last.filter(|core| !core.is_closed()) {
        Some(core) => Ok(Dynamic::from(Page::read(&core, paging.size())?)),
        None => Ok("no cursor".into()),
    }
}
