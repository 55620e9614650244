"""The command: which comparisons, at which sizes, and what becomes of the table."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

import cache
import document
import extraction
import fetching
import machine
import memory
import report
import start
from bench import Bench
from measuring import WrongAnswer
from programs import Programs
from sizes import FULL, QUARTER
from table import Table

ROOT = Path(__file__).resolve().parents[2]

COMPARISONS: dict[str, Callable[[Bench], None]] = {
    "log": extraction.log,
    "list": extraction.sha256_list,
    "mixed": extraction.mixed_list,
    "hex": extraction.endless_hex,
    "runs": extraction.near_misses,
    "distinct": extraction.distinct,
    "cached": cache.cached,
    "report": report.offline,
    "write": cache.writes,
    "fetch": fetching.simulator,
    "memory": memory.of_a_large_file,
    "start": start.small_work,
}


def main() -> None:
    options = arguments()
    chosen = options.only or list(COMPARISONS)
    table = Table()
    with Programs(ROOT) as programs:
        sizes = FULL if options.full else QUARTER
        bench = Bench(programs, sizes, table, options.runs)
        for name in COMPARISONS:
            if name in chosen:
                attempt(COMPARISONS[name], bench)
        head = machine.head(programs)
    command = " ".join(["benches/compare", *sys.argv[1:]])
    text = document.of(table, head, command, options.runs)
    print(text)
    if options.write:
        (ROOT / "docs" / "performance.md").write_text(text, encoding="utf-8")


def attempt(comparison: Callable[[Bench], None], bench: Bench) -> None:
    """A wrong answer ends everything: a table with a hole would look whole."""
    try:
        comparison(bench)
    except WrongAnswer as error:
        raise SystemExit(f"error: {error}") from None


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benches/compare", description=__doc__)
    parser.add_argument("--full", action="store_true", help="the sizes of the goals")
    parser.add_argument("--runs", type=int, default=5, help="of each side; at least 5 to write")
    parser.add_argument("--only", nargs="+", metavar="NAME", choices=COMPARISONS, default=[])
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    parser.add_argument("--list", action="store_true", help="the names for --only")
    options = parser.parse_args()
    if options.list:
        print("\n".join(COMPARISONS))
        raise SystemExit
    if options.write and (options.only or options.runs < 5):
        parser.error("--write takes every comparison, and at least 5 runs of each side")
    return options


if __name__ == "__main__":
    main()
