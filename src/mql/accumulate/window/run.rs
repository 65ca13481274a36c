//! Computing a field for a whole partition.

use bson::{Bson, Document};

use super::removable::{Average, Count, Covariance, Deviation, Extremes, Removable, Sum};
use super::slope::{Integral, derivative};
use super::{Function, WindowSpec, order};
use crate::mql::accumulate::AccumulatorSpec;
use crate::mql::expr::Expr;
use crate::mql::{Env, Result};

type Values = Result<Vec<Option<Bson>>>;

pub(super) fn values(spec: &WindowSpec, partition: &[Document], env: &Env) -> Values {
    let sort = spec.sort.as_ref();
    match &spec.function {
        Function::Rank(kind) => order::ranks(*kind, partition, sort, env),
        Function::Shift {
            output,
            by,
            default,
        } => order::shifted(output, *by, default, partition, env),
        Function::Locf(input) => order::carried(input, partition, env),
        Function::LinearFill(input) => order::linear_fill(input, partition, sort, env),
        Function::ExpMovingAvg { input, alpha } => {
            order::moving_average(input, *alpha, partition, env)
        }
        Function::First(input) => ends(spec, input, partition, env, |window| window.first()),
        Function::Last(input) => ends(spec, input, partition, env, |window| window.last()),
        Function::Derivative { input, unit } => {
            let value = |window: &[Document]| derivative(input, *unit, window, sort, env);
            let windows = spec.bounds.windows(partition, sort, env)?;
            let values = windows
                .into_iter()
                .map(|w| value(slice(partition, w)).map(Some));
            values.collect()
        }
        Function::Covariance { input, sample } => {
            let inputs = partition.iter().map(|doc| input.eval(doc, env));
            let inputs = inputs.collect::<Result<Vec<_>>>()?;
            moving(spec, partition, &inputs, &mut Covariance::new(*sample), env)
        }
        Function::Integral { input, unit } => {
            let inputs = partition.iter().map(|doc| {
                let x = sort.map_or(Ok(None), |sort| sort.path.eval(doc, env))?;
                let y = input.eval(doc, env)?;
                let or_null = |v: Option<Bson>| v.unwrap_or(Bson::Null);
                Ok(Some(Bson::Array(vec![or_null(x), or_null(y)])))
            });
            let inputs = inputs.collect::<Result<Vec<_>>>()?;
            moving(spec, partition, &inputs, &mut Integral::new(*unit), env)
        }
        Function::Accumulate(accumulator) => accumulate(spec, accumulator, partition, env),
    }
}

fn slice(partition: &[Document], (from, to): (usize, usize)) -> &[Document] {
    partition.get(from..to).unwrap_or_default()
}

/// `$first` and `$last`: a missing value is not set, and an empty window is null.
fn ends(
    spec: &WindowSpec,
    input: &Expr,
    partition: &[Document],
    env: &Env,
    end: fn(&[Document]) -> Option<&Document>,
) -> Values {
    let windows = spec.bounds.windows(partition, spec.sort.as_ref(), env)?;
    let value = |window| match end(slice(partition, window)) {
        Some(doc) => input.eval(doc, env),
        None => Ok(Some(Bson::Null)),
    };
    windows.into_iter().map(value).collect()
}

fn accumulate(
    spec: &WindowSpec,
    accumulator: &AccumulatorSpec,
    partition: &[Document],
    env: &Env,
) -> Values {
    let inputs = partition.iter().map(|doc| accumulator.evaluate(doc, env));
    let inputs = inputs.collect::<Result<Vec<_>>>()?;
    if spec.bounds.is_left_unbounded() {
        return growing(spec, accumulator, partition, inputs, env);
    }
    let limit = accumulator.limit(None, env)?;
    let mut state: Box<dyn Removable> = match accumulator.name() {
        "$sum" => Box::<Sum>::default(),
        "$avg" => Box::<Average>::default(),
        "$count" => Box::<Count>::default(),
        "$stdDevPop" => Box::new(Deviation::new(false)),
        "$stdDevSamp" => Box::new(Deviation::new(true)),
        "$min" | "$minN" => Box::new(Extremes::new(false, limit)),
        "$max" | "$maxN" => Box::new(Extremes::new(true, limit)),
        _ => return anew(spec, accumulator, partition, &inputs, env),
    };
    moving(spec, partition, &inputs, state.as_mut(), env)
}

/// A window that begins with the partition.
fn growing(
    spec: &WindowSpec,
    accumulator: &AccumulatorSpec,
    partition: &[Document],
    inputs: Vec<Option<Bson>>,
    env: &Env,
) -> Values {
    let windows = spec.bounds.windows(partition, spec.sort.as_ref(), env)?;
    let mut state = accumulator.start(None, env)?;
    let mut inputs = inputs.into_iter();
    let mut done = 0;
    let mut values: Vec<Option<Bson>> = Vec::with_capacity(windows.len());
    for (_, to) in windows {
        if done == to
            && let Some(last) = values.last()
        {
            values.push(last.clone());
            continue;
        }
        while done < to {
            let Some(input) = inputs.next() else { break };
            state.add(input)?;
            done += 1;
        }
        values.push(state.value());
    }
    Ok(values)
}

/// A window that moves: what comes is added before what goes is removed, as on the server.
fn moving(
    spec: &WindowSpec,
    partition: &[Document],
    inputs: &[Option<Bson>],
    state: &mut dyn Removable,
    env: &Env,
) -> Values {
    let windows = spec.bounds.windows(partition, spec.sort.as_ref(), env)?;
    let (mut first, mut end) = (0, 0);
    let mut values = Vec::with_capacity(windows.len());
    for (from, to) in windows {
        if from > end {
            // Nothing stays, and documents that the window skips never come in.
            while first < end {
                state.remove(inputs.get(first).and_then(Option::as_ref))?;
                first += 1;
            }
            (first, end) = (from, from);
        }
        while end < to {
            state.add(inputs.get(end).and_then(Option::as_ref))?;
            end += 1;
        }
        while first < from {
            state.remove(inputs.get(first).and_then(Option::as_ref))?;
            first += 1;
        }
        values.push(Some(state.value()?));
    }
    Ok(values)
}

/// A window whose values are taken anew for each document, since the result is as large as the window.
fn anew(
    spec: &WindowSpec,
    accumulator: &AccumulatorSpec,
    partition: &[Document],
    inputs: &[Option<Bson>],
    env: &Env,
) -> Values {
    let windows = spec.bounds.windows(partition, spec.sort.as_ref(), env)?;
    let limit = accumulator.limit(None, env)?;
    let value = |(from, to)| {
        env.interrupt.check()?;
        let inputs = inputs.get(from..to).unwrap_or_default();
        if let Some(top) = accumulator.window_top(limit) {
            return top.of_window(inputs).map(Some);
        }
        let mut state = accumulator.start(None, env)?;
        for input in inputs {
            if !state.needs_more() {
                break;
            }
            state.add(input.clone())?;
        }
        Ok(state.finish())
    };
    windows.into_iter().map(value).collect()
}
