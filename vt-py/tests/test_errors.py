"""What goes wrong at VirusTotal, as exceptions."""

from __future__ import annotations

import inspect
import pickle
import sys
from datetime import timedelta
from pathlib import Path

import pytest
import vt_core
from scene import CLEAN, NO_LIMIT, scanner_of
from vt_core import Scanner
from vt_core.testing import Simulator, panic, panic_async

TREE = [
    kind for kind in vars(vt_core).values() if inspect.isclass(kind) and issubclass(kind, Exception)
]


@pytest.mark.parametrize("kind", TREE, ids=lambda kind: kind.__name__)
def test_every_error_has_one_base_and_can_be_pickled(kind: type[vt_core.VtError]) -> None:
    assert issubclass(kind, vt_core.VtError)
    error = kind("text", {"is_retryable": True, "retry_after": timedelta(seconds=5)})
    again: vt_core.VtError = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert (str(again), again.is_retryable) == ("text", True)
    assert (again.retry_after, again.retry_at) == (timedelta(seconds=5), None)


@pytest.mark.parametrize(
    ("fault", "kind", "is_retryable"),
    [
        ("403", vt_core.ForbiddenError, False),
        ("400", vt_core.UpstreamError, False),
        ("503", vt_core.UpstreamError, True),
        ("bad-gateway", vt_core.UpstreamError, True),
        ("portal", vt_core.ProtocolError, True),
        ("other-file", vt_core.ProtocolError, True),
        ("cut:100", vt_core.RequestError, True),
        ("hangup", vt_core.InterruptedConnectionError, True),
        ("reset", vt_core.InterruptedConnectionError, True),
    ],
)
def test_a_fault_is_the_error_it_should_be(
    simulator: Simulator, fault: str, kind: type[vt_core.RequestError], is_retryable: bool
) -> None:
    simulator.fail(fault, always=True)
    with scanner_of(simulator) as scanner:
        with pytest.raises(kind) as raised:
            scanner.lookup(CLEAN[0])
        error = raised.value
        assert isinstance(error, vt_core.RequestError)
        assert error.is_retryable is is_retryable
        if isinstance(error, vt_core.UpstreamError):
            assert error.status == int(fault) if fault.isdigit() else error.status == 502
        if isinstance(error, vt_core.InterruptedConnectionError):
            assert error.host == simulator.url.removeprefix("http://")
        simulator.recover()
        assert scanner.lookup(CLEAN[1]).status == "clean"


def test_a_failing_hash_is_an_outcome_and_the_others_go_on(
    scanner: Scanner, simulator: Simulator
) -> None:
    good, bad = (Simulator.sample(number)[0] for number in (1, 0))
    simulator.fail("400", hash=bad)
    outcomes = {str(outcome.hash): outcome for outcome in scanner.scan([bad, good])}
    assert outcomes[good].status == "detected"
    failed = outcomes[bad]
    assert (failed.status, failed.report, failed.source, failed.fetched_at) == (
        "error",
        None,
        None,
        None,
    )
    assert isinstance(failed.error, vt_core.UpstreamError)
    assert "400" in repr(failed)
    with pytest.raises(vt_core.UpstreamError):
        failed.result()
    again: vt_core.Outcome = pickle.loads(pickle.dumps(failed))
    assert again == failed
    assert again != outcomes[good]


def test_a_refusal_says_how_long_virustotal_asked_to_wait(simulator: Simulator) -> None:
    simulator.fail("429 + header:Retry-After=120", always=True)
    with scanner_of(simulator) as scanner, pytest.raises(vt_core.PendingError) as raised:
        scanner.lookup(CLEAN[0], timeout=1)
    assert raised.value.retry_at is not None


def test_errors_are_a_tree() -> None:
    bases = {kind: kind.__bases__ for kind in TREE if kind is not vt_core.VtError}
    request = {kind for kind, base in bases.items() if vt_core.RequestError in base}
    config = {kind for kind, base in bases.items() if vt_core.ConfigError in base}
    others = {kind for kind, base in bases.items() if vt_core.VtError in base}
    assert config == {vt_core.ApiKeyError}
    assert request == {
        vt_core.AuthError,
        vt_core.ConnectError,
        vt_core.ForbiddenError,
        vt_core.InterruptedConnectionError,
        vt_core.ProtocolError,
        vt_core.QuotaError,
        vt_core.RequestTimeoutError,
        vt_core.UpstreamError,
    }
    assert others >= {vt_core.StoppedError, vt_core.InternalError, vt_core.StoreError}
    assert len(config) + len(request) + len(others) == len(bases)


async def test_the_count_of_virustotal_may_be_refused(
    scanner: Scanner, simulator: Simulator
) -> None:
    simulator.fail("429", always=True)
    with pytest.raises(vt_core.QuotaError) as raised:
        scanner.check_quota()
    assert raised.value.code == "QuotaExceededError"
    assert raised.value.is_retryable
    with pytest.raises(vt_core.QuotaError):
        await scanner.check_quota_async()


@pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be deleted there")
def test_books_that_are_gone_are_an_error(tmp_path: Path) -> None:
    with Simulator(per_day=500) as simulator, scanner_of(simulator, tmp_path / "vt.db") as scanner:
        for file in tmp_path.iterdir():
            file.unlink()
        with pytest.raises(vt_core.LedgerError, match="deleted or replaced"):
            scanner.check_quota()


def test_nobody_there_is_no_connection() -> None:
    with Simulator() as simulator:
        url = simulator.url
    scanner = Scanner("key", base_url=url, quota=NO_LIMIT)
    with scanner, pytest.raises(vt_core.ConnectError) as raised:
        scanner.lookup(CLEAN[0])
    assert raised.value.host in url


def test_silence_is_a_timeout(simulator: Simulator) -> None:
    simulator.fail("stall", always=True)
    with Scanner("key", base_url=simulator.url, quota=NO_LIMIT, timeout=0.05) as scanner:
        with pytest.raises(vt_core.RequestTimeoutError) as raised:
            scanner.lookup(CLEAN[0])
    assert isinstance(raised.value, TimeoutError)


def test_an_outage_is_known_to_all_who_share_the_books(
    simulator: Simulator, tmp_path: Path
) -> None:
    simulator.fail("503 + header:Retry-After=3600", always=True)
    with scanner_of(simulator, tmp_path / "vt.db") as scanner:
        for number in range(10, 15):
            with pytest.raises(vt_core.UpstreamError) as raised:
                scanner.lookup(Simulator.sample(number)[0])
            assert raised.value.retry_after == timedelta(hours=1)
    with scanner_of(simulator, tmp_path / "vt.db") as scanner:
        with pytest.raises(vt_core.UnavailableError) as told:
            scanner.lookup(CLEAN[0], timeout=5)
    assert told.value.is_retryable
    assert told.value.retry_at is not None
    assert simulator.requests == 5


async def test_a_panic_is_an_exception_and_nothing_else_breaks(scanner: Scanner) -> None:
    with pytest.raises(vt_core.InternalError, match="a defect; please report it"):
        panic("a defect")
    with pytest.raises(vt_core.InternalError, match="a defect; please report it"):
        await panic_async("a defect")
    assert scanner.lookup(CLEAN[0]).status == "clean"
