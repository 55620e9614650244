"""What the package costs beside Rust and beside what Python has without it.

    python vt-py/benches/figures.py             a minute
    python vt-py/benches/figures.py --full      500 MB of text, 100,000 reports; ten minutes
    python vt-py/benches/figures.py --only lookup

Build the package first, as the wheel is: `maturin develop --release`. It needs cargo,
for the Rust side; pandas, polars, pyarrow and VirusTotal's client are measured where
they are installed. What is compared takes turns, run by run, so that a busy machine
slows both; a ratio is that of the medians.
"""

from __future__ import annotations

import argparse
import platform
import tempfile
from importlib import metadata
from pathlib import Path

import extraction
import frames
import lookups
import package
import vt_core
from counterpart import Counterpart
from timing import Table

SMALL = {"megabytes": 30, "hashes": 1_000, "rows": 10_000}
FULL = {"megabytes": 500, "hashes": 5_000, "rows": 100_000}
ROOT = Path(__file__).resolve().parents[2]


def main() -> None:
    options = arguments()
    print(machine())
    print(versions())
    table = Table(options.runs, options.only)
    folder = options.folder or ROOT / "target"
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="figures-", dir=folder) as scratch,
        Counterpart(ROOT, options.target_dir) as rust,
    ):
        extraction.measure(table, rust, Path(scratch), options.megabytes)
        lookups.measure(table, rust, options.hashes)
        frames.measure(table, rust, Path(scratch), options.rows)
        package.measure(table, ROOT, options.target_dir, Path(scratch))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--full", action="store_true", help="the sizes that are spoken of")
    parser.add_argument("--runs", type=int, default=5, help="of each measure")
    parser.add_argument("--megabytes", type=int, help="of text to find hashes in")
    parser.add_argument("--hashes", type=int, help="to look up in memory")
    parser.add_argument("--rows", type=int, help="of a report out of a SQLite file")
    parser.add_argument("--only", default="", help="measures whose name contains this")
    parser.add_argument("--folder", type=Path, help="for texts and databases; target/ by default")
    parser.add_argument("--target-dir", type=Path, default=ROOT / "target", help="cargo's")
    options = parser.parse_args()
    for name, size in (FULL if options.full else SMALL).items():
        if getattr(options, name) is None:
            setattr(options, name, size)
    return options


def machine() -> str:
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        lines = info.read_text().splitlines()
        models = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
        processor = models[0] if models else processor
    system = f"{platform.system()} {platform.release()}"
    return f"{processor}, {package.processors()} processors, {system}"


def versions() -> str:
    found = [f"Python {platform.python_version()}", f"vt-core {vt_core.__version__}"]
    for name in ("pandas", "polars", "pyarrow", "vt-py"):
        try:
            found.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            found.append(f"no {name}")
    return ", ".join(found)


if __name__ == "__main__":
    main()
