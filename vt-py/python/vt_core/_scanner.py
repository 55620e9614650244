"""The scanner with its coroutines, and the demo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, cast

from vt_core import _native
from vt_core._values import Allowances, Progress, Quota, Usage

if TYPE_CHECKING:
    from typing_extensions import Self

    from vt_core._native import FileHash, Outcome, Report
    from vt_core._protocols import Seconds, Source, Text


class Scanner(_native.Scanner):
    """Answers questions about files: out of its cache, or by asking VirusTotal.

    All threads and tasks that use one scanner share its requests and its quota: a
    thousand of them asking about one file cost one request, whichever of its
    digests they ask for.

    `close` it, or use it in a `with` or `async with` block, so that what was paid
    for is kept. A cache in Python that refers to its scanner is only let go of then.

    It works in the process that made it: one that is forked off gets `ForkError`,
    and makes its own. That one cannot have a SQLite file if any was open at the fork;
    start processes with `spawn` instead.

    To make one sends nothing. The settings are:

    - `api_key`: by default the environment variable `VT_API_KEY`. It is shown
      nowhere.
    - `cache`: where answers are kept: the path of a SQLite file, a `SqliteStore`, a
      `MemoryCache` (the default), or any object that is a `Cache`.
    - `ledger`: where the books of the quota are kept. By default in the SQLite file
      if the cache is one, so that the limits hold across restarts and processes;
      else in memory.
    - `quota`: what the key may send; by default what a free one may.
    - `base_url`: another server than VirusTotal's: https, or http on this machine.
    - `user`: the name of your VirusTotal account. What VirusTotal itself has counted
      is then asked when the scanner begins to ask, which is free (`check_quota`).
    - `proxy`: `system`, `off` or a URL.
    - `timeout`: how long one request may take, in seconds; 30 by default.
    - `freshness`: how long answers stay good.
    - `pace`: `spread` divides a day's quota over the day where a list is long.
    - `offline`: answers from the cache only, however old, and needs no key.
    - `max_in_flight`: how many requests may be under way at once.
    - `simulator`: asks this one, in the process, instead of VirusTotal.

    It raises `ApiKeyError`, `ConfigError` or `StoreError`.
    """

    async def lookup_async(
        self,
        hash: FileHash | str,
        *,
        timeout: Seconds | None = None,
        max_age: Seconds | None = None,
        refresh: bool = False,
    ) -> Outcome:
        """As `lookup`. An answer that is in memory comes at once, without a turn of the
        event loop. Cancelling it leaves the line; a request that is under way is
        finished and its answer kept."""
        return await self._lookup_async(hash, timeout=timeout, max_age=max_age, refresh=refresh)

    async def report_async(
        self,
        source: Source,
        *,
        engines: Sequence[str] | None = None,
        title: str | None = None,
        progress: Callable[[Progress], object] | None = None,
        max_age: Seconds | None = None,
        refresh: bool = False,
    ) -> Report:
        """As `report`. `progress` is called on the thread of the event loop, and a text
        is read on another, so that nobody has to wait for that."""
        if _native._is_text(source):
            # Only by who has an event loop: it takes longer to import than all the rest.
            import asyncio

            source = await asyncio.to_thread(_native.extract_hashes, cast("Text", source))
        return await self._report_async(
            source,
            engines=engines,
            title=title,
            progress=progress,
            max_age=max_age,
            refresh=refresh,
        )

    async def quota_async(self) -> Usage:
        """As `quota`."""
        return await self._quota_async()

    async def check_quota_async(self) -> Allowances:
        """As `check_quota`."""
        return await self._check_quota_async()

    async def close_async(self) -> None:
        """As `close`."""
        await self._close_async()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.close_async()


def demo() -> Scanner:
    """A scanner that asks a simulator in this process: made-up answers, no key, no
    network, no limits.

    ```python
    with vt_core.demo() as scanner:
        print(scanner.report("44d88612fea8a8f36de82e1278abb02f"))
    ```
    """
    # One after the other, as for a free key: each file then costs one request.
    quota = Quota(None, None, None)
    return Scanner(simulator=_native.Simulator(), quota=quota, max_in_flight=1)
