"""The import of the package costs what it has to."""

from __future__ import annotations

import subprocess
import sys

import pytest

SLOW = ["asyncio", "pandas", "polars", "pyarrow", "typing_extensions"]


@pytest.mark.parametrize("module", SLOW)
def test_a_slow_module_is_imported_by_what_needs_it_only(module: str) -> None:
    code = f"import sys, vt_core, vt_core.testing; sys.exit({module!r} in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_cache_written_in_python_finds_its_loop_after_a_lazy_import() -> None:
    code = """if True:
        import vt_core
        from vt_core.testing import Simulator

        class Nothing:
            async def get(self, hashes):
                return [None] * len(hashes)

            async def put(self, entries):
                print(len(entries))

        with vt_core.Scanner(simulator=Simulator(), cache=Nothing()) as scanner:
            scanner.lookup(Simulator.sample(0)[0])
    """
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    assert done.stdout.split() == [b"1"]
