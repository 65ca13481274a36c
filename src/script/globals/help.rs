//! `help()`: what scripts can use, from the declarations.

use std::any::TypeId;
use std::rc::Rc;

use rhai::{Dynamic, Engine, ImmutableString};

use crate::methods;
use crate::script::api::{
    self, Call, Class, Method, Receiver, Registry, class_help, method_help, nearest,
};
use crate::script::error::{Fault, Outcome, ScriptError};
use crate::script::host::Host;

static CLASS: Class = Class {
    name: "ShellApi",
    docs: "The shell's own commands.",
    receiver: Receiver::Global,
    methods: methods! {
        /// Shows what there is: all classes, a class, or one function: `help("Collection.insertOne")`.
        ///
        /// ```js
        /// help("Collection.insertOne")
        /// ```
        help("topic?") => help;
    },
};

pub(super) fn register(engine: &mut Engine, host: &Rc<Host>) {
    api::register(engine, host, &CLASS);
    // A topic's name is a string, and strings have a `help` of their own.
    let string = TypeId::of::<ImmutableString>();
    api::register_overriding(engine, host, &CLASS, "help", &[string]);
}

fn help(call: &mut Call<'_>) -> Outcome {
    let registry = call.host.slot(Registry::default);
    let classes = registry.classes();
    let topic = call.given(0);
    let text = match &topic {
        None => overview(&classes),
        Some(topic) => match topic.read_lock::<ImmutableString>() {
            Some(topic) => about(&classes, topic.trim_end_matches("()"))?,
            None => match registry.class_of(topic) {
                Some(class) => whole_class(&classes, class.name),
                None => return Err(call.expected(0, "the name of a class or a function")),
            },
        },
    };
    call.host.output().line(&text);
    Ok(Dynamic::UNIT)
}

/// One line a class; those of one name are one class.
fn overview(classes: &[&'static Class]) -> String {
    let mut lines: Vec<(&str, &str)> = Vec::new();
    for class in classes {
        if !lines.iter().any(|(name, _)| *name == class.name) {
            lines.push((class.name, class.docs.trim()));
        }
    }
    let width = lines.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    let line = |(name, docs): &(&str, &str)| format!("  {name:width$}  {docs}");
    let lines: Vec<String> = lines.iter().map(line).collect();
    format!(
        "What scripts can use; help(\"Collection\") shows a class, help(\"Collection.insertOne\") a function.\n\n{}",
        lines.join("\n")
    )
}

/// A class, whose functions may be declared in several parts.
fn whole_class(classes: &[&'static Class], name: &str) -> String {
    let parts = classes.iter().filter(|c| c.name.eq_ignore_ascii_case(name));
    let mut methods: Vec<&Method> = parts.clone().flat_map(|part| part.methods).collect();
    methods.sort_by_key(|m| m.name);
    let first = parts.into_iter().next();
    first.map_or_else(String::new, |class| class_help(class, &methods))
}

fn about(classes: &[&'static Class], topic: &str) -> Result<String, Fault> {
    let topic = topic.strip_prefix("db.").unwrap_or(topic);
    if classes.iter().any(|c| c.name.eq_ignore_ascii_case(topic)) {
        return Ok(whole_class(classes, topic));
    }
    let (class, method) = match topic.rsplit_once('.') {
        Some((class, method)) => (Some(class), method),
        None => (None, topic),
    };
    let of = |c: &&&'static Class| class.is_none_or(|name| c.name.eq_ignore_ascii_case(name));
    let texts: Vec<String> = classes
        .iter()
        .filter(of)
        .flat_map(|c| c.methods.iter().map(move |m| (*c, m)))
        .filter(|(_, m)| m.name == method)
        .map(|(c, m)| method_help(c, m))
        .collect();
    match texts.is_empty() {
        false => Ok(texts.join("\n\n")),
        true => Err(unknown(classes, topic, method)),
    }
}

fn unknown(classes: &[&'static Class], topic: &str, method: &str) -> Fault {
    let error = ScriptError::argument(format!("there is no help for {topic:?}"));
    let names = classes
        .iter()
        .flat_map(|c| c.methods.iter().map(|m| m.name).chain([c.name]));
    match nearest(method, names) {
        Some(near) => error.hint(format!("did you mean {near:?}?")),
        None => error.hint("help() shows what there is"),
    }
    .into()
}

#[cfg(test)]
mod tests {
    use super::super::tests::printed;

    #[test]
    fn topics() {
        for (code, want) in [
            ("help()", "  Collection "),
            ("help", "  ObjectId "),
            ("help(\"Collection\")", "insertOne(document, options?)"),
            (
                "help(\"Collection.insertOne\")",
                "Collection.insertOne(document, options?)",
            ),
            ("help(\"load\")", "ShellApi.load(file)"),
            ("help(db)", "Database: "),
            (
                "help(\"nothing at all\")",
                "error: there is no help for \"nothing at all\"",
            ),
        ] {
            let text = printed(code);
            assert!(text.contains(want), "{code}: {text}");
        }
    }
}
