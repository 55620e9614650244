"""Where it was measured, and with which versions."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
import subprocess
from pathlib import Path

from programs import Programs

DESCRIBE = ("git", "describe", "--always", "--dirty", "--abbrev=12", "--exclude=*")


def head(programs: Programs) -> list[str]:
    """The machine, what is of ours, the peers, and the peers that are absent."""
    lines = [f"Machine: {machine()}", f"Ours: {ours(programs)}", f"Peers: {peers(programs)}"]
    if programs.absent:
        lines.append(f"Absent: {', '.join(programs.absent)}")
    return lines


def machine() -> str:
    processor = field("/proc/cpuinfo", "model name") or platform.machine()
    memory = field("/proc/meminfo", "MemTotal")
    gib = f", {int(memory.split()[0]) / 2**20:.0f} GiB" if memory else ""
    return f"{processor}, {os.cpu_count()} cores{gib}, {platform.system()} {platform.release()}"


def field(path: str, name: str) -> str:
    info = Path(path)
    if not info.exists():
        return ""
    for line in info.read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return ""


def ours(programs: Programs) -> str:
    commit = first_line(*DESCRIBE, cwd=programs.root)
    version = first_line(str(programs.batch), "--version")
    compiler = first_line("rustc", "--version")
    return f"{version}, commit {commit or 'unknown'}, release profile, {compiler}"


def peers(programs: Programs) -> str:
    found = [first_line("wc", "--version"), first_line("sort", "--version")]
    found += [
        first_line(str(path), "--version") for path in (programs.ripgrep, programs.grep) if path
    ]
    found.append(f"Python {platform.python_version()} with SQLite {sqlite3.sqlite_version}")
    if programs.python:
        required = programs.here / "requirements.txt"
        found += [line.replace("==", " ") for line in required.read_text().split()]
    lock = (programs.here / "virustotal-rs" / "Cargo.lock").read_text()
    if programs.virustotal_rs:
        found.append(locked(lock, "virustotal-rs"))
    found.append(locked((programs.root / "Cargo.lock").read_text(), "reqwest"))
    return ", ".join(found)


def locked(lock: str, name: str) -> str:
    match = re.search(rf'name = "{name}"\nversion = "([^"]*)"', lock)
    return f"{name} {match[1] if match else 'of unknown version'}"


def first_line(*command: str, cwd: Path | None = None) -> str:
    try:
        said = subprocess.run(command, capture_output=True, text=True, check=True, cwd=cwd).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    return said.partition("\n")[0]
