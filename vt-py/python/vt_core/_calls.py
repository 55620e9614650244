"""What is simpler said in Python: coroutines, and their results.

Only imported by what needs it: asyncio takes longer to import than all the rest.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vt_core._native import Outcome, Scan


async def next_outcome(scan: Scan) -> Outcome:
    """The next outcome. It is only taken when nothing can cancel this any more."""
    event_loop = asyncio.get_running_loop()
    while True:
        outcome = scan._take()
        if outcome is not None:
            return outcome
        if not await scan._fill(event_loop):
            raise StopAsyncIteration


def settle(
    event_loop: asyncio.AbstractEventLoop,
    waiter: asyncio.Future[Any],
    result: Any,
    error: BaseException | None,
) -> None:
    """Gives a future its result, from any thread."""
    try:
        event_loop.call_soon_threadsafe(_settle, waiter, result, error)
    except RuntimeError:
        # A loop that was closed meanwhile: nobody waits any more.
        if not event_loop.is_closed():
            raise


def _settle(waiter: asyncio.Future[Any], result: Any, error: BaseException | None) -> None:
    if waiter.done():
        return
    if error is None:
        waiter.set_result(result)
    else:
        waiter.set_exception(error)
