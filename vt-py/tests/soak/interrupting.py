"""Interrupts calls at random moments: `python interrupting.py ROUNDS SEED FOLDER`.

Prints for each round which call that was, and how many seconds passed until
KeyboardInterrupt.
"""

from __future__ import annotations

import contextlib
import faulthandler
import itertools
import os
import random
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path

import vt_core
from vt_core import Entry, FileHash, Report, Scanner, SqliteStore
from vt_core.testing import Simulator

# What a scanner that asks a simulator in the process says it asks.
SIMULATED = "https://simulator.invalid"
NO_LIMITS = vt_core.Quota(None, None, None)
LATEST = 0.06
HUNG = 5.0
MANY = 4_000
Call = Callable[[], object]


def answered(numbers: int) -> list[str]:
    return [Simulator.sample(number)[2] for number in range(20, 20 + numbers)]


class Waiting:
    """A cache that does not answer until it is let go."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def get(self, hashes: Sequence[FileHash]) -> list[Entry | None]:
        self.go.wait()
        return [None for _ in hashes]

    def put(self, entries: Sequence[Entry]) -> None: ...


class Calls:
    """What is interrupted. Each is called again and again until it is."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.simulator = Simulator(latency=3600)
        self.slow = Scanner(simulator=self.simulator, quota=NO_LIMITS)
        self.hashes = answered(MANY)
        self.store = SqliteStore(folder / "vt.db", base_url=SIMULATED)
        with Scanner(simulator=Simulator(), cache=self.store, quota=NO_LIMITS) as scanner:
            self.report: Report = scanner.report(self.hashes)
        self.cached = Scanner(simulator=self.simulator, cache=self.store, quota=NO_LIMITS)
        self.text = "\n".join(self.hashes) * 50
        self.path = folder / "hashes.txt"
        self.path.write_text(self.text)
        self.bytes = self.text.encode()
        self.pipe = folder / "pipe"
        os.mkfifo(self.pipe)
        self.fresh = (Simulator.sample(number)[2] for number in itertools.count(1 << 20))

    def lookup(self) -> object:
        return self.slow.lookup(next(self.fresh))

    def scan(self) -> object:
        return list(self.slow.scan([next(self.fresh), *self.hashes]))

    def scan_with_progress(self) -> object:
        return list(self.slow.scan(self.hashes, progress=lambda _: None))

    def report_that_waits(self) -> object:
        return self.slow.report([*self.hashes, next(self.fresh)])

    def report_of_what_is_cached(self) -> object:
        return self.cached.report(self.hashes)

    def close(self) -> object:
        scanner = Scanner(simulator=self.simulator, quota=NO_LIMITS)
        with contextlib.suppress(vt_core.PendingError):
            scanner.lookup(next(self.fresh), timeout=0.002)
        # The request is under way, and so has to be waited for.
        scanner.close()
        return None

    def quota(self) -> object:
        return self.cached.quota()

    def extract_bytes(self) -> object:
        return vt_core.extract_hashes(self.bytes)

    def extract_text(self) -> object:
        return vt_core.extract_hashes(self.text)

    def extract_path(self) -> object:
        return vt_core.extract_hashes(self.path)

    def extract_open_file(self) -> object:
        return vt_core.extract_hashes(BytesIO(self.bytes))

    def extract_pipe_that_nobody_opens(self) -> object:
        return vt_core.extract_hashes(self.pipe)

    def extract_pipe_that_nobody_writes_to(self) -> object:
        # Opened for both, as that does not wait.
        end = os.open(self.pipe, os.O_RDWR)
        try:
            return vt_core.extract_hashes(self.pipe)
        finally:
            os.close(end)

    def found(self) -> object:
        return vt_core.extract_hashes(self.bytes).found

    def to_pdf(self) -> object:
        return self.report.to_pdf()

    def to_csv(self) -> object:
        return self.report.to_csv()

    def to_csv_file(self) -> object:
        return self.report.to_csv(self.folder / "report.csv")

    def columns(self) -> object:
        return self.report.columns()

    def rows(self) -> object:
        return self.report.rows

    def stats(self) -> object:
        return self.store.stats()

    def export(self) -> object:
        return self.store.export(self.folder / "exported")

    def cache_that_waits(self) -> object:
        cache = Waiting()
        scanner = Scanner(simulator=self.simulator, cache=cache, quota=NO_LIMITS)
        try:
            return scanner.lookup(next(self.fresh))
        finally:
            cache.go.set()

    def all(self) -> Iterator[tuple[str, Call]]:
        for name, method in vars(Calls).items():
            if not name.startswith("_") and name != "all":
                yield name, method.__get__(self)


def interrupt(call: Call, delay: float) -> float:
    """Seconds from the signal to the exception."""
    struck: list[float] = []

    def strike() -> None:
        struck.append(time.perf_counter())
        os.kill(os.getpid(), signal.SIGINT)

    timer = threading.Timer(delay, strike)
    try:
        timer.start()
        while True:
            call()
    except KeyboardInterrupt:
        return time.perf_counter() - struck[0]


def main(rounds: int, seed: int, folder: Path) -> None:
    chance = random.Random(seed)
    calls = list(Calls(folder).all())
    for number in range(rounds):
        name, call = calls[number % len(calls)]
        print(name, flush=True)
        # One that hangs says where.
        faulthandler.dump_traceback_later(LATEST + HUNG, exit=True)
        took = interrupt(call, chance.uniform(0, LATEST))
        faulthandler.cancel_dump_traceback_later()
        print(took, flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
