"""Ctrl-C raises KeyboardInterrupt, whatever waits or works."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from programs import run
from settings import HUNG, count, spread

pytestmark = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no signals")

# What takes longer hangs. How quick it is, the figure says.
LONGEST = 2.0


def test_an_interrupt_at_a_random_moment_is_seen_at_once(
    seed: int, figure: Callable[[str], None], tmp_path: Path
) -> None:
    rounds = count("VT_INTERRUPTS", 60)
    ended = run("interrupting.py", rounds, seed, tmp_path, limit=HUNG + rounds)
    assert (ended.code, ended.errors) == (0, "")
    lines = ended.output.splitlines()
    took = [(float(seconds), call) for call, seconds in zip(lines[::2], lines[1::2], strict=True)]
    assert len(took) == rounds
    slowest, call = max(took)
    assert slowest < LONGEST, call
    times = spread([seconds for seconds, _ in took])
    figure(f"{rounds} interrupts: {times} ({call}), 0 hangs, seed {seed}")
