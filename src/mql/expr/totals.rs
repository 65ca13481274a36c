//! Accumulators as expressions: `$sum`, `$avg`, `$min`, `$max`, `$stdDevPop`, `$stdDevSamp`, over the items of one array
//! or over several arguments.

use bson::Bson;

use super::operator::{Args, Call, Operator};
use super::scope::Scope;
use super::value::Value;
use crate::mql::Result;
use crate::mql::accumulate::{Accumulator, of_values};

pub(super) static OPERATORS: &[Operator] = &[
    Operator::new("$avg", Args::Any, total),
    Operator::new("$max", Args::Any, total),
    Operator::new("$min", Args::Any, total),
    Operator::new("$stdDevPop", Args::Any, total),
    Operator::new("$stdDevSamp", Args::Any, total),
    Operator::new("$sum", Args::Any, total),
];

fn total<'a>(call: &'a Call, scope: Scope<'a>) -> Result<Value<'a>> {
    let mut state = of_values(call.op.name);
    if call.args.len() == 1 {
        let value = call.arg(0, scope)?;
        if let Some(Bson::Array(items)) = value.as_deref() {
            for item in items {
                state.add(Some(item.clone()))?;
            }
        } else {
            state.add(value.map(std::borrow::Cow::into_owned))?;
        }
        return Ok(result(state));
    }
    for i in 0..call.args.len() {
        let value = call.arg(i, scope)?;
        state.add(value.map(std::borrow::Cow::into_owned))?;
    }
    Ok(result(state))
}

fn result<'a>(state: Box<dyn Accumulator>) -> Value<'a> {
    state.finish().map(std::borrow::Cow::Owned)
}
