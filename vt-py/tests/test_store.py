"""The SQLite file."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
import vt_core
from scene import CLEAN, MOMENT, UNKNOWN, report_of, scanner_of
from vt_core import Entry, SqliteStore
from vt_core.testing import Simulator


@pytest.fixture
def store(tmp_path: Path) -> SqliteStore:
    store = SqliteStore(tmp_path / "vt.db")
    store.put([Entry.found(report_of(0), MOMENT), Entry.not_found(UNKNOWN[0], MOMENT)])
    return store


def test_a_store_says_what_it_holds(store: SqliteStore, tmp_path: Path) -> None:
    stats = store.stats()
    assert isinstance(stats, vt_core.StoreStats)
    assert (stats.found, stats.not_found) == (1, 1)
    assert stats.oldest == stats.newest == MOMENT
    assert stats.bytes > 0
    assert (store.path, store.quarantined) == (tmp_path / "vt.db", None)
    assert repr(store) == f"SqliteStore('{tmp_path / 'vt.db'}')"


def test_what_was_exported_can_be_imported(store: SqliteStore, tmp_path: Path) -> None:
    lines = tmp_path / "answers.ndjson"
    assert store.export(lines) == 2
    another = SqliteStore(tmp_path / "another.db")
    assert another.import_file(lines) == vt_core.Imported(2, 0, 0, None)
    assert another.import_file(lines) == vt_core.Imported(0, 2, 0, None)
    assert another.get([CLEAN[0], UNKNOWN[0]]) == store.get([CLEAN[0], UNKNOWN[0]])
    lines.write_text("nonsense\n")
    assert another.import_file(lines) == vt_core.Imported(0, 0, 1, 1)
    with pytest.raises(FileNotFoundError):
        another.import_file(tmp_path / "missing")
    with pytest.raises(IsADirectoryError):
        another.export(tmp_path)


def test_a_backup_can_be_opened_with_other_tools(store: SqliteStore, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    store.backup(copy)
    connection = sqlite3.connect(copy)
    assert connection.execute("SELECT count(*) FROM object").fetchone() == (1,)
    connection.close()
    with pytest.raises(vt_core.StoreError, match=r"copy\.db"):
        store.backup(copy)


def test_another_process_sees_the_same(simulator: Simulator, tmp_path: Path) -> None:
    path = tmp_path / "vt.db"
    with scanner_of(simulator, path) as scanner:
        scanner.lookup(CLEAN[0])
        program = (
            "import sys, vt_core\n"
            "url, path, hash = sys.argv[1:]\n"
            "with vt_core.Scanner('key', base_url=url, cache=path) as scanner:\n"
            "    print(scanner.lookup(hash).source, scanner.quota().day)\n"
        )
        command = [sys.executable, "-c", program, simulator.url, str(path), CLEAN[1]]
        said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=30)
    assert said.stdout == "cache 1\n"


def test_what_is_no_store_is_refused_and_not_touched(tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("not a database, and longer than a header of one " * 20)
    with pytest.raises(vt_core.StoreError, match="not a database of this program"):
        SqliteStore(path)
    assert path.read_text().startswith("not a database")


def test_a_damaged_file_is_moved_aside(store: SqliteStore, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    store.backup(copy)
    content = bytearray(copy.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    copy.write_bytes(content)
    again = SqliteStore(copy)
    assert again.quarantined is not None
    assert again.quarantined.name.startswith("copy.db.damaged")
    assert again.stats().found == 0


def test_a_full_store_keeps_nothing_more_and_says_so(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "vt.db", max_bytes=100_000)
    report = report_of(9)
    with pytest.raises(vt_core.CacheError, match="no room"):
        store.put([Entry.found(report, MOMENT)])


def test_a_simulators_answers_have_a_file_of_their_own(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "vt.db", base_url="https://cache.example/vt")
    assert store.stats().found == 0
    with pytest.raises(vt_core.StoreError, match="kept for"):
        SqliteStore(tmp_path / "vt.db")
    with Simulator() as simulator, pytest.raises(vt_core.ConfigError):
        scanner_of(simulator, store)
