//! `$min` and `$max`.

use std::cmp::Ordering;

use bson::Bson;

use super::{At, Change, Effect, Missing};
use crate::mql::{Env, Result};
use crate::value::compare;

#[derive(Debug)]
struct Bound {
    value: Bson,
    /// How the new value compares with the old one if it takes its place.
    wins: Ordering,
}

pub(super) fn min(_: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    Ok(Box::new(Bound {
        value: value.clone(),
        wins: Ordering::Less,
    }))
}

pub(super) fn max(_: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    Ok(Box::new(Bound {
        value: value.clone(),
        wins: Ordering::Greater,
    }))
}

impl Change for Bound {
    fn existing(&self, value: &mut Bson, _: &At<'_>) -> Result<Effect> {
        if compare(&self.value, value) != self.wins {
            return Ok(Effect::Same);
        }
        value.clone_from(&self.value);
        Ok(Effect::Changed)
    }

    fn missing(&self, _: &At<'_>) -> Result<Missing> {
        Ok(Missing::Create(self.value.clone()))
    }
}
