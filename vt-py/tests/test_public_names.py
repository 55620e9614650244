"""Every public name is tried by a test, and says at run time what its stub says."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
import vt_core
from vt_core import _native

TESTS = "\n".join(path.read_text("utf-8") for path in Path(__file__).parent.rglob("*.py"))
STUB = ast.parse((Path(vt_core.__file__).parent / "_native.pyi").read_text("utf-8"))


def documented() -> Iterator[tuple[str, str]]:
    """What has a docstring in the stub, and which."""
    for node in STUB.body:
        if not isinstance(node, (ast.ClassDef, ast.FunctionDef)):
            continue
        members = node.body if isinstance(node, ast.ClassDef) else []
        functions = [member for member in members if isinstance(member, ast.FunctionDef)]
        for prefix, item in [("", node), *((f"{node.name}.", member) for member in functions)]:
            text = ast.get_docstring(item)
            # Making an object is documented by its class at run time.
            if text is not None and item.name != "__new__":
                yield f"{prefix}{item.name}", text


DOCUMENTED = dict(reversed(list(documented())))


@pytest.mark.parametrize("name", DOCUMENTED)
def test_help_says_what_the_stub_says(name: str) -> None:
    found: object = _native
    for part in name.split("."):
        found = getattr(found, part)
    assert inspect.getdoc(found) == DOCUMENTED[name]


def public_names() -> Iterator[str]:
    yield from vt_core.__all__
    yield from vt_core.testing.__all__
    for kind in vars(vt_core).values():
        if inspect.isclass(kind) and issubclass(kind, tuple):
            continue
        if inspect.isclass(kind) and kind.__module__.startswith("vt_core"):
            yield from (name for name in vars(kind) if not name.startswith("_"))


def test_the_version_is_that_of_the_distribution() -> None:
    assert vt_core.__version__ == version("vt-core")


@pytest.mark.parametrize("name", sorted(set(public_names())))
def test_a_test_uses_it(name: str) -> None:
    assert re.search(rf"\b{name}\b", TESTS)
