//! CRC-32C (Castagnoli), the checksum of OP_MSG. Clients send it over plain connections if asked to; a
//! table of 256 entries is fast enough for what few of them do.

const TABLE: [u32; 256] = table();

const fn table() -> [u32; 256] {
    let mut table = [0; 256];
    let mut n: u32 = 0;
    while n < 256 {
        let mut crc = n;
        let mut bit = 0;
        while bit < 8 {
            let low = crc & 1;
            crc >>= 1;
            if low == 1 {
                crc ^= 0x82f6_3b78;
            }
            bit += 1;
        }
        table[n as usize] = crc;
        n += 1;
    }
    table
}

/// The checksum of some bytes in parts.
pub(super) fn crc32c<'a>(parts: impl IntoIterator<Item = &'a [u8]>) -> u32 {
    let bytes = parts.into_iter().flatten();
    !bytes.fold(!0, |crc, byte| {
        let place = (crc ^ u32::from(*byte)) & 0xff;
        (crc >> 8) ^ TABLE.get(place as usize).copied().unwrap_or_default()
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn knows_the_check_value_of_the_polynomial() {
        assert_eq!(super::crc32c([b"12345".as_slice(), b"6789"]), 0xe306_9283);
    }
}
