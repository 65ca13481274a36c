//! The expressions Rhai's grammar does not have, as custom syntax: object literals in field order,
//! `null`, `typeof`, `a ? b : c`, `&&` and `||` of any values, arrays with `...`, and the step of a JavaScript `for`.
//!
//! Their keywords cannot be written in a source: only the tokens that this room makes hold them.

use rhai::{
    Array, Dynamic, Engine, EvalAltResult, EvalContext, Expression, ImmutableString, Map,
    ParseError, ParseErrorType, Position,
};

use super::{feed, shared};
use crate::script::api::Spread;
use crate::script::doc::Doc;
use crate::script::globals::js;

type RhaiResult = Result<Dynamic, Box<EvalAltResult>>;

/// Keyword of an object literal: `#{ value , value )`, the names come from [`feed::next_shape`].
pub(super) const OBJECT: &str = "#{";
/// Keyword of an array literal that holds spreads; its shape says which elements they are.
pub(super) const SPREAD_ARRAY: &str = "[...";
/// `null`.
pub(super) const NULL: &str = "$null";
/// `db`: the database at the time it is read, so that no closure keeps an older one.
pub(super) const DATABASE: &str = "$db";
/// `typeof ( expr )`.
pub(super) const TYPEOF: &str = "$typeof";
/// `?: condition => then : else`.
pub(super) const TERNARY: &str = "?:";
/// `truth condition`: whether a value counts as true, as in JavaScript.
pub(super) const TRUTH: &str = "$truth";
/// `and a => b`, `or a => b`: JavaScript's `&&` and `||`, of any values.
pub(super) const AND: &str = "$and";
pub(super) const OR: &str = "$or";
/// `for; condition { step }`: the condition of a `while` that steps first, but not the first time.
pub(super) const FOR_STEP: &str = "for;";
/// The function that every caught error goes through, if the engine has it.
pub const CAUGHT: &str = "caught error";
/// `load ( file )`: runs another source in the scope of the call.
pub(super) const LOAD: &str = "load file";
/// `finally { … } { … }`: runs the second block however the first one is left.
pub(super) const FINALLY: &str = "finally {";
/// The variable that tells a [`FOR_STEP`] its first time; no source can name it.
pub(super) const FOR_STARTED: &str = "for$started";
/// The operator of `db = …`: calls the function of this name.
pub(super) const USE_DATABASE: &str = "use_database";
/// `a instanceof B`: calls the function of this name with the name of `B`.
pub(super) const INSTANCEOF: &str = "instanceof";
/// A value by itself, apart from the variable that holds it.
pub(super) const VALUE_OF: &str = "value of";
/// The items of an array as arguments of a call.
pub(super) const SPREAD_OF: &str = "spread of";
/// What `for (k in x)` runs over.
pub(super) const KEYS_IN: &str = "for in keys";

/// The tag of the `()` that is BSON's null; without it `()` is JavaScript's undefined.
pub const NULL_TAG: i32 = 1;

