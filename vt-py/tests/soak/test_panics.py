"""A defect in native code is an exception, and the rest works on."""

from __future__ import annotations

import asyncio

import pytest
import vt_core
from vt_core import InternalError, Scanner, testing

HASH = testing.Simulator.sample(1)[2]


@pytest.fixture
def scanner() -> Scanner:
    return vt_core.demo()


def test_a_panic_is_an_exception(scanner: Scanner) -> None:
    with pytest.raises(InternalError, match="wheels came off"):
        testing.panic("wheels came off")
    assert scanner.lookup(HASH).result() is not None


def test_a_panic_in_a_task_is_an_exception(scanner: Scanner) -> None:
    async def main() -> None:
        with pytest.raises(InternalError, match="wheels came off"):
            await testing.panic_async("wheels came off")
        assert (await scanner.lookup_async(HASH)).result() is not None

    asyncio.run(main())
