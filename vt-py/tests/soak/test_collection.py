"""What becomes of objects that nobody has any more."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Sequence

import vt_core
from vt_core import Entry, FileHash, Scanner
from vt_core.testing import Simulator

NO_LIMITS = vt_core.Quota(None, None, None)
HASHES = [Simulator.sample(number)[2] for number in range(20, 60)]


class Circular:
    """A cache that has its scanner."""

    scanner: Scanner

    def __init__(self, gone: threading.Event) -> None:
        weakref.finalize(self, gone.set)

    def get(self, hashes: Sequence[FileHash]) -> list[Entry | None]:
        return [None for _ in hashes]

    def put(self, entries: Sequence[Entry]) -> None: ...


def test_a_scanner_lets_go_of_its_cache_when_it_is_closed() -> None:
    gone = threading.Event()
    cache = Circular(gone)
    cache.scanner = Scanner(simulator=Simulator(), cache=cache, quota=NO_LIMITS)
    cache.scanner.lookup(HASHES[0])
    cache.scanner.close()
    del cache
    # Native threads let go of it a moment later, and Python hears of that at its
    # next call.
    while not gone.wait(0.01):
        gc.collect()
        vt_core.demo().close()


def test_objects_may_be_dropped_on_another_thread() -> None:
    dropped: list[object] = []
    for _ in range(20):
        scanner = Scanner(simulator=Simulator(latency=3600), quota=NO_LIMITS)
        dropped += [scanner.scan(HASHES), scanner]
        del scanner
    thread = threading.Thread(target=dropped.clear)
    thread.start()
    thread.join()
    gc.collect()


def test_objects_may_be_dropped_in_a_running_loop() -> None:
    async def main() -> None:
        for _ in range(20):
            simulator = Simulator(latency=3600)
            assert simulator.url
            scanner = Scanner(simulator=simulator, quota=NO_LIMITS)
            scan = scanner.scan(HASHES)
            task = asyncio.ensure_future(anext(scan))
            await asyncio.sleep(0)
            task.cancel()
            del scan, scanner, simulator, task
            gc.collect()

    asyncio.run(main())
