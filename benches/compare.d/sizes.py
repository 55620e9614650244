"""How much of everything."""

from __future__ import annotations

from dataclasses import dataclass

MB = 1_000_000


@dataclass(frozen=True)
class Sizes:
    """The figures of a run; bytes of texts, else counts."""

    texts: dict[str, int]
    rows: int
    """Answers in the database."""
    hashes: int
    """Of them asked for at once."""
    slow_hashes: int
    """As many for peers that take a second for them."""
    very_slow_hashes: int
    """And for those that take several times that."""
    written: int
    upserted: int
    imported: int
    fetched: int
    large_file: int
    starts: int


QUARTER = Sizes(
    texts={
        "log": 250 * MB,
        "sha256": 125 * MB,
        "mixed": 125 * MB,
        "hex": 75 * MB,
        "runs": 75 * MB,
    },
    rows=1_000_000,
    hashes=250_000,
    slow_hashes=50_000,
    very_slow_hashes=5_000,
    written=250_000,
    upserted=100_000,
    imported=2_000,
    fetched=3_000,
    large_file=1_000 * MB,
    starts=200,
)

FULL = Sizes(
    texts={name: 4 * size for name, size in QUARTER.texts.items()},
    rows=10_000_000,
    hashes=1_000_000,
    slow_hashes=200_000,
    very_slow_hashes=10_000,
    written=1_000_000,
    upserted=200_000,
    imported=10_000,
    fetched=10_000,
    large_file=10_000 * MB,
    starts=500,
)
