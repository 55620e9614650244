"""What others bring along."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol, TypeAlias, Union

if TYPE_CHECKING:
    from vt_core._native import Entry, Extraction, FileHash


class Cache(Protocol):
    """What can be given as `cache=`: answers are found and kept here.

    Both methods may be coroutine functions. Then they run on an event loop that the
    package keeps for caches, in a thread of its own: make connections in the
    coroutines, not before. Else they are called on threads of the package, several
    at a time.

    A cache stores and does not judge how old an answer is. What it raises is logged
    to the logger `vt_core`, and the scan goes on without it.

    A third method, `evict(fetched_before)`, forgets what was fetched before a moment
    and returns how many answers that were. Nothing in this package calls it by
    itself, but `testing.check_cache` does.
    """

    def get(
        self, hashes: Sequence[FileHash], /
    ) -> Iterable[Entry | None] | Awaitable[Iterable[Entry | None]]:
        """One answer, or None, for each hash and in that order."""
        ...

    def put(self, entries: Sequence[Entry], /) -> object:
        """Keeps answers. Each is to be found under every one of its `hashes`."""
        ...


class Readable(Protocol):
    """An open file, in text or binary mode."""

    def read(self, length: int, /) -> str | bytes: ...


Seconds: TypeAlias = float | timedelta
Text: TypeAlias = Union[str, bytes, bytearray, memoryview, "os.PathLike[str]", Readable]
Source: TypeAlias = Union[Text, "Extraction", "Iterable[FileHash | str]"]
"""Any text with hashes in it, or hashes."""
