"""Caches: ours, and those that are written in Python."""

from __future__ import annotations

import asyncio
import logging
import pickle
import threading
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import vt_core
from scene import CLEAN, DETECTED, MOMENT, UNKNOWN, report_of, scanner_of
from vt_core import Entry, FileHash, MemoryCache, SqliteStore
from vt_core.testing import CACHE_RULES, Simulator, check_cache


class Keeper:
    """The simplest cache there is."""

    def __init__(self) -> None:
        self.entries: dict[FileHash, Entry] = {}
        self.lock = threading.Lock()

    def get(self, hashes: Sequence[FileHash], /) -> list[Entry | None]:
        with self.lock:
            return [self.entries.get(hash) for hash in hashes]

    def put(self, entries: Sequence[Entry], /) -> None:
        with self.lock:
            for entry in entries:
                self.entries.update(dict.fromkeys(entry.hashes, entry))

    def evict(self, fetched_before: datetime, /) -> int:
        with self.lock:
            kept = {
                hash: entry
                for hash, entry in self.entries.items()
                if entry.fetched_at >= fetched_before
            }
            evicted = set(self.entries.values()) - set(kept.values())
            self.entries = kept
            return len(evicted)


class Broken(Keeper):
    """One that is out of reach."""

    def get(self, hashes: Sequence[FileHash], /) -> list[Entry | None]:
        raise RuntimeError("no connection to the cache")


class AsyncKeeper:
    """The same, with coroutines."""

    def __init__(self) -> None:
        self.keeper = Keeper()
        self.loops: set[asyncio.AbstractEventLoop] = set()

    async def get(self, hashes: Sequence[FileHash], /) -> list[Entry | None]:
        self.loops.add(asyncio.get_running_loop())
        await asyncio.sleep(0)
        return self.keeper.get(hashes)

    async def put(self, entries: Sequence[Entry], /) -> None:
        self.loops.add(asyncio.get_running_loop())
        self.keeper.put(entries)

    async def evict(self, fetched_before: datetime, /) -> int:
        return self.keeper.evict(fetched_before)


Made = vt_core.Cache | MemoryCache | SqliteStore
CACHES: list[Callable[[Path], Made]] = [
    lambda _: Keeper(),
    lambda _: AsyncKeeper(),
    lambda _: MemoryCache(),
    lambda folder: SqliteStore(folder / "vt.db"),
]
NAMES = ["Keeper", "AsyncKeeper", "MemoryCache", "SqliteStore"]


@pytest.mark.parametrize("rule", CACHE_RULES)
@pytest.mark.parametrize("make", CACHES, ids=NAMES)
def test_a_cache_keeps_its_contract(
    make: Callable[[Path], Made], rule: str, tmp_path: Path
) -> None:
    check_cache(rule, make(tmp_path))


def test_a_cache_that_breaks_its_contract_is_told_which_rule() -> None:
    class Forgetful(Keeper):
        def put(self, entries: Sequence[Entry], /) -> None:
            for entry in entries:
                self.entries[entry.hashes[0]] = entry

    with pytest.raises(AssertionError, match="a_report_is_found_under_each_digest"):
        check_cache("a_report_is_found_under_each_digest", Forgetful())
    with pytest.raises(AssertionError, match="one_answer_per_hash_in_order") as raised:
        check_cache("one_answer_per_hash_in_order", Broken())
    assert "no connection to the cache" in str(raised.value)
    assert "report it" not in str(raised.value)
    with pytest.raises(ValueError, match="no such rule"):
        check_cache("something", Keeper())


def test_an_entry_is_an_answer_and_when_it_was_given() -> None:
    report = report_of(0)
    found = Entry.found(report, MOMENT)
    unknown = Entry.not_found(UNKNOWN[0], MOMENT)
    assert (found.report, found.fetched_at) == (report, MOMENT)
    assert [str(hash) for hash in found.hashes] == list(CLEAN)
    assert (unknown.report, unknown.hashes) == (None, (FileHash(UNKNOWN[0]),))
    assert found != unknown
    for entry in (found, unknown):
        again: Entry = pickle.loads(pickle.dumps(entry))
        assert again == entry
        assert (hash(again), repr(again)) == (hash(entry), repr(entry))


