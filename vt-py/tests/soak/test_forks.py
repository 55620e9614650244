"""After a fork the child is told so, and the parent does not notice."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from programs import run
from settings import HUNG, count

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")


@pytest.mark.parametrize(
    "program",
    ["every_object", "a_file_that_was_closed", "pool_fork", "pool_spawn", "pool_forkserver"],
)
def test_a_child_has_objects_of_its_own_only(program: str, tmp_path: Path) -> None:
    ended = run("forking.py", program, tmp_path, 1)
    assert (ended.code, ended.errors) == (0, "")


def test_a_fork_while_other_threads_work_hangs_nobody(tmp_path: Path) -> None:
    forks = count("VT_FORKS", 10)
    ended = run("forking.py", "under_load", tmp_path, forks, limit=HUNG + 5 * forks)
    assert (ended.code, ended.errors) == (0, "")
