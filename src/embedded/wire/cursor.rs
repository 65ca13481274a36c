//! Reading numbers and texts from bytes that may end too early.

use super::WireError;

/// A place in some bytes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bytes<'a> {
    rest: &'a [u8],
}

impl<'a> Bytes<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn rest(self) -> &'a [u8] {
        self.rest
    }

    pub(super) fn is_empty(self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn take(&mut self, n: usize) -> Result<&'a [u8], WireError> {
        let Some((taken, rest)) = self.rest.split_at_checked(n) else {
            return Err(WireError::malformed("it ends too early"));
        };
        self.rest = rest;
        Ok(taken)
    }

    pub(super) fn byte(&mut self) -> Result<u8, WireError> {
        Ok(self.take(1)?.first().copied().unwrap_or_default())
    }

    pub(super) fn int(&mut self) -> Result<i32, WireError> {
        let mut bytes = [0; 4];
        bytes.copy_from_slice(self.take(4)?);
        Ok(i32::from_le_bytes(bytes))
    }

    /// A text that ends with a zero byte.
    pub(super) fn text(&mut self) -> Result<&'a str, WireError> {
        let end = self.rest.iter().position(|b| *b == 0);
        let end = end.ok_or_else(|| WireError::malformed("a text has no end"))?;
        let text = std::str::from_utf8(self.take(end)?);
        self.take(1)?;
        text.map_err(|_| WireError::malformed("a text is no UTF-8"))
    }

    /// The bytes of a document, by its own length.
    pub(super) fn document(&mut self) -> Result<&'a [u8], WireError> {
        let length = self.rest.first_chunk::<4>().copied();
        let length = length.ok_or_else(|| WireError::malformed("a document ends too early"))?;
        let length = usize::try_from(i32::from_le_bytes(length)).unwrap_or(0);
        if !(5..=super::MAX_INTERNAL_DOCUMENT).contains(&length) {
            let what = format!("BSONObj size: {length} is invalid");
            return Err(WireError::Bson(what));
        }
        self.take(length)
    }
}
