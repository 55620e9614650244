"""An answer that is in memory comes without another thread."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import pytest
import vt_core
from vt_core import FileHash, Outcome, Quota, Scanner
from vt_core.testing import Simulator

CLEAN = FileHash(Simulator.sample(0)[2])


@pytest.fixture
def scanner() -> Scanner:
    return Scanner(simulator=Simulator(), quota=Quota(None, None, None))


def without_waiting(coroutine: Coroutine[Any, Any, Outcome]) -> Outcome:
    """What a coroutine comes to that does not wait for anything."""
    with pytest.raises(StopIteration) as end:
        coroutine.send(None)
    outcome: Outcome = end.value.value
    return outcome


async def test_a_hash_in_memory_is_answered_before_the_event_loop_turns(
    scanner: Scanner,
) -> None:
    asked = await scanner.lookup_async(CLEAN)
    answered = without_waiting(scanner.lookup_async(CLEAN))
    assert (answered.source, answered.report) == ("cache", asked.report)


async def test_a_hash_that_has_to_be_fetched_lets_the_event_loop_turn() -> None:
    slow = Scanner(simulator=Simulator(latency=60))
    lookup = asyncio.ensure_future(slow.lookup_async(CLEAN))
    _, waiting = await asyncio.wait({lookup}, timeout=0)
    assert waiting == {lookup}
    lookup.cancel()
    with pytest.raises(asyncio.CancelledError):
        await lookup


async def test_an_error_that_is_known_at_once_is_raised_at_the_await() -> None:
    scanner = Scanner(offline=True)
    with pytest.raises(vt_core.OfflineError):
        await scanner.lookup_async(CLEAN)


async def test_hashes_in_memory_and_others_can_be_awaited_together(scanner: Scanner) -> None:
    hashes = [FileHash(Simulator.sample(number)[0]) for number in range(40)]
    await asyncio.gather(*map(scanner.lookup_async, hashes[::2]))
    outcomes = await asyncio.gather(*map(scanner.lookup_async, hashes))
    assert [outcome.hash for outcome in outcomes] == hashes
    assert {outcome.source for outcome in outcomes[::2]} == {"cache"}
