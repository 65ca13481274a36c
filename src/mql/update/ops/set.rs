//! `$set` and `$setOnInsert`.

use bson::Bson;

use super::{At, Change, Effect, Missing};
use crate::mql::{Env, Result};
use crate::value::identical;

#[derive(Debug)]
struct Set {
    value: Bson,
    only_on_insert: bool,
}

pub(super) fn set(_: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    Ok(Box::new(Set {
        value: value.clone(),
        only_on_insert: false,
    }))
}

pub(super) fn set_on_insert(_: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    Ok(Box::new(Set {
        value: value.clone(),
        only_on_insert: true,
    }))
}

impl Change for Set {
    fn existing(&self, value: &mut Bson, _: &At<'_>) -> Result<Effect> {
        if identical(value, &self.value) {
            return Ok(Effect::Same);
        }
        value.clone_from(&self.value);
        Ok(Effect::Changed)
    }

    fn missing(&self, _: &At<'_>) -> Result<Missing> {
        Ok(Missing::Create(self.value.clone()))
    }

    fn only_on_insert(&self) -> bool {
        self.only_on_insert
    }
}
