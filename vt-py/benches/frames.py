"""A report out of a SQLite file, and that report as a data frame."""

from __future__ import annotations

import importlib.util
import random
from datetime import datetime, timezone
from pathlib import Path

from counterpart import Counterpart
from timing import Side, Table, timed
from vt_core import Entry, FileHash, FileReport, Quota, Report, Scanner, SqliteStore
from vt_core.testing import Simulator

SERVER = "https://simulator.invalid"
"""Whose answers the file holds: the counterpart expects the same."""

TEMPLATES = range(10, 30)
BATCH = 2_000

WALKED = 10_000
"""How many whole reports are read: what that costs is the reading of their JSON."""

Template = tuple[tuple[str, str, str], str]


def measure(table: Table, rust: Counterpart, folder: Path, rows: int) -> None:
    if not any(table.wants(what) for what in ("report", "scan of", "frame")):
        return
    database = folder / "vt.db"
    lines = fill(database, rows)
    hashes, some = [FileHash(line) for line in lines], lines[:WALKED]
    listed, listed_some = folder / "hashes.txt", folder / "some.txt"
    listed.write_text("\n".join(lines))
    listed_some.write_text("\n".join(some))
    store = SqliteStore(database, base_url=SERVER)
    with Scanner(cache=store, base_url=SERVER, offline=True) as scanner:
        report = scanner.report(hashes)
        assert len(report) == rows
        assert report.is_complete
        table.compare(
            f"report of {rows:,}",
            Side("Rust", rust.run("report", database, listed)),
            Side("report()", timed(lambda: scanner.report(hashes))),
        )
        table.compare(
            f"scan of {len(some):,} on disk",
            Side("Rust", rust.run("walk", database, listed_some)),
            Side("for", timed(lambda: sum(1 for _ in scanner.scan(some)))),
        )
    as_frames(table, report)


def as_frames(table: Table, report: Report) -> None:
    ways = {"pandas": report.to_pandas, "polars": report.to_polars, "pyarrow": report.to_arrow}
    sides = [Side(name, timed(way)) for name, way in ways.items() if importlib.util.find_spec(name)]
    for side in sides:
        # Its library is imported by whoever is first.
        side.run()
    columns = Side("columns()", timed(report.columns))
    table.compare(f"frame of {len(report):,}", columns, *sides)


def fill(database: Path, count: int) -> list[str]:
    """Reports as long as VirusTotal's, each with digests of its own; and these."""
    store = SqliteStore(database, base_url=SERVER)
    rng = random.Random(count)
    known = templates()
    lines: list[str] = []
    for first in range(0, count, BATCH):
        numbers = range(first, min(first + BATCH, count))
        reports = [renamed(known[number % len(known)], rng) for number in numbers]
        now = datetime.now(timezone.utc)
        store.put([Entry.found(report, now) for report in reports])
        lines.extend(str(report.sha256) for report in reports)
    return lines


def templates() -> list[Template]:
    samples = [Simulator.sample(number) for number in TEMPLATES]
    simulator = Simulator(unknown=0.0)
    with Scanner(simulator=simulator, quota=Quota(None, None, None)) as scanner:
        reports = [scanner.lookup(sample[2]).result() for sample in samples]
    bodies = [(report and report.raw_json) or b"" for report in reports]
    return [(sample, body.decode()) for sample, body in zip(samples, bodies, strict=True)]


def renamed(template: Template, rng: random.Random) -> FileReport:
    digests, body = template
    for digest in digests:
        body = body.replace(digest, rng.randbytes(len(digest) // 2).hex())
    return FileReport.from_json(body)
