"""Builds the wheel and tests it: `python3 python_package.py ROOT FOLDER [--long]`.

The wheel is installed into fresh environments of the oldest and the newest
Python that are here, and tested there; the newest also checks types and style.
Environments are kept in FOLDER for the next time, beside the build.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = (3, 10)
# Enough for any of the commands here, also on two cores and from nothing.
LIMIT = 1_800


def main(root, folder, is_long):
    pythons = found_pythons()
    if not pythons:
        raise SystemExit("error: there is no Python 3.10 or newer")
    oldest, newest = min(pythons), max(pythons)
    for name in sorted({oldest, newest}):
        make_environment(pythons[name], environment(folder, name))
    if oldest != OLDEST:
        print(f"skipped: Python 3.10 is not here; the oldest is {shown(oldest)}")
    bin_newest = environment(folder, newest) / "bin"
    wheel = build(root, folder, bin_newest)
    for name in sorted({oldest, newest}):
        is_soaked = is_long or name == newest
        test(root, environment(folder, name) / "bin", wheel, shown(name), is_soaked)
    check(root, bin_newest)
    check_comparison(root, bin_newest)
    try_readme(root, bin_newest)
    if is_long:
        try_source(root, folder, pythons[newest], bin_newest)
    print(f"figure: the wheel has {wheel.stat().st_size / 2**20:.1f} MiB")


def found_pythons():
    """Every interpreter of CPython that works, by its version."""
    candidates = [Path(sys.executable)]
    for folder in os.environ.get("PATH", "").split(os.pathsep):
        candidates += sorted(Path(folder).glob("python3.[0-9]*"))
    versions = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    candidates += sorted(versions.glob("3.*/bin/python"))
    program = "import sys, venv, ensurepip; print(sys.implementation.name, *sys.version_info[:2])"
    pythons = {}
    for candidate in candidates:
        if re.search(r"config|gdb|t$", candidate.name):
            continue
        said = subprocess.run([candidate, "-c", program], capture_output=True, text=True)
        words = said.stdout.split()
        if said.returncode == 0 and words[0] == "cpython":
            version = (int(words[1]), int(words[2]))
            if version >= OLDEST:
                pythons.setdefault(version, candidate)
    return pythons


def shown(version):
    return ".".join(map(str, version))


def environment(folder, version):
    return folder / shown(version)


def make_environment(python, folder):
    if not (folder / "bin" / "python").exists():
        run(python, "-m", "venv", "--clear", folder)


def build(root, folder, tools):
    """The wheel as it is handed out, save for its link-time optimisation."""
    run(tools / "pip", "install", "--quiet", "maturin>=1.9.4,<2")
    wheels = folder / "wheels"
    shutil.rmtree(wheels, ignore_errors=True)
    run(
        tools / "maturin", "build", "--quiet", "--release", "--locked",
        "--manifest-path", root / "vt-py" / "Cargo.toml",
        # What the programs and the package have in common is built once.
        "--target-dir", folder.parent, "--out", wheels,
    )  # fmt: skip
    (wheel,) = wheels.glob("*.whl")
    if "cp310-abi3" not in wheel.name:
        raise SystemExit(f"error: {wheel.name} is not for every Python from 3.10")
    return wheel


def test(root, tools, wheel, name, is_soaked):
    requirements = root / "vt-py" / "tests" / "requirements.txt"
    run(tools / "pip", "install", "--quiet", f"{wheel}[pandas,polars,arrow]", "-r", requirements)
    run(tools / "pip", "install", "--quiet", "--force-reinstall", "--no-deps", wheel)
    print(f"--- pytest with Python {name}", flush=True)
    # From another folder: else the sources would be imported, and not the wheel.
    run(
        tools / "python", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-q",
        "--rootdir", root / "vt-py", "-c", root / "vt-py" / "pyproject.toml", root / "vt-py" / "tests",
        *([] if is_soaked else ["--ignore", root / "vt-py" / "tests" / "soak"]),
        cwd=tools,
    )  # fmt: skip


def check(root, tools):
    package = root / "vt-py"
    run(tools / "ruff", "check", "--no-cache", package)
    run(tools / "ruff", "format", "--no-cache", "--check", package)
    mypy = [tools / "python", "-m", "mypy", "--cache-dir", tools.parent / "mypy"]
    # Apart: pytest has a conftest.py for each.
    run(*mypy, "python", "benches", "tests", "--exclude", "/soak/", cwd=package)
    run(*mypy, "tests/soak", cwd=package)
    allowed = package / "tests" / "stubtest-allowlist.txt"
    run(tools / "python", "-m", "mypy.stubtest", "vt_core", "--allowlist", allowed, cwd=tools)
    run(tools / "pyright", "--pythonpath", tools / "python", "python", "benches", "tests", cwd=package)


def check_comparison(root, tools):
    """The same rules for `benches/compare`, whose peers need not be installed."""
    folder = root / "benches" / "compare.d"
    ruff = ["--no-cache", "--config", root / "vt-py" / "pyproject.toml", ".", "../compare"]
    run(tools / "ruff", "check", *ruff, cwd=folder)
    run(tools / "ruff", "format", "--check", *ruff, cwd=folder)
    cache = tools.parent / "mypy"
    mypy = [tools / "python", "-m", "mypy", "--strict", "--ignore-missing-imports"]
    run(*mypy, "--cache-dir", cache, ".", cwd=folder)
    run(tools / "python", "../compare", "--list", cwd=folder)


def try_readme(root, tools):
    """The first command of the package's README, with a key and a network out of reach."""
    text = (root / "vt-py" / "README.md").read_text()
    block = re.search(r"^```sh\n(python -c .*?)^```", text, re.MULTILINE | re.DOTALL)
    if block is None:
        raise SystemExit("error: the README of the package has no python -c")
    command = block[1].replace("python -c", f"'{tools / 'python'}' -c", 1)
    said = run("bash", "-c", command, cwd=tools, capture_output=True, text=True).stdout
    print(said)
    if not re.search(r"^ [0-9a-f]{32,64} .* [0-9]+/[0-9]+ ", said, re.MULTILINE):
        raise SystemExit("error: the README's command prints no verdict")


def try_source(root, folder, python, tools):
    """The package from its sources alone, as pip builds it where there is no wheel."""
    sources, fresh = folder / "sources", folder / "from-sources"
    shutil.rmtree(sources, ignore_errors=True)
    run(
        tools / "maturin", "sdist",
        "--manifest-path", root / "vt-py" / "Cargo.toml", "--out", sources,
    )  # fmt: skip
    run(python, "-m", "venv", "--clear", fresh)
    (archive,) = sources.glob("*.tar.gz")
    run(fresh / "bin" / "pip", "install", "--quiet", archive)
    program = "import vt_core; print(vt_core.demo().lookup('44d88612fea8a8f36de82e1278abb02f'))"
    run(fresh / "bin" / "python", "-c", program, cwd=fresh)
    print(f"figure: the sources have {archive.stat().st_size / 2**20:.1f} MiB and build")


def run(*command, **options):
    return subprocess.run(list(map(str, command)), check=True, timeout=LIMIT, **options)


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve(), "--long" in sys.argv[3:])
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"error: {' '.join(error.cmd)} failed with {error.returncode}") from None
