"""A report of a list that is all in the cache, beside a script of one's own."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import cache
import table
from bench import Bench
from measuring import Sample, Side, lines_of, peak_bytes, run

GOAL_SECONDS = 4.0
GOAL_MB = 300.0
# For as many hashes as this both goals are meant.
GOAL_HASHES = 1_000_000

SCRIPTS = (
    "The Python scripts are how such reports are usually made: a table keyed by the hash, asked "
    "for each hash where it is met, `connect` over a connection of its own as a web handler does, "
    "`open` over one for all; the csv module writes the rows. They are measured on a part of the "
    "list, and so is the Python loop over cached hashes."
)


def offline(bench: Bench) -> None:
    """Whole processes, with their start, from the list to the CSV."""
    count, rows = bench.sizes.hashes, bench.sizes.rows
    database = bench.ours("database", rows)["path"]
    hashes, plain = cache.hash_list(bench), cache.plain_database(bench)
    work = f"report of {count:,} cached hashes out of {rows:,} rows, CSV"
    sides = [
        ours(bench, Path(database), hashes, count),
        script(bench, "connect", plain, hashes, bench.sizes.very_slow_hashes),
        script(bench, "open", plain, hashes, bench.sizes.slow_hashes),
    ]
    took, connecting, opened = bench.turns(work, *sides)
    us = table.Side("vt-batch", took.seconds, count)
    per_million = took.seconds * GOAL_HASHES / count
    bench.table.bound(f"{work}: time for a million", per_million, "s", GOAL_SECONDS, least=False)
    megabytes = peak_bytes(*our_command(bench, Path(database), hashes)) / 1e6
    bench.table.bound(f"{work}: peak memory", megabytes, "MB", GOAL_MB, least=False)
    if count < GOAL_HASHES:
        bench.table.note(f"The goal of {GOAL_MB:.0f} MB is for a million hashes, not {count:,}.")
    bench.table.note(SCRIPTS)
    peers = {"connect": (connecting, 50.0, sides[1]), "open": (opened, None, sides[2])}
    for name, (sample, goal, side) in peers.items():
        peer = table.Side(f"Python script, {name}", sample.seconds, side.expected)
        bench.table.faster(work, us, peer, goal, "rows")


def ours(bench: Bench, database: Path, hashes: Path, count: int) -> Side:
    output = bench.programs.scratch / "report.csv"
    command = our_command(bench, database, hashes)
    return Side("vt-batch", lambda: to_csv(output, *command), count)


def our_command(bench: Bench, database: Path, hashes: Path) -> tuple[object, ...]:
    options = ("--quiet", "--offline", "--format", "csv", "--db", database)
    return (bench.programs.batch, "report", *options, hashes)


def script(bench: Bench, job: str, database: Path, hashes: Path, count: int) -> Side:
    output = bench.programs.scratch / "usual.csv"
    command = (sys.executable, bench.programs.peer("usual_report.py"), job, database, hashes, count)
    return Side(f"Python script, {job}", lambda: to_csv(output, *command), count)


def to_csv(output: Path, *words: object) -> Sample:
    sample = run(*words, output=output)
    # Without its header.
    return replace(sample, answers=lines_of(output) - 1)
