"""For the tests of programs that use this package.

`Simulator` plays VirusTotal, in the process or on a socket of this machine.
`check_cache` holds a cache against its contract:

```python
@pytest.mark.parametrize("rule", vt_core.testing.CACHE_RULES)
def test_my_cache_keeps_its_contract(rule: str) -> None:
    vt_core.testing.check_cache(rule, MyCache())
```
"""

from vt_core._native import Simulator, cache_rules, check_cache, panic, panic_async

CACHE_RULES: tuple[str, ...] = cache_rules()
"""The rules of a cache's contract, by name."""

__all__ = ["CACHE_RULES", "Simulator", "check_cache", "panic", "panic_async"]
