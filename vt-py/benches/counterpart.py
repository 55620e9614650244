"""The Rust program that does the same: `benches/python.rs`."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import IO, TYPE_CHECKING

from timing import Run

if TYPE_CHECKING:
    from typing import Self

BENCH = ("cargo", "bench", "--quiet", "--no-run", "-p", "vt-benches", "--bench", "python")


class Counterpart:
    """A process that waits for measures by name."""

    def __init__(self, root: Path, target: Path) -> None:
        build = [*BENCH, "--message-format=json", "--target-dir", str(target)]
        built = subprocess.run(build, cwd=root, check=True, stdout=subprocess.PIPE)
        lines = map(json.loads, built.stdout.splitlines())
        programs = [line["executable"] for line in lines if line.get("executable")]
        self._process = subprocess.Popen(
            programs[-1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, *words: object) -> Run:
        """A measure with its arguments."""

        def run() -> float:
            print(*words, file=self._pipe(self._process.stdin), flush=True)
            return float(self._pipe(self._process.stdout).readline())

        return run

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        assert pipe is not None, "it was started with pipes"
        return pipe
