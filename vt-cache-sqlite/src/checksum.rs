//! What tells a damaged value from a good one. SQLite checks its own
//! structure, not what is stored in it.

use twox_hash::XxHash3_64;

/// The checksum of a row, from its parts in their order.
pub(crate) fn of(parts: &[&[u8]]) -> i64 {
    // Each part seeds the next, so that no byte can move between two of them.
    let sum = |seed, part: &&[u8]| XxHash3_64::oneshot_with_seed(seed, part);
    parts.iter().fold(0, sum).cast_signed()
}