pub(super) fn install(engine: &mut Engine) {
    engine.register_fn(VALUE_OF, |value: Dynamic| value);
    engine.register_fn(SPREAD_OF, spread_of);
    engine.register_custom_syntax_without_look_ahead_raw(OBJECT, next_of_list, false, object);
    engine.register_custom_syntax_without_look_ahead_raw(
        SPREAD_ARRAY,
        next_of_list,
        false,
        spread_array,
    );
    engine.register_custom_syntax_without_look_ahead_raw(
        NULL,
        |_, _| Ok(None),
        false,
        |_, _, _| Ok(null()),
    );
    engine.register_custom_syntax_without_look_ahead_raw(
        TYPEOF,
        fixed(&["(", "$expr$", ")"]),
        false,
        type_of,
    );
    engine.register_custom_syntax_without_look_ahead_raw(
        TERNARY,
        fixed(&["$expr$", "=>", "$expr$", ":", "$expr$"]),
        false,
        ternary,
    );
    engine.register_custom_syntax_without_look_ahead_raw(
        TRUTH,
        fixed(&["$expr$"]),
        false,
        |context, values, _| condition(context, &values[0]).map(Dynamic::from),
    );
    for (keyword, ends_with) in [(AND, false), (OR, true)] {
        engine.register_custom_syntax_without_look_ahead_raw(
            keyword,
            fixed(&["$expr$", "=>", "$expr$"]),
            false,
            move |context, values, _| {
                let first = context.eval_expression_tree(&values[0])?.flatten();
                match js::convert::truthy(&first) == ends_with {
                    true => Ok(first),
                    false => context.eval_expression_tree(&values[1]),
                }
            },
        );
    }
    engine.register_custom_syntax_without_look_ahead_raw(
        FOR_STEP,
        fixed(&["$expr$", "$block$"]),
        false,
        for_step,
    );
    engine.register_custom_syntax_without_look_ahead_raw(
        FINALLY,
        fixed(&["$block$", "$block$"]),
        false,
        finally,
    );
    shared::install(engine);
    for (operator, precedence) in [(USE_DATABASE, 2), (INSTANCEOF, 130)] {
        // The names are ours and never refused.
        let _ = engine.register_custom_operator(operator, precedence);
    }
    engine.register_fn(KEYS_IN, keys_in);
    engine.register_fn(CAUGHT, |error: Dynamic| error);
}

/// Says how `load(file)` runs another source, with the scope of the call at hand.
pub fn install_load(
    engine: &mut Engine,
    load: impl Fn(&mut EvalContext<'_, '_, '_, '_, '_, '_>, &Dynamic) -> RhaiResult + 'static,
) {
    engine.register_custom_syntax_without_look_ahead_raw(
        LOAD,
        fixed(&["(", "$expr$", ")"]),
        true,
        move |context, inputs, _| {
            let file = context.eval_expression_tree(&inputs[0])?.flatten();
            load(context, &file).map_err(|mut error| {
                if error.position().is_none() {
                    error.set_position(inputs[0].position());
                }
                error
            })
        },
    );
}

/// Whether an expression is `db`.
#[must_use]
pub fn is_database(expr: &rhai::Expr) -> bool {
    match expr {
        rhai::Expr::Custom(form, _) => form.tokens.first().is_some_and(|word| word == DATABASE),
        rhai::Expr::Variable(variable, ..) => variable.1 == "db",
        _ => false,
    }
}

/// Whether an expression is `load(file)`.
#[must_use]
pub fn is_load(expr: &rhai::Expr) -> bool {
    match expr {
        rhai::Expr::Custom(form, _) => form.tokens.first().is_some_and(|word| word == LOAD),
        _ => false,
    }
}

/// Says what `db` means where a source declares no variable of that name.
pub fn install_database(engine: &mut Engine, current: impl Fn() -> Dynamic + 'static) {
    engine.register_custom_syntax_without_look_ahead_raw(
        DATABASE,
        |_, _| Ok(None),
        false,
        move |_, _, _| Ok(current()),
    );
}

/// A form whose parts are always the same.
pub(super) fn fixed(
    parts: &'static [&'static str],
) -> impl Fn(&[ImmutableString], &mut Dynamic) -> Result<Option<ImmutableString>, ParseError> {
    move |seen, _| Ok(parts.get(seen.len() - 1).map(|part| (*part).into()))
}

/// BSON's null as a script value.
fn null() -> Dynamic {
    let mut null = Dynamic::UNIT;
    null.set_tag(NULL_TAG);
    null
}

/// A key of an object literal that is computed when the literal is evaluated.
pub(super) const COMPUTED: Dynamic = Dynamic::UNIT;
/// The place of a spread.
pub(super) const SPREAD: Dynamic = Dynamic::TRUE;

