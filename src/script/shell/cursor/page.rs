//! [`Page`]: how the shell shows a cursor, twenty documents at a time, and `it()` for the next ones.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use rhai::{Array, Dynamic, Engine};

use super::{Apply, Core, core_of};
use crate::methods;
use crate::script::api::{self, Call, Class, Receiver};
use crate::script::error::{Fault, Outcome};
use crate::script::host::Host;
use crate::script::inspect;

/// How many documents mongosh shows at once, unless `displayBatchSize` says otherwise.
const SIZE: usize = 20;

/// The cursor that `it()` goes on with.
pub struct Shown {
    last: RefCell<Option<Rc<Core>>>,
    size: Cell<usize>,
}

impl Shown {
    /// Makes `cursor` the one that `it()` goes on with.
    pub fn set(&self, cursor: &Rc<Core>) {
        *self.last.borrow_mut() = Some(cursor.clone());
    }

    /// Sets how many documents a page has.
    pub fn set_size(&self, size: usize) {
        self.size.set(size.max(1));
    }
}

/// What the instance showed last.
#[must_use]
pub fn shown(host: &Host) -> Rc<Shown> {
    host.slot(|| Shown {
        last: RefCell::default(),
        size: Cell::new(SIZE),
    })
}

/// Some documents of a cursor, as the shell shows them.
#[derive(Clone)]
pub struct Page {
    /// The documents.
    pub documents: Array,
    /// Whether the cursor has more.
    pub more: bool,
}

impl Page {
    /// Reads the next page of a cursor.
    ///
    /// # Errors
    /// The server's.
    pub fn read(core: &Rc<Core>, size: usize, apply: Apply<'_>) -> Result<Self, Fault> {
        let mut documents = Array::new();
        while documents.len() < size && !core.is_closed() {
            match core.try_take(apply)? {
                Some(document) => documents.push(document),
                None => {
                    return Ok(Self {
                        documents,
                        more: false,
                    });
                }
            }
        }
        Ok(Self {
            documents,
            more: !core.is_closed(),
        })
    }

    /// The page as text: the documents in mongosh's layout, and how to see more.
    #[must_use]
    pub fn text(&self) -> String {
        if self.documents.is_empty() && !self.more {
            return String::new();
        }
        let mut text = inspect::pretty(&Dynamic::from_array(self.documents.clone()));
        if self.more {
            text.push_str("\nType \"it\" for more");
        }
        text
    }
}

/// The text that a result is shown with, where it is a cursor: its next page.
///
/// # Errors
/// The server's.
pub fn show(host: &Rc<Host>, value: &Dynamic, apply: Apply<'_>) -> Result<Option<String>, Fault> {
    let Some(core) = core_of(value) else {
        return Ok(None);
    };
    let shown = shown(host);
    shown.set(&core);
    Ok(Some(Page::read(&core, shown.size.get(), apply)?.text()))
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
    api::register(engine, host, &CLASS);
}

fn it(call: &mut Call<'_>) -> Outcome {
    let shown = shown(call.host);
    let last = shown.last.borrow().clone();
    let Some(core) = last.filter(|core| !core.is_closed()) else {
        call.host.output().line("no cursor");
        return Ok(Dynamic::UNIT);
    };
    let apply = super::iteration::apply(call);
    let page = Page::read(&core, shown.size.get(), &apply)?;
    Ok(Dynamic::from(page))
}