@pytest.mark.parametrize("make", CACHES[2:], ids=NAMES[2:])
def test_our_caches_can_be_used_by_hand(make: Callable[[Path], Made], tmp_path: Path) -> None:
    cache = make(tmp_path)
    assert isinstance(cache, (MemoryCache, SqliteStore))
    entries = [Entry.found(report_of(0), MOMENT), Entry.not_found(UNKNOWN[0], MOMENT)]
    cache.put(entries)
    assert cache.get([CLEAN[1], FileHash(UNKNOWN[0]), DETECTED[0]]) == [*entries, None]
    assert cache.evict(MOMENT) == 0
    assert cache.evict(MOMENT + timedelta(seconds=1)) == 2
    assert cache.get([CLEAN[1]]) == [None]


def test_scanners_may_share_a_cache(simulator: Simulator) -> None:
    memory = MemoryCache(1 << 20)
    for _ in range(3):
        with scanner_of(simulator, memory) as scanner:
            scanner.lookup(CLEAN[0])
    assert simulator.requests == 1
    assert repr(memory) == "<MemoryCache>"


@pytest.mark.parametrize("make", CACHES[:2], ids=NAMES[:2])
def test_a_cache_in_python_answers_a_scan(
    make: Callable[[Path], Made], simulator: Simulator, tmp_path: Path
) -> None:
    cache = make(tmp_path)
    hashes = [Simulator.sample(number)[0] for number in range(10, 60)]
    for source in ("virustotal", "cache"):
        with scanner_of(simulator, cache) as scanner:
            assert {outcome.source for outcome in scanner.scan(hashes)} == {source}
            assert scanner.report(hashes).is_complete
    assert simulator.requests == len(hashes)


async def test_an_asynchronous_cache_has_one_loop_whoever_asks(simulator: Simulator) -> None:
    cache = AsyncKeeper()
    async with scanner_of(simulator, cache) as scanner:
        await scanner.lookup_async(CLEAN[0])
        scanner.lookup(DETECTED[0])
        thread = threading.Thread(target=scanner.lookup, args=[CLEAN[0]])
        thread.start()
        thread.join()
    assert len(cache.loops) == 1
    assert asyncio.get_running_loop() not in cache.loops


@pytest.mark.parametrize(
    "answer",
    [
        [],
        [None, None],
        5,
        ["text"],
        [Entry.not_found(UNKNOWN[0], MOMENT)],
    ],
)
def test_a_cache_that_answers_nonsense_is_no_cache(answer: object, simulator: Simulator) -> None:
    class Odd(Keeper):
        def get(self, hashes: Sequence[FileHash], /) -> list[Entry | None]:
            return answer  # type: ignore[return-value]

    with scanner_of(simulator, Odd()) as scanner:
        assert scanner.lookup(CLEAN[0]).source == "virustotal"


def test_a_cache_that_fails_is_logged_and_costs_a_request(
    simulator: Simulator, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "vt_core"), scanner_of(simulator, Broken()) as scanner:
        assert scanner.lookup(CLEAN[0]).status == "clean"
    assert any("no connection to the cache" in str(record.exc_info) for record in caplog.records)
    assert simulator.requests == 1


def test_an_answer_without_its_body_is_asked_again_by_who_wants_it(simulator: Simulator) -> None:
    cache = Keeper()
    with scanner_of(simulator, cache) as scanner:
        scanner.lookup(CLEAN[0])
        for hash, entry in cache.entries.items():
            assert entry.report is not None
            _, (json,) = entry.report.__reduce__()
            bare = vt_core.FileReport._from_summary(json)
            cache.entries[hash] = Entry.found(bare, entry.fetched_at)
        assert scanner.report([CLEAN[0]]).summary.from_cache == 1
        assert scanner.lookup(CLEAN[0]).source == "virustotal"
    assert simulator.requests == 2


def test_what_has_no_get_and_put_is_no_cache(simulator: Simulator) -> None:
    with pytest.raises(TypeError, match=r"get\(hashes\) and put\(entries\); dict has no put"):
        scanner_of(simulator, {})  # type: ignore[arg-type]
