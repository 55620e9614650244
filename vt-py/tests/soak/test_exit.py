"""The interpreter ends, whatever is under way, and quietly."""

from __future__ import annotations

from pathlib import Path

import pytest
from programs import run

QUIET = [
    "normally",
    "with_a_lookup_in_a_daemon",
    "with_a_scan_in_a_daemon",
    "with_quick_calls_in_daemons",
    "with_extraction_in_a_daemon",
    "with_progress_in_a_daemon",
    "with_pending_tasks",
    "with_a_loop_that_was_left",
    "with_a_cache_that_sleeps",
    "with_a_cache_that_waits_for_a_lock",
    "with_a_cache_that_wakes_up_again_and_again",
    "with_a_cache_that_never_completes",
    "with_half_a_scan",
    "with_an_open_file",
    "with_use_at_exit",
    "with_use_after_the_end",
]


@pytest.mark.parametrize("ending", QUIET)
def test_a_program_ends_with_0_and_says_nothing(ending: str, database: Path) -> None:
    ended = run("endings.py", ending, database)
    assert (ended.code, ended.errors) == (0, "")


def test_a_program_ends_with_the_code_it_chose(database: Path) -> None:
    ended = run("endings.py", "by_sys_exit", database)
    assert (ended.code, ended.errors) == (3, "")


def test_an_exception_of_the_user_is_the_only_one_shown(database: Path) -> None:
    ended = run("endings.py", "by_an_exception", database)
    assert ended.code == 1
    assert ended.errors.endswith("ValueError: the user's own\n")
    assert ended.errors.count("Traceback") == 1


def test_ctrl_c_ends_a_program_as_it_ends_any_other(database: Path) -> None:
    ended = run("endings.py", "by_an_interrupt", database)
    # Python sends the signal to itself once more.
    assert ended.code == -2
    assert ended.errors.endswith("KeyboardInterrupt\n")
    assert ended.errors.count("Traceback") == 1


def test_calls_in_the_last_moment_work_or_say_why_not(database: Path) -> None:
    assert run("endings.py", "with_use_at_exit", database).output == "virustotal\n"
    assert run("endings.py", "with_use_after_the_end", database).output == "closed\n"
