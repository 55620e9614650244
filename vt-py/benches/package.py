"""What comes with the package: the time of its import, and its size."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

import vt_core._native
from timing import Run, Side, Table, timed


def measure(table: Table, root: Path, target: Path, folder: Path) -> None:
    if table.wants("import"):
        sides = [Side("nothing", starting("pass"))]
        for module in ("vt_core", "vt", "pandas"):
            if importlib.util.find_spec(module):
                sides.append(Side(module, starting(f"import {module}")))
        table.compare("start with import of", *sides)
    if table.wants("wheel"):
        native = Path(vt_core._native.__file__ or "")
        table.say("wheel, native module", in_megabytes(native))
        table.say("wheel", wheel(root, target, folder))


def starting(code: str) -> Run:
    """A whole process: what the interpreter needs itself is the side with nothing."""
    return timed(lambda: subprocess.run([sys.executable, "-c", code], check=True))


def wheel(root: Path, target: Path, folder: Path) -> str:
    beside_python = str(Path(sys.executable).parent)
    maturin = shutil.which("maturin", path=os.pathsep.join([beside_python, os.environ["PATH"]]))
    if maturin is None:
        return "no maturin"
    build = [maturin, "build", "--quiet", "--release", "--out", str(folder)]
    build += ["--manifest-path", str(root / "vt-py/Cargo.toml"), "--target-dir", str(target)]
    subprocess.run(build, check=True, capture_output=True)
    return in_megabytes(next(folder.glob("*.whl")))


def in_megabytes(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} MB"


def processors() -> int:
    """Those that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
