//! JavaScript counts a string's places in UTF-16 code units; Rust's strings are UTF-8.
//!
//! Half of a pair of surrogates, which no UTF-8 string can hold, becomes U+FFFD.

/// `text.length`.
#[must_use]
pub fn length(text: &str) -> usize {
    text.bytes().map(units_of).sum()
}

/// How many code units the character has that begins with this byte; none for a byte inside of
/// one.
fn units_of(byte: u8) -> usize {
    usize::from(byte & 0xc0 != 0x80) + usize::from(byte >= 0xf0)
}

/// The part between two places; empty where they cross.
#[must_use]
pub fn slice(text: &str, start: usize, end: usize) -> String {
    if start >= end {
        return String::new();
    }
    let (from, to) = (to_byte(text, start), to_byte(text, end));
    let part = text.get(from..to).unwrap_or_default();
    let cut = length(&text[..from]) > start || length(&text[..to]) > end;
    if !cut {
        return part.to_string();
    }
    let units: Vec<u16> = text.encode_utf16().skip(start).take(end - start).collect();
    String::from_utf16_lossy(&units)
}

/// The code unit at a place.
#[must_use]
pub fn unit(text: &str, at: usize) -> Option<u16> {
    let byte = to_byte(text, at);
    let mut pair = [0; 2];
    match length(&text[..byte]) > at {
        // The second half of the character before.
        true => text[..byte]
            .chars()
            .next_back()?
            .encode_utf16(&mut pair)
            .get(1)
            .copied(),
        false => text[byte..]
            .chars()
            .next()?
            .encode_utf16(&mut pair)
            .first()
            .copied(),
    }
}

/// The place of a byte offset.
#[must_use]
pub fn of_byte(text: &str, byte: usize) -> usize {
    length(&text[..byte])
}

/// The byte offset of a place, at most the text's length; behind a character that the place
/// would cut in two.
#[must_use]
pub fn to_byte(text: &str, place: usize) -> usize {
    if text.is_ascii() {
        return place.min(text.len());
    }
    let mut units = 0;
    for (byte, b) in text.bytes().enumerate() {
        let more = units_of(b);
        if more > 0 && units >= place {
            return byte;
        }
        units += more;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As JavaScript cuts `a😀é`.
    #[test]
    fn pairs_of_surrogates() {
        let text = "a😀é";
        assert_eq!(length(text), 4);
        let units: Vec<u16> = text.encode_utf16().collect();
        for (at, want) in units.iter().enumerate() {
            assert_eq!(unit(text, at), Some(*want), "{at}");
        }
        assert_eq!(unit(text, 4), None);
        for (start, end, want) in [
            (0, 1, "a"),
            (1, 3, "😀"),
            (0, 2, "a\u{fffd}"),
            (2, 4, "\u{fffd}é"),
            (1, 2, "\u{fffd}"),
            (3, 9, "é"),
            (3, 2, ""),
        ] {
            assert_eq!(slice(text, start, end), want, "{start}..{end}");
        }
    }
}
