"""What the tests share: files whose answers are fixed, and who asks for them."""

from __future__ import annotations

from datetime import datetime, timezone
from pathlib import Path

import vt_core
from vt_core.testing import Simulator

NO_LIMIT = vt_core.Quota(None, None, None)
MOMENT = datetime(2026, 11, 20, 18, 30, 0, 123000, timezone.utc)

CLEAN, DETECTED, UNKNOWN, PENDING = (Simulator.sample(number) for number in range(4))
"""MD5, SHA-1 and SHA-256 of files whose answers are fixed."""


def scanner_of(
    simulator: Simulator,
    cache: vt_core.Cache | vt_core.MemoryCache | vt_core.SqliteStore | Path | None = None,
) -> vt_core.Scanner:
    """A scanner that asks over a socket, without limits."""
    return vt_core.Scanner("key", base_url=simulator.url, quota=NO_LIMIT, cache=cache)


def report_of(number: int) -> vt_core.FileReport:
    """What the simulator says of a file that it knows."""
    with vt_core.demo() as scanner:
        report = scanner.lookup(Simulator.sample(number)[0]).report
    assert report is not None
    return report
