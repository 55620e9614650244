"""Programs that end in the middle of something: `python endings.py NAME`."""

from __future__ import annotations

import asyncio
import atexit
import os
import signal
import sys
import threading
import time
import warnings
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any, cast

import vt_core
from vt_core import Entry, FileHash, Scanner, SqliteStore
from vt_core.testing import Simulator

# What a scanner that asks a simulator in the process says it asks.
SIMULATED = "https://simulator.invalid"
NO_LIMITS = vt_core.Quota(None, None, None)
HASHES = [Simulator.sample(number)[2] for number in range(20, 60)]
FOREVER = 3600.0

# Lives until the interpreter takes its modules apart.
kept: list[object] = []


class Lingering:
    """Makes the interpreter end slowly, while other threads want to go on."""

    def __del__(self, sleep: Callable[[float], None] = time.sleep) -> None:
        sleep(0.4)


def slow_scanner(**settings: object) -> tuple[Scanner, Simulator]:
    simulator = Simulator(latency=FOREVER)
    scanner = Scanner(simulator=simulator, quota=NO_LIMITS, **settings)  # type: ignore[arg-type]
    kept.extend([scanner, simulator])
    return scanner, simulator


def used_scanner() -> Scanner:
    scanner = Scanner(simulator=Simulator(), quota=NO_LIMITS)
    kept.append(scanner)
    scanner.lookup(HASHES[0])
    return scanner


def in_daemon(call: Callable[[], object]) -> None:
    threading.Thread(target=call, daemon=True).start()


def normally() -> None:
    used_scanner()


def by_sys_exit() -> None:
    used_scanner()
    sys.exit(3)


def by_an_exception() -> None:
    used_scanner()
    raise ValueError("the user's own")


def by_an_interrupt() -> None:
    scanner, simulator = slow_scanner()

    def interrupt() -> None:
        simulator.wait_for_requests(1)
        os.kill(os.getpid(), signal.SIGINT)

    in_daemon(interrupt)
    scanner.lookup(HASHES[0])


def with_a_lookup_in_a_daemon() -> None:
    scanner, simulator = slow_scanner()
    in_daemon(lambda: scanner.lookup(HASHES[0]))
    simulator.wait_for_requests(1)


def with_a_scan_in_a_daemon() -> None:
    scanner, simulator = slow_scanner()
    in_daemon(lambda: list(scanner.scan(HASHES)))
    simulator.wait_for_requests(1)


def with_quick_calls_in_daemons() -> None:
    scanner = used_scanner()
    begun = threading.Semaphore(0)

    def work() -> None:
        begun.release()
        while True:
            scanner.lookup(HASHES[0], refresh=True)

    for _ in range(4):
        in_daemon(work)
        begun.acquire()


def with_extraction_in_a_daemon() -> None:
    reading = threading.Event()

    class Slow:
        def read(self, _: int) -> bytes:
            reading.set()
            time.sleep(0.01)
            return HASHES[0].encode()

    in_daemon(lambda: vt_core.extract_hashes(Slow()))
    reading.wait()


def with_progress_in_a_daemon() -> None:
    scanner, _ = slow_scanner()
    told = threading.Event()

    def progress(_: object) -> None:
        told.set()
        # Still under way when the main thread ends.
        time.sleep(0.3)

    in_daemon(lambda: scanner.report(HASHES, progress=progress))
    told.wait()


def with_pending_tasks() -> None:
    scanner, simulator = slow_scanner()

    async def main() -> None:
        kept.extend(asyncio.ensure_future(scanner.lookup_async(hash)) for hash in HASHES)
        await asyncio.to_thread(simulator.wait_for_requests, 1)

    asyncio.run(main())


def silent(_: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None: ...


def with_a_loop_that_was_left() -> None:
    scanner, simulator = slow_scanner()
    event_loop = asyncio.new_event_loop()
    kept.extend([event_loop, event_loop.create_task(scanner.lookup_async(HASHES[0]))])
    event_loop.run_until_complete(asyncio.sleep(0))
    simulator.wait_for_requests(1)
    # Python complains of both, which are its user's doing.
    event_loop.set_exception_handler(silent)
    warnings.simplefilter("ignore", ResourceWarning)


class Blocked:
    """A cache that does not come back while the program lives."""

    def __init__(self, wait: Callable[[], object]) -> None:
        self.called = threading.Event()
        self._wait = wait

    def get(self, hashes: Sequence[FileHash]) -> list[Entry | None]:
        self.called.set()
        self._wait()
        return [None for _ in hashes]

    def put(self, entries: Sequence[Entry]) -> None: ...


def blocked_by(wait: Callable[[], object]) -> None:
    cache = Blocked(wait)
    scanner, _ = slow_scanner(cache=cache)
    in_daemon(lambda: scanner.lookup(HASHES[0]))
    cache.called.wait()


def with_a_cache_that_sleeps() -> None:
    blocked_by(lambda: time.sleep(60))


def with_a_cache_that_waits_for_a_lock() -> None:
    lock = threading.Lock()
    lock.acquire()
    blocked_by(lock.acquire)


def with_a_cache_that_wakes_up_again_and_again() -> None:
    def wait() -> None:
        while True:
            time.sleep(0.005)

    blocked_by(wait)


def with_a_cache_that_never_completes() -> None:
    called = threading.Event()

    class Never:
        async def get(self, hashes: Sequence[FileHash]) -> list[Entry | None]:
            called.set()
            await asyncio.Event().wait()
            return [None for _ in hashes]

        async def put(self, entries: Sequence[Entry]) -> None: ...

    scanner, _ = slow_scanner(cache=Never())
    in_daemon(lambda: scanner.lookup(HASHES[0]))
    called.wait()


def with_half_a_scan() -> None:
    scan = used_scanner().scan(HASHES)
    next(scan)
    kept.append(scan)


def with_an_open_file() -> None:
    store = SqliteStore(sys.argv[2], base_url=SIMULATED)
    scanner = Scanner(simulator=Simulator(), cache=store, quota=NO_LIMITS)
    kept.extend([store, scanner])
    scanner.report(HASHES)


def with_use_at_exit() -> None:
    scanner = used_scanner()
    atexit.register(lambda: print(scanner.lookup(HASHES[1]).source))


def with_use_after_the_end() -> None:
    scanner = used_scanner()

    class Late:
        def __del__(self, closed: type[Exception] = vt_core.ClosedError) -> None:
            try:
                scanner.lookup("0" * 32)
            except closed:
                print("closed")

    kept.append(Late())


if __name__ == "__main__":
    # From there it goes first, whoever else lives.
    sys.modules["lingering"] = cast("ModuleType", Lingering())
    globals()[sys.argv[1]]()
