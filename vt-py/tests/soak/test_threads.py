"""Many threads and one scanner."""

from __future__ import annotations

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import vt_core
from settings import count
from vt_core import Scanner
from vt_core.testing import Simulator

THREADS = 8
FILES = 200
NO_LIMITS = vt_core.Quota(None, None, None)
SAMPLES = [Simulator.sample(number) for number in range(1000, 1000 + FILES)]
# One name for each file: that two names are of one file, its answer has to say first.
ASKED = [(names[at % 3], names[2]) for at, names in enumerate(SAMPLES)]


def calls(scanner: Scanner, chance: random.Random, number: int) -> None:
    """So many calls, whose answers are right."""
    for _ in range(number):
        hash, whole = chance.choice(ASKED)
        kind = chance.randrange(20)
        if kind == 0:
            given = [chance.choice(ASKED)[0] for _ in range(5)]
            report = scanner.report(given)
            assert [str(row.hash) for row in report.rows] == list(dict.fromkeys(given))
            assert report.is_complete
        elif kind == 1:
            outcomes = list(scanner.scan([hash, hash]))
            assert [str(outcome.hash) for outcome in outcomes] == [hash, hash]
        elif kind == 2:
            assert scanner.metrics.errors == 0
        else:
            outcome = scanner.lookup(hash)
            report_of_file = outcome.result()
            assert str(outcome.hash) == hash
            assert report_of_file is None or str(report_of_file.sha256) == whole


def test_threads_share_a_scanner_and_its_requests(seed: int, figure: Callable[[str], None]) -> None:
    number = count("VT_CALLS", 500)
    simulator = Simulator(unknown=0)
    with Scanner(simulator=simulator, quota=NO_LIMITS) as scanner:
        with ThreadPoolExecutor(THREADS) as pool:
            work = [
                pool.submit(calls, scanner, random.Random(seed + at), number)
                for at in range(THREADS)
            ]
            for done in work:
                done.result()
        assert simulator.requests <= FILES
    figure(f"{THREADS} threads x {number} calls, {simulator.requests} requests, seed {seed}")


def test_a_callback_may_call_the_scanner() -> None:
    used: list[int] = []
    with Scanner(simulator=Simulator(), quota=NO_LIMITS) as scanner:
        report = scanner.report(
            [names[2] for names in SAMPLES],
            progress=lambda _: used.append(scanner.quota().day),
        )
    assert report.is_complete
    assert used


def test_a_callback_that_is_slow_does_not_stop_the_scan() -> None:
    clock = Simulator(latency=0.3)
    told: list[bool] = []

    def progress(_: vt_core.Progress) -> None:
        # Longer than until it is told again.
        told.append(clock.wait_for_requests(1 << 40, timeout=0.3))

    with Scanner(simulator=Simulator(), quota=NO_LIMITS) as scanner:
        assert scanner.report([names[2] for names in SAMPLES[:5]], progress=progress).is_complete
    assert len(told) < 20
