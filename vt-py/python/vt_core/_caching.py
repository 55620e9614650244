"""Calls of caches that are written in Python.

Only imported for such a cache: asyncio takes longer to import than all the rest.
"""

from __future__ import annotations

import asyncio
import inspect
import logging
import os
import queue
import threading
from collections.abc import Awaitable, Callable
from typing import Any

_log = logging.getLogger("vt_core")

Reply = Callable[[Any, "str | None"], object]


def begin(cache: Any, method: str, argument: Any, reply: Reply) -> None:
    """Calls a method of a cache on another thread, which then calls `reply` with what
    it returned, or with what it raised as a text."""
    _threads.run(lambda: _answer(cache, method, argument, reply))


def _answer(cache: Any, method: str, argument: Any, reply: Reply) -> None:
    try:
        result = _call(cache, method, argument)
    except BaseException as error:
        reply(None, f"{type(error).__qualname__}: {error}")
    else:
        reply(result, None)


def _call(cache: Any, method: str, argument: Any) -> Any:
    try:
        result = getattr(cache, method)(argument)
        if inspect.isawaitable(result):
            result = asyncio.run_coroutine_threadsafe(_await(result), _loops.running()).result()
        # Here, as it may be a generator.
        return list(result) if method == "get" else result
    except Exception:
        # The scan goes on without the cache: nobody else would say so.
        _log.warning("%r failed", f"{type(cache).__qualname__}.{method}", exc_info=True)
        raise


async def _await(awaitable: Awaitable[Any]) -> Any:
    return await awaitable


class _Threads:
    """As many threads as calls are under way at once. Daemons: a cache that does not
    come back does not keep the interpreter from ending."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._jobs: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self._idle = 0

    def run(self, job: Callable[[], None]) -> None:
        with self._lock:
            is_new = self._idle == 0
            if not is_new:
                self._idle -= 1
        if is_new:
            threading.Thread(target=self._work, name="vt-core cache", daemon=True).start()
        self._jobs.put(job)

    def _work(self) -> None:
        while True:
            job = self._jobs.get()
            job()
            # It keeps what it was called with alive.
            del job
            with self._lock:
                self._idle += 1


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


_threads = _Threads()
_loops = _Loops()


def _forget_threads() -> None:
    """After a fork: they are not there."""
    global _threads, _loops
    _threads, _loops = _Threads(), _Loops()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_threads)
