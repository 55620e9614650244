"""A limit for every test here, and figures that are shown whatever pytest hides."""

from __future__ import annotations

import faulthandler
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from settings import HUNG, seed

# A test of large counts takes its time; one that hangs still ends.
LONGEST = 30 * HUNG


@pytest.fixture(autouse=True)
def watchdog() -> Iterator[None]:
    faulthandler.dump_traceback_later(LONGEST, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


@pytest.fixture(name="seed")
def the_seed(capsys: pytest.CaptureFixture[str]) -> int:
    chosen = seed()
    # Shown by pytest where the test fails.
    print(f"VT_TEST_SEED={chosen}")
    return chosen


@pytest.fixture
def figure(capsys: pytest.CaptureFixture[str]) -> Callable[[str], None]:
    """Shows a line."""

    def show(line: str) -> None:
        with capsys.disabled():
            print(f"\n{line}")

    return show


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "vt.db"
