"""How much is done, and from which seed: settings from the environment."""

from __future__ import annotations

import os
import random
from collections.abc import Sequence

# What takes longer hangs, however busy the machine is.
HUNG = 20.0


def count(name: str, default: int) -> int:
    """How often: `VT_INTERRUPTS`, `VT_FORKS`, `VT_CALLS` or `VT_CANCELLATIONS`."""
    return int(os.environ.get(name, default))


def seed() -> int:
    """`VT_TEST_SEED`, or another one each time."""
    return int(os.environ.get("VT_TEST_SEED", random.SystemRandom().randrange(1 << 32)))


def spread(seconds: Sequence[float]) -> str:
    """The middle, the 99th percentile and the longest, in milliseconds."""
    ordered = sorted(seconds)
    last = len(ordered) - 1
    middle, high = ordered[last // 2], ordered[last * 99 // 100]
    return f"p50 {middle * 1e3:.1f} ms, p99 {high * 1e3:.1f} ms, max {ordered[-1] * 1e3:.1f} ms"
