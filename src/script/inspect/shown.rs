//! [`Shown`]: how values of the shell's own types are shown.

use std::any::TypeId;
use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use rhai::Dynamic;

use crate::script::Doc;
use crate::script::error::Fault;
use crate::script::host::Host;
use crate::script::shell::collection::Collection;
use crate::script::shell::database::Db;
use crate::value::inspect::{Node, Style, display};

/// How values of a type of the shell's are shown.
pub trait Shown: Clone + 'static {
    /// The value where it stands inside of another one.
    fn node(&self) -> Node;

    /// The value where `print`, or a result line, shows it alone: cursors read their first
    /// documents.
    ///
    /// # Errors
    /// What reading failed with.
    fn text(&self, host: &Rc<Host>, style: &Style) -> Result<String, Fault> {
        let _ = host;
        Ok(display(&self.node(), style))
    }

    /// What a script, JSON and BSON see of the value's fields, where it has any.
    fn fields(&self) -> Option<Doc> {
        None
    }
}

type AsNode = fn(&Dynamic) -> Option<Node>;
type AsText = fn(&Dynamic, &Rc<Host>, &Style) -> Option<Result<String, Fault>>;
type AsFields = fn(&Dynamic) -> Option<Doc>;

thread_local! {
    static SHOWN: RefCell<HashMap<TypeId, (AsNode, AsText, AsFields)>> = RefCell::default();
}

/// Makes values of this type printable on this thread.
pub fn register<T: Shown>() {
    let as_node: AsNode = |value| Some(value.read_lock::<T>()?.node());
    let as_text: AsText = |value, host, style| {
        let value = value.read_lock::<T>()?.clone();
        Some(value.text(host, style))
    };
    let as_fields: AsFields = |value| value.read_lock::<T>()?.fields();
    let entry = (as_node, as_text, as_fields);
    SHOWN.with_borrow_mut(|all| all.insert(TypeId::of::<T>(), entry));
}

/// The fields of a value of a registered type that has any.
#[must_use]
pub fn fields_of(value: &Dynamic) -> Option<Doc> {
    let as_fields = SHOWN.with_borrow(|all| all.get(&value.type_id()).map(|(_, _, f)| *f))?;
    as_fields(value)
}

/// How a value of a registered type is shown inside of another one.
pub(super) fn node_of(value: &Dynamic) -> Option<Node> {
    let as_node = SHOWN.with_borrow(|all| all.get(&value.type_id()).map(|(n, ..)| *n))?;
    as_node(value)
}

/// How a value of a registered type is shown alone.
pub(super) fn text_of(
    value: &Dynamic,
    host: &Rc<Host>,
    style: &Style,
) -> Option<Result<String, Fault>> {
    let as_text = SHOWN.with_borrow(|all| all.get(&value.type_id()).map(|(_, t, _)| *t))?;
    as_text(value, host, style)
}

/// Makes the core's own classes printable.
pub fn install() {
    register::<Db>();
    register::<Collection>();
}

impl Shown for Db {
    fn node(&self) -> Node {
        Node::Raw(self.name().to_string())
    }
}

impl Shown for Collection {
    fn node(&self) -> Node {
        Node::Raw(self.full_name())
    }
}
