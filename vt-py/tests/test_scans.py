"""Many hashes: as they come, and as a report."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
import vt_core
from scene import CLEAN, DETECTED, NO_LIMIT, UNKNOWN, scanner_of
from vt_core import FileHash, Progress, Scanner
from vt_core.testing import Simulator

HASHES = [Simulator.sample(number)[number % 3] for number in range(10, 110)]


def test_a_scan_has_an_outcome_for_each_hash(scanner: Scanner, simulator: Simulator) -> None:
    scan = scanner.scan(FileHash(hash) for hash in HASHES)
    assert isinstance(scan, vt_core.Scan)
    assert iter(scan) is scan
    assert sorted(str(outcome.hash) for outcome in scan) == sorted(HASHES)
    assert list(scan) == []
    assert simulator.requests == len(HASHES)


async def test_async_for_does_the_same(scanner: Scanner) -> None:
    outcomes = [outcome async for outcome in scanner.scan(HASHES)]
    assert sorted(str(outcome.hash) for outcome in outcomes) == sorted(HASHES)
    assert all(outcome.error is None for outcome in outcomes)


def test_all_digests_of_a_file_cost_one_request(simulator: Simulator) -> None:
    url = simulator.url
    with Scanner("key", base_url=url, quota=NO_LIMIT, max_in_flight=1) as scanner:
        outcomes = list(scanner.scan([*CLEAN, *CLEAN, *DETECTED]))
    assert len(outcomes) == 9
    assert simulator.requests == 2
    assert {outcome.source for outcome in outcomes} >= {"virustotal"}
    assert {outcome.source for outcome in outcomes} <= {"virustotal", "joined", "cache"}


def test_hashes_are_found_in_whatever_is_scanned(scanner: Scanner, tmp_path: Path) -> None:
    text = f"first {CLEAN[0]}\nthen {DETECTED[1]} and {CLEAN[0]} again"
    (tmp_path / "notes").write_text(text)
    expected = {CLEAN[0], DETECTED[1]}
    for source in (text, text.encode(), tmp_path / "notes", vt_core.extract_hashes(text)):
        assert {str(outcome.hash) for outcome in scanner.scan(source)} == expected


async def test_a_text_is_read_while_the_loop_goes_on(scanner: Scanner, tmp_path: Path) -> None:
    path = tmp_path / "notes"
    path.write_text(f"{CLEAN[0]} and imphash {CLEAN[0]}\n{DETECTED[1]}")
    threads: set[int] = set()

    class File:
        def __init__(self) -> None:
            self.file = path.open()

        def read(self, length: int, /) -> str:
            threads.add(threading.get_ident())
            return self.file.read(length)

    file = File()
    report = await scanner.report_async(file)
    file.file.close()
    assert (report.summary.hashes, report.summary.skipped) == (2, 1)
    assert threading.get_ident() not in threads
    assert len(await scanner.report_async(path)) == 2


def test_a_list_with_something_else_in_it_is_refused_before_anything_is_asked(
    scanner: Scanner, simulator: Simulator
) -> None:
    with pytest.raises(vt_core.InvalidHashError):
        scanner.scan([*HASHES, "not a hash"])
    with pytest.raises(TypeError):
        scanner.scan([CLEAN[0], 5])  # type: ignore[list-item]
    with pytest.raises(TypeError):
        scanner.scan(5)  # type: ignore[arg-type]
    assert simulator.requests == 0


def test_no_hashes_are_a_scan_without_outcomes(scanner: Scanner) -> None:
    assert list(scanner.scan([])) == []
    assert len(scanner.report("nothing here")) == 0


def test_progress_is_told_to_the_end_on_the_thread_that_waits(scanner: Scanner) -> None:
    told: list[Progress] = []
    threads: set[int] = set()

    def tell(progress: Progress) -> None:
        told.append(progress)
        threads.add(threading.get_ident())

    list(scanner.scan(HASHES, progress=tell))
    assert isinstance(told[0], Progress)
    assert threads == {threading.get_ident()}
    assert told[0].total == len(HASHES)
    assert [progress.done for progress in told] == sorted(progress.done for progress in told)
    last = told[-1]
    assert (last.done, last.requests_left, last.waits_for) == (len(HASHES), 0, None)
    assert last.found + last.not_found + last.errors == last.done


async def test_progress_of_coroutines_is_told_on_the_thread_of_the_loop(scanner: Scanner) -> None:
    told: list[Progress] = []
    threads: set[int] = set()

    def tell(progress: Progress) -> None:
        asyncio.get_running_loop()
        told.append(progress)
        threads.add(threading.get_ident())

    report = await scanner.report_async(HASHES, progress=tell)
    async for _ in scanner.scan(HASHES, progress=tell):
        pass
    assert report.is_complete
    assert threads == {threading.get_ident()}
    assert told[-1].done == told[-1].cached == len(HASHES)


def test_progress_says_what_is_waited_for(simulator: Simulator) -> None:
    with Scanner("key", base_url=simulator.url, quota=vt_core.Quota(1, None, None)) as scanner:

        class Enough(Exception):
            pass

        def tell(progress: Progress) -> None:
            if progress.waits_for is not None:
                raise Enough(progress)

        with pytest.raises(Enough) as raised:
            list(scanner.scan(HASHES, progress=tell))
        progress = raised.value.args[0]
        assert progress.waits_for == "minute limit"
        assert progress.waits_until is not None
        assert progress.eta > progress.waits_until
        assert progress.requests_left == len(HASHES) - 1


def test_an_error_of_the_callback_comes_through_and_loses_nothing(scanner: Scanner) -> None:
    def tell(progress: Progress) -> None:
        raise RuntimeError("no room")

    with pytest.raises(RuntimeError, match="no room"):
        scanner.report(HASHES, progress=tell)
    assert scanner.report(HASHES).is_complete


def test_threads_share_a_scan_and_none_gets_what_another_has(scanner: Scanner) -> None:
    scan = scanner.scan(HASHES)
    outcomes: list[vt_core.Outcome] = []
    threads = [threading.Thread(target=lambda: outcomes.extend(scan)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(str(outcome.hash) for outcome in outcomes) == sorted(HASHES)


async def test_tasks_share_requests(scanner: Scanner, simulator: Simulator) -> None:
    lookups = (scanner.lookup_async(hash) for hash in UNKNOWN for _ in range(50))
    outcomes = await asyncio.gather(*lookups)
    assert {outcome.status for outcome in outcomes} == {"not_found"}
    # Of a file that VirusTotal does not know, nobody knows the other digests.
    assert simulator.requests == 3


def test_a_report_keeps_the_order_and_says_each_hash_once(scanner: Scanner) -> None:
    report = scanner.report([*reversed(HASHES), *HASHES])
    assert [str(row.hash) for row in report.rows] == HASHES[::-1]
    assert report.summary.requests == len(HASHES)
    again = scanner.report(HASHES)
    assert again.summary.from_cache == len(HASHES)
    assert again.summary.requests == 0


def test_a_report_of_a_text_counts_what_was_skipped(scanner: Scanner) -> None:
    report = scanner.report(f"{CLEAN[0]}\nimphash {CLEAN[0]}\n{CLEAN[1]}")
    assert report.summary.skipped == 1
    assert report.summary.hashes == 2


def test_a_report_wants_no_bodies_and_a_scan_does(simulator: Simulator, tmp_path: Path) -> None:
    store = vt_core.SqliteStore(tmp_path / "vt.db", base_url=simulator.url)
    with scanner_of(simulator, store) as scanner:
        scanner.report(HASHES)
        assert all(
            outcome.report is None or outcome.report.raw_json for outcome in scanner.scan(HASHES)
        )
        assert simulator.requests == len(HASHES)


def test_a_long_list_is_spread_over_the_day_if_that_is_wished(simulator: Simulator) -> None:
    quota = vt_core.Quota(1_000, 50, None)
    url = simulator.url
    with Scanner("key", base_url=url, quota=quota, pace="spread", max_in_flight=1) as scanner:

        class Enough(Exception):
            pass

        def tell(progress: Progress) -> None:
            if progress.waits_for == "pace of large scans":
                raise Enough

        with pytest.raises(Enough):
            list(scanner.scan(HASHES, progress=tell))
    assert simulator.requests <= 50


def test_the_simulator_in_the_process_needs_no_socket() -> None:
    simulator = Simulator(unknown=1.0)
    with Scanner(simulator=simulator, quota=NO_LIMIT) as scanner:
        report = scanner.report(HASHES)
    assert report.summary.not_found == len(HASHES)
    assert simulator.wait_for_requests(len(HASHES), timeout=0)
    assert not simulator.wait_for_requests(len(HASHES) + 1, timeout=0)