/// What a literal's parts are: how many expressions it holds, then each part.
pub(super) fn shape(values: usize, parts: Vec<Dynamic>) -> Dynamic {
    let mut shape = Array::with_capacity(parts.len() + 1);
    shape.push(Dynamic::from(values as i64));
    shape.extend(parts);
    shape.into()
}

/// What `f(...value)` is given.
fn spread_of(value: Dynamic) -> Result<Spread, Box<EvalAltResult>> {
    let items = js::items(&value).map(Spread);
    items.ok_or_else(|| {
        let message = format!(
            "only an array can be spread into arguments, this is {}",
            value.type_name()
        );
        EvalAltResult::ErrorRuntime(message.into(), Position::NONE).into()
    })
}

/// Asks for as many expressions as the shape says: one for each part, two for a computed key.
fn next_of_list(
    seen: &[ImmutableString],
    state: &mut Dynamic,
) -> Result<Option<ImmutableString>, ParseError> {
    if seen.len() == 1 {
        *state = feed::next_shape()
            .ok_or_else(|| ParseError(Box::new(ParseErrorType::UnexpectedEOF), Position::NONE))?;
    }
    let values = state
        .as_array_ref()
        .ok()
        .and_then(|shape| shape.first()?.as_int().ok())
        .and_then(|n| usize::try_from(n).ok())
        .unwrap_or(0);
    // `#{ v , v )` is seen as [#{, v, `,`, v, )].
    let done = seen.len() - 1;
    Ok(match done {
        _ if values == 0 && done == 0 => Some(")".into()),
        _ if values == 0 => None,
        _ if done == values * 2 => None,
        _ if done == values * 2 - 1 => Some(")".into()),
        _ if done.is_multiple_of(2) => Some("$expr$".into()),
        _ => Some(",".into()),
    })
}

