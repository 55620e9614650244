"""Asking a server that is never what is waited for, 64 requests under way."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

import table
from bench import Bench, say
from measuring import ENVIRONMENT, Sample, Side, measures_itself

# For clients that take thirty times as long.
FEWER = 4

COMPRESSED = (
    "VirusTotal compresses for clients that name themselves with `gzip`: Scanner, the bare reqwest "
    "beside it and vt-py get a sixth of the bytes and unpack them; virustotal-rs does not. The "
    "server is a process of its own, whose time is in no figure of CPU."
)


def simulator(bench: Bench) -> None:
    """Processor time of the client for each lookup, and lookups a second by the clock."""
    reports, size = recorded(bench)
    count = bench.sizes.fetched
    work = f"{count:,} reports of {size / 1000:.0f} KB fetched, 64 in flight"
    with served(bench, reports) as url:
        everything = reports / "list.txt"
        sides = [ours(bench, "scanner", url, everything), ours(bench, "bare", url, everything)]
        sides += virustotal_rs(bench, url, everything)
        sides += official(bench, url, everything)
        taken = bench.turns(work, *sides)
    bench.table.note(COMPRESSED)
    by_name = {side.name: (side, sample) for side, sample in zip(sides, taken, strict=True)}
    goals = {"reqwest + serde_json": 0.85, "virustotal-rs": 2.0, "vt-py": 25.0}
    for name, goal in goals.items():
        if name in by_name:
            beside(bench, work, by_name["Scanner"], by_name[name], goal)
        else:
            bench.table.missing(work, f"{name}: absent", f">= {goal:g}x", is_ours=False)


def beside(
    bench: Bench, work: str, ours: tuple[Side, Sample], peer: tuple[Side, Sample], goal: float
) -> None:
    """The goal is for processor time: the server has the other core."""

    def spent(side: Side, sample: Sample) -> table.Side:
        return table.Side(side.name, sample.cpu, side.expected)

    def passed(side: Side, sample: Sample) -> table.Side:
        return table.Side(side.name, sample.seconds, side.expected)

    bench.table.faster(f"{work}: CPU a lookup", spent(*ours), spent(*peer), goal, "us")
    bench.table.faster(f"{work}: by the clock", passed(*ours), passed(*peer), None, "lookups")


def recorded(bench: Bench) -> tuple[Path, float]:
    """Reports on disk, which the simulator serves as they are; and how long one is."""
    count = bench.sizes.fetched
    folder = bench.programs.folder / f"reports-{count}"
    hashes = folder / "list.txt"
    if not hashes.exists():
        say(f"writing {count:,} reports")
        bench.ours("reports", count, folder)
        fewer = folder / "fewer.txt"
        with hashes.open() as lines:
            fewer.write_text("".join(islice(lines, count // FEWER)))
    sizes = [path.stat().st_size for path in folder.glob("*.json")]
    return folder, sum(sizes) / len(sizes)


@contextmanager
def served(bench: Bench, reports: Path) -> Iterator[str]:
    """The simulator as a process of its own, without a quota."""
    command = [str(bench.programs.simulator), "--reports", str(reports)]
    for limit in ("--per-minute", "--per-day", "--per-month"):
        command += [limit, "0"]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert server.stdout is not None, "it was started with a pipe"
    try:
        yield server.stdout.readline().strip()
    finally:
        server.terminate()
        server.communicate()


def ours(bench: Bench, how: str, url: str, hashes: Path) -> Side:
    name = {"scanner": "Scanner", "bare": "reqwest + serde_json"}[how]
    command = (bench.programs.ours, "fetch", how, url, hashes)
    return Side(name, measures_itself(*command), bench.sizes.fetched)


def virustotal_rs(bench: Bench, url: str, hashes: Path) -> list[Side]:
    program = bench.programs.virustotal_rs
    if program is None:
        return []
    return [Side("virustotal-rs", measures_itself(program, url, hashes), bench.sizes.fetched)]


def official(bench: Bench, url: str, hashes: Path) -> list[Side]:
    """VirusTotal's client, on fewer of them."""
    python = bench.programs.python
    if python is None:
        return []
    count = bench.sizes.fetched // FEWER
    run = measures_itself(python, bench.programs.peer("official_client.py"), url, hashes, count)
    # Imports aside: they are not in what it says of itself.
    return [Side("vt-py", lambda: replace(run(), output=""), count)]
