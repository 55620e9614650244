"""What the tests share: a simulator, and a scanner that asks it over a socket."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import vt_core
from scene import scanner_of
from vt_core.testing import Simulator


@pytest.fixture(autouse=True)
def no_settings_of_whoever_runs_this(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VT_API_KEY", raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def simulator() -> Iterator[Simulator]:
    with Simulator() as simulator:
        yield simulator


@pytest.fixture
def scanner(simulator: Simulator) -> Iterator[vt_core.Scanner]:
    with scanner_of(simulator) as scanner:
        yield scanner
