//! Registration of declared functions with an engine.

use std::any::TypeId;
use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Dynamic, Engine, FnPtr, NativeCallContext};

use super::call::type_in_words;
use super::help::{class_help, method_help};
use super::spread::opened;
use super::{Call, Class, Method, Receiver};
use crate::diag::nearest;
use crate::methods;
use crate::script::Doc;
use crate::script::error::{Outcome, RhaiError, ScriptError};
use crate::script::host::Host;

/// A name in scripts that functions hang on: `Math`, `Object`, `EJSON`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Namespace(pub &'static str);

/// Every class that is registered with an instance's engine.
#[derive(Default)]
pub struct Registry(RefCell<Vec<&'static Class>>);

impl Registry {
    /// The registered classes, in the order of their registration.
    #[must_use]
    pub fn classes(&self) -> Vec<&'static Class> {
        self.0.borrow().clone()
    }

    /// The class of values like this one.
    #[must_use]
    pub fn class_of(&self, value: &Dynamic) -> Option<&'static Class> {
        if let Some(namespace) = value.read_lock::<Namespace>() {
            return self.namespace(namespace.0);
        }
        let id = value.clone().flatten().type_id();
        self.0
            .borrow()
            .iter()
            .copied()
            .find(|c| matches!(c.receiver, Receiver::Value(of) if of() == id))
    }

    /// All parts of the class of values like this one: a class may be declared in several files.
    #[must_use]
    pub fn parts_of(&self, value: &Dynamic) -> Vec<&'static Class> {
        let Some(class) = self.class_of(value) else {
            return Vec::new();
        };
        let classes = self.0.borrow();
        let same = |c: &Class| match (c.receiver, class.receiver) {
            (Receiver::Value(a), Receiver::Value(b)) => a() == b(),
            (Receiver::Namespace, Receiver::Namespace) => c.name == class.name,
            _ => false,
        };
        classes.iter().copied().filter(|c| same(c)).collect()
    }

    fn namespace(&self, name: &str) -> Option<&'static Class> {
        let classes = self.0.borrow();
        classes
            .iter()
            .copied()
            .find(|c| matches!(c.receiver, Receiver::Namespace) && c.name == name)
    }
}

const HELP: &Method = &methods! {
    /// Shows what this object can do, or what one of its methods does.
    ///
    /// ```js
    /// db.help()
    /// ```
    help("method?") => help;
}[0];

/// Makes a class known to `help` and completion without registering its functions, for those that
/// reach scripts in another way.
pub fn declare(host: &Rc<Host>, class: &'static Class) {
    host.slot(Registry::default).0.borrow_mut().push(class);
}

/// Makes a class's functions callable, with `help` on every receiver.
pub fn register(engine: &mut Engine, host: &Rc<Host>, class: &'static Class) {
    let registry = host.slot(Registry::default);
    registry.0.borrow_mut().push(class);
    for method in class.methods {
        register_method(engine, host, class, method);
    }
    if !matches!(class.receiver, Receiver::Global) {
        register_method(engine, host, class, HELP);
    }
}

fn register_method(
    engine: &mut Engine,
    host: &Rc<Host>,
    class: &'static Class,
    method: &'static Method,
) {
    let receiver = match class.receiver {
        Receiver::Value(of) => Some(of()),
        Receiver::Namespace => Some(TypeId::of::<Namespace>()),
        Receiver::Global => None,
    };
    for count in 0..=method.most() {
        let mut types: Vec<TypeId> = receiver.into_iter().collect();
        types.resize(types.len() + count, TypeId::of::<Dynamic>());
        register_types(engine, host, class, method, &types);
    }
}

fn register_types(
    engine: &mut Engine,
    host: &Rc<Host>,
    class: &'static Class,
    method: &'static Method,
    types: &[TypeId],
) {
    let host = host.clone();
    engine.register_raw_fn(method.name, types, move |ctx, args| match class.receiver {
        Receiver::Global => invoke(&host, method, &ctx, None, args),
        Receiver::Value(_) => on_value(&host, method, &ctx, args),
        Receiver::Namespace => on_namespace(&host, method.name, &ctx, args),
    });
}

/// Makes a class's methods callable on values of one more type: `toFixed` on integers and floats.
pub fn register_also(
    engine: &mut Engine,
    host: &Rc<Host>,
    class: &'static Class,
    receiver: TypeId,
) {
    for method in class.methods.iter().chain([HELP]) {
        for count in 0..=method.most() {
            let mut types = vec![receiver];
            types.resize(1 + count, TypeId::of::<Dynamic>());
            register_types(engine, host, class, method, &types);
        }
    }
}

