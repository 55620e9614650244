"""A cache as one writes it with Python's sqlite3: a row per hash, keyed by its text.

sqlite_rows.py make KEYS DATABASE               a row for each line of KEYS
sqlite_rows.py open DATABASE LIST COUNT         a query per hash on one connection
sqlite_rows.py connect DATABASE LIST COUNT      and a connection for each
"""

from __future__ import annotations

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

TABLE = """CREATE TABLE reports (
    hash TEXT PRIMARY KEY, sha256 TEXT, status TEXT, detections INTEGER, total INTEGER, name TEXT,
    type TEXT, size INTEGER, threat_label TEXT, scan_date TEXT, fetched_at TEXT)"""
ROW = (
    "malicious", 48, 72, "invoice_2026_11.exe", "Win32 EXE", 481_280, "trojan.agent/generic",
    "2026-11-19T08:12:44Z", "2026-11-20T10:00:00Z",
)  # fmt: skip
SELECT = "SELECT * FROM reports WHERE hash = ?"


def main() -> None:
    job, *rest = sys.argv[1:]
    if job == "make":
        make(Path(rest[0]), Path(rest[1]))
        return
    database, path, count = Path(rest[0]), Path(rest[1]), int(rest[2])
    with path.open() as lines:
        hashes = [line.strip() for line in islice(lines, count)]
    start = time.perf_counter()
    answers = (
        one_connection(database, hashes) if job == "open" else a_connection_each(database, hashes)
    )
    seconds = time.perf_counter() - start
    print(json.dumps({"seconds": seconds, "answers": answers}))


def make(keys: Path, database: Path) -> None:
    database.unlink(missing_ok=True)
    connection = sqlite3.connect(database)
    with connection:
        connection.execute(TABLE)
        marks = ",".join("?" * (len(ROW) + 2))
        connection.executemany(f"INSERT INTO reports VALUES ({marks})", rows(keys))
    connection.close()


def rows(keys: Path) -> Iterator[tuple[object, ...]]:
    with keys.open() as lines:
        for line in lines:
            hash = line.strip()
            yield (hash, hash.ljust(64, "0"), *ROW)


def one_connection(database: Path, hashes: list[str]) -> int:
    connection = sqlite3.connect(database)
    answers = 0
    for hash in hashes:
        row = connection.execute(SELECT, (hash,)).fetchone()
        assert row[0] == hash
        answers += 1
    connection.close()
    return answers


def a_connection_each(database: Path, hashes: list[str]) -> int:
    answers = 0
    for hash in hashes:
        connection = sqlite3.connect(database)
        row = connection.execute(SELECT, (hash,)).fetchone()
        connection.close()
        assert row[0] == hash
        answers += 1
    return answers


if __name__ == "__main__":
    main()
