"""What the programs take that have next to nothing to do."""

from __future__ import annotations

from pathlib import Path

import extraction
import table
from bench import Bench, say


def small_work(bench: Bench) -> None:
    """Started by a program that takes little for it, in turns."""
    path = ten_lines(bench)
    batch, ripgrep = bench.programs.batch, bench.programs.ripgrep
    jobs: dict[str, tuple[tuple[object, ...], tuple[object, ...]]] = {
        "hashes of a file of 10 lines": (
            (batch, "extract", "--quiet", path),
            (ripgrep, "-aoN", "--no-unicode", extraction.HASH, path),
        ),
        "--version": ((batch, "--version"), (ripgrep, "--version")),
    }
    for name, (ours, peer) in jobs.items():
        work = f"start to end: {name}"
        if ripgrep is None:
            bench.table.missing(work, "rg: absent", "<= 1.5x", is_ours=False)
            continue
        say(work)
        mine, other = bench.ours("starts", bench.sizes.starts, "--", *ours, "--", *peer)["medians"]
        bench.table.slower(work, table.Side("vt-batch", mine), table.Side("rg", other), 1.5, "ms")


def ten_lines(bench: Bench) -> Path:
    path = bench.programs.scratch / "ten.txt"
    bench.ours("text", "sha256", 10 * 65, path)
    return path
