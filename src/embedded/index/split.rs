//! Where the values of a key end: what [`super::encode`] wrote, read just as far.

/// The length of the value that a key (or the rest of one) begins with.
pub(super) fn value_length(key: &[u8], ascending: bool) -> Option<usize> {
    let mut reader = Reader {
        key,
        at: 0,
        flip: if ascending { 0 } else { u8::MAX },
    };
    reader.value()?;
    Some(reader.at)
}

struct Reader<'k> {
    key: &'k [u8],
    at: usize,
    /// What turns the bytes round.
    flip: u8,
}

impl Reader<'_> {
    fn byte(&mut self) -> Option<u8> {
        let byte = *self.key.get(self.at)?;
        self.at += 1;
        Some(byte ^ self.flip)
    }

    fn skip(&mut self, count: usize) -> Option<()> {
        self.at = self.at.checked_add(count)?;
        (self.at <= self.key.len()).then_some(())
    }

    fn length(&mut self) -> Option<usize> {
        let mut length = 0_usize;
        for _ in 0..4 {
            length = length << 8 | usize::from(self.byte()?);
        }
        Some(length)
    }

    /// Up to the two zeros that end a text; a zero with something else behind it is part of it.
    fn text(&mut self) -> Option<()> {
        loop {
            if self.byte()? == 0 && self.byte()? == 0 {
                return Some(());
            }
        }
    }

    fn value(&mut self) -> Option<()> {
        let tag = self.byte()?;
        self.within(tag)
    }

    /// What follows a type's place in the order, which is two more than the server's number of it.
    fn within(&mut self, tag: u8) -> Option<()> {
        match tag {
            12 => self.number(),
            17 | 62 => self.text(),
            22 => self.fields(),
            27 => self.items(),
            32 => {
                let length = self.length()?;
                let subtype = self.byte()?;
                let own = if subtype == 2 {
                    length.checked_sub(4)?
                } else {
                    length
                };
                self.skip(own)
            }
            37 => self.skip(12),
            42 => self.skip(1),
            47 | 49 => self.skip(8),
            52 => {
                self.text()?;
                self.text()
            }
            57 => {
                let length = self.length()?;
                self.skip(length.checked_add(12)?)
            }
            67 => {
                self.text()?;
                self.fields()
            }
            _ => Some(()),
        }
    }

    fn fields(&mut self) -> Option<()> {
        loop {
            let tag = self.byte()?;
            if tag == 0 {
                return Some(());
            }
            self.text()?;
            self.within(tag)?;
        }
    }

    fn items(&mut self) -> Option<()> {
        loop {
            let tag = self.byte()?;
            if tag == 0 {
                return Some(());
            }
            self.within(tag)?;
        }
    }

    fn number(&mut self) -> Option<()> {
        let negative = match self.byte()? {
            2 => true,
            4 => false,
            _ => return Some(()),
        };
        let outer = self.flip;
        self.flip ^= if negative { u8::MAX } else { 0 };
        self.skip(8)?;
        if self.byte()? != 0 {
            self.skip(2)?;
            while self.byte()? != 0 {}
        }
        self.flip = outer;
        Some(())
    }
}
