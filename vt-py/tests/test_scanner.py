"""Making a scanner, and asking it about single files."""

from __future__ import annotations

import gc
import pickle
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import vt_core
from scene import CLEAN, DETECTED, NO_LIMIT, PENDING, UNKNOWN, scanner_of
from vt_core import Quota, Scanner
from vt_core.testing import Simulator

KEY = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"


def test_a_lookup_says_what_is_known_and_where_from(scanner: Scanner) -> None:
    before = datetime.now(timezone.utc)
    first = scanner.lookup(DETECTED[0])
    again = scanner.lookup(vt_core.FileHash(DETECTED[2]))
    assert (first.status, first.source, again.source) == ("detected", "virustotal", "cache")
    assert first.fetched_at is not None
    assert first.fetched_at >= before
    assert first.report == again.report == first.result()
    assert str(first.hash) == DETECTED[0]
    assert first.error is None
    assert repr(first) == f"<Outcome {DETECTED[0]}: detected, from virustotal>"
    assert scanner.metrics.requests == 1
    assert isinstance(scanner.metrics, vt_core.Metrics)


@pytest.mark.parametrize(
    ("hashes", "status"), [(CLEAN, "clean"), (UNKNOWN, "not_found"), (PENDING, "pending")]
)
def test_every_answer_has_its_status(
    scanner: Scanner, hashes: tuple[str, str, str], status: str
) -> None:
    outcome = scanner.lookup(hashes[1])
    assert outcome.status == status
    assert (outcome.report is None) == (status == "not_found")


async def test_a_coroutine_says_the_same(scanner: Scanner) -> None:
    outcome = await scanner.lookup_async(CLEAN[1])
    assert outcome.report == scanner.lookup(CLEAN[0]).report
    assert (await scanner.lookup_async(UNKNOWN[0])).status == "not_found"


def test_outcomes_are_equal_by_what_they_say_and_can_be_pickled(scanner: Scanner) -> None:
    outcomes = [scanner.lookup(hashes[0]) for hashes in (CLEAN, UNKNOWN, PENDING)]
    for outcome in outcomes:
        again: vt_core.Outcome = pickle.loads(pickle.dumps(outcome))
        assert again == outcome
        assert (hash(again), repr(again)) == (hash(outcome), repr(outcome))
    assert len(set(outcomes)) == 3
    with pytest.raises(AttributeError):
        outcomes[0].status = "clean"  # type: ignore[misc]


def test_age_decides_whether_the_cache_is_good_enough(
    scanner: Scanner, simulator: Simulator
) -> None:
    wishes: list[tuple[str, dict[str, Any]]] = [
        ("virustotal", {}),
        ("cache", {"max_age": timedelta(days=1)}),
        ("cache", {"max_age": 3_600}),
        ("virustotal", {"max_age": 0}),
        ("virustotal", {"refresh": True}),
        ("cache", {}),
    ]
    for source, wish in wishes:
        assert scanner.lookup(CLEAN[0], **wish).source == source, wish
    assert simulator.requests == 3


def test_freshness_is_a_setting(simulator: Simulator) -> None:
    stale = vt_core.Freshness(found=timedelta(0))
    assert (stale.not_found, stale.pending) == (timedelta(hours=6), timedelta(minutes=30))
    with Scanner(simulator=simulator, quota=NO_LIMIT, freshness=stale) as scanner:
        sources = [scanner.lookup(hash).source for hash in (CLEAN[0], CLEAN[0], *UNKNOWN[:1] * 2)]
    assert sources == ["virustotal", "virustotal", "virustotal", "cache"]


def test_the_key_comes_from_the_environment_and_is_shown_nowhere(
    simulator: Simulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VT_API_KEY", KEY)
    strict = Simulator(key=KEY)
    with strict, Scanner(base_url=strict.url) as scanner:
        assert scanner.lookup(CLEAN[0]).status == "clean"
        assert KEY[:8] not in repr(scanner)
    with Scanner("another", base_url=strict.url) as scanner:
        with pytest.raises(vt_core.AuthError) as raised:
            scanner.lookup(CLEAN[0])
    assert raised.value.code == "WrongCredentialsError"
    assert "another" not in str(raised.value)


def test_a_missing_or_impossible_key_is_an_error() -> None:
    with pytest.raises(vt_core.ApiKeyError, match="VT_API_KEY"):
        Scanner()
    with pytest.raises(vt_core.ApiKeyError, match="characters") as raised:
        Scanner(f"{KEY} {KEY}")
    assert KEY not in str(raised.value)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"base_url": "http://www.virustotal.com"}, "in clear"),
        ({"proxy": "ftp://me:hunter2@proxy.example"}, "proxy"),
        ({"proxy": "nonsense"}, "proxy"),
        ({"timeout": 0}, "time limit"),
        ({"user": "a/b"}, "user name"),
        ({"user_agent": "a\nb"}, "user agent"),
        ({"pace": "slow"}, "pace"),
    ],
)
def test_a_setting_that_cannot_work_is_refused(settings: dict[str, Any], reason: str) -> None:
    with pytest.raises(vt_core.ConfigError, match=reason) as raised:
        Scanner(KEY, **settings)
    assert "hunter2" not in str(raised.value)
    assert isinstance(raised.value, ValueError)


