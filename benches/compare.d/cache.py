"""Answers out of a SQLite file, and into one."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import table
from bench import Bench, say
from measuring import Side, measures_itself, run

# One core, whoever it is: without it the readers of the store take two.
ONE_CORE = ("taskset", "-c", "0")


def cached(bench: Bench) -> None:
    """A list whose answers are all there, on one core."""
    rows, count = bench.sizes.rows, bench.sizes.hashes
    bench.ours("database", rows)
    hashes, database = hash_list(bench), plain_database(bench)
    cores = "one core" if one_core() else "all cores, since taskset is absent"
    work = f"{count:,} cached hashes out of {rows:,} rows, in input order, {cores}"
    ours = Side("vt-cache-sqlite", measures_itself(*one_core(), *our_words(bench, hashes)), count)
    peers = [
        python_side(bench, "open", database, hashes, bench.sizes.slow_hashes),
        python_side(bench, "connect", database, hashes, bench.sizes.very_slow_hashes),
        *disk_cache(bench, hashes),
    ]
    took, *peers_took = bench.turns(work, ours, *peers)
    us = table.Side(ours.name, took.seconds, count)
    bench.table.bound(work, us.speed(), "rows/s", 700_000, least=True)
    goals = {"Python sqlite3, open": 7.0, "Python sqlite3, connect": 75.0}
    for side, sample in zip(peers, peers_took, strict=True):
        peer = table.Side(side.name, sample.seconds, side.expected)
        bench.table.faster(work, us, peer, goals.get(side.name), "rows")
    if not any(side.name == "diskcache" for side in peers):
        bench.table.missing(work, "diskcache: absent", "-", is_ours=False)


def writes(bench: Bench) -> None:
    """What a second takes in. Whole runs are long, so there are fewer of them."""
    rows, sizes = bench.sizes.rows, bench.sizes
    bench.ours("database", rows)
    ours = bench.programs.ours
    runs = min(bench.runs, 5)
    put = Side("put", measures_itself(ours, "put", sizes.written), sizes.written)
    upserting = measures_itself(ours, "upsert", rows, sizes.upserted)
    upsert = Side("upsert", upserting, sizes.upserted)
    imported = Side("import", measures_itself(ours, "import", sizes.imported), sizes.imported)
    (took,) = bench.turns("answers put into an empty file", put, runs=runs)
    work = f"{put.expected:,} answers without bodies into an empty file, shuffled, 100,000 a call"
    bench.table.bound(work, put.expected / took.seconds, "a second", 100_000, least=True)
    (took,) = bench.turns("answers upserted", upsert, runs=runs)
    work = f"{upsert.expected:,} answers upserted at random into {rows:,} rows, 100,000 a call"
    bench.table.bound(work, upsert.expected / took.seconds, "a second", 20_000, least=True)
    (took,) = bench.turns("whole answers imported", imported, runs=runs)
    work = f"{imported.expected:,} whole answers of 40 KB imported into an empty file"
    bench.table.alone(work, imported.expected / took.seconds, "a second")


def hash_list(bench: Bench) -> Path:
    """Hashes that are in the database, a third of each kind, none twice."""
    rows, count = bench.sizes.rows, bench.sizes.hashes
    path = bench.programs.folder / f"hashes-{rows}-{count}.txt"
    if not path.exists():
        bench.ours("list", rows, count, path)
    return path


def plain_database(bench: Bench) -> Path:
    """The same hashes as text keys of a table made with Python's sqlite3."""
    rows = bench.sizes.rows
    path = bench.programs.folder / f"plain-{rows}.db"
    if not path.exists():
        say(f"writing {path.name}")
        keys = bench.programs.scratch / "keys.txt"
        bench.ours("keys", rows, keys)
        making = path.with_suffix(".making")
        run(sys.executable, bench.programs.peer("sqlite_rows.py"), "make", keys, making)
        keys.unlink()
        making.rename(path)
    with path.open("rb", buffering=0) as file:
        while file.read(1 << 20):
            pass
    return path


def python_side(bench: Bench, job: str, database: Path, hashes: Path, count: int) -> Side:
    script = bench.programs.peer("sqlite_rows.py")
    command = (*one_core(), sys.executable, script, job, database, hashes, count)
    return Side(f"Python sqlite3, {job}", measures_itself(*command), count)


def disk_cache(bench: Bench, hashes: Path) -> list[Side]:
    """In a file with these hashes alone: a million take it minutes to keep."""
    python = bench.programs.python
    if python is None:
        return []
    count = bench.sizes.slow_hashes
    folder = bench.programs.folder / f"diskcache-{bench.sizes.rows}-{count}"
    script = bench.programs.peer("disk_cache.py")
    bench.table.note(f"diskcache is measured on a file of {count:,} entries, which favours it.")
    command = (*one_core(), python, script, folder, hashes, count)
    return [Side("diskcache", measures_itself(*command), count)]


def our_words(bench: Bench, hashes: Path) -> tuple[object, ...]:
    return (bench.programs.ours, "cached", bench.sizes.rows, hashes)


def one_core() -> tuple[str, ...]:
    return ONE_CORE if shutil.which(ONE_CORE[0]) else ()
