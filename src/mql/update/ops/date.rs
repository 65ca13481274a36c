//! `$currentDate`.

use bson::{Bson, Timestamp};

use super::{At, Change, Effect, Missing};
use crate::mql::{Env, Error, Result, text};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum CurrentDate {
    Date,
    Timestamp,
}

pub(super) fn current_date(_: &str, value: &Bson, _: &Env) -> Result<Box<dyn Change>> {
    let kind = match value {
        Bson::Boolean(_) => CurrentDate::Date,
        Bson::Document(options) => {
            if let Some(other) = options.keys().find(|key| *key != "$type") {
                return Err(Error::bad_value(format!(
                    "Unrecognized $currentDate option: {other}"
                )));
            }
            match options.get_str("$type") {
                Ok("date") => CurrentDate::Date,
                Ok("timestamp") => CurrentDate::Timestamp,
                _ => {
                    return Err(Error::bad_value(
                        "The '$type' string field is required to be 'date' or 'timestamp': {$currentDate: {field : {$type: 'date'}}}",
                    ));
                }
            }
        }
        other => {
            return Err(Error::bad_value(format!(
                "{} is not valid type for $currentDate. Please use a boolean ('true') or a $type expression ({{$type: 'timestamp/date'}}).",
                text::type_name(other)
            )));
        }
    };
    Ok(Box::new(kind))
}

impl CurrentDate {
    fn now(self, env: &Env) -> Bson {
        match self {
            CurrentDate::Date => env.now.into(),
            CurrentDate::Timestamp => timestamp(env).into(),
        }
    }
}

/// The cluster's time, else one made of the clock's.
pub(in crate::mql::update) fn timestamp(env: &Env) -> Timestamp {
    env.cluster_time.unwrap_or_else(|| Timestamp {
        time: u32::try_from(env.now.timestamp_millis() / 1000).unwrap_or(0),
        increment: 1,
    })
}

impl Change for CurrentDate {
    fn existing(&self, value: &mut Bson, at: &At<'_>) -> Result<Effect> {
        *value = self.now(at.env);
        Ok(Effect::Changed)
    }

    fn missing(&self, at: &At<'_>) -> Result<Missing> {
        Ok(Missing::Create(self.now(at.env)))
    }
}
