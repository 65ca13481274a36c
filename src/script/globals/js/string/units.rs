//! JavaScript counts a string's places in UTF-16 code units; Rust's strings are UTF-8.
//!
//! Half of a pair of surrogates, which no UTF-8 string can hold, becomes U+FFFD.

/// `text.length`.
#[must_use]
pub fn length(text: &str) -> usize {
    match text.is_ascii() {
        true => text.len(),
        false => text.encode_utf16().count(),
    }
}

/// The part between two places; empty where they cross.
#[must_use]
pub fn slice(text: &str, start: usize, end: usize) -> String {
    if text.is_ascii() {
        let part = text.get(start.min(text.len())..end.min(text.len()));
        return part.unwrap_or_default().to_string();
    }
    let units: Vec<u16> = text
        .encode_utf16()
        .skip(start)
        .take(end.saturating_sub(start))
        .collect();
    String::from_utf16_lossy(&units)
}

/// The code unit at a place.
#[must_use]
pub fn unit(text: &str, at: usize) -> Option<u16> {
    match text.is_ascii() {
        true => text.as_bytes().get(at).map(|b| u16::from(*b)),
        false => text.encode_utf16().nth(at),
    }
}

/// The place of a byte offset.
#[must_use]
pub fn of_byte(text: &str, byte: usize) -> usize {
    length(&text[..byte])
}

/// The byte offset of a place, at most the text's length.
#[must_use]
pub fn to_byte(text: &str, place: usize) -> usize {
    if text.is_ascii() {
        return place.min(text.len());
    }
    let mut units = 0;
    for (byte, c) in text.char_indices() {
        if units >= place {
            return byte;
        }
        units += c.len_utf16();
    }
    text.len()
}
