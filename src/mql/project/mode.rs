//! Finding out whether a projection includes or excludes.

use super::super::error::{Error, Result};
use super::tree::Mode;

/// What has been seen of a specification so far.
#[derive(Debug, Default)]
pub(super) struct Seen {
    pub(super) mode: Option<Mode>,
    /// The whole `_id` as it was given: it may be excluded from an inclusion.
    pub(super) id: Option<bool>,
    pub(super) elem_match: bool,
    /// `$meta` outside of `find`, where it includes like any expression.
    pub(super) meta: bool,
    pub(super) positional: bool,
    pub(super) slice: bool,
}

impl Seen {
    pub(super) fn include(&mut self, field: &str) -> Result<()> {
        if self.mode == Some(Mode::Exclusion) {
            return Err(Error::new(
                31253,
                format!("Cannot do inclusion on field {field} in exclusion projection"),
            ));
        }
        self.mode = Some(Mode::Inclusion);
        Ok(())
    }

    pub(super) fn exclude(&mut self, field: &str) -> Result<()> {
        if self.mode == Some(Mode::Inclusion) {
            return Err(Error::new(
                31254,
                format!("Cannot do exclusion on field {field} in inclusion projection"),
            ));
        }
        self.mode = Some(Mode::Exclusion);
        Ok(())
    }

    /// An expression: `refused` is the error if fields are excluded.
    pub(super) fn compute(&mut self, refused: impl FnOnce() -> Error) -> Result<()> {
        if self.mode == Some(Mode::Exclusion) {
            return Err(refused());
        }
        self.mode = Some(Mode::Inclusion);
        Ok(())
    }

    /// The mode at the specification's end.
    pub(super) fn resolve(&self) -> Mode {
        match (self.mode, self.id) {
            (Some(mode), _) => mode,
            (None, Some(true)) => Mode::Inclusion,
            _ if self.meta || self.elem_match && !self.slice => Mode::Inclusion,
            (None, _) => Mode::Exclusion,
        }
    }
}
