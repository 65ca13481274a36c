//! Fail points: how tests make commands fail. Only where the server was started for tests.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use bson::{Bson, Document};

use crate::mql::{Error, Result};

/// All fail points.
#[derive(Debug, Default)]
pub struct FailPoints {
    any: AtomicBool,
    points: Mutex<HashMap<String, Point>>,
}

#[derive(Debug, Clone)]
struct Point {
    mode: Mode,
    data: Document,
    entered: i32,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Mode {
    Off,
    Always,
    Times(i64),
    Skip(i64),
    Random(f64),
}

/// The fail points that do something here. Others of the server's names are taken and do nothing.
const KNOWN: &[&str] = &[
    "failCommand",
    "failGetMoreAfterCursorCheckout",
    "maxTimeAlwaysTimeOut",
    "maxTimeNeverTimeOut",
    "onPrimaryTransactionalWrite",
    "waitAfterPinningCursorBeforeGetMoreBatch",
    "waitInFindBeforeMakingBatch",
];

impl FailPoints {
    fn points(&self) -> MutexGuard<'_, HashMap<String, Point>> {
        self.points.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sets a fail point; how often it was entered before.
    ///
    /// # Errors
    /// When there is none of that name, or the mode is none.
    pub fn set(&self, name: &str, mode: &Bson, data: Document) -> Result<i32> {
        if !KNOWN.contains(&name) {
            return Err(Error::new(266, format!("{name} not found")));
        }
        let mode = Mode::parse(mode)?;
        let mut points = self.points();
        let entered = points.get(name).map_or(0, |p| p.entered);
        let point = Point {
            mode,
            data,
            entered,
        };
        points.insert(name.to_owned(), point);
        let any = points.values().any(|p| p.mode != Mode::Off);
        self.any.store(any, Ordering::Relaxed);
        Ok(entered)
    }

    /// Whether a fail point strikes now, if it is meant for this; its data then.
    #[must_use]
    pub fn strike(&self, name: &str, meant: impl Fn(&Document) -> bool) -> Option<Document> {
        if !self.any.load(Ordering::Relaxed) {
            return None;
        }
        let mut points = self.points();
        let point = points.get_mut(name)?;
        if point.mode == Mode::Off || !meant(&point.data) {
            return None;
        }
        let strikes = point.mode.strike();
        if strikes {
            point.entered += 1;
        }
        strikes.then(|| point.data.clone())
    }
}

impl Mode {
    fn parse(mode: &Bson) -> Result<Self> {
        let bad = || {
            Error::bad_value(format!(
                "'mode' must be one of 'off', 'alwaysOn', 'times', 'skip' or 'activationProbability', not {mode}"
            ))
        };
        match mode {
            Bson::String(text) if text == "off" => Ok(Self::Off),
            Bson::String(text) if text == "alwaysOn" => Ok(Self::Always),
            Bson::Document(mode) => {
                let (name, value) = mode.iter().next().ok_or_else(bad)?;
                let number = crate::embedded::commands::fields::long(value);
                match (name.as_str(), value) {
                    ("times", _) => number.map(Self::Times).ok_or_else(bad),
                    ("skip", _) => number.map(Self::Skip).ok_or_else(bad),
                    ("activationProbability", Bson::Double(p)) => Ok(Self::Random(*p)),
                    _ => Err(bad()),
                }
            }
            _ => Err(bad()),
        }
    }

    fn strike(&mut self) -> bool {
        match self {
            Self::Off => false,
            Self::Always => true,
            Self::Times(left) => {
                *left -= 1;
                let strikes = *left >= 0;
                if *left <= 0 {
                    *self = Self::Off;
                }
                strikes
            }
            Self::Skip(left) => {
                *left -= 1;
                *left < 0
            }
            Self::Random(p) => super::chance() < *p,
        }
    }
}
