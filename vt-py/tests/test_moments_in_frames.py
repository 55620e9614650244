"""Data frames have the moments of the rows, to the microsecond."""

from __future__ import annotations

import json
from datetime import datetime, timezone
from typing import Any

import pytest
from vt_core import Entry, FileHash, FileReport, MemoryCache, Report, Scanner
from vt_core.testing import Simulator

FETCHED = datetime(2026, 2, 3, 4, 5, 6, 789_012, tzinfo=timezone.utc)
FAR = datetime(9_999, 12, 31, 23, 59, 59, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def report() -> Report:
    """A file that was scanned, one that will be, and one that nobody knows."""
    found = [entry(1, 1_700_000_000), entry(2, int(FAR.timestamp()))]
    unknown = Entry.not_found(FileHash("a" * 32), FETCHED)
    cache = MemoryCache()
    cache.put([*found, unknown])
    hashes = [entry.hashes[0] for entry in (*found, unknown)] + [FileHash("b" * 32)]
    return Scanner(cache=cache, offline=True).report(hashes)


def entry(number: int, scanned: int) -> Entry:
    md5, sha1, sha256 = Simulator.sample(number)
    stats = {"malicious": 1, "undetected": 2}
    attributes: dict[str, object] = {"md5": md5, "sha1": sha1, "sha256": sha256}
    attributes |= {"last_analysis_stats": stats, "last_analysis_date": scanned}
    attributes |= {"last_analysis_results": {}}
    data = {"type": "file", "id": sha256, "attributes": attributes}
    return Entry.found(FileReport.from_json(json.dumps({"data": data})), FETCHED)


def moments(report: Report, column: str) -> list[datetime | None]:
    return [getattr(row, column) for row in report.rows]


def test_the_rows_have_what_the_tests_are_about(report: Report) -> None:
    scanned = datetime.fromtimestamp(1_700_000_000, timezone.utc)
    assert moments(report, "scan_date") == [scanned, FAR, None, None]
    assert moments(report, "fetched_at") == [FETCHED, FETCHED, FETCHED, None]
    assert report.columns()["scan_date"] == moments(report, "scan_date")


@pytest.mark.parametrize("column", ["scan_date", "fetched_at"])
def test_pandas_has_them(report: Report, column: str) -> None:
    pandas = pytest.importorskip("pandas")
    series: Any = report.to_pandas()[column]
    assert str(series.dtype) == "datetime64[us, UTC]"
    found = [None if pandas.isna(cell) else cell.to_pydatetime() for cell in series]
    assert found == moments(report, column)


@pytest.mark.parametrize("column", ["scan_date", "fetched_at"])
def test_polars_has_them(report: Report, column: str) -> None:
    polars = pytest.importorskip("polars")
    series = report.to_polars()[column]
    assert series.dtype == polars.Datetime("us", "UTC")
    assert series.to_list() == moments(report, column)


@pytest.mark.parametrize("column", ["scan_date", "fetched_at"])
def test_arrow_has_them(report: Report, column: str) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    cells: Any = report.to_arrow()[column]
    assert cells.type == pyarrow.timestamp("us", "UTC")
    assert cells.to_pylist() == moments(report, column)


def test_a_report_without_rows_has_the_same_types(report: Report) -> None:
    pytest.importorskip("pandas")
    pytest.importorskip("polars")
    empty = Report.from_outcomes([])
    frames: list[Any] = [empty.to_pandas(), report.to_pandas()]
    assert list(frames[0].dtypes) == list(frames[1].dtypes)
    assert empty.to_polars().schema == report.to_polars().schema
