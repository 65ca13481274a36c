//! Table tests: source → what it prints, through a bare engine.

mod java_script;
mod literals;
mod plain_rhai;
mod positions;
mod refused;
mod robust;
mod shell;

use std::cell::RefCell;
use std::rc::Rc;

use rhai::{Array, Dynamic, Engine, Scope};

use super::{Completeness, SyntaxError, compile, completeness, install, install_database};
use crate::script::Doc;

/// A bare engine with our syntax, whose `print` collects.
fn engine() -> (Engine, Rc<RefCell<Vec<String>>>) {
    let mut engine = Engine::new();
    engine.set_max_expr_depths(128, 128);
    install(&mut engine);
    install_database(&mut engine, || "the database".into());
    let lines = Rc::new(RefCell::new(Vec::new()));
    let sink = lines.clone();
    engine.on_print(move |line| sink.borrow_mut().push(line.to_string()));
    engine.register_fn("print", |value: Dynamic| show(&value));
    engine.register_fn("print", |value: Array| show(&value.into()));
    engine.register_fn("print", |value: ()| show(&value.into()));
    engine.register_fn("printjson", {
        let sink = lines.clone();
        move |value: Dynamic| sink.borrow_mut().push(show(&value))
    });
    engine.register_fn("RegExp", |pattern: &str, flags: &str| {
        format!("/{pattern}/{flags}")
    });
    engine.register_fn("ObjectId", |hex: &str| format!("ObjectId({hex})"));
    engine.register_fn("new Date", || "a date".to_string());
    engine.register_fn("new Date", |text: &str| format!("date {text}"));
    engine.register_fn("Date", || "now as text".to_string());
    engine.register_fn("Error", |message: &str| format!("Error: {message}"));
    engine.register_fn("use_database", |_: Dynamic, b: Dynamic| {
        format!("db is {}", show(&b))
    });
    engine.register_fn("instanceof", |a: Dynamic, class: &str| {
        show(&a).starts_with(class)
    });
    super::install_database(&mut engine, || "test".into());
    for name in ["use", "show", "it", "help", "exit"] {
        engine.register_fn(name, move || format!("{name}()"));
        engine.register_fn(name, move |a: &str| format!("{name}({a})"));
        engine.register_fn(name, move |a: &str, b: &str| format!("{name}({a}, {b})"));
    }
    engine
        .register_type_with_name::<Doc>("Document")
        .register_indexer_get(|doc: &mut Doc, key: &str| {
            doc.get(key).cloned().unwrap_or(Dynamic::UNIT)
        })
        .register_indexer_set(|doc: &mut Doc, key: &str, value: Dynamic| {
            doc.set(key, value).expect("shallow")
        })
        .register_fn("remove", |doc: &mut Doc, key: &str| drop(doc.remove(key)))
        .register_fn("contains", |doc: &mut Doc, key: &str| doc.contains(key))
        .register_fn("keys", |doc: &mut Doc| {
            doc.keys()
                .map(|k| Dynamic::from(k.clone()))
                .collect::<Array>()
        });
    engine.register_get("length", |array: &mut Array| array.len() as i64);
    engine.register_fn("get", |array: &mut Array, i: i64| {
        array.get(i as usize).cloned().unwrap_or(Dynamic::UNIT)
    });
    engine.register_fn(
        "forEach",
        |context: rhai::NativeCallContext<'_>,
         array: &mut Array,
         f: rhai::FnPtr|
         -> Result<(), Box<rhai::EvalAltResult>> {
            for item in array.iter() {
                let _: Dynamic = f.call_within_context(&context, (item.clone(),))?;
            }
            Ok(())
        },
    );
    (engine, lines)
}

/// A value as the tests write it.
fn show(value: &Dynamic) -> String {
    let value = value.clone().flatten();
    if let Some(doc) = value.read_lock::<Doc>() {
        let fields: Vec<String> = doc
            .iter()
            .map(|(k, v)| format!("{k}: {}", show(v)))
            .collect();
        return format!("{{{}}}", fields.join(", "));
    }
    if let Some(array) = value.read_lock::<Array>() {
        return format!(
            "[{}]",
            array.iter().map(show).collect::<Vec<_>>().join(", ")
        );
    }
    if value.is_unit() {
        return if value.tag() == super::NULL_TAG {
            "null".into()
        } else {
            "undefined".into()
        };
    }
    value.to_string()
}

/// What a source prints, then its error if it has one.
fn run(text: &str) -> String {
    let (engine, lines) = engine();
    let mut scope = Scope::new();
    let failed = match compile(&engine, &scope, "test", text) {
        Err(e) => Some(format!("{e} {:?} {}", e.position, e.hints.join("; "))),
        Ok(ast) => engine
            .eval_ast_with_scope::<Dynamic>(&mut scope, &ast)
            .err()
            .map(|e| e.to_string()),
    };
    let mut lines = lines.borrow().clone();
    lines.extend(failed.map(|e| format!("ERROR {e}")));
    lines.join("\n")
}

/// The value of a source.
fn value(text: &str) -> String {
    let (engine, _) = engine();
    let mut scope = Scope::new();
    match compile(&engine, &scope, "test", text) {
        Err(e) => format!("ERROR {e} {:?}", e.position),
        Ok(ast) => engine
            .eval_ast_with_scope::<Dynamic>(&mut scope, &ast)
            .map_or_else(|e| format!("ERROR {e}"), |v| show(&v)),
    }
}

fn refused(text: &str) -> SyntaxError {
    let (engine, _) = engine();
    compile(&engine, &Scope::new(), "test", text).expect_err(text)
}

fn state(text: &str) -> Completeness {
    let (engine, _) = engine();
    completeness(&engine, &Scope::new(), text)
}

fn check(table: &[(&str, &str)], of: impl Fn(&str) -> String) {
    let wrong: Vec<String> = table
        .iter()
        .map(|(source, wanted)| (source, wanted, of(source)))
        .filter(|(_, wanted, got)| got != *wanted)
        .map(|(source, wanted, got)| format!("{source}\n   wanted {wanted}\n   got    {got}"))
        .collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
