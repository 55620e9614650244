"""Our programs and those of the peers: found, installed or built."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import TracebackType

BUILD = ("cargo", "build", "--quiet", "--release", "--locked", "-p", "vt-batch", "-p", "vt-sim")
BUILD_OURS = (
    "cargo", "bench", "--quiet", "--no-run", "--locked", "-p", "vt-benches", "--bench", "compare",
    "--message-format=json",
)  # fmt: skip


class Programs:
    """Where each program is; a peer that cannot be had is None."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.here = root / "benches" / "compare.d"
        self.target = Path(os.environ.get("CARGO_TARGET_DIR", root / "target"))
        self.folder = self.target / "compare"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.scratch = Path(tempfile.mkdtemp(prefix="run-", dir=self.folder))
        self.absent: list[str] = []
        self.ours = self._build_ours()
        self.batch = self.target / "release" / "vt-batch"
        self.simulator = self.target / "release" / "vt-sim"
        self.ripgrep = self._ripgrep()
        self.grep = self._found("grep", "GNU grep")
        self.python = self._python()
        self.virustotal_rs = self._virustotal_rs()

    def peer(self, name: str) -> Path:
        """A peer that is a Python script."""
        return self.here / "peers" / name

    def __enter__(self) -> Programs:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _build_ours(self) -> Path:
        subprocess.run(BUILD, cwd=self.root, check=True)
        built = subprocess.run(BUILD_OURS, cwd=self.root, check=True, stdout=subprocess.PIPE)
        lines = map(json.loads, built.stdout.splitlines())
        (program,) = [line["executable"] for line in lines if line.get("executable")]
        return Path(program)

    def _found(self, name: str, title: str) -> Path | None:
        path = shutil.which(name)
        if path is None:
            self.absent.append(title)
            return None
        return Path(path)

    def _ripgrep(self) -> Path | None:
        path = shutil.which("rg")
        if path is not None:
            return Path(path)
        tools = self.folder / "tools"
        command = ("cargo", "install", "--quiet", "--locked", "ripgrep", "--root", str(tools))
        return self._installed(tools / "bin" / "rg", "ripgrep", command)

    def _python(self) -> Path | None:
        """An environment with the peers that are Python packages."""
        folder = self.folder / "python"
        wanted = self.here / "requirements.txt"
        mark = folder / wanted.name
        python = folder / "bin" / "python"
        if mark.exists() and mark.read_text() == wanted.read_text():
            return python
        title = "VirusTotal's Python client, diskcache"
        install = ("-m", "pip", "install", "--quiet", "-r", str(wanted))
        make = (sys.executable, "-m", "venv", "--clear", str(folder))
        if self._installed(python, title, make, (str(python), *install)):
            mark.write_text(wanted.read_text())
            return python
        return None

    def _virustotal_rs(self) -> Path | None:
        target = self.folder / "virustotal-rs"
        command = (
            "cargo", "build", "--quiet", "--release", "--locked", "--ignore-rust-version",
            "--manifest-path", str(self.here / "virustotal-rs" / "Cargo.toml"),
            "--target-dir", str(target),
        )  # fmt: skip
        return self._installed(target / "release" / "virustotal-rs-peer", "virustotal-rs", command)

    def _installed(self, program: Path, title: str, *commands: tuple[str, ...]) -> Path | None:
        """The program, after these commands if it is not there yet."""
        if program.exists():
            return program
        try:
            for command in commands:
                subprocess.run(command, cwd=self.root, check=True)
        except (OSError, subprocess.CalledProcessError) as error:
            print(f"compare: no {title}: {error}", file=sys.stderr)
            self.absent.append(title)
            return None
        return program
