"""What every comparison is given."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import measuring
from measuring import Sample
from programs import Programs
from sizes import Sizes
from table import Table


@dataclass(frozen=True)
class Bench:
    """The programs, the sizes, and the table that they fill."""

    programs: Programs
    sizes: Sizes
    table: Table
    runs: int

    def ours(self, *words: object) -> dict[str, Any]:
        """A job of our measuring program that is not measured."""
        sample = measuring.run(self.programs.ours, *words)
        return sample.said

    def text(self, kind: str) -> tuple[Path, dict[str, int]]:
        """A text from an earlier run, or a new one, and what is in it."""
        size = self.sizes.texts[kind]
        path = self.programs.folder / f"{kind}-{size // 1_000_000}.txt"
        counts = path.with_suffix(".json")
        if not counts.exists():
            say(f"writing {path.name}")
            counts.write_text(json.dumps(self.ours("text", kind, size, path)))
        # Reads it into the page cache.
        with path.open("rb", buffering=0) as file:
            while file.read(1 << 20):
                pass
        known: dict[str, int] = json.loads(counts.read_text())
        return path, known

    def turns(self, what: str, *sides: measuring.Side, runs: int = 0) -> list[Sample]:
        """The medians of sides that take turns."""
        say(what)
        return measuring.turns(list(sides), runs or self.runs)


def say(what: str) -> None:
    print(f"compare: {what}", file=sys.stderr, flush=True)
