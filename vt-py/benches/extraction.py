"""Finding hashes: against Rust, and against `re`."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

import vt_core
from counterpart import Counterpart
from timing import Side, Table, timed

HASH = re.compile(rb"\b(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})\b")

Line = Callable[[random.Random], bytes]


def measure(table: Table, rust: Counterpart, folder: Path, megabytes: int) -> None:
    texts: list[tuple[str, Line]] = [("log", log_line), ("list", sha256_line)]
    for kind, line in texts:
        what = f"extract {megabytes} MB {kind}"
        if not table.wants(what):
            continue
        path = folder / f"{kind}.txt"
        write(path, line, megabytes * 1_000_000)
        content = path.read_bytes()
        assert len(vt_core.extract_hashes(path)) == len(distinct(content))
        table.compare(
            what,
            Side("Rust, file", rust.run("extract", path)),
            Side("file", timed(partial(vt_core.extract_hashes, path))),
            Side("bytes", timed(partial(vt_core.extract_hashes, content))),
            Side("re, bytes", timed(partial(distinct, content))),
        )
        path.unlink()


def distinct(content: bytes) -> dict[bytes, None]:
    """The hashes of a text, each once, in their order: the quickest way with `re`."""
    return dict.fromkeys(HASH.findall(content))


def write(path: Path, line: Line, size: int) -> None:
    rng = random.Random(42)
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(b"".join(line(rng) for _ in range(10_000)))
        file.truncate(size)


def log_line(rng: random.Random) -> bytes:
    """Some 120 bytes; one line in 50 holds a hash."""
    user = f"{rng.getrandbits(96):024x}"
    head = (
        f"2026-11-20T08:{rng.randrange(60):02}:07 host{rng.randrange(40)} service[17]: user={user}"
    )
    digest = f" SHA256={rng.randbytes(32).hex()}" if rng.randrange(50) == 0 else ""
    return f"{head} action=allowed bytes={rng.getrandbits(32)}{digest}\n".encode()


def sha256_line(rng: random.Random) -> bytes:
    return rng.randbytes(32).hex().encode() + b"\n"
