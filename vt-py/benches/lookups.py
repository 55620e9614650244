"""Hashes that are in memory: what a question costs."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from counterpart import Counterpart
from timing import Run, Side, Table, timed
from vt_core import FileHash, Outcome, Quota, Scanner
from vt_core.testing import Simulator

FIRST = 10
"""The first sample that is no special case."""


def measure(table: Table, rust: Counterpart, count: int) -> None:
    hashes = [FileHash(Simulator.sample(FIRST + at)[2]) for at in range(count)]
    simulator = Simulator(unknown=0.0)
    with Scanner(simulator=simulator, quota=Quota(None, None, None)) as scanner:
        assert all(outcome.error is None for outcome in scanner.scan(hashes))
        one_by_one(table, rust, scanner, hashes)
        as_a_scan(table, rust, scanner, hashes)
        all_at_once(table, rust, scanner, hashes)
        assert simulator.requests == count, "all the rest was in memory"


def one_by_one(table: Table, rust: Counterpart, scanner: Scanner, hashes: list[FileHash]) -> None:
    async def in_turn() -> list[Outcome]:
        return [await scanner.lookup_async(hash) for hash in hashes]

    if table.wants("lookup"):
        table.compare(
            "lookup",
            Side("Rust", rust.run("lookups", len(hashes))),
            Side("lookup", timed(lambda: [scanner.lookup(hash) for hash in hashes])),
            Side("lookup_async", on_a_loop(in_turn)),
            per=len(hashes),
        )


def as_a_scan(table: Table, rust: Counterpart, scanner: Scanner, hashes: list[FileHash]) -> None:
    async def stream() -> list[Outcome]:
        return [outcome async for outcome in scanner.scan(hashes)]

    if table.wants("scan"):
        table.compare(
            "scan, per hash",
            Side("Rust", rust.run("scan", len(hashes))),
            Side("for", timed(lambda: list(scanner.scan(hashes)))),
            Side("async for", on_a_loop(stream)),
            per=len(hashes),
        )


def all_at_once(table: Table, rust: Counterpart, scanner: Scanner, hashes: list[FileHash]) -> None:
    some = hashes[:1_000]

    async def gather() -> list[Outcome]:
        return await asyncio.gather(*(scanner.lookup_async(hash) for hash in some))

    async def nothing() -> list[FileHash]:
        async def same(hash: FileHash) -> FileHash:
            return hash

        return await asyncio.gather(*(same(hash) for hash in some))

    if table.wants("gather 1,000, per hash"):
        table.compare(
            "gather 1,000, per hash",
            Side("Rust", rust.run("gather", len(some))),
            Side("asyncio", on_a_loop(gather)),
            Side("asyncio, empty", on_a_loop(nothing)),
            per=len(some),
        )


def on_a_loop(work: Callable[[], Awaitable[object]]) -> Run:
    """The loop itself is begun and ended outside of the time."""

    async def taken() -> float:
        start = time.perf_counter()
        result = await work()
        seconds = time.perf_counter() - start
        del result
        return seconds

    return lambda: asyncio.run(taken())
