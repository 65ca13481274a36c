//! What a `$group` groups by.

use std::borrow::Cow;
use std::hash::Hasher;

use bson::{Bson, Document};

use super::hash::{hash_text, hash_value, same};
use crate::mql::expr::Expr;
use crate::mql::{Deps, Env, Error, Result};

/// The `_id` of a `$group`.
#[derive(Debug, Clone)]
pub(super) enum Id {
    /// One value; missing is null.
    One(Expr),
    /// A document of one field; missing is null.
    Field(String, Expr),
    /// A document of several fields, where a missing one stays missing.
    Fields(Vec<(String, Expr)>),
}

/// A key as it is computed: one value or several, borrowed from the document.
pub(super) enum Key<'a> {
    One(Part<'a>),
    Many(Vec<Part<'a>>),
}

/// A value of a key.
pub(super) enum Part<'a> {
    /// `None` is missing.
    Value(Option<Cow<'a, Bson>>),
    /// A text in a stored document.
    Text(&'a str),
}

/// A key as it is kept.
pub(super) enum Kept {
    One(Option<Bson>),
    Many(Vec<Option<Bson>>),
}

impl Id {
    pub(super) fn parse(id: &Bson, env: &Env) -> Result<Self> {
        let Bson::Document(spec) = id else {
            return Ok(Self::One(Expr::parse(id, env)?));
        };
        if spec
            .keys()
            .next()
            .is_none_or(|first| first.starts_with('$'))
        {
            return Ok(Self::One(Expr::parse(id, env)?));
        }
        let inclusion = |value: &Bson| {
            let number = crate::value::Number::from_bson(value).is_some();
            number || matches!(value, Bson::Boolean(_))
        };
        if spec.values().any(inclusion) {
            return Err(Error::new(
                17390,
                "$group does not support inclusion-style expressions",
            ));
        }
        // The names are checked as those of an object; its fields are then computed one by one.
        let whole = Expr::parse(id, env)?;
        if whole.constant().is_some() {
            return Ok(Self::One(whole));
        }
        let fields = spec
            .iter()
            .map(|(name, value)| Ok((name.clone(), Expr::parse(value, env)?)));
        let mut fields = fields.collect::<Result<Vec<_>>>()?;
        match (fields.len(), fields.pop()) {
            (1, Some((name, expr))) => Ok(Self::Field(name, expr)),
            (_, last) => {
                fields.extend(last);
                Ok(Self::Fields(fields))
            }
        }
    }

    pub(super) fn of<'a>(&'a self, document: &'a Document, env: &'a Env) -> Result<Key<'a>> {
        match self {
            Self::One(expr) | Self::Field(_, expr) => {
                let value = expr.eval_ref(document, env)?;
                Ok(Key::one(Part::Value(value)))
            }
            Self::Fields(fields) => {
                let values = fields.iter().map(|(_, expr)| expr.eval_ref(document, env));
                let parts = values.map(|value| value.map(Part::Value));
                Ok(Key::Many(parts.collect::<Result<_>>()?))
            }
        }
    }

    /// The `_id` of a group.
    pub(super) fn shown(&self, kept: &Kept) -> Bson {
        match (self, kept) {
            (Self::Field(name, _), Kept::One(value)) => {
                let mut shown = Document::new();
                shown.insert(name.as_str(), value.clone().unwrap_or(Bson::Null));
                Bson::Document(shown)
            }
            (Self::Fields(fields), Kept::Many(values)) => {
                let mut shown = Document::new();
                for ((name, _), value) in fields.iter().zip(values) {
                    if let Some(value) = value {
                        shown.insert(name.as_str(), value.clone());
                    }
                }
                Bson::Document(shown)
            }
            (_, Kept::One(value)) => value.clone().unwrap_or(Bson::Null),
            (_, Kept::Many(_)) => Bson::Null,
        }
    }

    pub(super) fn deps(&self, deps: &mut Deps) {
        match self {
            Self::One(expr) | Self::Field(_, expr) => expr.deps(deps),
            Self::Fields(fields) => fields.iter().for_each(|(_, expr)| expr.deps(deps)),
        }
    }
}

impl<'a> Key<'a> {
    /// A key of one value; missing is null.
    pub(super) fn one(part: Part<'a>) -> Self {
        Self::One(match part {
            Part::Value(None) => Part::Value(Some(Cow::Owned(Bson::Null))),
            part => part,
        })
    }

    pub(super) fn hash(&self, mut state: impl Hasher) -> u64 {
        match self {
            Self::One(part) => part.hash(&mut state),
            Self::Many(parts) => parts.iter().for_each(|part| part.hash(&mut state)),
        }
        state.finish()
    }

    pub(super) fn is(&self, kept: &Kept) -> bool {
        match (self, kept) {
            (Self::One(a), Kept::One(b)) => a.is(b.as_ref()),
            (Self::Many(a), Kept::Many(b)) => a.iter().zip(b).all(|(a, b)| a.is(b.as_ref())),
            _ => false,
        }
    }

    pub(super) fn keep(self) -> Kept {
        match self {
            Self::One(part) => Kept::One(part.keep()),
            Self::Many(parts) => Kept::Many(parts.into_iter().map(Part::keep).collect()),
        }
    }
}

impl Part<'_> {
    fn hash(&self, state: &mut impl Hasher) {
        match self {
            Self::Value(value) => hash_value(value.as_deref(), state),
            Self::Text(text) => hash_text(text, state),
        }
    }

    fn is(&self, kept: Option<&Bson>) -> bool {
        match (self, kept) {
            (Self::Value(value), kept) => same(value.as_deref(), kept),
            (Self::Text(text), Some(Bson::String(kept) | Bson::Symbol(kept))) => text == kept,
            (Self::Text(_), _) => false,
        }
    }

    fn keep(self) -> Option<Bson> {
        match self {
            Self::Value(value) => value.map(Cow::into_owned),
            Self::Text(text) => Some(Bson::String(text.to_owned())),
        }
    }
}

impl Kept {
    /// As a document in a file.
    pub(super) fn to_document(&self) -> Document {
        let values = match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Many(values) => values,
        };
        let named = values.iter().enumerate();
        named
            .filter_map(|(at, value)| Some((at.to_string(), value.clone()?)))
            .collect()
    }

    /// From such a document; `like` says how many values it has.
    pub(super) fn from_document(mut document: Document, like: &Id) -> Self {
        match like {
            Id::Fields(fields) => {
                let values = (0..fields.len()).map(|at| document.remove(at.to_string()));
                Self::Many(values.collect())
            }
            _ => Self::One(document.remove("0")),
        }
    }

    pub(super) fn as_key(&self) -> Key<'_> {
        fn part(value: &Option<Bson>) -> Part<'_> {
            Part::Value(value.as_ref().map(Cow::Borrowed))
        }
        match self {
            Self::One(value) => Key::One(part(value)),
            Self::Many(values) => Key::Many(values.iter().map(part).collect()),
        }
    }
}
