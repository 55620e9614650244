"""Cancelling drops only who waits, and nothing that was paid for."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from programs import run
from settings import HUNG, count


@pytest.mark.parametrize(
    "program",
    [
        "lookups",
        "shared_scan",
        "failures",
        "time_limits",
        "group",
        "several_loops",
        "closed_loop",
    ],
)
def test_tasks_may_be_cancelled_at_any_moment(
    program: str, seed: int, figure: Callable[[str], None]
) -> None:
    tasks = count("VT_CANCELLATIONS", 200)
    ended = run("cancelling.py", program, tasks, seed, limit=HUNG + tasks / 10)
    assert (ended.code, ended.errors) == (0, "")
    figure(f"{program}: {tasks} tasks, {ended.output.strip() or 'none lost'}, seed {seed}")
