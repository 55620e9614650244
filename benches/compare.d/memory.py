"""How much memory a file takes that is larger than what is kept of it."""

from __future__ import annotations

from pathlib import Path

from bench import Bench, say
from measuring import peak_bytes
from sizes import MB

GOAL_MB = 64.0

FLOOR = "Peak memory of a program cannot be told below 9 MB, which what starts it takes itself."


def of_a_large_file(bench: Bench) -> None:
    """One block again and again: its hashes are few, so the rest is all overhead."""
    size = bench.sizes.large_file
    path = bench.programs.scratch / "large.txt"
    say(f"writing {size // MB:,} MB")
    hashes = repeat(bench, path, size)
    megabytes = peak_bytes(bench.programs.batch, "extract", "--quiet", path) / MB
    path.unlink()
    bench.table.note(FLOOR)
    work = f"vt-batch extract of {size // MB:,} MB with {hashes:,} distinct hashes: peak memory"
    bench.table.bound(work, megabytes, "MB", GOAL_MB, least=False)


def repeat(bench: Bench, path: Path, size: int) -> int:
    """Writes the file and says how many hashes are in it, each counted once."""
    block = bench.programs.scratch / "block.txt"
    hashes: int = bench.ours("text", "log", MB, block)["distinct"]
    # Many times over, so that few writes make a large file.
    content = block.read_bytes() * 32
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(content)
    block.unlink()
    return hashes
