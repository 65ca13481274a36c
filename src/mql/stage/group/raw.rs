//! Reading what a group needs from the bytes of stored documents.

use std::borrow::Cow;

use bson::{Bson, RawDocument};

use super::key::{Id, Key, Part};
use super::run::Argument;
use crate::mql::accumulate::AccumulatorSpec;
use crate::mql::error::code;
use crate::mql::expr::Expr;
use crate::mql::expr::path::FieldPath;
use crate::mql::{Error, Result};
use crate::value::Number;
use crate::value::raw::{RawFields, RawValue};

/// The most fields of a document that are read in this way.
pub(super) const MOST: usize = 8;

/// The values of some fields of a document; `None` is missing.
pub(super) type Values<'a> = [Option<RawValue<'a>>; MOST];

/// How key and arguments are read, where all of them are paths or constants.
#[derive(Debug)]
pub(super) struct Reader {
    /// The top-level fields that are read.
    names: Vec<Box<str>>,
    /// The key's values.
    key: Vec<Operand>,
    /// Whether the key is a document of several.
    many: bool,
    arguments: Vec<Operand>,
}

/// What a value is.
#[derive(Debug)]
enum Operand {
    Constant(Option<Bson>),
    /// A field, by its place in `names`, and what is asked of its value.
    Field(usize, Option<FieldPath>),
}

impl Reader {
    /// The reader of a group, if it can have one.
    pub(super) fn of(id: &Id, fields: &[(String, AccumulatorSpec)]) -> Option<Self> {
        let mut reader = Self {
            names: Vec::new(),
            key: Vec::new(),
            many: matches!(id, Id::Fields(_)),
            arguments: Vec::new(),
        };
        reader.key = match id {
            Id::One(expr) | Id::Field(_, expr) => vec![reader.operand(expr)?],
            Id::Fields(fields) => {
                let operands = fields.iter().map(|(_, expr)| reader.operand(expr));
                operands.collect::<Option<_>>()?
            }
        };
        let operands = fields
            .iter()
            .map(|(_, spec)| reader.operand(spec.plain_input()?));
        reader.arguments = operands.collect::<Option<_>>()?;
        Some(reader)
    }

    fn operand(&mut self, expr: &Expr) -> Option<Operand> {
        if let Some(value) = expr.constant() {
            return Some(Operand::Constant(value.cloned()));
        }
        let path = expr.field_path()?;
        let (name, rest) = match path.split_once('.') {
            Some((name, rest)) => (name, Some(FieldPath::parse(rest).ok()?)),
            None => (path.as_str(), None),
        };
        let known = self.names.iter().position(|known| **known == *name);
        let place = known.unwrap_or(self.names.len());
        if known.is_none() {
            self.names.push(name.into());
        }
        (place < MOST).then_some(Operand::Field(place, rest))
    }

    /// Reads the values of its fields, of which none is there before.
    pub(super) fn read<'a>(
        &self,
        document: &'a RawDocument,
        values: &mut Values<'a>,
    ) -> Result<()> {
        let mut left = self.names.len();
        let mut fields = RawFields::of(document);
        while left > 0 {
            let Some(field) = fields.next() else { break };
            let (name, value) = field.map_err(damaged)?;
            let place = self.names.iter().position(|known| known.as_bytes() == name);
            if let Some(place) = place.and_then(|place| values.get_mut(place))
                && place.is_none()
            {
                *place = Some(value);
                left -= 1;
            }
        }
        Ok(())
    }

    /// The key of a document with these values.
    pub(super) fn key<'a>(&'a self, values: &Values<'a>) -> Result<Key<'a>> {
        let mut parts = self.key.iter().map(|operand| operand.part(values));
        match (self.many, parts.next()) {
            (false, Some(part)) => Ok(Key::one(part?)),
            (_, first) => {
                let parts = first.into_iter().chain(parts);
                Ok(Key::Many(parts.collect::<Result<_>>()?))
            }
        }
    }

    /// The accumulators' arguments.
    pub(super) fn arguments(&self, values: &Values<'_>) -> impl Iterator<Item = Result<Argument>> {
        let arguments = self.arguments.iter();
        arguments.map(|operand| operand.argument(values))
    }
}

impl Operand {
    fn part<'a>(&'a self, values: &Values<'a>) -> Result<Part<'a>> {
        match self {
            Self::Constant(value) => Ok(Part::Value(value.as_ref().map(Cow::Borrowed))),
            Self::Field(place, None) => {
                let value = values.get(*place).copied().flatten();
                let text = value.map_or(Ok(None), |value| value.text());
                match text.map_err(damaged)? {
                    Some(text) => Ok(Part::Text(text)),
                    None => Ok(Part::Value(decoded(value)?.map(Cow::Owned))),
                }
            }
            Self::Field(..) => Ok(Part::Value(self.value(values)?.map(Cow::Owned))),
        }
    }

    fn argument(&self, values: &Values<'_>) -> Result<Argument> {
        let number = match self {
            Self::Constant(value) => value.as_ref().and_then(Number::from_bson),
            Self::Field(place, None) => values
                .get(*place)
                .and_then(|value| value.as_ref()?.number()),
            Self::Field(..) => None,
        };
        match number {
            Some(number) => Ok(Argument::Number(number)),
            None => self.value(values).map(Argument::Value),
        }
    }

    fn value(&self, values: &Values<'_>) -> Result<Option<Bson>> {
        match self {
            Self::Constant(value) => Ok(value.clone()),
            Self::Field(place, rest) => {
                let value = decoded(values.get(*place).copied().flatten())?;
                Ok(match rest {
                    None => value,
                    Some(path) => {
                        let inner = value.as_ref().and_then(|value| path.get_in(value));
                        inner.map(Cow::into_owned)
                    }
                })
            }
        }
    }
}

fn decoded(value: Option<RawValue<'_>>) -> Result<Option<Bson>> {
    let value = value.map(|value| value.to_bson());
    value.transpose().map_err(damaged)
}

fn damaged(e: impl std::fmt::Display) -> Error {
    Error::new(
        code::INVALID_BSON,
        format!("a stored document is damaged: {e}"),
    )
}
