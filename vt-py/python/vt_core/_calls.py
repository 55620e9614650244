"""What is simpler said in Python: coroutines, and calls of caches written in it.

Only imported by what needs it: asyncio takes longer to import than all the rest.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import threading
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from vt_core._native import Outcome, Scan

T = TypeVar("T")

_log = logging.getLogger("vt_core")


async def next_outcome(scan: Scan) -> Outcome:
    """The next outcome. It is only taken when nothing can cancel this any more."""
    event_loop = asyncio.get_running_loop()
    while True:
        outcome = scan._take()
        if outcome is not None:
            return outcome
        if not await scan._fill(event_loop):
            raise StopAsyncIteration


def call(method: Callable[[T], Any], argument: T) -> Any:
    """Calls a method of a cache, and waits for it if it is a coroutine function."""
    try:
        result = method(argument)
        if inspect.isawaitable(result):
            result = asyncio.run_coroutine_threadsafe(_await(result), _loops.running()).result()
        return result
    except Exception:
        # The scan goes on without the cache: nobody else would say so.
        _log.warning("%r failed", method, exc_info=True)
        raise


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


class _Loops:
    """The event loop of caches that are asynchronous, in a thread of its own.

    The callers may have many loops or none, and theirs may end while answers are
    still to be kept.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                thread = threading.Thread(
                    target=self._loop.run_forever, name="vt-core caches", daemon=True
                )
                thread.start()
            return self._loop


_loops = _Loops()


def _forget_loop() -> None:
    """After a fork: the thread of the loop is not there."""
    global _loops
    _loops = _Loops()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_loop)
