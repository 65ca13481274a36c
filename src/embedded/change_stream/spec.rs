//! What a change stream is asked for: the options of `$changeStream`. Their types and values have been
//! checked where the stage was parsed.

use bson::{Bson, Document, Timestamp};

use super::token::Token;
use crate::mql::error::{Error, Result, code};

/// Which document an update's event has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FullDocument {
    /// None.
    #[default]
    Default,
    /// The document as it is when the event is read.
    UpdateLookup,
    /// The document as it was after the update, or null if that was not kept.
    WhenAvailable,
    /// The document as it was after the update.
    Required,
}

/// Whether an event has the document as it was before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum BeforeChange {
    /// No.
    #[default]
    Off,
    /// Or null if that was not kept.
    WhenAvailable,
    /// Yes.
    Required,
}

/// Where a stream begins.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// After what its opener has seen.
    Now,
    /// With the first event of a time.
    At(Timestamp),
    /// After the event of a token.
    After(Token),
}

/// The options of a `$changeStream`.
#[derive(Debug, Clone, PartialEq)]
pub struct Spec {
    /// `fullDocument`
    pub full_document: FullDocument,
    /// `fullDocumentBeforeChange`
    pub before_change: BeforeChange,
    /// `resumeAfter`, `startAfter`, `startAtOperationTime`
    pub start: Start,
    /// `showExpandedEvents`
    pub expanded: bool,
    /// `allChangesForCluster`
    pub cluster: bool,
}

impl Spec {
    /// Reads the options.
    ///
    /// # Errors
    /// A token that is none; several places to begin.
    pub fn parse(spec: &Document) -> Result<Spec> {
        let is = |name| spec.get_bool(name).unwrap_or(false);
        Ok(Spec {
            full_document: match spec.get_str("fullDocument") {
                Ok("updateLookup") => FullDocument::UpdateLookup,
                Ok("whenAvailable") => FullDocument::WhenAvailable,
                Ok("required") => FullDocument::Required,
                _ => FullDocument::Default,
            },
            before_change: match spec.get_str("fullDocumentBeforeChange") {
                Ok("whenAvailable") => BeforeChange::WhenAvailable,
                Ok("required") => BeforeChange::Required,
                _ => BeforeChange::Off,
            },
            start: start(spec)?,
            expanded: is("showExpandedEvents"),
            cluster: is("allChangesForCluster"),
        })
    }
}

fn start(spec: &Document) -> Result<Start> {
    let resume_after = spec.get_document("resumeAfter").ok();
    let token = resume_after.or_else(|| spec.get_document("startAfter").ok());
    let time = match spec.get("startAtOperationTime") {
        Some(Bson::Timestamp(time)) => Some(*time),
        _ => None,
    };
    match (token, time) {
        (Some(_), Some(_)) => Err(Error::new(
            40674,
            "Only one type of resume option is allowed, but multiple were found",
        )),
        (Some(token), None) => {
            let token = Token::parse(token)?;
            if resume_after.is_some() && token.from_invalidate {
                return Err(Error::new(
                    code::INVALID_RESUME_TOKEN,
                    "Attempting to resume a change stream using 'resumeAfter' is not allowed from an invalidate notification",
                ));
            }
            Ok(Start::After(token))
        }
        (None, Some(time)) => Ok(Start::At(time)),
        (None, None) => Ok(Start::Now),
    }
}
