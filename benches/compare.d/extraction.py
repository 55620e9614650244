"""Finding hashes in texts."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import table
from bench import Bench
from measuring import Sample, Side, says_number, writes_lines
from measuring import run as run_process
from sizes import MB

# As our rules have it for these texts: no digit or letter may touch a hash.
HASH = r"\b(?:[0-9a-fA-F]{64}|[0-9a-fA-F]{40}|[0-9a-fA-F]{32})\b"
# GNU grep's own syntax has no groups that are not counted.
HASH_FOR_GREP = HASH.replace("?:", "")

NO_PARSING = (
    "The library has no way to parsed values without the distinct set, so `parsed values` pays "
    "for that set too."
)


def log(bench: Bench) -> None:
    path, counts = bench.text("log")
    work = f"{titled(path, counts)}, distinct hashes"
    ours = our_side(bench, "distinct", path, counts)
    sides = [ours, wc(path), *ripgrep(bench, path, counts), *grep(bench, path, counts)]
    against_peers(bench, work, sides, {"wc -l": 0.8, "rg -o": 7, "grep -o": 10})
    two_threads(bench, work, "distinct", path, counts)


def sha256_list(bench: Bench) -> None:
    path, counts = bench.text("sha256")
    work = f"{titled(path, counts)}, parsed values"
    sides = [our_side(bench, "parse", path, counts), wc(path), *ripgrep(bench, path, counts)]
    against_peers(bench, work, sides, {"wc -l": 0.5, "rg -o": 15})
    two_threads(bench, work, "parse", path, counts)


def mixed_list(bench: Bench) -> None:
    path, counts = bench.text("mixed")
    work = f"{titled(path, counts)}, parsed values"
    sides = [our_side(bench, "parse", path, counts), wc(path), *ripgrep(bench, path, counts)]
    against_peers(bench, work, sides, {"wc -l": 0.5, "rg -o": 20})
    two_threads(bench, work, "parse", path, counts)


def endless_hex(bench: Bench) -> None:
    near_nothing(bench, "hex")


def near_misses(bench: Bench) -> None:
    near_nothing(bench, "runs")


def near_nothing(bench: Bench, kind: str) -> None:
    path, counts = bench.text(kind)
    work = f"{titled(path, counts)}, parsed values"
    sides = [our_side(bench, "parse", path, counts), wc(path)]
    against_peers(bench, work, sides, {"wc -l": 0.5})
    two_threads(bench, work, "parse", path, counts)


def distinct(bench: Bench) -> None:
    """Each value once, in the order of the text: time and memory."""
    path, counts = bench.text("sha256")
    work = f"{titled(path, counts)}, distinct in first-seen order"
    ours = our_side(bench, "distinct", path, counts)
    parsed = our_side(bench, "parse", path, counts)
    python = Side("Python re", says_number(*regex(bench, path)), counts["distinct"])
    sorting = sorted_by_shell(bench, path, counts)
    sides = [ours, parsed, *sorting, python]
    ours_took, parsed_took, *peers_took = bench.turns(work, *sides)
    us = table.Side("vt-core", ours_took.seconds)
    bench.table.slower(work, us, table.Side("parsed only", parsed_took.seconds), 2)
    if not sorting:
        bench.table.missing(work, "rg -o, sort -u: absent", ">= 20x", is_ours=False)
    names = [side.name for side in sorting] + ["Python re into a dict"]
    for name, took in zip(names, peers_took, strict=True):
        bench.table.faster(work, us, table.Side(name, took.seconds), 20)
    memory_of_values(bench, work, path, counts)


def memory_of_values(bench: Bench, work: str, path: Path, counts: dict[str, int]) -> None:
    def peak(file: Path) -> int:
        return int(bench.ours("extract", "distinct", 1, file)["peak_kib"]) * 1024

    each = (peak(path) - peak(empty_file(bench))) / counts["distinct"]
    bench.table.bound(f"{work}: peak memory", each, "bytes a hash", 56, least=False)


def empty_file(bench: Bench) -> Path:
    path = bench.programs.scratch / "empty.txt"
    path.touch()
    return path


def against_peers(bench: Bench, work: str, sides: list[Side], goals: dict[str, float]) -> None:
    ours, *peers = bench.turns(work, *sides)
    us = table.Side("vt-core", ours.seconds)
    for side, took in zip(sides[1:], peers, strict=True):
        goal = goals[side.name]
        bench.table.faster(work, us, table.Side(side.name, took.seconds), goal)
    present = {side.name for side in sides}
    for name in [name for name in goals if name not in present]:
        bench.table.missing(work, f"{name}: absent", f">= {goals[name]:g}x", is_ours=False)


def two_threads(bench: Bench, work: str, mode: str, path: Path, counts: dict[str, int]) -> None:
    """Two threads beside one."""
    work = f"{work}: 2 threads"
    said = bench.ours("extract", mode, 2, empty_file(bench))
    if "missing" in said:
        bench.table.missing(work, said["missing"], ">= 1.7x", is_ours=True)
        return
    one, two = our_side(bench, mode, path, counts), our_side(bench, mode, path, counts, 2)
    two_took, one_took = bench.turns(work, two, one)
    us = table.Side("2 threads", two_took.seconds)
    bench.table.faster(work, us, table.Side("1 thread", one_took.seconds), 1.7)


def our_side(bench: Bench, mode: str, path: Path, counts: dict[str, int], threads: int = 1) -> Side:
    command = (bench.programs.ours, "extract", mode, threads, path)
    said = bench.ours("extract", mode, 1, empty_file(bench))
    if mode == "parse" and said["distinct"] is not None:
        bench.table.note(NO_PARSING)
    return Side(f"vt-core, {mode}", our_run(*command), key_of(mode, counts))


def key_of(mode: str, counts: dict[str, int]) -> int:
    return counts["distinct" if mode == "distinct" else "hashes"]


def our_run(*command: object) -> Callable[[], Sample]:
    """Timed from outside, as the peers are."""
    which = "distinct" if "distinct" in command else "answers"

    def once() -> Sample:
        sample = run_process(*command)
        return replace(sample, answers=int(sample.said[which]))

    return once


def wc(path: Path) -> Side:
    count = says_number("wc", "-l", path)
    return Side("wc -l", count, count().answers)


def ripgrep(bench: Bench, path: Path, counts: dict[str, int]) -> list[Side]:
    program = bench.programs.ripgrep
    if program is None:
        return []
    output = bench.programs.scratch / "output.txt"
    command = (program, "-aoN", "--no-unicode", "-j1", HASH, path)
    return [Side("rg -o", writes_lines(output, *command), counts["hashes"])]


def grep(bench: Bench, path: Path, counts: dict[str, int]) -> list[Side]:
    if bench.programs.grep is None:
        return []
    output = bench.programs.scratch / "output.txt"
    command = (bench.programs.grep, "-aoE", HASH_FOR_GREP, path)
    return [Side("grep -o", writes_lines(output, *command), counts["hashes"])]


def sorted_by_shell(bench: Bench, path: Path, counts: dict[str, int]) -> list[Side]:
    program = bench.programs.ripgrep
    if program is None:
        return []
    output = bench.programs.scratch / "output.txt"
    pipe = f"'{program}' -aoN --no-unicode -j1 '{HASH}' '{path}' | sort -u"
    return [Side("rg -o, sort -u", writes_lines(output, "sh", "-c", pipe), counts["distinct"])]


def regex(bench: Bench, path: Path) -> tuple[object, ...]:
    return (sys.executable, bench.programs.peer("regex_dict.py"), path)


def titled(path: Path, counts: dict[str, int]) -> str:
    kind = path.stem.partition("-")[0]
    names = {
        "log": "log-like text",
        "sha256": "SHA-256 a line",
        "mixed": "mixed list",
        "hex": "endless hex",
        "runs": "runs of 33, 63, 65 digits",
    }
    return f"{counts['bytes'] / MB:,.0f} MB {names[kind]}"