fn object(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    values: &[Expression<'_>],
    shape: &Dynamic,
) -> RhaiResult {
    let Ok(shape) = shape.as_array_ref() else {
        return Ok(Dynamic::UNIT);
    };
    let mut doc = Doc::with_capacity(shape.len());
    let mut values = values.iter();
    for key in shape.iter().skip(1) {
        let Some(first) = values.next() else { break };
        let value = context.eval_expression_tree(first)?;
        if let Ok(name) = key.as_immutable_string_ref() {
            put(&mut doc, name.clone(), value, first.position())?;
        } else if key.is_unit() {
            let Some(second) = values.next() else { break };
            let field = context.eval_expression_tree(second)?;
            put(&mut doc, value.to_string().into(), field, second.position())?;
        } else {
            spread_into(&mut doc, value, first.position())?;
        }
    }
    Ok(Dynamic::from(doc))
}

fn put(
    doc: &mut Doc,
    key: ImmutableString,
    value: Dynamic,
    position: Position,
) -> Result<(), Box<EvalAltResult>> {
    doc.set(key, value)
        .map_err(|e| EvalAltResult::ErrorRuntime(e.to_string().into(), position).into())
}

fn spread_into(
    doc: &mut Doc,
    value: Dynamic,
    position: Position,
) -> Result<(), Box<EvalAltResult>> {
    if value.is_unit() {
        return Ok(());
    }
    if let Some(other) = value.read_lock::<Doc>() {
        for (key, value) in other.iter() {
            put(doc, key.clone(), value.clone(), position)?;
        }
        return Ok(());
    }
    if let Some(map) = value.read_lock::<Map>() {
        for (key, value) in map.iter() {
            put(doc, key.as_str().into(), value.clone(), position)?;
        }
        return Ok(());
    }
    let message = format!(
        "only a document can be spread into a document, this is {}",
        value.type_name()
    );
    Err(EvalAltResult::ErrorRuntime(message.into(), position).into())
}

fn spread_array(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    values: &[Expression<'_>],
    shape: &Dynamic,
) -> RhaiResult {
    let Ok(shape) = shape.as_array_ref() else {
        return Ok(Dynamic::UNIT);
    };
    let mut array = Array::with_capacity(shape.len());
    for (place, expression) in shape.iter().skip(1).zip(values) {
        let value = context.eval_expression_tree(expression)?.flatten();
        if !place.is_bool() {
            array.push(value);
        } else if let Some(items) = js::items(&value) {
            array.extend(items);
        } else if let Ok(text) = value.as_immutable_string_ref() {
            array.extend(
                text.chars()
                    .map(|c| Dynamic::from(ImmutableString::from(c.to_string()))),
            );
        } else {
            let message = format!(
                "only an array can be spread into an array, this is {}",
                value.type_name()
            );
            return Err(EvalAltResult::ErrorRuntime(message.into(), expression.position()).into());
        }
    }
    Ok(array.into())
}

fn type_of(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    values: &[Expression<'_>],
    _: &Dynamic,
) -> RhaiResult {
    let value = match context.eval_expression_tree(&values[0]) {
        Ok(value) => value.flatten(),
        Err(error) if matches!(*error, EvalAltResult::ErrorVariableNotFound(..)) => Dynamic::UNIT,
        Err(error) => return Err(error),
    };
    Ok(java_script_type(&value).into())
}

/// JavaScript's name for the type of a value; numbers of BSON that are objects there are objects.
fn java_script_type(value: &Dynamic) -> &'static str {
    if value.is_unit() {
        if value.tag() == NULL_TAG {
            "object"
        } else {
            "undefined"
        }
    } else if value.is_bool() {
        "boolean"
    } else if value.is_int() || value.is_float() {
        "number"
    } else if value.is_string() || value.is_char() {
        "string"
    } else if value.is_fnptr() {
        "function"
    } else {
        "object"
    }
}

fn ternary(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    values: &[Expression<'_>],
    _: &Dynamic,
) -> RhaiResult {
    let chosen = if condition(context, &values[0])? {
        &values[1]
    } else {
        &values[2]
    };
    context.eval_expression_tree(chosen)
}

/// Whether the value counts as true, as in JavaScript.
fn condition(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    expression: &Expression<'_>,
) -> Result<bool, Box<EvalAltResult>> {
    let value = context.eval_expression_tree(expression)?.flatten();
    Ok(js::convert::truthy(&value))
}

fn for_step(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    values: &[Expression<'_>],
    _: &Dynamic,
) -> RhaiResult {
    let first = context.scope_mut().get_value::<bool>(FOR_STARTED).is_none();
    if first {
        context.scope_mut().set_value(FOR_STARTED, true);
    } else {
        let _ = context.eval_expression_tree(&values[1])?;
    }
    condition(context, &values[0]).map(Dynamic::from)
}

/// Returning, leaving a loop and throwing are all errors on their way; an end by force is none.
fn finally(
    context: &mut EvalContext<'_, '_, '_, '_, '_, '_>,
    blocks: &[Expression<'_>],
    _: &Dynamic,
) -> RhaiResult {
    let result = context.eval_expression_tree(&blocks[0]);
    if !matches!(&result, Err(error) if matches!(**error, EvalAltResult::ErrorTerminated(..))) {
        let _: Dynamic = context.eval_expression_tree(&blocks[1])?;
    }
    result
}

/// What JavaScript's `for (k in x)` runs over: field names, or the places of an array as text.
fn keys_in(value: Dynamic) -> Array {
    let text = |n: usize| Dynamic::from(ImmutableString::from(n.to_string()));
    if let Some(doc) = value.read_lock::<Doc>() {
        doc.keys().map(|k| Dynamic::from(k.clone())).collect()
    } else if let Some(map) = value.read_lock::<Map>() {
        map.keys()
            .map(|k| Dynamic::from(ImmutableString::from(k.as_str())))
            .collect()
    } else if let Some(array) = value.read_lock::<Array>() {
        (0..array.len()).map(text).collect()
    } else if let Ok(string) = value.as_immutable_string_ref() {
        (0..string.chars().count()).map(text).collect()
    } else {
        Array::new()
    }
}