/// Makes a class's method come before Rhai's own function of that name and those exact types
/// (the receiver's type included), which otherwise comes before one that takes any type.
pub fn register_overriding(
    engine: &mut Engine,
    host: &Rc<Host>,
    class: &'static Class,
    name: &str,
    types: &[TypeId],
) {
    if let Some(method) = class.methods.iter().find(|m| m.name == name) {
        register_types(engine, host, class, method, types);
    }
}

fn on_value(
    host: &Rc<Host>,
    method: &'static Method,
    ctx: &NativeCallContext<'_>,
    args: &mut [&mut Dynamic],
) -> Result<Dynamic, RhaiError> {
    let Some((receiver, rest)) = args.split_first_mut() else {
        return Ok(Dynamic::UNIT);
    };
    // A document's own function of that name comes before the built-in one.
    let own = receiver
        .read_lock::<Doc>()
        .and_then(|d| d.get(method.name)?.clone().try_cast::<FnPtr>());
    match own {
        Some(f) => {
            let values = opened(rest.iter_mut().map(|a| std::mem::take(&mut **a)));
            f.call_raw(ctx, Some(receiver), values)
        }
        None => invoke(host, method, ctx, Some(receiver), rest),
    }
}

fn on_namespace(
    host: &Rc<Host>,
    name: &str,
    ctx: &NativeCallContext<'_>,
    args: &mut [&mut Dynamic],
) -> Result<Dynamic, RhaiError> {
    let Some((receiver, rest)) = args.split_first_mut() else {
        return Ok(Dynamic::UNIT);
    };
    let class = host.slot(Registry::default).class_of(receiver);
    let found = class.and_then(|c| c.methods.iter().find(|m| m.name == name));
    match (found, class) {
        (Some(method), _) => invoke(host, method, ctx, Some(receiver), rest),
        (None, _) if name == HELP.name => invoke(host, HELP, ctx, Some(receiver), rest),
        (None, class) => {
            let of = class.map_or("it", |c| c.name);
            let mut error = ScriptError::new("TypeError", format!("{of} has no function `{name}`"));
            let names = class
                .map_or(&[] as &[Method], |c| c.methods)
                .iter()
                .map(|m| m.name);
            if let Some(near) = nearest(name, names) {
                error = error.hint(format!("did you mean `{near}`?"));
            }
            Err(error.into_rhai(ctx.call_position()))
        }
    }
}

fn invoke(
    host: &Rc<Host>,
    method: &'static Method,
    ctx: &NativeCallContext<'_>,
    receiver: Option<&mut Dynamic>,
    args: &mut [&mut Dynamic],
) -> Result<Dynamic, RhaiError> {
    // Rhai passes a variable that is the first argument by reference: it must stay as it is.
    let args = opened(args.iter().map(|a| (**a).clone()));
    let mut call = Call {
        host,
        ctx,
        method,
        receiver,
        args,
    };
    let outcome = match missing(&call) {
        Some(fault) => Err(fault),
        None => (method.run)(&mut call),
    };
    outcome.map_err(|fault| fault.into_rhai(ctx.call_position()))
}

/// The error for a call with too few arguments.
fn missing(call: &Call<'_>) -> Option<crate::script::error::Fault> {
    let param = call.method.param_names().nth(call.count())?;
    if call.count() >= call.method.required() {
        return None;
    }
    let error = ScriptError::argument(format!("{} needs its argument `{param}`", call.method.name));
    Some(
        error
            .hint(format!("the call is {}", call.method.signature()))
            .into(),
    )
}

fn help(call: &mut Call<'_>) -> Outcome {
    let receiver = call.receiver();
    let parts = call.host.slot(Registry::default).parts_of(&receiver);
    let Some(class) = parts.first() else {
        return Err(ScriptError::argument(format!(
            "there is no help for a {}",
            type_in_words(&receiver)
        ))
        .into());
    };
    let mut methods: Vec<&Method> = parts.iter().flat_map(|part| part.methods).collect();
    methods.sort_by_key(|m| m.name);
    let text = match call.opt_string(0)? {
        None => class_help(class, &methods),
        Some(name) => match methods.iter().find(|m| m.name == name) {
            Some(method) => method_help(class, method),
            None => {
                let message = format!("{} has no method `{name}`", class.name);
                let error = ScriptError::argument(message);
                let near = nearest(&name, methods.iter().map(|m| m.name));
                return Err(match near {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error,
                }
                .into());
            }
        },
    };
    call.host.output().line(&text);
    Ok(Dynamic::UNIT)
}
