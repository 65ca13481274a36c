//! Which lane an event belongs to.

/// The lane, of `lanes`, of a document's key (the bytes of `documentKey`).
///
/// The same on every machine and in every version: lanes skip by their own checkpoints what they
/// have done, so a key must not change its lane over a restart. FNV-1a, folded so that all bits count for
/// small numbers of lanes.
#[must_use]
pub fn lane_of(key: &[u8], lanes: u32) -> u32 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in key {
        hash ^= u64::from(*byte);
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    }
    let folded = (hash >> 32) ^ (hash & 0xffff_ffff);
    // Fits: a remainder of a u32.
    u32::try_from(folded % u64::from(lanes.max(1))).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::lane_of;
    use bson::rawdoc;

    /// These may never change: checkpoints of running streams depend on them.
    #[test]
    fn keys_stay_in_their_lanes() {
        let cases = [
            (rawdoc! { "_id": 1 }, [0, 0, 0, 2]),
            (rawdoc! { "_id": 2 }, [0, 1, 1, 1]),
            (rawdoc! { "_id": "o1" }, [0, 0, 0, 4]),
            (rawdoc! { "shard": 4, "_id": 1_i64 }, [0, 1, 3, 2]),
        ];
        for (key, expected) in cases {
            let lanes = [1, 2, 4, 7].map(|lanes| lane_of(key.as_bytes(), lanes));
            assert_eq!(lanes, expected, "{key:?}");
        }
    }

    #[test]
    fn keys_spread_evenly() {
        for lanes in [2, 3, 4, 8, 16] {
            let mut counts = vec![0; lanes as usize];
            for id in 0..16_000 {
                let key = rawdoc! { "_id": id };
                counts[lane_of(key.as_bytes(), lanes) as usize] += 1;
            }
            let fair = 16_000 / lanes as i32;
            assert!(
                counts.iter().all(|n| (n - fair).abs() < fair / 4),
                "{lanes}: {counts:?}"
            );
        }
    }
}
