"""Rules for the sources that no compiler checks: `python3 source_rules.py ROOT`."""

import os
import re
import sys
from pathlib import Path

LONGEST = 400
SKIPPED = {".git", ".venv", "__pycache__", "node_modules", "target"}
CODE = {".py", ".rs", ".sh", ".toml", ".yml"}
SCRIPTS = {"run"}
# Names that say nothing about what is inside.
VAGUE = {"common", "helper", "helpers", "manager", "misc", "mod", "prelude", "types", "util", "utils"}

# The brackets keep these patterns from finding themselves.
UNFINISHED = re.compile(r"\bT[O]DO\b|\bF[I]XME\b|\bt[o]do!|\bunimplemente[d]!|#\[i[g]nore|```.*\bi[g]nore")
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:ho[m]e|Use[r]s|roo[t]|wor[k]|tm[p]/wt)/")
# A key looks like a SHA-256: what stands before it tells them apart.
# Vector instructions are the one reason for it, and have one room.
UNSAFE = re.compile(r"\bunsafe\s*(\{|fn|impl|trait|extern)|\bunsafe_code\b(?! = .deny)")
UNSAFE_ROOM = "vt-core/src/hash/simd"
API_KEY = re.compile(r"(?i)api.?key\W{1,8}[0-9a-f]{64}\b")

# What each room of vt-core may use: the arrows of the design point one way.
ROOMS = {
    "hash": set(),
    "time": set(),
    "report": {"hash", "time"},
    "quota": {"hash", "time"},
    "client": {"hash", "time", "report", "quota"},
    "cache": {"hash", "time", "report", "quota"},
    "scan": {"hash", "time", "report", "quota", "client", "cache"},
    "job": {"hash", "time", "report", "quota", "client", "cache", "scan"},
}
# A conformance suite is for every room.
UNBOUND = {"lib", "testkit"}


def main(root):
    """Prints each offence as `file:line: what` and says whether there was none."""
    offences = 0
    files = 0
    for path in sources(root):
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        files += 1
        for line, what in offences_in(path.relative_to(root), text):
            print(f"{path.relative_to(root)}:{line}: {what}")
            offences += 1
    print(f"{files} files, {offences} offences")
    return offences == 0


def sources(root):
    """Every file of the project, in a fixed order."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - SKIPPED)
        # In a worktree `.git` is a file.
        for name in sorted(set(names) - SKIPPED):
            yield Path(folder, name)


def offences_in(path, text):
    """What is wrong with one file, as (line, what)."""
    found = list(matches(text, MACHINE_PATH, "a path of one machine"))
    found += [(line, "an API key") for line, _ in matches(text, API_KEY, "")]
    if path.suffix in CODE or path.name in SCRIPTS:
        found += matches(text, UNFINISHED, "unfinished, or a test that does not run")
    if path.suffix in {".py", ".rs"}:
        if path.stem in VAGUE:
            found.append((1, f"`{path.stem}` says nothing about what is inside"))
        lines = text.count("\n")
        if lines > LONGEST:
            found.append((lines, f"{lines} lines, more than {LONGEST}"))
    is_unsafe_room = path.as_posix().removesuffix(".rs").startswith(UNSAFE_ROOM)
    if path.suffix in {".rs", ".toml"} and not is_unsafe_room:
        found += matches(text, UNSAFE, "`unsafe` outside its one room")
    if path.parts[:2] == ("vt-core", "src") and path.suffix == ".rs":
        found += wrong_arrows(path, text)
    return found


def matches(text, pattern, what):
    for number, line in enumerate(text.splitlines(), 1):
        match = pattern.search(line)
        if match:
            yield number, f"`{match.group().strip()}`: {what}"


def wrong_arrows(path, text):
    """Rooms that a file of vt-core uses and may not; its unit tests may use any."""
    room = Path(path.parts[2]).stem
    if room in UNBOUND or path.stem == "tests":
        return
    if room not in ROOMS:
        yield 1, f"the room `{room}` has no place among the arrows in {Path(__file__).name}"
        return
    code = re.sub(r"//[^\n]*", "", text.split("#[cfg(test)]\nmod tests")[0])
    for number, used in rooms_used(code):
        if used != room and used in ROOMS and used not in ROOMS[room]:
            yield number, f"`{room}` may not use `{used}`"


def rooms_used(code):
    """The modules named after `crate::`, one by one or in braces, with their lines."""
    for start in re.finditer(r"(?<!\$)\bcrate::", code):
        rest = code[start.end() :]
        names = top_level(rest) if rest.startswith("{") else re.findall(r"^\w+", rest)
        for name in names:
            yield code.count("\n", 0, start.start()) + 1, name


def top_level(group):
    """The first words of the items of `{a::{b, c}, d}`: a and d."""
    names, depth, fresh = [], 0, False
    for token in re.findall(r"\w+|[{},]", group):
        if token in "{}":
            depth += 1 if token == "{" else -1
            fresh = depth == 1 and token == "{"
            if depth == 0:
                break
        elif token == ",":
            fresh = depth == 1
        elif fresh and depth == 1:
            names.append(token)
            fresh = False
    return names


if __name__ == "__main__":
    sys.exit(0 if main(Path(sys.argv[1])) else 1)
