"""Programs that are run in a process of their own, with a limit."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

from settings import HUNG

FOLDER = Path(__file__).parent


class Ended(NamedTuple):
    """How a program ended, and what it said."""

    code: int
    output: str
    errors: str


def heed_ctrl_c() -> None:
    """Python raises KeyboardInterrupt only if it is not told to ignore the signal."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def run(program: str, *arguments: object, limit: float = HUNG) -> Ended:
    """Runs a program of this folder, and ends it and all that it started at the
    limit."""
    command = [sys.executable, "-X", "faulthandler", "-W", "error", str(FOLDER / program)]
    process = subprocess.Popen(
        [*command, *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell has its background jobs ignore it, and they pass that on.
        preexec_fn=heed_ctrl_c,
    )
    try:
        output, errors = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        errors += f"\n{program} hung for {limit} seconds"
    return Ended(process.returncode, output, errors)
