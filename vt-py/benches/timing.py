"""Medians of runs that take turns, as lines of a table."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import NamedTuple

Run = Callable[[], float]
"""Does the work once, and says how many seconds that took."""

HEAD = f"{'what':<34} {'median':>12} {'least':>12} {'most':>12}  beside the first"


class Side(NamedTuple):
    name: str
    run: Run


class Table:
    """Lines that are printed as they are known."""

    def __init__(self, runs: int, only: str) -> None:
        self._runs = runs
        self._only = only
        self._begun = False

    def wants(self, what: str) -> bool:
        return self._only in what

    def compare(self, what: str, *sides: Side, per: int = 1) -> None:
        """Measures sides in turns; all are held against the first."""
        taken: list[list[float]] = [[] for _ in sides]
        for _ in range(self._runs):
            for side, seconds in zip(sides, taken, strict=True):
                # The first time pays for what the side before left in the caches.
                side.run()
                seconds.append(side.run() / per)
        first = statistics.median(taken[0])
        for side, seconds in zip(sides, taken, strict=True):
            ratio = statistics.median(seconds) / first
            beside = "" if seconds is taken[0] else f"{ratio:.2f}"
            self._line(f"{what}: {side.name}", seconds, beside)

    def say(self, what: str, text: str) -> None:
        """A line for what has no runs."""
        self._begin()
        print(f"{what:<34} {text:>12}", flush=True)

    def _line(self, what: str, seconds: list[float], beside: str) -> None:
        self._begin()
        shown = (statistics.median(seconds), min(seconds), max(seconds))
        cells = " ".join(f"{in_words(value):>12}" for value in shown)
        print(f"{what:<34} {cells}  {beside}".rstrip(), flush=True)

    def _begin(self) -> None:
        if not self._begun:
            print(f"\n{HEAD}  ({self._runs} runs)", flush=True)
            self._begun = True


def timed(work: Callable[[], object]) -> Run:
    """What comes of the work is dropped after the clock has stopped."""

    def run() -> float:
        start = time.perf_counter()
        result = work()
        seconds = time.perf_counter() - start
        del result
        return seconds

    return run


def in_words(seconds: float) -> str:
    for unit, length in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= length:
            return f"{seconds / length:.3f} {unit}"
    return f"{seconds * 1e6:.2f} us"
