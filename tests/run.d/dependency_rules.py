"""What the dependencies may be: `python3 dependency_rules.py ROOT`, with cargo at hand.

The advisories, and everything else, are cargo-deny's; this needs no installation.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

CRATES_IO = "registry+https://github.com/rust-lang/crates.io-index"

# Below these versions a known defect bites.
FLOORS = {
    "h2": ("0.4.16", "RUSTSEC-2026-0258"),
    "hickory-proto": ("0.26.1", "RUSTSEC-2026-0118"),
    "lettre": ("0.11.22", "RUSTSEC-2026-0141"),
    "moka": ("0.12.14", "lost updates, and use after free in an expiry"),
    "pyo3": ("0.29.0", "RUSTSEC-2026-0176"),
    "rusqlite": ("0.40.0", "the WAL-reset defect of SQLite before 3.51.3"),
    "rustls-webpki": ("0.103.13", "RUSTSEC-2026-0098"),
    "time": ("0.3.47", "RUSTSEC-2026-0009"),
    "tracing-subscriber": ("0.3.20", "RUSTSEC-2025-0055"),
}

# vt-core knows no database, no Python, no terminal, and links to no OpenSSL.
NOT_IN_CORE = {
    "clap", "comfy-table", "crossterm", "indicatif", "libsqlite3-sys", "native-tls", "openssl", "openssl-sys",
    "pyo3", "redis", "rusqlite",
}
# Without the HTTP transport there is no HTTP client and no TLS either.
NOT_IN_BARE_CORE = NOT_IN_CORE | {"aws-lc-sys", "hyper", "reqwest", "ring", "rustls"}
# The one feature that asks for the system's TLS library.
NATIVE_TLS = {"native-tls", "openssl", "openssl-sys"}

# A library only so that the fuzz targets and the replay of their corpora share it.
NOT_HANDED_OUT = ["--exclude", "vt-properties"]

# Which of our packages each library package may use; the programs may use all.
OURS = {"vt-core": set(), "vt-report": {"vt-core"}, "vt-sim": {"vt-core"}}
BACK_END = re.compile(r"^vt-cache-\w+$")


def main(root):
    """Prints each offence and says whether there was none."""
    # The fuzz targets are no part of the workspace, and lock their own versions.
    locks = [root / "Cargo.lock", root / "fuzz" / "Cargo.lock"]
    lock = "\n".join(path.read_text(encoding="utf-8") for path in locks)
    packages = metadata(root)["packages"]
    allowed = allowed_licences((root / "deny.toml").read_text(encoding="utf-8"))
    handed_out = tree(root, "--workspace", *NOT_HANDED_OUT, "-e", "normal,build", "--format", "{p}|{l}")
    offences = [
        *too_old(lock),
        *foreign_sources(lock),
        *wrong_arrows(packages),
        *forbidden(core(root), NOT_IN_CORE, "vt-core"),
        *forbidden(core(root, "--no-default-features"), NOT_IN_BARE_CORE, "vt-core without features"),
        *forbidden(core(root, "--all-features"), NOT_IN_CORE - NATIVE_TLS, "vt-core with all features"),
        *unlicensed(handed_out, allowed),
    ]
    for offence in offences:
        print(offence)
    print(f"{lock.count('[[package]]')} packages in the lock files, {len(offences)} offences")
    return not offences


def metadata(root):
    return json.loads(cargo(root, "metadata", "--format-version", "1", "--no-deps"))


def core(root, *features):
    """The names of what vt-core is built from, on any platform."""
    lines = tree(root, "-p", "vt-core", "-e", "normal,build", "--format", "{p}", *features)
    return {line.split()[0] for line in lines}


def tree(root, *arguments):
    """The packages of a tree, once each, without the marks of the drawing."""
    text = cargo(root, "tree", "--target", "all", "--prefix", "none", "--no-dedupe", *arguments)
    return sorted({line for line in text.splitlines() if line})


def cargo(root, command, *arguments):
    run = ["cargo", command, "--locked", *arguments]
    return subprocess.run(run, cwd=root, check=True, stdout=subprocess.PIPE, text=True).stdout


def too_old(lock):
    """Locked versions, of which there may be several, below their floors."""
    for name, version in re.findall(r'^name = "(.+)"\nversion = "(.+)"$', lock, re.MULTILINE):
        floor, why = FLOORS.get(name, ("0", ""))
        if numbers(version) < numbers(floor):
            yield f"{name} {version}: at least {floor} is needed ({why})"


def numbers(version):
    return [int(part) for part in re.split(r"[-+]", version)[0].split(".")]


def foreign_sources(lock):
    for source in re.findall(r'^source = "(.+)"$', lock, re.MULTILINE):
        if source != CRATES_IO:
            yield f"{source}: only crates.io is a source"


def wrong_arrows(packages):
    """Our library packages that use one of ours they may not."""
    names = {package["name"] for package in packages}
    for package in packages:
        name = package["name"]
        allowed = {"vt-core"} if BACK_END.match(name) else OURS.get(name, names)
        used = {dep["name"] for dep in package["dependencies"] if dep["kind"] is None} & names
        for wrong in sorted(used - allowed):
            yield f"{name} may not depend on {wrong}"


def forbidden(found, names, what):
    if "vt-core" not in found:
        yield f"{what}: the tree does not even show vt-core"
    for name in sorted(found & names):
        yield f"{what} pulls in {name}"


def allowed_licences(deny):
    """The list in deny.toml, which cargo-deny reads too."""
    listed = re.search(r"^\[licenses\]$.*?^allow = \[(.*?)^\]", deny, re.MULTILINE | re.DOTALL)
    return set(re.findall(r'^    "(.+)",$', listed.group(1), re.MULTILINE))


def unlicensed(packages, allowed):
    """Packages, as `name version|licence`, whose licence no choice among `allowed` fulfils."""
    for package in packages:
        name, _, licence = package.partition("|")
        if not fulfilled(licence, allowed):
            yield f"{name}: the licence `{licence}` is not among those of deny.toml"


def fulfilled(licence, allowed):
    # An exception only permits more; a slash is how old manifests write OR.
    words = re.findall(r"[()]|[\w.+-]+", re.sub(r"\bWITH\s+\S+", "", licence).replace("/", " OR "))
    spoken = {"AND": "and", "OR": "or", "(": "(", ")": ")"}
    # Nothing but True, False, and, or, brackets gets into the formula.
    formula = " ".join(spoken.get(word) or str(word in allowed) for word in words)
    return bool(formula) and eval(formula, {"__builtins__": {}})


if __name__ == "__main__":
    sys.exit(0 if main(Path(sys.argv[1])) else 1)