def test_settings_of_the_wrong_type_are_refused() -> None:
    wrong: list[dict[str, Any]] = [
        {"timeout": -1},
        {"timeout": "1s"},
        {"max_in_flight": 0},
        {"quota": 4},
    ]
    for settings in wrong:
        with pytest.raises((TypeError, ValueError, AttributeError)):
            Scanner(KEY, **settings)


def test_the_quota_is_heeded_and_shown(simulator: Simulator) -> None:
    with Scanner("key", base_url=simulator.url, quota=Quota(2, 3, None)) as scanner:
        scanner.lookup(CLEAN[0])
        usage = scanner.quota()
        assert isinstance(usage, vt_core.Usage)
        assert usage.quota == Quota(2, 3, None)
        assert (usage.minute, usage.day, usage.month, usage.left) == (1, 1, 1, 2)
        assert usage.blocked_for == timedelta(0)
        assert usage.external_use is None
        scanner.lookup(DETECTED[0])
        with pytest.raises(vt_core.PendingError) as raised:
            scanner.lookup(UNKNOWN[0], timeout=0.05)
    assert raised.value.is_retryable
    assert raised.value.retry_at is not None
    assert raised.value.retry_at > usage.at + timedelta(seconds=30)
    assert isinstance(raised.value, TimeoutError)
    assert simulator.requests == 2


async def test_what_virustotal_counted_can_be_asked() -> None:
    with Simulator(per_day=500) as simulator:
        settings: dict[str, Any] = {"user": "somebody", "check_quota": False}
        async with Scanner("key", base_url=simulator.url, **settings) as scanner:
            await scanner.lookup_async(CLEAN[0])
            allowances = scanner.check_quota()
            assert isinstance(allowances, vt_core.Allowances)
            assert allowances.daily == vt_core.Allowance(1, 500, is_shared=False)
            assert await scanner.check_quota_async() == allowances
            assert (await scanner.quota_async()).day == 1


def test_offline_takes_what_is_kept_and_needs_no_key(simulator: Simulator, tmp_path: Path) -> None:
    with scanner_of(simulator, tmp_path / "vt.db") as scanner:
        scanner.lookup(CLEAN[0])
    with Scanner(offline=True, cache=tmp_path / "vt.db", base_url=simulator.url) as scanner:
        assert scanner.lookup(CLEAN[2]).source == "cache"
        with pytest.raises(vt_core.OfflineError):
            scanner.lookup(DETECTED[0])
    assert simulator.requests == 1


async def test_a_closed_scanner_says_so(simulator: Simulator) -> None:
    with scanner_of(simulator) as scanner:
        scan = scanner.scan([CLEAN[0]])
    for call in (lambda: scanner.lookup(CLEAN[0]), scanner.quota, lambda: scanner.scan("")):
        with pytest.raises(vt_core.ClosedError):
            call()
    with pytest.raises(vt_core.ClosedError):
        await scanner.lookup_async(CLEAN[0])
    scanner.close()
    await scanner.close_async()
    # What was begun goes on.
    assert [outcome.status for outcome in scan] == ["clean"]


def test_closing_waits_for_what_is_paid_for(tmp_path: Path) -> None:
    with Simulator(latency=0.2) as simulator:
        with scanner_of(simulator, tmp_path / "vt.db") as scanner:
            with pytest.raises(vt_core.PendingError):
                scanner.lookup(CLEAN[0], timeout=0.05)
        assert simulator.requests == 1
        with scanner_of(simulator, tmp_path / "vt.db") as scanner:
            assert scanner.lookup(CLEAN[0]).source == "cache"


def test_the_books_are_kept_with_the_answers(simulator: Simulator, tmp_path: Path) -> None:
    path = tmp_path / "vt.db"
    for number in range(10, 13):
        with Scanner("key", base_url=simulator.url, cache=str(path)) as scanner:
            scanner.lookup(Simulator.sample(number)[0])
            assert scanner.quota().day == number - 9
    memory = vt_core.MemoryCache()
    with Scanner("key", base_url=simulator.url, cache=memory, ledger=path) as scanner:
        assert scanner.quota().day == 3


def test_a_file_of_one_server_is_not_used_for_another(tmp_path: Path) -> None:
    store = vt_core.SqliteStore(tmp_path / "vt.db")
    with Simulator() as simulator, pytest.raises(vt_core.ConfigError, match="another server"):
        scanner_of(simulator, store)
    with Simulator() as simulator, pytest.raises(vt_core.StoreError, match="is kept for"):
        scanner_of(simulator, tmp_path / "vt.db")


def test_what_keeps_no_books_is_no_ledger() -> None:
    with pytest.raises(TypeError, match="SqliteStore"):
        Scanner(KEY, ledger=vt_core.MemoryCache())  # type: ignore[arg-type]


def test_demo_needs_neither_key_nor_network() -> None:
    with vt_core.demo() as scanner:
        assert scanner.lookup(DETECTED[0]).status == "detected"
        assert "simulator" in repr(scanner)
        scanner.report([*DETECTED, *CLEAN])
        assert scanner.metrics.requests == 2


def test_each_scanner_has_a_memory_of_its_own(simulator: Simulator) -> None:
    for _ in range(20):
        scanner = scanner_of(simulator)
        scanner.lookup(CLEAN[0])
        del scanner
    gc.collect()
    assert simulator.requests == 20
