"""Cancels tasks at random moments: `python cancelling.py NAME TASKS SEED`.

Whatever asyncio has to complain of makes it fail.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import random
import sys
import threading
from collections.abc import Coroutine
from typing import Any

import vt_core
from vt_core import Scan, Scanner
from vt_core.testing import Simulator

NO_LIMITS = vt_core.Quota(None, None, None)
LATENCY = 0.01


def hashes(number: int) -> list[str]:
    return [Simulator.sample(1000 + at)[2] for at in range(number)]


async def cancelled_at_random(
    work: list[Coroutine[Any, Any, Any]], chance: random.Random
) -> list[asyncio.Task[Any]]:
    """Runs these, and cancels each at some turn of the loop or not at all."""
    tasks = [asyncio.ensure_future(one) for one in work]
    # Some of many are answered before.
    latest = 4 * LATENCY + len(tasks) / 2000
    event_loop = asyncio.get_running_loop()
    for task in tasks:
        event_loop.call_later(chance.uniform(0, latest), task.cancel)
    await asyncio.wait(tasks)
    return tasks


async def lookups(tasks: int, chance: random.Random) -> None:
    simulator = Simulator(latency=LATENCY)
    async with Scanner(simulator=simulator, quota=NO_LIMITS) as scanner:
        asked = hashes(tasks // 10)
        work = [scanner.lookup_async(chance.choice(asked)) for _ in range(tasks)]
        done = await cancelled_at_random([*work], chance)
        answered = [task for task in done if not task.cancelled()]
        assert all(task.result().source for task in answered)
        # What was cancelled is asked now; what was paid for is not asked again.
        assert (await scanner.report_async(asked)).is_complete
        print(f"{len(done) - len(answered)} of {tasks} cancelled")
    assert simulator.requests == len(asked)


async def shared_scan(tasks: int, chance: random.Random) -> None:
    simulator = Simulator(latency=LATENCY)
    async with Scanner(simulator=simulator, quota=NO_LIMITS, max_in_flight=8) as scanner:
        given = hashes(tasks)
        scan = scanner.scan(given)
        taken: list[str] = []

        async def take(scan: Scan) -> None:
            outcome = await anext(scan)
            # Nothing is awaited in between.
            taken.append(str(outcome.hash))

        while len(taken) < len(given):
            left = len(given) - len(taken)
            await cancelled_at_random([take(scan) for _ in range(min(left, 100))], chance)
        assert [outcome async for outcome in scan] == []
        assert sorted(taken) == sorted(given)
    assert simulator.requests == tasks


async def failures(tasks: int, chance: random.Random) -> None:
    simulator = Simulator(latency=LATENCY)
    simulator.fail("401", always=True)
    async with Scanner(simulator=simulator, quota=NO_LIMITS) as scanner:
        work = [scanner.lookup_async(hash) for hash in hashes(tasks)]
        for task in await cancelled_at_random([*work], chance):
            assert task.cancelled() or isinstance(task.exception(), vt_core.VtError)


async def time_limits(tasks: int, chance: random.Random) -> None:
    simulator = Simulator(latency=LATENCY)
    async with Scanner(simulator=simulator, quota=NO_LIMITS) as scanner:
        limits = [chance.uniform(0, 4 * LATENCY) for _ in range(tasks)]
        work = [
            asyncio.wait_for(scanner.lookup_async(hash), limit)
            for hash, limit in zip(hashes(tasks), limits, strict=True)
        ]
        done = await asyncio.gather(*work, return_exceptions=True)
        expected = (vt_core.Outcome, asyncio.TimeoutError)
        assert all(isinstance(one, expected) for one in done)
        # As a notebook does, which has a loop of its own.
        assert scanner.lookup(hashes(1)[0]).source
    assert simulator.requests <= tasks


async def group(tasks: int, chance: random.Random) -> None:
    if sys.version_info < (3, 11):
        return
    simulator = Simulator(latency=LATENCY)
    async with Scanner(simulator=simulator, quota=NO_LIMITS) as scanner:
        try:
            async with asyncio.TaskGroup() as together:
                for hash in hashes(tasks):
                    together.create_task(scanner.lookup_async(hash))
                await asyncio.sleep(chance.uniform(0, LATENCY))
                raise ValueError("one fails")
        except Exception as error:
            # The syntax for it is newer than the oldest Python.
            assert type(error).__name__ == "ExceptionGroup"
        assert (await scanner.report_async(hashes(tasks))).is_complete
    assert simulator.requests == tasks


def several_loops(tasks: int, chance: random.Random) -> None:
    simulator = Simulator(latency=LATENCY)
    scanner = Scanner(simulator=simulator, quota=NO_LIMITS)
    given = hashes(tasks)

    async def main() -> None:
        assert (await scanner.report_async(given)).is_complete

    threads = [threading.Thread(target=asyncio.run, args=(main(),)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(3):
        asyncio.run(main())
    for thread in threads:
        thread.join()
    scanner.close()
    assert simulator.requests == tasks


def closed_loop(tasks: int, chance: random.Random) -> None:
    simulator = Simulator(latency=LATENCY)
    scanner = Scanner(simulator=simulator, quota=NO_LIMITS)
    for hash in hashes(min(tasks, 50)):
        event_loop = asyncio.new_event_loop()
        # Without a task, which asyncio would complain of.
        event_loop.call_soon(scanner._lookup_async, hash)
        event_loop.call_soon(event_loop.stop)
        event_loop.run_forever()
        event_loop.close()
    assert scanner.report(hashes(min(tasks, 50))).is_complete
    # By now the answers have met closed loops.
    scanner.close()


def main(name: str, tasks: int, seed: int) -> None:
    complaints: list[object] = []
    chance = random.Random(seed)
    program = globals()[name]

    async def watched() -> None:
        event_loop = asyncio.get_running_loop()
        event_loop.set_exception_handler(lambda _, context: complaints.append(context))
        await program(tasks, chance)
        gc.collect()

    if inspect.iscoroutinefunction(program):
        asyncio.run(watched())
    else:
        program(tasks, chance)
    gc.collect()
    assert not complaints, complaints


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
