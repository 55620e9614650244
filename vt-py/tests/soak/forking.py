"""A process that forks while it works: `python forking.py NAME FOLDER ROUNDS`."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import vt_core
from vt_core import ForkError, MemoryCache, Scanner, SqliteStore
from vt_core.testing import Simulator

SIMULATED = "https://simulator.invalid"
NO_LIMITS = vt_core.Quota(None, None, None)
HASHES = [Simulator.sample(number)[2] for number in range(20, 40)]
HUNG = 15


def fork(child: Callable[[], object]) -> int:
    """What a child ends with that ends as any program does."""
    sys.stdout.flush()
    with warnings.catch_warnings():
        # Python warns of threads, ours among them: that is what is tried here.
        warnings.simplefilter("ignore", DeprecationWarning)
        process = os.fork()
    if process != 0:
        return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
    # Not faulthandler's watchdog: that is a thread, which a fork leaves behind.
    signal.alarm(HUNG)
    child()
    sys.exit(7)


def refused(call: Callable[[], object]) -> None:
    try:
        call()
    except ForkError as error:
        assert "spawn" in str(error)
    else:
        raise AssertionError("it was not refused")


class Parent:
    """One of everything, used."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "vt.db"
        self.simulator = Simulator()
        self.url = self.simulator.url
        self.memory = MemoryCache()
        self.store = SqliteStore(self.path, base_url=SIMULATED)
        self.scanner = Scanner(simulator=self.simulator, cache=self.store, quota=NO_LIMITS)
        self.outcome = self.scanner.lookup(HASHES[0])
        self.scan = self.scanner.scan(HASHES)
        next(self.scan)
        self.report = self.scanner.report(HASHES)
        self.extraction = vt_core.extract_hashes(" ".join(HASHES))

    def goes_on(self) -> None:
        assert len(list(self.scan)) == len(HASHES) - 1
        assert self.scanner.report(HASHES).is_complete
        assert self.store.stats().found > 0
        assert self.simulator.url == self.url
        self.scanner.close()


def check_refusals(parent: Parent) -> None:
    for call in (
        lambda: parent.scanner.lookup(HASHES[0]),
        lambda: parent.scanner.scan(HASHES),
        lambda: parent.scanner.report(HASHES),
        lambda: parent.scanner.metrics,
        parent.scanner.quota,
        parent.scanner.close,
        lambda: next(parent.scan),
        lambda: parent.memory.get(HASHES),
        parent.store.stats,
        lambda: Scanner(cache=parent.store, offline=True),
        lambda: Scanner(cache=parent.memory, offline=True),
        lambda: Scanner(simulator=parent.simulator),
        # SQLite would work on it without its locks, and lose what is written.
        lambda: SqliteStore(parent.path, base_url=SIMULATED),
        lambda: parent.simulator.requests,
        lambda: parent.simulator.url,
    ):
        refused(call)


def check_values(parent: Parent) -> None:
    assert [str(hash) for hash in parent.extraction.hashes] == HASHES
    assert parent.outcome.source == "virustotal"
    assert parent.report.to_csv().count("\n") == len(HASHES) + 1
    assert pickle.loads(pickle.dumps(parent.report)) == parent.report
    assert len(vt_core.extract_hashes(" ".join(HASHES))) == len(HASHES)


def check_new_scanner() -> None:
    scanner = Scanner(simulator=Simulator(), quota=NO_LIMITS)
    assert scanner.report(HASHES).is_complete
    scanner.close()


def every_object(folder: Path, _: int) -> None:
    parent = Parent(folder)

    def child() -> None:
        check_refusals(parent)
        check_values(parent)
        check_new_scanner()
        for name in list(vars(parent)):
            delattr(parent, name)
        gc.collect()

    assert fork(child) == 7
    parent.goes_on()


def a_file_that_was_closed(folder: Path, _: int) -> None:
    simulator = Simulator()
    quota = vt_core.Quota(None, 30, None)

    def ask(hashes: list[str]) -> None:
        with Scanner(simulator=simulator, cache=str(folder / "vt.db"), quota=quota) as scanner:
            scanner.report(hashes)

    def child() -> None:
        with Scanner(simulator=Simulator(), cache=str(folder / "vt.db"), quota=quota) as scanner:
            assert scanner.report(HASHES).summary.from_cache == len(HASHES)
            assert scanner.quota().day == len(HASHES)

    ask(HASHES)
    gc.collect()
    # Its thread closes the file a moment after the last who used it.
    while refused_by_sqlite(folder):
        pass
    assert fork(child) == 7


def refused_by_sqlite(folder: Path) -> bool:
    def child() -> None:
        try:
            SqliteStore(folder / "vt.db", base_url=SIMULATED)
        except ForkError:
            sys.exit(8)

    return fork(child) == 8


def under_load(folder: Path, rounds: int) -> None:
    parent = Parent(folder)
    stop = threading.Event()

    def work(first: int) -> None:
        number = first
        while not stop.is_set():
            number += 4
            parent.scanner.lookup(Simulator.sample(number)[2])

    workers = [threading.Thread(target=work, args=(1000 + at,)) for at in range(4)]
    for worker in workers:
        worker.start()

    def child() -> None:
        refused(lambda: parent.scanner.lookup(HASHES[0]))
        check_new_scanner()

    codes = [fork(child) for _ in range(rounds)]
    stop.set()
    for worker in workers:
        worker.join()
    assert codes == [7] * rounds, codes
    parent.goes_on()


def answer(_: int) -> bool:
    with Scanner(simulator=Simulator(), quota=NO_LIMITS) as scanner:
        return scanner.report(HASHES).is_complete


def pool(folder: Path, method: str) -> None:
    parent = Parent(folder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        with multiprocessing.get_context(method).Pool(2) as workers:
            assert workers.map(answer, range(4)) == [True] * 4
    parent.goes_on()


def pool_fork(folder: Path, _: int) -> None:
    pool(folder, "fork")


def pool_spawn(folder: Path, _: int) -> None:
    pool(folder, "spawn")


def pool_forkserver(folder: Path, _: int) -> None:
    pool(folder, "forkserver")


if __name__ == "__main__":
    globals()[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
