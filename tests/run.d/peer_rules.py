"""Every test named in the index of what others get wrong is there: `python3 peer_rules.py ROOT`."""

import re
import sys
from pathlib import Path

INDEX = Path("tests/integration/peer_bugs.rs")
ENTRIES = [f"B{n}" for n in range(1, 17)]


def main(root):
    """Prints each offence and says whether there was none."""
    text = Path(root, INDEX).read_text(encoding="utf-8")
    offences = list(offences_in(text, lambda path: read(Path(root, path))))
    for what in offences:
        print(f"{INDEX}: {what}")
    print(f"{len(ENTRIES)} entries, {len(tests_in(text))} tests named, {len(offences)} offences")
    return not offences


def read(path):
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def offences_in(index, source):
    """What is wrong with an index, of which `source` gives the text of a file."""
    parts = {name: part for name, part in entries_in(index)}
    for name in ENTRIES:
        if not tests_in(parts.get(name, "")):
            yield f"{name} has no test"
    for path, name in tests_in(index):
        if not is_test(source(path), name):
            yield f"there is no test `{name}` in {path}"


def entries_in(index):
    """The entries as (name, text below the heading)."""
    headings = list(re.finditer(r"^//! ## (B\d+): ", index, re.MULTILINE))
    ends = [heading.start() for heading in headings[1:]] + [len(index)]
    for heading, end in zip(headings, ends):
        yield heading[1], index[heading.end() : end]


def tests_in(text):
    return re.findall(r"^//! \* `([\w./-]+)` `(\w+)`$", text, re.MULTILINE)


def is_test(text, name):
    """Whether a test has this name, or a module that a macro fills with tests."""
    if re.search(rf"^    def {name}\(self\)", text, re.MULTILINE):
        return name.startswith("test_")
    if re.search(rf"^mod {name} {{\n(?:(?!^}}).*\n)*?    \S*_conformance!", text, re.MULTILINE):
        return True
    # Attributes may stand between `#[test]` and the function.
    attributes = r"#\[(?:tokio::)?test(?:\([^)]*\))?\]\s*(?:#\[[^\]]*\]\s*)*"
    return re.search(rf"{attributes}(?:async )?fn {name}\(", text) is not None


if __name__ == "__main__":
    sys.exit(0 if main(sys.argv[1]) else 1)
