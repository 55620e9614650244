"""Processes that take turns, timed from outside; medians of their runs."""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

# The same for everyone: bytes are bytes, and nobody's settings are read.
ENVIRONMENT = {"LC_ALL": "C", "PATH": os.environ.get("PATH", ""), "HOME": "/nonexistent"}


@dataclass(frozen=True)
class Sample:
    """One run, or the median of several."""

    seconds: float
    cpu: float = 0.0
    answers: int = -1
    output: str = ""

    @property
    def said(self) -> dict[str, Any]:
        """The JSON object on the last line of what it printed."""
        said: dict[str, Any] = json.loads(self.output.splitlines()[-1])
        return said


@dataclass(frozen=True)
class Side:
    """Work, and how many answers it has to come to."""

    name: str
    run: Callable[[], Sample]
    expected: int


class WrongAnswer(Exception):
    """A side did other work than it should: its time says nothing."""


def run(*words: object, output: Path | None = None) -> Sample:
    """Runs a program to its end, with its output in a file if one is named."""
    command = [str(word) for word in words]
    reading, writing = os.pipe()
    if output:
        os.close(writing)
        writing = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    actions = [(os.POSIX_SPAWN_DUP2, writing, 1)]
    start = time.perf_counter()
    process = os.posix_spawnp(command[0], command, ENVIRONMENT, file_actions=actions)
    os.close(writing)
    # Empty if it writes into a file.
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    _, status, usage = os.wait4(process, 0)
    seconds = time.perf_counter() - start
    if status != 0:
        raise WrongAnswer(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}")
    return Sample(seconds, usage.ru_utime + usage.ru_stime, output=text)


def peak_bytes(*words: object) -> int:
    """The most memory of a program, whatever this process has itself."""
    light = (sys.executable, "-I", "-S", Path(__file__).with_name("peak.py"))
    return int(run(*light, *words).output) * 1024


def measures_itself(*words: object) -> Callable[[], Sample]:
    """A program that says how long its work took, without what comes before."""

    def once() -> Sample:
        sample = run(*words)
        said = sample.said
        return replace(
            sample,
            seconds=float(said["seconds"]),
            cpu=float(said.get("cpu", 0.0)),
            answers=int(said["answers"]),
        )

    return once


def writes_lines(output: Path, *words: object) -> Callable[[], Sample]:
    """A program whose answers are the lines that it writes.

    They go into a file: what goes nowhere, GNU grep does not even look for.
    """

    def once() -> Sample:
        sample = run(*words, output=output)
        return replace(sample, answers=lines_of(output))

    return once


def lines_of(path: Path) -> int:
    count = 0
    with path.open("rb", buffering=0) as file:
        while block := file.read(1 << 20):
            count += block.count(b"\n")
    return count


def says_number(*words: object) -> Callable[[], Sample]:
    """A program that begins its output with how many there were."""

    def once() -> Sample:
        sample = run(*words)
        return replace(sample, answers=int(sample.output.split()[0]))

    return once


def turns(sides: list[Side], runs: int) -> list[Sample]:
    """The median of each side; one round before those that count warms up."""
    taken: list[list[Sample]] = [[] for _ in sides]
    for count in range(runs + 1):
        for side, samples in zip(sides, taken, strict=True):
            sample = side.run()
            if sample.answers != side.expected:
                what = f"{side.name} comes to {sample.answers} and not {side.expected}"
                raise WrongAnswer(what)
            if count > 0:
                samples.append(sample)
    return [median(samples) for samples in taken]


def median(samples: list[Sample]) -> Sample:
    return replace(
        samples[-1],
        seconds=statistics.median(sample.seconds for sample in samples),
        cpu=statistics.median(sample.cpu for sample in samples),
    )
